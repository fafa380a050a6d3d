// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Command shapes holds one function for each form of machine code gogen tells apart.
package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
)

type (
	// T has a pointer method, for the names of methods.
	T struct{ n int }
	// Outer promotes (*T).Ptr through an embedded pointer: its wrapper is a tail jump.
	Outer struct{ *T }
	// Caller makes the compiler keep the wrapper.
	Caller interface{ Ptr(int) int }
)

// Ptr is promoted by Outer.
//
//go:noinline
func (t *T) Ptr(a int) int { fmt.Fprintln(os.Stderr, t.n, a); return t.n + a }

// Leaf has no stack check.
//
//go:noinline
func Leaf(a, b int) int { return a*b + 1 }

// Small has the plain stack check.
//
//go:noinline
func Small(a int, s string) (int, error) {
	if a > 6 {
		return 0, errors.New(s)
	}
	return strconv.Atoi(s)
}

// Medium has the stack check of a frame larger than the guard.
//
//go:noinline
func Medium(a int) int {
	var b [600]byte
	fill(b[:], a)
	return int(b[a%len(b)])
}

// Huge has the stack check that guards against wrap-around.
//
//go:noinline
func Huge(a int) int {
	var b [100000]byte
	fill(b[:], a)
	return int(b[a%len(b)])
}

//go:noinline
func fill(b []byte, a int) {
	for i := range b {
		b[i] = byte(a + i)
	}
}

// Panics never returns.
//
//go:noinline
func Panics(a int) int { panic(strconv.Itoa(a)) }

// Forever never returns either.
//
//go:noinline
func Forever(c chan int) {
	for {
		c <- <-c + 1
	}
}

// Switch has a jump table in Go 1.19 and later, and many returns.
//
//go:noinline
func Switch(a int) string {
	switch a {
	case 0:
		return strconv.Itoa(a + 1)
	case 1:
		return fmt.Sprint(a)
	case 2:
		return "two" + os.Args[0]
	case 3:
		return "three" + strconv.Itoa(a)
	case 4:
		return fmt.Sprintln(a)
	case 5:
		return strconv.Quote(os.Args[0])
	case 6:
		return "six"
	case 7:
		return fmt.Sprint("seven", a)
	case 8:
		return fmt.Sprint("eight", os.Args[0])
	}
	return os.Args[0]
}

// Sum is generic; each shape is a function of its own.
//
//go:noinline
func Sum[E int | float64 | string](a, b E) E { return a + b }

// Empty is one instruction, the return.
//
//go:noinline
func Empty() {}

// Inlined has no code of its own.
func Inlined(a int) int { return a ^ 1 }

func asmAdd(a, b int) int

func main() {
	var c Caller = Outer{&T{n: 1}}
	if len(os.Args) > 20 {
		c = &T{n: 2} // or the call below is made without the wrapper
		Forever(make(chan int))
	}
	_, err := Small(1, "x")
	n := c.Ptr(2) + Leaf(1, 2) + Medium(3) + Huge(4) + Inlined(5) + asmAdd(3, 4)
	fmt.Println(n, err, Switch(6), Sum(1, 2), Sum("a", "b"), Sum(1.5, 2.0))
	Empty()
	defer func() { fmt.Println(recover()) }()
	Panics(n)
}
