// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Tails calls functions that end by a jump into another one, from many goroutines, and prints how
// often each was called: {"function": ..., "calls": n}.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
)

// Adder is what the wrappers below are called through.
type Adder interface{ Add(n int) int }

// Tally is embedded: the compiler makes the methods of what embeds it.
type Tally struct{ base int }

//go:noinline
func (t *Tally) Add(n int) int {
	if n == 0 {
		return t.base
	}
	return t.Add(n-1) + 1
}

// ByPointer has a method that jumps to (*Tally).Add, with the pointer loaded.
type ByPointer struct {
	name string
	*Tally
}

// ByInterface has one that jumps to what it finds in a table, in newer versions of Go.
type ByInterface struct {
	name string
	Adder
}

// tick is in assembly; its value is that of a function of Go's own convention, which jumps there.
func tick()

// thunk is in assembly, and jumps to landed.
func thunk()

var ticks, landings int64

//go:noinline
func landed() {
	atomic.AddInt64(&landings, 1)
}

var ticking = tick

// add calls through a table: what the compiler knows of the type, it would call directly.
//
//go:noinline
func add(a Adder, n int) int { return a.Add(n) }

func main() {
	fmt.Println("waiting")
	in := bufio.NewReader(os.Stdin)
	in.ReadString('\n')

	const workers, turns = 4, 200
	var pointers, interfaces, adds int64
	var all sync.WaitGroup
	for w := 0; w < workers; w++ {
		all.Add(1)
		go func(w int) {
			defer all.Done()
			for i := 0; i < turns; i++ {
				tally := &Tally{w}
				byPointer := &ByPointer{"pointer", tally}
				byInterface := &ByInterface{"interface", byPointer}
				// Deep enough, now and then, for the stack to move below a tail jump.
				n := i % 4 * 20
				if got := add(byPointer, n) + add(byInterface, n); got != 2*(w+n) {
					panic(fmt.Sprint("wrong sum: ", got))
				}
				atomic.AddInt64(&pointers, 2)
				atomic.AddInt64(&interfaces, 1)
				atomic.AddInt64(&adds, int64(2*(n+1)))
				ticking()
				thunk()
			}
		}(w)
	}
	all.Wait()

	out := json.NewEncoder(os.Stdout)
	for function, calls := range map[string]int64{
		"main.(*ByPointer).Add":   pointers,
		"main.(*ByInterface).Add": interfaces,
		"main.(*Tally).Add":       adds,
		"main.tick":               ticks,
		"main.landed":             landings,
	} {
		out.Encode(map[string]any{"function": function, "calls": calls})
	}
}
