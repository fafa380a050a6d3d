// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

import "fmt"

func callEnds() {
	for _, n := range []int{1, 101, 2, 102} {
		value, text := recovers(n)
		show("recovers", values{"n": n}, values{"value": value, "text": text})
	}
	for _, n := range []int{5, 103} {
		show("recoversUnnamed", values{"n": n}, values{"~r0": recoversUnnamed(n)})
	}
	show("defers", values{"n": 4}, values{"total": defers(4)})
}

// A recovered panic leaves through the function's own RET, with what the deferred call set.
//
//go:noinline
func recovers(n int) (value int, text string) {
	defer func() {
		if reason := recover(); reason != nil {
			value, text = -1, fmt.Sprint(reason)
		}
	}()
	return mayPanic(n), "fine"
}

//go:noinline
func recoversUnnamed(n int) int {
	defer func() { recover() }()
	return mayPanic(n)
}

// mayPanic returns only for n up to 100; it is not in the truth.
//
//go:noinline
func mayPanic(n int) int {
	if n > 100 {
		panic(fmt.Sprintf("%d is too much", n))
	}
	return n * 2
}

//go:noinline
func defers(n int) (total int) {
	for i := 1; i <= n; i++ {
		defer func(by int) { total += by }(i)
	}
	return 100
}
