module blog

go 1.19
