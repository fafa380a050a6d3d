module wrapped

go 1.18
