// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Departed makes many calls that never return, each in a goroutine of its own, which stays in it
// for ever or recovers from the panic that ended it, and then some that do.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
)

var entered atomic.Int64

func main() {
	departed := flag.Int("departed", 0, "calls that panic")
	staying := flag.Int("staying", 0, "calls that stay")
	late := flag.Int("late", 0, "calls that panic while those stay")
	ordinary := flag.Int("ordinary", 100, "calls that return")
	flag.Parse()
	fmt.Println("waiting")
	bufio.NewReader(os.Stdin).ReadString('\n')

	depart(*departed)
	for n := 0; n < *staying; n++ {
		go call(1 << 30)
	}
	for entered.Load() < int64(*staying) {
		runtime.Gosched()
	}
	// The tracer makes room at its own pace, which the traced program can wait for.
	fmt.Println("departed")
	bufio.NewReader(os.Stdin).ReadString('\n')
	depart(*late)
	for n := 0; n < *ordinary; n++ {
		call(n)
	}
}

func depart(cnt int) {
	for n := 0; n < cnt; n++ {
		var done sync.WaitGroup
		done.Add(1)
		go func() {
			defer done.Done()
			defer func() { recover() }()
			call(-1 - n%2)
		}()
		done.Wait()
	}
}

//go:noinline
func call(n int) int {
	if n < 0 {
		panic(n)
	}
	if n == 1<<30 {
		entered.Add(1)
		select {}
	}
	return n + 1
}
