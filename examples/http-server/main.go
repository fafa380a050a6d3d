// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// A web server with three answers, to be traced from below net/http's own functions.
package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
)

func main() {
	address := flag.String("listen", "127.0.0.1:0", "address to listen on")
	flag.Parse()

	http.HandleFunc("/", hello)
	http.HandleFunc("/file/", file)

	listener, err := net.Listen("tcp", *address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("listening on", listener.Addr())
	http.Serve(listener, nil)
}

func hello(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintln(w, "hello", r.URL.Path)
}

func file(w http.ResponseWriter, r *http.Request) {
	if err := load(r.URL.Path[len("/file/"):]); err != nil {
		http.Error(w, "no such file", http.StatusNotFound)
	}
}

//go:noinline
func load(name string) error {
	_, err := os.ReadFile("/nonexistent/" + name)
	return err
}
