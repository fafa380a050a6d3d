module tails

go 1.19
