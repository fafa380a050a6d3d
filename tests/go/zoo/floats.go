// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

import "errors"

var errNegative = errors.New("neg")

func callFloats() {
	for _, a := range []int{7, -7} {
		n, _, m, _ := MixF(a, 2.5, "mix", 3.5, -4)
		show("MixF", values{"a": a, "s": "mix", "c": -4}, values{"n": n, "m": m})
	}
	n := Floats16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15.5, 16.5)
	show("Floats16", values{"f16": 16.5}, values{"~r0": n})
}

//go:noinline
func MixF(a int, x float64, s string, y float32, c int32) (n int, r float64, m int, err error) {
	if a < 0 {
		err = errNegative
	}
	return len(s) + int(c), x * float64(y), a, err
}

// 15 float registers on amd64, 16 on arm64; the last is on the stack of both.
//
//go:noinline
func Floats16(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16 float64) int {
	return int(f0 + f1 + f2 + f3 + f4 + f5 + f6 + f7 + f8 + f9 + f10 + f11 + f12 + f13 + f14 + f15 + f16)
}
