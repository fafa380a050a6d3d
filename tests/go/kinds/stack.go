// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

import (
	"strings"
	"unsafe"
)

func callStack() {
	r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10 := manyInts(1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, 250)
	show("manyInts",
		values{"a": 1, "b": -2, "c": 3, "d": -4, "e": 5, "f": -6, "g": 7, "h": -8, "i": 9, "j": -10, "k": 11, "l": 250},
		values{"~r0": r0, "~r1": r1, "~r2": r2, "~r3": r3, "~r4": r4, "~r5": r5, "~r6": r6, "~r7": r7, "~r8": r8,
			"~r9": r9, "~r10": r10})

	for i := range patterns {
		w := pattern(i)
		odd := w&1 == 1
		p, q, r, s, t := stackNarrow(0, 1, 2, 3, 4, 5, 6, 7, 8, int8(w), odd, int16(w), uint8(w), uint32(w), w)
		show("stackNarrow",
			values{"a": 0, "b": 1, "c": 2, "d": 3, "e": 4, "f": 5, "g": 6, "h": 7, "i": 8,
				"j": int8(w), "k": odd, "l": int16(w), "m": uint8(w), "n": uint32(w), "o": w},
			values{"p": p, "q": q, "r": r, "s": s, "t": t})
	}

	for _, text := range []string{"", "spilled", "nul\x00 \xff \"", strings.Repeat("z", 200)} {
		number, again := stackString(1, 2, 3, 4, 5, 6, 7, 8, text, 99)
		show("stackString",
			values{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8, "s": text, "z": 99},
			values{"number": number, "again": again})
	}
	for _, b := range [][]byte{nil, {}, []byte("bytes"), []byte(strings.Repeat("w", 200))} {
		p := unsafe.Pointer(number)
		same := stackBytes(1, 2, 3, 4, 5, 6, 7, b, p, nil, p)
		show("stackBytes",
			values{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "s": b, "p": address(p), "q": nil, "r": address(p)},
			values{"~r0": same})
	}

	for n := 0; n < 3; n++ {
		_, text, b, c, d, small, yes := stackResults(n, "result")
		show("stackResults", values{"n": n, "s": "result"},
			values{"text": text, "b": b, "c": c, "d": d, "small": small, "yes": yes})
	}
}

//go:noinline
func manyInts(a, b, c, d, e, f, g, h, i, j, k int, l uint8) (uint8, int, int, int, int, int, int, int, int, int, int) {
	return l, k, j, i, h, g, f, e, d, c, b + a
}

// Nine registers hold a to i; the rest stands on the stack, packed by its own alignment.
//
//go:noinline
func stackNarrow(a, b, c, d, e, f, g, h, i int, j int8, k bool, l int16, m uint8, n uint32, o uint64) (p int8, q bool, r int16, s uint32, t uint64) {
	return j, k, l, n, o
}

// One register is left when s needs two: s goes to the stack, z takes the register.
//
//go:noinline
func stackString(a, b, c, d, e, f, g, h int, s string, z int) (number int, again string) {
	return a + b + c + d + e + f + g + h + z, s
}

// Two registers are left when s needs three; p and q take them, r goes to the stack.
//
//go:noinline
func stackBytes(a, b, c, d, e, f, g int, s []byte, p, q, r unsafe.Pointer) []byte {
	return s
}

// An array of several elements is a stack result. What follows takes registers until one
// is left: d needs two and goes to the stack, small takes the last, yes finds none.
//
//go:noinline
func stackResults(n int, s string) (a [2]int, text string, b, c []byte, d string, small int8, yes bool) {
	return [2]int{n, n + 1}, s + "!", []byte(s), nil, s[n:], int8(-n), n > 1
}
