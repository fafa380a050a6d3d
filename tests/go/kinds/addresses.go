// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

import "unsafe"

// On the heap, which does not move. The functions count, lest they be a single RET.
var (
	number  = new(int)
	table   = map[string]int{"one": 1}
	channel = make(chan int, 3)
)

func callAddresses() {
	for _, p := range []*int{number, nil} {
		raw := unsafe.Pointer(p)
		show("asPointer", values{"p": address(raw)}, values{"~r0": address(unsafe.Pointer(asPointer(p)))})
		show("asUnsafePointer", values{"p": address(raw)}, values{"~r0": address(asUnsafePointer(raw))})
	}
	for _, m := range []map[string]int{table, nil} {
		word := *(*unsafe.Pointer)(unsafe.Pointer(&m))
		got := asMap(m)
		show("asMap", values{"m": address(word)}, values{"~r0": address(*(*unsafe.Pointer)(unsafe.Pointer(&got)))})
	}
	for _, c := range []chan int{channel, nil} {
		word := *(*unsafe.Pointer)(unsafe.Pointer(&c))
		receive, send := asChan(c, c, c)
		show("asChan", values{"both": address(word), "receive": address(word), "send": address(word)},
			values{"~r0": address(*(*unsafe.Pointer)(unsafe.Pointer(&receive))),
				"~r1": address(*(*unsafe.Pointer)(unsafe.Pointer(&send)))})
	}
	for _, f := range []func(*int) *int{asPointer, nil} {
		word := *(*unsafe.Pointer)(unsafe.Pointer(&f))
		got := asFunc(f)
		show("asFunc", values{"f": address(word)}, values{"~r0": address(*(*unsafe.Pointer)(unsafe.Pointer(&got)))})
	}
}

//go:noinline
func asPointer(p *int) *int {
	ticks++
	return p
}

//go:noinline
func asUnsafePointer(p unsafe.Pointer) unsafe.Pointer {
	ticks++
	return p
}

//go:noinline
func asMap(m map[string]int) map[string]int {
	ticks++
	return m
}

//go:noinline
func asChan(both chan int, receive <-chan int, send chan<- int) (<-chan int, chan<- int) {
	return receive, send
}

//go:noinline
func asFunc(f func(*int) *int) func(*int) *int {
	ticks++
	return f
}
