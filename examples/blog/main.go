// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Blog calls foo in a new goroutine again and again. It is the smallest Go program that
// a return probe kills: foo prints, printing needs more stack than a new goroutine has,
// and the runtime, moving the stack, finds a return address that is not its own.
package main

import (
	"flag"
	"fmt"
	"runtime"
	"time"
)

func main() {
	every := flag.Duration("every", time.Second, "time between two calls")
	calls := flag.Int("calls", 0, "end after this many calls; 0 never ends")
	flag.Parse()

	for n := 0; *calls == 0 || n < *calls; n++ {
		go foo(2, 3, 4, []byte("cccccc"))
		time.Sleep(*every)
	}

	// A count kept by foo would be full before its last return, so ask the runtime.
	for runtime.NumGoroutine() > 1 {
		time.Sleep(time.Millisecond)
	}
	fmt.Printf("%d calls\n", *calls)
}

//go:noinline
func foo(a1, a2, a3 int64, b []byte) (int64, []byte) {
	fmt.Printf("foo(%d, %d, %d, %q)\n", a1, a2, a3, b)
	if a1 > 6 {
		return a1, nil
	}
	return a1*a3 + a2*a3 + 10*20, b
}
