// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Target calls work as often as it is told, and says how long that took.
//
// Each line on standard input is a number of calls; the answer is a line with the
// nanoseconds they took together. So one process serves many rounds of a measurement.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"time"
)

const text = "sixteen bytes ok"

var sink int

func main() {
	fmt.Println("waiting")
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		n, err := strconv.Atoi(input.Text())
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		fmt.Println(calls(n).Nanoseconds())
	}
}

func calls(n int) time.Duration {
	begin := time.Now()
	for i := 0; i < n; i++ {
		sink += work(i, i+1, i+2, text)
	}
	return time.Since(begin)
}

// work is what is traced: it calls something, so it has a frame and a stack check, and it
// returns in one place.
//
//go:noinline
func work(a, b, c int, s string) int {
	return a + b*first(s) + c
}

//go:noinline
func first(s string) int {
	return int(s[0])
}
