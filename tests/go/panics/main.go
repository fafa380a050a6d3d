// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Panics ends calls by panics of every kind, one in the other too, and prints of each call by which
// one: {"function": "main.call", "id": n, "type": ..., "text": ..., "error": true or false}.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

var (
	mu    sync.Mutex
	out   = json.NewEncoder(os.Stdout)
	calls int64
)

func id() int { return int(atomic.AddInt64(&calls, 1)) }

// ended says which value ended a call.
func ended(id int, by any) {
	mu.Lock()
	defer mu.Unlock()
	err, isError := by.(error)
	text := fmt.Sprint(by)
	if isError {
		text = err.Error()
	}
	out.Encode(map[string]any{
		"function": "main.call", "id": id,
		"type": fmt.Sprintf("%T", by), "text": text, "error": isError,
	})
}

// call is what is traced.
//
//go:noinline
func call(id int, body func()) int {
	body()
	return id
}

type celsius float64

type odd struct{ a, b int }

type failure struct{ code int }

func (f *failure) Error() string { return fmt.Sprint("failure ", f.code) }

var (
	none  []int
	five  = make([]int, 5)
	text  = "text"
	minus = -1
	two   = 2
	four  = 4
	six   = 6
	large = uint64(1) << 63
	zero  int
	null  *odd
	table map[string]int
)

var values = []any{
	"a string", "", strings.Repeat("long ", 100), 42, int8(-7), uint16(9), true, 2.5, celsius(36.6),
	errors.New("an error"), fmt.Errorf("outer: %w", errors.New("inner")), &failure{3},
	odd{1, 2}, []int{1},
}

var faults = []func(){
	func() { _ = none[six] },
	func() { _ = five[minus] },
	func() { _ = five[large] },
	func() { _ = five[six:] },
	func() { _ = five[:six] },
	func() { _ = five[:minus] },
	func() { _ = text[:six] },
	func() { _ = text[six:] },
	func() { _ = five[four:zero] },
	func() { _ = five[:zero:six] },
	func() { _ = five[:four:two] },
	func() { _ = five[four:two:4] },
	func() { _ = five[zero:minus:5] },
	func() { _ = (*[5]int)(five)[:six:six] },
	func() { fmt.Sprint(six / zero) },
	func() { fmt.Sprint(null.b) },
	func() { table["x"] = 1 },
	func() { _ = make([]int, minus) },
	func() { _ = make(chan int, minus) },
	func() { c := make(chan int); close(c); close(c) },
	func() { var c chan int; close(c) },
	func() { fmt.Sprint(1 << minus) },
}

func catch(id int) { ended(id, recover()) }

// simple is one panic.
func simple(body func()) {
	a := id()
	defer catch(a)
	call(a, body)
}

// wrapped recovers from a panic, and panics anew in the same deferred function.
func wrapped() {
	a, b, c := id(), id(), id()
	defer func() {
		by := recover()
		ended(b, by)
		ended(c, by)
	}()
	call(b, func() {
		defer func() {
			by := recover()
			ended(a, by)
			call(c, func() { panic(fmt.Errorf("wrapped: %v", by)) })
		}()
		call(a, func() { panic("first") })
	})
}

// superseded panics in a deferred function that has not recovered.
func superseded() {
	a, b, c, d := id(), id(), id(), id()
	defer func() {
		by := recover()
		ended(a, "first")
		ended(b, "first")
		ended(c, by)
		ended(d, by)
	}()
	call(c, func() {
		defer func() {
			// Deferred functions of its own lie between this one and the panic's.
			defer func() {}()
			for i := 0; i < 3; i++ {
				defer func() {}()
			}
			call(d, func() { panic(errors.New("second")) })
		}()
		call(b, func() {
			call(a, func() { panic("first") })
		})
	})
}

// inside recovers from a panic in a deferred function, which then goes on for the other.
func inside() {
	a, b, c := id(), id(), id()
	defer func() {
		by := recover()
		ended(a, by)
		ended(b, by)
	}()
	call(b, func() {
		defer func() {
			func() {
				defer catch(c)
				call(c, func() { panic("within") })
			}()
		}()
		call(a, func() { panic("without") })
	})
}

// moved lets the stack grow between two panics.
func moved() {
	a, b, c := id(), id(), id()
	defer func() {
		by := recover()
		ended(b, by)
		ended(c, by)
	}()
	call(b, func() {
		defer func() {
			grow(200)
			call(c, func() { grow(400); panic("after") })
		}()
		call(a, func() { defer ended(a, "before"); panic("before") })
	})
}

//go:noinline
func grow(n int) int {
	var room [64]int
	if n > 0 {
		room[n%64] = grow(n - 1)
	}
	return room[n%64] + 1
}

// chain panics in deferred functions of panics, n deep; each call ends by its own panic.
func chain(n int) {
	if n == 0 {
		return
	}
	a := id()
	defer func() {
		chain(n - 1)
	}()
	call(a, func() {
		ended(a, fmt.Sprint("link ", n))
		panic(fmt.Sprint("link ", n))
	})
}

func chained(n int) {
	defer func() { recover() }()
	chain(n)
}

// exits ends its goroutine; panics on the way, recovered, end no more than their own calls.
func exits() {
	var done sync.WaitGroup
	done.Add(1)
	go func() {
		defer done.Done()
		a := id()
		defer func() {
			defer catch(a)
			call(a, func() { panic("while exiting") })
		}()
		call(id(), runtime.Goexit)
	}()
	done.Wait()
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "crash" {
		call(id(), func() { panic("not recovered") })
	}
	fmt.Println("waiting")
	bufio.NewReader(os.Stdin).ReadString('\n')

	var all sync.WaitGroup
	for g := 0; g < 4; g++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for _, value := range values {
				value := value
				simple(func() { panic(value) })
			}
			for _, fault := range faults {
				simple(fault)
			}
			for i := 0; i < 10; i++ {
				wrapped()
				superseded()
				inside()
				moved()
				chained(1 + i%4)
				exits()
			}
		}()
	}
	all.Wait()
	// Those that exits started are done before they are gone.
	for runtime.NumGoroutine() > 1 {
		runtime.Gosched()
	}
	if len(os.Args) > 1 && os.Args[1] == "deeper" {
		chained(6)
	}
	if len(os.Args) > 2 && os.Args[1] == "crashes" {
		cnt, _ := strconv.Atoi(os.Args[2])
		for i := 0; i < cnt; i++ {
			exec.Command(os.Args[0], "crash").Run()
		}
		simple(func() { panic("at last") })
	}
}
