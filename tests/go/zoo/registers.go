// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

func callRegisters() {
	r0, r1, r2, r3, r4, r5, r6, r7, r8 := Ints9(1, 2, 3, 4, 5, 6, 7, 8, 9)
	show("Ints9",
		values{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8, "i": 9},
		values{"~r0": r0, "~r1": r1, "~r2": r2, "~r3": r3, "~r4": r4, "~r5": r5, "~r6": r6,
			"~r7": r7, "~r8": r8})

	var r9 int
	r0, r1, r2, r3, r4, r5, r6, r7, r8, r9 = Ints10(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	show("Ints10",
		values{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8, "i": 9, "j": 10},
		values{"~r0": r0, "~r1": r1, "~r2": r2, "~r3": r3, "~r4": r4, "~r5": r5, "~r6": r6,
			"~r7": r7, "~r8": r8, "~r9": r9})

	for _, sign := range []int{-1, 1} {
		a, b, c, d := int8(1*sign), int16(2*sign), int32(3*sign), int64(4*sign)
		sum := Ints12Mixed(a, b, c, d, 250, 65000, 4000000000, 1<<63, true, 251, 65001, 252)
		show("Ints12Mixed",
			values{"a": a, "b": b, "c": c, "d": d, "e": 250, "f": 65000, "g": 4000000000,
				"h": uint64(1 << 63), "i": true, "j": 251, "k": 65001, "l": 252},
			values{"sum": sum})
	}

	number := Variadic(1, 2, 3, 4, 5)
	show("Variadic", values{"a": 1, "b": 2}, values{"~r0": number})
}

//go:noinline
func Ints9(a, b, c, d, e, f, g, h, i int) (int, int, int, int, int, int, int, int, int) {
	return i, h, g, f, e, d, c, b, a
}

//go:noinline
func Ints10(a, b, c, d, e, f, g, h, i, j int) (int, int, int, int, int, int, int, int, int, int) {
	return j, i, h, g, f, e, d, c, b, a
}

//go:noinline
func Ints12Mixed(a int8, b int16, c int32, d int64, e uint8, f uint16, g uint32, h uint64, i bool, j uint8, k uint16, l uint8) (sum int64) {
	if i {
		sum = int64(h >> 32)
	}
	return sum + int64(a) + int64(b) + int64(c) + d + int64(e) + int64(f) + int64(g) + int64(j) + int64(k) + int64(l)
}

//go:noinline
func Variadic(a, b int, rest ...int) int {
	for _, number := range rest {
		a += number
	}
	return a * b
}
