module errs

go 1.18
