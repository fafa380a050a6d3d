// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

import "fmt"

type nothing struct{}

// gaps has fields without a name, without a size, and padding.
type gaps struct {
	A int8
	_ [3]byte
	B nothing
	C int32
	_ string
	D [0]string
	E bool
	_ nothing
}

// numbers64 and their like are read from memory.
type waves struct {
	C64  complex64
	C128 complex128
	F32  float32
	F64  [2]float64
}

type word string

type grid [2][3]uint16

//go:noinline
func arrays(a [2]string, b [3][]byte, c [2]*gaps, d [2][2]waves, e [2]map[string]int, f [2]any, g grid, h [0]int, i [2]nothing) [1]word {
	calls++
	return [1]word{word(a[1])}
}

//go:noinline
func empties(a gaps, b *nothing, c []nothing, d *[2]grid, e ***waves, g struct{ X [1][1]bool }) (gaps, waves) {
	calls++
	return a, ***e
}

func (w waves) told() values {
	return values{"C64": fmt.Sprint(w.C64), "C128": fmt.Sprint(w.C128), "F32": w.F32, "F64": w.F64}
}

func (g *gaps) told() any {
	if g == nil {
		return nil
	}
	return values{"A": g.A, "B": g.B, "C": g.C, "D": g.D, "E": g.E}
}

func callShapes() {
	w := waves{complex(1.5, -2), complex(-0.25, 1e10), 0.1, [2]float64{-1.5, 1e-9}}
	z := waves{}
	g := &gaps{A: -3, C: 1 << 20, E: true}
	p := &w
	lines := grid{{1, 2, 3}, {4, 5, 6}}
	show("arrays", values{
		"a": []string{"one", "two"}, "b": [][]byte{nil, {}, {1, 2}}, "c": []any{g.told(), nil},
		"d": [][]values{{w.told(), z.told()}, {z.told(), w.told()}},
		"e": []any{nil, values{"len": 1}},
		"f": []any{values{"type": "string", "value": "x"}, values{"type": "int8", "value": -7}},
		"g": lines, "h": []int{}, "i": []nothing{{}, {}},
	}, values{"~r0": [1]word{"two"}})
	arrays([2]string{"one", "two"}, [3][]byte{nil, {}, {1, 2}}, [2]*gaps{g, nil}, [2][2]waves{{w, z}, {z, w}},
		[2]map[string]int{nil, {"k": 1}}, [2]any{"x", int8(-7)}, lines, [0]int{}, [2]nothing{})
	show("empties", values{
		"a": g.told(), "b": nil, "c": []nothing{{}, {}}, "d": [2]grid{lines, {}}, "e": w.told(),
		"g": struct{ X [1][1]bool }{},
	}, values{"~r0": g.told(), "~r1": w.told()})
	pp := &p
	empties(*g, nil, make([]nothing, 2), &[2]grid{lines, {}}, &pp, struct{ X [1][1]bool }{})
}
