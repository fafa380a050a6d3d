// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

import (
	"reflect"
	"runtime"
	"unsafe"
)

// On the heap, which does not move. The functions count, lest they be a single RET.
var (
	number  = new(int)
	table   = map[string]int{"one": 1}
	channel = make(chan int, 3)
)

func pointee(p *int) any {
	if p == nil {
		return nil
	}
	return *p
}

func length(m map[string]int) any {
	if m == nil {
		return nil
	}
	return values{"len": len(m)}
}

func lengths(c <-chan int) any {
	if c == nil {
		return nil
	}
	return values{"len": len(c), "cap": cap(c)}
}

func sent(c chan<- int) any {
	if c == nil {
		return nil
	}
	return values{"len": len(c), "cap": cap(c)}
}

func callAddresses() {
	*number = 42
	channel <- 1
	for _, p := range []*int{number, nil} {
		raw := unsafe.Pointer(p)
		show("asPointer", values{"p": pointee(p)}, values{"~r0": pointee(asPointer(p))})
		show("asUnsafePointer", values{"p": address(raw)}, values{"~r0": address(asUnsafePointer(raw))})
	}
	for _, m := range []map[string]int{table, nil} {
		show("asMap", values{"m": length(m)}, values{"~r0": length(asMap(m))})
	}
	for _, c := range []chan int{channel, nil} {
		receive, send := asChan(c, c, c)
		show("asChan", values{"both": lengths(c), "receive": lengths(c), "send": lengths(c)},
			values{"~r0": lengths(receive), "~r1": sent(send)})
	}
	for _, f := range []func(*int) *int{asPointer, nil} {
		show("asFunc", values{"f": symbol(f)}, values{"~r0": symbol(asFunc(f))})
	}
}

func symbol(f func(*int) *int) any {
	if f == nil {
		return nil
	}
	return runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name()
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
