module covered

go 1.19
