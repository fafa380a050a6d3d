// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

import "fmt"

type price int

type stack[T any] struct{ items []T }

//go:noinline
func (s *stack[T]) push(v T) int {
	s.items = append(s.items, v)
	return len(s.items)
}

//go:noinline
func add[K comparable, V ~int](m map[K]V, k K) string {
	var zero V
	for _, v := range m {
		zero += v
	}
	return fmt.Sprintf("%T %v", zero, k)
}

func showInstance(function string, args, results values, typeArgs ...string) {
	function = "main." + function
	out.Encode(truth{function, goid, args, results, nil, fmt.Sprint(typeArgs)})
}

func callGenerics() {
	suffix := [2]string{"]", "]"}
	if minor() == 19 {
		suffix = [2]string{"_0]", "_1]"}
	}
	sum := "add[go.shape.string" + suffix[0][:len(suffix[0])-1] + ",go.shape.int" + suffix[1]
	length := values{"len": 1}
	showInstance(sum, values{"m": length, "k": "a"}, values{"~r0": add(map[string]int{"x": 1}, "a")}, "string", "int")
	showInstance(sum, values{"m": length, "k": "b"}, values{"~r0": add(map[string]price{"x": 1}, "b")}, "string", "main.price")
	push := "(*stack[go.shape.int" + suffix[0] + ").push"
	a, b := &stack[int]{}, &stack[price]{}
	showInstance(push, values{"s": values{"items": nil}, "v": 7}, values{"~r0": a.push(7)}, "int")
	showInstance(push, values{"s": values{"items": nil}, "v": 8}, values{"~r0": b.push(8)}, "main.price")
}
