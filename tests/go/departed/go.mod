module t

go 1.19
