// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Target calls a function as often as it is told, and says how long that took.
//
// Each line on standard input names the function and the number of calls; the answer is a line
// with the nanoseconds they took together. So one process serves many rounds of a measurement.
package main

import (
	"bufio"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"
)

const text = "sixteen bytes ok"

var sink int

var request = &http.Request{
	Method: "GET",
	URL:    &url.URL{Scheme: "http", Host: "localhost", Path: "/orders/4711/items"},
}

// customer and order have ten fields between them.
type customer struct {
	ID    int64
	Name  string
	Loyal bool
}

type order struct {
	ID       int64
	Customer customer
	Quantity int32
	Paid     bool
	Price    float64
	Weight   float64
	Placed   int64
	Note     string
}

var placed = &order{
	ID:       4711,
	Customer: customer{ID: 42, Name: "Ada Lovelace", Loyal: true},
	Quantity: 3,
	Paid:     true,
	Price:    19.5,
	Weight:   0.25,
	Placed:   1700000000,
	Note:     "leave it at the door",
}

func main() {
	fmt.Println("waiting")
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		var name string
		var n int
		if _, err := fmt.Sscan(input.Text(), &name, &n); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		fmt.Println(calls(name, n).Nanoseconds())
	}
}

func calls(name string, n int) time.Duration {
	begin := time.Now()
	switch name {
	case "main.work":
		for i := 0; i < n; i++ {
			sink += work(i, i+1, i+2, text)
		}
	case "main.serve":
		for i := 0; i < n; i++ {
			sink += serve(request)
		}
	case "main.place":
		for i := 0; i < n; i++ {
			sink += place(placed)
		}
	}
	return time.Since(begin)
}

// What is traced calls something, so it has a frame and a stack check, and it returns in one place.

//go:noinline
func work(a, b, c int, s string) int {
	return a + b*first(s) + c
}

//go:noinline
func serve(req *http.Request) int {
	return first(req.Method)
}

//go:noinline
func place(o *order) int {
	return first(o.Note) + int(o.Quantity)
}

//go:noinline
func first(s string) int {
	return int(s[0])
}
