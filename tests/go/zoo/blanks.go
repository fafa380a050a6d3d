// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

type (
	// Nothing has no size.
	Nothing struct{}
	// Trailing is padded, so that a pointer to z does not point behind it.
	Trailing struct {
		n int
		z Nothing
	}
	// Blanks has fields without a name, which take registers all the same.
	Blanks struct {
		A int
		_ int
		B int
		_ string
		C int
	}
)

func callBlanks() {
	show("Arr1Arg", values{"n": 3}, values{"~r0": Arr1Arg([1]int{1}, [1]string{"two"}, 3)})
	show("Arr0Arg", values{"n": 4, "m": 5}, values{"~r0": Arr0Arg(4, [0]int{}, 5)})
	show("TrailZero", values{"n": 6}, values{"~r0": TrailZero(Trailing{n: 5}, 6)})
	show("Empty", values{"n": 7, "m": 8}, values{"~r0": Empty(7, Nothing{}, 8)})
	show("BlankArg", values{"z": 4}, values{"~r0": BlankArg(Blanks{A: 1, B: 2, C: 3}, 4)})
	sum, again := BlankParam(1, 2, "three", 4)
	show("BlankParam", values{"a": 2, "b": 4}, values{"~r0": sum, "~r1": again})
}

// An array of one element is its element.
//
//go:noinline
func Arr1Arg(a [1]int, s [1]string, n int) int { return a[0] + len(s[0]) + n }

//go:noinline
func Arr0Arg(n int, a [0]int, m int) int { return n + len(a) + m }

//go:noinline
func TrailZero(t Trailing, n int) int { return t.n + n }

//go:noinline
func Empty(n int, e Nothing, m int) int { return n - m }

//go:noinline
func BlankArg(s Blanks, z int) int { return s.A + s.B + s.C + z }

//go:noinline
func BlankParam(_ int, a int, _ string, b int) (int, int) { return 77, a + b }
