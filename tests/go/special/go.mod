module special

go 1.19
