// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Ends calls functions that leave in every way a call can, from many goroutines, and prints what
// it knows of each function's calls: {"function": ..., "ends": {"return": n, "panic": n, ...}}.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
)

const (
	byReturn = "return"
	byPanic  = "panic"
	byGoexit = "goexit"
)

var (
	mu   sync.Mutex
	ends = map[string]map[string]int{}
)

// note counts one way in which a call of a function ends.
func note(function, end string) {
	mu.Lock()
	defer mu.Unlock()
	if ends[function] == nil {
		ends[function] = map[string]int{}
	}
	ends[function][end]++
}

//go:noinline
func leaf(n int) int {
	switch n % 7 {
	case 3:
		note("main.leaf", byPanic)
		panic(fmt.Sprint("seven ", n))
	case 5:
		note("main.leaf", byPanic)
		var none []int
		return none[n]
	}
	note("main.leaf", byReturn)
	return n * 2
}

// middle lets a panic through, and calls leaf in a deferred function while it does.
//
//go:noinline
func middle(n int) (sum int) {
	how := byPanic
	defer func() { note("main.middle", how) }()
	defer func() { sum += leaf(7 * n) }()
	sum = leaf(n)
	how = byReturn
	return sum
}

//go:noinline
func caught(n int) (sum int, err error) {
	defer note("main.caught", byReturn)
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("caught: %v", r)
		}
	}()
	return middle(n), nil
}

// deep panics below a recursion, far enough down for the stack to move.
//
//go:noinline
func deep(n int, text string) int {
	if n == 0 {
		note("main.deep", byPanic)
		panic(errors.New(text))
	}
	how := byPanic
	defer func() { note("main.deep", how) }()
	var room [64]int
	room[n%64] = deep(n-1, text)
	how = byReturn
	return room[n%64]
}

// again panics in a deferred function that runs for a panic, and recovers from both.
//
//go:noinline
func again(n int) (text string) {
	defer note("main.again", byReturn)
	defer func() { text = fmt.Sprint(recover()) }()
	defer func() { leaf(7*n + 3) }()
	leaf(7*n + 5)
	return "not reached"
}

// goes ends its goroutine, or one of those it calls does.
//
//go:noinline
func goes(n int) {
	note("main.goes", byGoexit)
	if n > 0 {
		goes(n - 1)
	}
	defer func() {
		defer func() { recover() }()
		leaf(3)
	}()
	runtime.Goexit()
}

// fails has no return instruction: it panics.
//
//go:noinline
func fails(n int, text string) {
	note("main.fails", byPanic)
	panic(fmt.Sprint(text, n))
}

// loops has no return instruction: it goes on until what it calls ends the goroutine, or panics.
//
//go:noinline
func loops(n int) int {
	for i := 0; ; i++ {
		turn(n, i)
	}
}

//go:noinline
func turn(n, i int) {
	switch {
	case i < n:
		note("main.turn", byReturn)
	case n%2 == 0:
		note("main.turn", byGoexit)
		note("main.loops", byGoexit)
		runtime.Goexit()
	default:
		note("main.turn", byPanic)
		note("main.loops", byPanic)
		panic(n)
	}
}

//go:noinline
func stays(n int, release chan struct{}) int {
	<-release
	return n
}

//go:noinline
func work(n int) {
	caught(n)
	func() {
		defer func() { recover() }()
		deep(n%40, "deep")
	}()
	again(n)
	func() {
		defer func() { recover() }()
		fails(n, "again ")
	}()
}

func main() {
	fmt.Println("waiting")
	in := bufio.NewReader(os.Stdin)
	in.ReadString('\n')

	var all sync.WaitGroup
	for g := 0; g < 8; g++ {
		all.Add(1)
		go func(g int) {
			defer all.Done()
			for i := 0; i < 50; i++ {
				work(g*50 + i)
				var one sync.WaitGroup
				one.Add(1)
				go func() {
					defer one.Done()
					func() {
						defer func() { recover() }()
						loops(2*i + 1)
					}()
					if i%2 == 0 {
						loops(i)
					}
					goes(i % 3)
				}()
				one.Wait()
			}
		}(g)
	}
	all.Wait()
	// Goroutines that goes ended are done before they are gone.
	for runtime.NumGoroutine() > 1 {
		runtime.Gosched()
	}

	var begun sync.WaitGroup
	for i := 0; i < 5; i++ {
		begun.Add(1)
		go func(i int) {
			begun.Done()
			stays(i, make(chan struct{}))
		}(i)
	}
	begun.Wait()
	for i := 0; i < 100; i++ {
		runtime.Gosched()
	}
	out := json.NewEncoder(os.Stdout)
	for function, counts := range ends {
		out.Encode(map[string]any{"function": function, "ends": counts})
	}
	if len(os.Args) > 1 {
		fmt.Println("staying")
		in.ReadString('\n')
	}
}
