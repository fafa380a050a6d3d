// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

type counter struct{ n int }

type celsius int16

type span struct{ lo, hi int }

var ticks int

func callShapes() {
	c := &counter{40}
	for i := 1; i < 3; i++ {
		before := values{"n": c.n}
		show("(*counter).add", values{"c": before, "by": i}, values{"~r0": c.add(i)})
	}
	show("celsius.warmer", values{"t": celsius(-273), "by": int8(-5)}, values{"~r0": celsius(-273).warmer(-5)})
	show("span.width", values{}, values{"~r0": span{3, 10}.width()})

	show("blanks", values{"a": int8(-7), "b": uint16(500)}, values{"~r0": blanks(1, -7, "three", 500)})
	show("variadic", values{"first": "v", "rest": []byte{1, 2, 3}}, values{"~r0": variadic("v", 1, 2, 3)})
	show("variadic", values{"first": "v", "rest": nil}, values{"~r0": variadic("v")})
	for i := 0; i < 5; i++ {
		nothing()
		show("nothing", values{}, values{})
	}
	empty()
	show("empty", values{}, values{})
	for _, n := range []int{-5, 0, 5, 15, 25, 35, 45, 55} {
		show("manyReturns", values{"n": n}, values{"~r0": manyReturns(n)})
	}
	show("leaf", values{"a": 20, "b": 22}, values{"~r0": leaf(20, 22)})
	show("hugeFrame", values{"n": 3}, values{"~r0": hugeFrame(3)})
}

//go:noinline
func (c *counter) add(by int) int {
	c.n += by
	return c.n
}

//go:noinline
func (t celsius) warmer(by int8) celsius { return t + celsius(by) }

//go:noinline
func (s span) width() int { return s.hi - s.lo }

//go:noinline
func blanks(_ int, a int8, _ string, b uint16) int { return int(a) + int(b) }

//go:noinline
func variadic(first string, rest ...byte) int { return len(first) + len(rest) }

//go:noinline
func nothing() { ticks++ }

// empty may be a single RET: its entry is its exit.
//
//go:noinline
func empty() {}

//go:noinline
func manyReturns(n int) string {
	if n < 0 {
		return "negative"
	}
	if n == 0 {
		return "zero"
	}
	switch {
	case n < 10:
		return "ones"
	case n < 20:
		ticks++
		return "teens"
	case n < 30:
		ticks += 2
		return "twenties"
	case n < 40:
		nothingElse(n)
		return "thirties"
	case n < 50:
		nothingElse(-n)
		return "forties"
	}
	return "more"
}

//go:noinline
func nothingElse(n int) { ticks -= n }

// leaf has no stack check.
//
//go:noinline
func leaf(a, b int) int { return a + b }

// hugeFrame's stack check takes the long form, and the first call moves the stack.
//
//go:noinline
func hugeFrame(n int) int {
	var frame [40000]byte
	for i := range frame {
		frame[i] = byte(i * n)
	}
	return int(frame[n]) + int(frame[len(frame)-n])
}
