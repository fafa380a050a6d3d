// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

import (
	"fmt"
	"math"
)

// jsonFloat is what the contract prints: encoding/json has no word for these three.
func jsonFloat(f float64) any {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "+Inf"
	case math.IsInf(f, -1):
		return "-Inf"
	}
	return f
}

func callFloats() {
	show("registerFloats", values{"a": 7, "f": 2.5, "g": 3.5, "c": "(1+2i)", "b": -8},
		values{"~r0": 7 - 8, "~r1": 6.0, "~r2": "(1+2i)"}, "args.f", "args.g", "args.c", "results.~r1", "results.~r2")
	registerFloats(7, 2.5, 3.5, 1+2i, -8)

	for _, x := range []float64{0, math.Copysign(0, -1), 1.5, -2.25e-300, 1e300, 5e-324, 0.1, 16777217,
		math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN()} {
		y, z := float32(x), complex(x, 4)
		sum, last := stackFloats(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, x, 33, y, z, complex64(z))
		args := values{"n": 33, "x": jsonFloat(x), "y": jsonFloat32(y),
			"z": fmt.Sprint(z), "w": fmt.Sprint(complex64(z))}
		hidden := []string{}
		for i := 0; i < 15; i++ {
			name := fmt.Sprintf("f%d", i)
			args[name] = float64(i)
			hidden = append(hidden, "args."+name)
		}
		show("stackFloats", args, values{"~r0": sum, "~r1": jsonFloat(last)}, append(hidden, "results.~r1")...)
	}

	// Fifteen float results fill the registers; the sixteenth and seventeenth are memory.
	_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, p, q := floatResults(2.5)
	results, hidden := values{"p": p, "q": q}, []string{"args.x"}
	for i := 0; i < 15; i++ {
		name := fmt.Sprintf("r%d", i)
		results[name] = 2.5
		hidden = append(hidden, "results."+name)
	}
	show("floatResults", values{"x": 2.5}, results, hidden...)
}

// A float32 is printed as the shortest text that is it, not its float64 neighbour.
func jsonFloat32(f float32) any {
	if word, special := jsonFloat(float64(f)).(string); special {
		return word
	}
	return f
}

//go:noinline
func registerFloats(a int, f float64, g float32, c complex128, b int) (int, float64, complex64) {
	return a + b, f + float64(g), complex64(c)
}

//go:noinline
func stackFloats(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, x float64, n int, y float32, z complex128, w complex64) (int, float64) {
	return n + 1, f0 + f1 + f2 + f3 + f4 + f5 + f6 + f7 + f8 + f9 + f10 + f11 + f12 + f13 + f14 + x + float64(y) + real(z) + float64(real(w))
}

//go:noinline
func floatResults(x float64) (r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, r13, r14 float64, p float64, q float32) {
	return x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x * 3, float32(x * 5)
}
