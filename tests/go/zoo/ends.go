// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

import (
	"fmt"
	"runtime"
)

func callEnds() {
	for _, n := range []int{1, 101} {
		value, _ := Recovers(n)
		show("Recovers", values{"n": n}, values{"value": value})
		show("RecoversUnnamed", values{"n": n}, values{"~r0": RecoversUnnamed(n)})
		quietly(n)
	}
	quietly(2)

	for n := 1; n < 4; n++ {
		done := make(chan bool)
		go func() {
			defer close(done)
			GoexitFn(n)
		}()
		<-done
	}

	NoRes(1)
	deferred(2)
	go NoRes(3)
	<-noRes
	// It tells of itself before it has returned.
	for runtime.NumGoroutine() > 1 {
		runtime.Gosched()
	}
}

// quietly calls MayPanic; only the calls that return are told of.
func quietly(n int) {
	defer func() { _ = recover() }()
	show("MayPanic", values{"n": n}, values{"~r0": MayPanic(n)})
}

//go:noinline
func Recovers(n int) (value int, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			value, err = -1, fmt.Errorf("recovered: %v", reason)
		}
	}()
	return MayPanicToo(n), nil
}

//go:noinline
func RecoversUnnamed(n int) int {
	defer func() { _ = recover() }()
	return MayPanicToo(n) + 1
}

//go:noinline
func MayPanic(n int) int {
	if n > 100 {
		AlwaysPanics(n)
	}
	return n * 2
}

//go:noinline
func MayPanicToo(n int) int {
	if n > 100 {
		panic(fmt.Sprint(n, " is too much"))
	}
	return n * 2
}

// AlwaysPanics has no return instruction.
//
//go:noinline
func AlwaysPanics(n int) { panic(n) }

// GoexitFn leaves without returning.
//
//go:noinline
func GoexitFn(n int) {
	if n > 0 {
		runtime.Goexit()
	}
	fmt.Println(n)
}

var noRes = make(chan bool, 3)

func deferred(n int) { defer NoRes(n) }

// NoRes tells of itself, since no caller of its goroutine could.
//
//go:noinline
func NoRes(n int) {
	show("NoRes", values{"n": n}, values{})
	if n == 3 {
		noRes <- true
	}
}
