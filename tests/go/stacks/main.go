// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Program stacks calls a few functions from everywhere, and prints for each call who called it,
// as runtime.CallersFrames says.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

type frame struct {
	Function string `json:"function"`
	File     string `json:"file"`
	Line     int    `json:"line"`
}

var (
	out       = bufio.NewWriter(os.Stdout)
	accounted int64
	sink      any
)

// account prints the callers of the function that is traced; skip leads to the first of them.
//
//go:noinline
func account(function string, n, skip int) int {
	var pcs [300]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(skip, pcs[:])])
	var stack []frame
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		stack = append(stack, frame{f.Function, f.File, f.Line})
	}
	line, _ := json.Marshal(map[string]any{"function": function, "n": n, "stack": stack})
	fmt.Fprintln(out, string(line))
	atomic.AddInt64(&accounted, 1)
	return n
}

// leaf has a frame, and is traced at its entry.
//
//go:noinline
func leaf(n int) int {
	return account("main.leaf", n, 3) + 1
}

// back is traced where it returns; it has several places to.
//
//go:noinline
func back(n int) int {
	if account("main.back", n, 3)%2 == 0 {
		return n
	}
	account("main.none", n, 3)
	return n + 1
}

// bare has no frame: its caller speaks for it.
//
//go:noinline
func bare(n int) int { return n*3 + 1 }

type base struct{ hits int }

//go:noinline
func (b *base) Hit(n int) {
	b.hits += account("main.(*base).Hit", n, 3)
}

type outer struct{ *base }

type value struct{ a, b int }

//go:noinline
func (v value) Hit(n int) { leaf(n + v.a - v.b) }

type hitter interface{ Hit(n int) }

//go:noinline
func callHitter(h hitter, n int) { h.Hit(n) }

//go:noinline
func callsBare(n int) int { return bare(account("main.bare", n, 2)) + 1 }

//go:noinline
func recurse(depth, n int) int {
	if depth == 0 {
		return leaf(n) + back(n)
	}
	return recurse(depth-1, n) + 1
}

func inlined3(n int) int { return leaf(n) + 3 }

func inlined2(n int) int {
	return inlined3(n) +
		2
}

func inlined1(n int) int { return inlined2(n) + 1 }

//go:noinline
func deferred(n int) {
	defer leaf(n)
	defer func() { back(n) }()
	runtime.Gosched()
}

//go:noinline
func panics(n int) {
	defer func() {
		leaf(n)
		recover()
	}()
	panic("on purpose")
}

//go:noinline
func faults(p *int, n int) (result int) {
	defer func() {
		leaf(n)
		recover()
	}()
	result = n
	result += *p
	return
}

//go:noinline
func generic[T any](v T, n int) int {
	use(any(v))
	return leaf(n)
}

//go:noinline
func use(v any) { sink = v }

//go:noinline
func grows(n int) int {
	var large [20000]byte
	use(large[n])
	return recurse(3, n) + int(large[n+1])
}

func main() {
	fmt.Println("waiting")
	bufio.NewReader(os.Stdin).ReadString('\n')

	n := 0
	next := func() int {
		n++
		return n
	}
	leaf(next())
	back(next())
	back(next())
	callsBare(next())
	recurse(0, next())
	recurse(5, next())
	recurse(100, next())
	inlined1(next())
	deferred(next())
	panics(next())
	faults(nil, next())
	generic(1, next())
	generic("s", next())
	generic(struct{ A, B int }{1, 2}, next())
	callHitter(&base{}, next())
	callHitter(outer{&base{}}, next())
	callHitter(&outer{&base{}}, next())
	callHitter(value{2, 2}, next())
	callHitter(&value{3, 3}, next())
	method := (&value{1, 1}).Hit
	func(f func(int)) { f(next()) }(method)
	reflect.ValueOf(leaf).Call([]reflect.Value{reflect.ValueOf(next())})
	reflect.ValueOf(&value{}).MethodByName("Hit").Call([]reflect.Value{reflect.ValueOf(next())})
	sort.Slice([]int{2, 1}, func(i, j int) bool { leaf(next()); return i < j })
	var once sync.Once
	once.Do(func() { back(next()) })

	done := make(chan bool)
	alone := next()
	go func() { leaf(alone); callsBare(alone); done <- true }()
	<-done
	large := next()
	go func() { grows(large); done <- true }()
	<-done
	direct := next()
	before := atomic.LoadInt64(&accounted)
	go leaf(direct)
	for atomic.LoadInt64(&accounted) == before || runtime.NumGoroutine() > 1 {
		runtime.Gosched()
	}
	timed := next()
	time.AfterFunc(time.Microsecond, func() { leaf(timed); done <- true })
	<-done
	out.Flush()
}
