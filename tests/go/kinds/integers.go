// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

// patterns are whole registers; a narrow integer takes its low bits, and what stands
// above them is left there by the compiler: callees must not look at it.
var patterns = []uint64{
	0,
	1,
	0xffffffffffffffff,
	0xdeadbeefcafef07f, // int8 127
	0xdeadbeefcafef080, // int8 -128
	0xdeadbeefcafe7fff, // int16 maximum
	0xdeadbeefcafe8000, // int16 minimum
	0xdeadbeef7fffffff, // int32 maximum
	0xdeadbeef80000000, // int32 minimum
	0x7fffffffffffffff, // int64 maximum
	0x8000000000000000, // int64 minimum
}

//go:noinline
func pattern(i int) uint64 { return patterns[i] }

func callIntegers() {
	for i := range patterns {
		w := pattern(i)
		show("asInt8", values{"a": int8(w), "w": w}, values{"~r0": asInt8(int8(w), w)})
		show("asInt16", values{"a": int16(w), "w": w}, values{"~r0": asInt16(int16(w), w)})
		show("asInt32", values{"a": int32(w), "w": w}, values{"~r0": asInt32(int32(w), w)})
		show("asInt64", values{"a": int64(w), "w": w}, values{"~r0": asInt64(int64(w), w)})
		show("asInt", values{"a": int(w), "w": w}, values{"~r0": asInt(int(w), w)})
		show("asUint8", values{"a": uint8(w), "w": w}, values{"~r0": asUint8(uint8(w), w)})
		show("asUint16", values{"a": uint16(w), "w": w}, values{"~r0": asUint16(uint16(w), w)})
		show("asUint32", values{"a": uint32(w), "w": w}, values{"~r0": asUint32(uint32(w), w)})
		show("asUint64", values{"a": w, "w": w}, values{"~r0": asUint64(w, w)})
		show("asUint", values{"a": uint(w), "w": w}, values{"~r0": asUint(uint(w), w)})
		show("asUintptr", values{"a": uintptr(w), "w": w}, values{"~r0": asUintptr(uintptr(w), w)})
		show("asRune", values{"a": rune(w), "w": w}, values{"~r0": asRune(rune(w), w)})
	}
	for _, b := range []bool{false, true} {
		yes, no := asBool(b, !b)
		show("asBool", values{"a": b, "b": !b}, values{"yes": yes, "no": no})
	}

	a, b, c, d := int8(-1), int16(-2), int32(-3), int64(-4)
	e, f, g, h, i := uint8(251), uint16(65530), uint32(4294967289), uint64(1<<64-8), true
	r0, r1, r2, r3, r4, r5, r6, r7, r8 := nineRegisters(a, b, c, d, e, f, g, h, i)
	show("nineRegisters",
		values{"a": a, "b": b, "c": c, "d": d, "e": e, "f": f, "g": g, "h": h, "i": i},
		values{"~r0": r0, "~r1": r1, "~r2": r2, "~r3": r3, "~r4": r4, "~r5": r5, "~r6": r6, "~r7": r7, "~r8": r8})
}

// Each returns w cut to its width again, so that results carry the same patterns.

//go:noinline
func asInt8(a int8, w uint64) int8 { return int8(w) }

//go:noinline
func asInt16(a int16, w uint64) int16 { return int16(w) }

//go:noinline
func asInt32(a int32, w uint64) int32 { return int32(w) }

//go:noinline
func asInt64(a int64, w uint64) int64 { return int64(w) }

//go:noinline
func asInt(a int, w uint64) int { return int(w) }

//go:noinline
func asUint8(a uint8, w uint64) uint8 { return uint8(w) }

//go:noinline
func asUint16(a uint16, w uint64) uint16 { return uint16(w) }

//go:noinline
func asUint32(a uint32, w uint64) uint32 { return uint32(w) }

//go:noinline
func asUint64(a, w uint64) uint64 { return w }

//go:noinline
func asUint(a uint, w uint64) uint { return uint(w) }

//go:noinline
func asUintptr(a uintptr, w uint64) uintptr { return uintptr(w) }

//go:noinline
func asRune(a rune, w uint64) rune { return rune(w) }

//go:noinline
func asBool(a, b bool) (yes, no bool) { return a || b, a && b }

//go:noinline
func nineRegisters(a int8, b int16, c int32, d int64, e uint8, f uint16, g uint32, h uint64, i bool) (bool, uint64, uint32, uint16, uint8, int64, int32, int16, int8) {
	return i, h, g, f, e, d, c, b, a
}
