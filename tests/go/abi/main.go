// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Functions of every shape, whose assignments are compared with what the compiler wrote
// into the binary. The test reads the declarations below: types on one line, and every
// function with its whole signature on the line that ends in "{".
package main

import "unsafe"

type Empty struct{}
type Pair struct { A, B int16 }
type Inner struct { F float32; C complex64; P Pair }
type Outer struct { Inner; E struct{}; N *Outer; I any }
type Blank struct { _ int; A int8; _ string }
type Zero struct { A int; Z [0]int; B int8 }
type Trail struct { X int32; Z struct{} }
type Empties struct { V [2]struct{}; N int }
type Vec struct { N int; V [2]byte }
type Big struct { A, B, C, D, E, F, G, H, I, J int }
type Four struct { A, B, C, D int }
type Floats struct { A, B, C, D, E, F, G, H, I, J, K, L, M, N, O float64 }
type Mix struct { A int; F float64; B int }
type Time struct { wall uint64; ext int64; loc *Empty }
type Named int8
type Deep struct { A struct { B struct { C [1]struct { D uint16; E bool } } }; F string }

//go:noinline
func Nothing() {
}

//go:noinline
func Blog(a1, a2, a3 int64, b []byte) (int64, []byte) {
	return a1 + a2 + a3, b
}

//go:noinline
func Small(a bool, b int8, c uint16, d int32, e uintptr) int8 {
	if a {
		return b
	}
	return int8(c) + int8(d) + int8(e)
}

//go:noinline
func FloatsAndInts(a float32, b int, c float64, d float32) (float64, int, float32) {
	return c, b, a + d
}

//go:noinline
func Complex(a complex64, b complex128) (complex128, complex64) {
	return b, a
}

//go:noinline
func Words(s string, b []byte, e error, x any) (any, error) {
	if len(s) > len(b) {
		return nil, e
	}
	return x, nil
}

//go:noinline
func Pointers(p *Big, m map[string]Big, c chan Big, f func(Big) error, u unsafe.Pointer) int {
	if p == nil || c == nil || f == nil || u == nil {
		return len(m)
	}
	return p.A
}

//go:noinline
func Struct(a Outer, b int8) (Pair, int8) {
	return a.P, b
}

//go:noinline
func BlankFields(a Blank, b int) (int, Blank) {
	return b + int(a.A), a
}

//go:noinline
func BlankParams(a int, _ float64, _ string, b int) (int, int) {
	return a, b
}

//go:noinline
func Unnamed(int, string, []byte) (int, error) {
	return 1, nil
}

//go:noinline
func ZeroArray(a Zero, b int8) Zero {
	a.B = b
	return a
}

//go:noinline
func OneArray(a [1]string, b [1][1]int8, c [1]struct{ F float64 }) [1]string {
	if b[0][0] > 0 && c[0].F > 0 {
		return a
	}
	return [1]string{}
}

//go:noinline
func TwoArray(a int, b [2]int16, c int) ([2]int16, int) {
	return b, a + c
}

//go:noinline
func ArrayInside(a Vec, b int) (Vec, int) {
	return a, b
}

//go:noinline
func EmptiesInside(a Empties, b int) int {
	return a.N + b
}

//go:noinline
func ZeroSized(a [3]byte, b Empty, c [0]int64, d [3]byte) ([0]int64, [3]byte, Empty, byte) {
	return c, d, b, a[0]
}

//go:noinline
func Trailing(a Trail, b int8) (Trail, int8) {
	return a, b
}

//go:noinline
func Variadic(a int, b ...string) int {
	return a + len(b)
}

//go:noinline
func Nine(a, b, c, d, e, f, g, h, i int) (int, int, int, int, int, int, int, int, int) {
	return i, h, g, f, e, d, c, b, a
}

//go:noinline
func Ten(a, b, c, d, e, f, g, h, i, j int) (r1, r2, r3, r4, r5, r6, r7, r8, r9, r10 int) {
	return j, i, h, g, f, e, d, c, b, a
}

//go:noinline
func Seventeen(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q int8) (int8, int8) {
	return a + b + c + d + e + f + g + h + i, j + k + l + m + n + o + p + q
}

//go:noinline
func SmallOnStack(a, b, c, d, e, f, g, h int, i bool, j uint8, k uint16, l uint8) int {
	if i {
		return a + b + c + d + e + f + g + h
	}
	return int(j) + int(k) + int(l)
}

//go:noinline
func LaterFits(a, b, c int, d []int, e string, s string, z int) (int, string) {
	return a + b + c + len(d) + len(e) + z, s
}

//go:noinline
func Several(a, b Four, s []byte, t string, w Pair, z int) (int, string, int16) {
	return a.A + b.B + len(s) + z, t, w.A
}

//go:noinline
func Restored(a Floats, s Mix, n int) float64 {
	return a.A + s.F + float64(n)
}

//go:noinline
func ManyFloats(a Floats, p, q float64) (Floats, float64, float64) {
	return a, q, p
}

//go:noinline
func Example(a1 uint8, a2 [2]uintptr, a3 uint8) (r1 struct { x uintptr; y [2]uintptr }, r2 string) {
	r1.x = uintptr(a1) + a2[0] + uintptr(a3)
	return r1, r2
}

//go:noinline
func ResultsOnAWord(i int8, a [2]int16, j int8, d [3]byte, n int) (int, [2]int16, int) {
	return int(i), a, int(j) + int(d[0]) + n
}

//go:noinline
func BigInAndOut(n int, b Big, m int) (int, Big) {
	b.A = m
	return n, b
}

//go:noinline
func When(t Time) (Time, Named) {
	return t, Named(t.ext)
}

//go:noinline
func Nested(a Deep, f func(int) (int, error), b Deep) (n int, _ error, d Deep) {
	if f == nil {
		return len(a.F), nil, b
	}
	return len(b.F), nil, a
}

//go:noinline
func InlineStruct(a struct { X int8; Y string; Z float32 }, b int) struct { Z float32; B int } {
	return struct { Z float32; B int }{a.Z, b + len(a.Y)}
}

//go:noinline
func (p Pair) Value(a int) (int16, error) {
	return p.A + int16(a), nil
}

//go:noinline
func (p *Pair) Pointer(a [2]int, rest ...any) int {
	return int(p.A) + a[0] + len(rest)
}

//go:noinline
func (Empty) Nothing(a int) int {
	return a
}

var keep = []any{
	Nothing, Blog, Small, FloatsAndInts, Complex, Words, Pointers, Struct, BlankFields,
	BlankParams, Unnamed, ZeroArray, OneArray, TwoArray, ArrayInside, EmptiesInside, ZeroSized,
	Trailing, Variadic, Nine, Ten, Seventeen, SmallOnStack, LaterFits, Several, Restored,
	ManyFloats, Example, ResultsOnAWord, BigInAndOut, When, Nested, InlineStruct, Pair.Value,
	(*Pair).Pointer, Empty.Nothing,
}

func main() {
	println(len(keep))
}
