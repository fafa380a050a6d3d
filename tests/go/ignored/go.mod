module ignored

go 1.19
