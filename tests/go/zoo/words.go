// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

import (
	"fmt"
	"math/big"
	"time"
	"unsafe"
)

type (
	// Pair is part of Nested.
	Pair struct {
		a int32
		b int
	}
	// Nested takes integer and float registers in turns.
	Nested struct {
		P Pair
		E Nothing
		S string
		F float32
		I any
	}
	// Named has more words than the compiler keeps in its own registers.
	Named struct {
		Name string
		Tags []byte
		Age  int
	}
)

func callWords() {
	n, text := NestedArg(Nested{P: Pair{1, 2}, S: "three", F: 4, I: 5}, 6)
	show("NestedArg", values{"n": 6}, values{"~r0": n, "~r1": text})

	queue := make(chan int, 3)
	show("Iface", values{"n": 9}, values{"~r0": Iface(1, queue2{}, map[string]int{"one": 1}, queue, Ints2, 9)})

	for _, k := range []int{1, -1} {
		_, _, n := NamedArg(Named{Name: "zero bob", Tags: []byte("tag"), Age: 30}, k)
		show("NamedArg", values{"k": k}, values{"~r2": n})
	}

	p := unsafe.Pointer(&counts)
	for _, given := range []unsafe.Pointer{p, nil} {
		same := Pointers(given, &n)
		var told, back any
		if given != nil {
			told, back = given, same
		}
		show("Pointers", values{"p": told}, values{"~r0": back})
	}

	when := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	year, later := TimeArg(when, 48*time.Hour)
	show("TimeArg", values{"d": int64(48 * time.Hour)}, values{"~r0": year, "~r1": later})

	if never() {
		fmt.Println(new(big.Int).And(big.NewInt(6), big.NewInt(3)))
	}
}

type queue2 struct{}

func (queue2) String() string { return "queue" }

//go:noinline
func Ints2(a int) int { return a * 2 }

//go:noinline
func NestedArg(v Nested, n int) (int, string) {
	if _, ok := v.I.(int); !ok {
		return 0, ""
	}
	return int(v.P.a) + v.P.b + int(v.F) + n, v.S
}

//go:noinline
func Iface(e any, s fmt.Stringer, m map[string]int, c chan int, f func(int) int, n int) int {
	if e == nil || s == nil {
		return -1
	}
	return len(m) + cap(c) + f(n)
}

//go:noinline
func NamedArg(v Named, k int) (Named, error, int) {
	if k < 0 {
		return v, fmt.Errorf("%s", v.Name), v.Age
	}
	v.Age += k
	return v, nil, len(v.Tags)
}

//go:noinline
func Pointers(p unsafe.Pointer, n *int) unsafe.Pointer {
	*n++
	return p
}

//go:noinline
func TimeArg(t time.Time, d time.Duration) (int, string) {
	return t.Add(d).Year(), t.Add(d).Format("Jan 2")
}
