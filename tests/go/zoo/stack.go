// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

// Big takes more registers than amd64 has, and fewer than arm64 has.
type Big struct{ a, b, c, d, e, f, g, h, i, j int }

func callStack() {
	number, text := SpillString(1, 2, 3, 4, 5, 6, 7, 8, "spilled", 99)
	show("SpillString",
		values{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8, "s": "spilled", "z": 99},
		values{"~r0": number, "~r1": text})

	number, text, size := SpillMid(1, 2, 3, 4, 5, 6, 7, 8, []byte("abc"), "tee", 9, 16)
	// A tracer prints bytes as base64: "YWJj" is "abc".
	show("SpillMid",
		values{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8, "s": "YWJj", "t": "tee",
			"z": 9, "w": 16},
		values{"~r0": number, "~r1": text, "~r2": size})

	first, _, last := Arr2Arg(3, [3]int{5, 6, 7}, 8)
	show("Arr2Arg", values{"x": 3, "y": 8}, values{"~r0": first, "~r2": last})

	small, _, number := ArrTop(1, [2]int16{2, 3}, 4, [3]byte{5, 6, 7}, 8)
	show("ArrTop", values{"x": 1, "y": 4, "z": 8}, values{"~r0": small, "~r2": number})

	number, _ = BigArg(1, Big{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 2)
	show("BigArg", values{"x": 1, "y": 2}, values{"~r0": number})
}

// One register is left when s needs two: s goes to the stack, z takes the register.
//
//go:noinline
func SpillString(a, b, c, d, e, f, g, h int, s string, z int) (int, string) {
	return a + b + c + d + e + f + g + h + z, s
}

//go:noinline
func SpillMid(a, b, c, d, e, f, g, h int, s []byte, t string, z, w int) (int, string, int) {
	return a + b + c + d + e + f + g + h + z, t, w + len(s)
}

// An array of several elements is never in registers.
//
//go:noinline
func Arr2Arg(x int, a [3]int, y int) (int, [3]int, int) {
	a[0], a[2] = a[2], a[0]
	return x, a, y
}

//go:noinline
func ArrTop(x int8, a [2]int16, y int8, d [3]byte, z int) (int8, [2]int16, int) {
	return x + int8(d[0]), a, z + int(y)
}

//go:noinline
func BigArg(x int, b Big, y int) (int, Big) {
	b.a, b.j = b.j, b.a
	return x + y, b
}
