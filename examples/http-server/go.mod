module http-server

go 1.19
