// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

import "fmt"

type (
	// R is called through *R: the wrapper (*R).Get holds the whole method.
	R struct{ n int }
	// T has the method that Emb promotes.
	T struct{ n int }
	// Emb promotes (*T).Ptr through an embedded pointer: its wrapper is a tail jump.
	Emb struct {
		pad int
		*T
	}
	getter interface{ Get(by int) int }
	ptr    interface{ Ptr(a int) int }
)

var getValue = R.Get

func callMethods() {
	if asmAdd(3, 4) != 7 {
		panic("asmAdd")
	}
	var g getter = &R{n: 5}
	var p ptr = &Emb{T: &T{n: 6}}
	if never() {
		fmt.Println(getValue(R{n: 1}, 2))
		g, p = R{n: 2}, &T{n: 3}
	}
	show("(*R).Get", values{"by": 7}, values{"~r0": g.Get(7)})
	show("(*T).Ptr", values{"a": 8}, values{"~r0": p.Ptr(8)})

	for _, step := range []int{3, -3} {
		add := MkClosure(step)
		show("MkClosure", values{"step": step}, values{})
		show("MkClosure.func1", values{"x": 4}, values{"~r0": add(4)})
	}
}

func (r R) Get(by int) int { return r.n * by }

//go:noinline
func (t *T) Ptr(a int) int { return t.n + a }

//go:noinline
func MkClosure(step int) func(int) int {
	return func(x int) int { return x + step }
}

func asmAdd(a, b int) int
