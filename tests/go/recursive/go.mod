module recursive

go 1.18
