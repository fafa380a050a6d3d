// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

// Stack is a generic type: its methods take a dictionary.
type Stack[T any] struct{ items []T }

func callGenerics() {
	numbers := &Stack[int]{}
	for n := 1; n < 4; n++ {
		show("(*Stack[int]).Push", values{"x": 10 * n, "n": n}, values{"~r0": numbers.Push(10*n, n)})
	}
	show("GSum[string]", values{"a": "gener", "b": "ics"}, values{"~r0": GSum("gener", "ics")})
	show("GSum[int]", values{"a": 20, "b": 22}, values{"~r0": GSum(20, 22)})
}

//go:noinline
func (s *Stack[T]) Push(x T, n int) int {
	for i := 0; i < n; i++ {
		s.items = append(s.items, x)
	}
	return len(s.items)
}

//go:noinline
func GSum[T int | string](a, b T) T { return a + b }
