// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

import "strings"

func callText() {
	for _, s := range []string{
		"",
		"a",
		"cccccc",
		"quote \" apostrophe ' backslash \\ slash / percent %s %n */ ??/ </script>",
		"line\nreturn\rtab\tbell\a escape\x1b[31m delete\x7f",
		"before\x00after",
		"ünïcödé 日本 🎈 \u2028\u2029\u00a0\ufeff",
		"\xff\xfe\x80 cut \xc3",
		"\xed\xa0\x80 surrogate \xf4\x90\x80\x80 past the last \xc0\xaf overlong",
		strings.Repeat("x", 63),
		strings.Repeat("x", 64),
		strings.Repeat("x", 65),
		strings.Repeat("x", 62) + "日本", // the limit falls inside a character
		strings.Repeat("0123456789", 1000),
	} {
		head, tail := asString(s, s)
		show("asString", values{"s": s, "t": s}, values{"head": head, "tail": tail})
	}
	for _, b := range [][]byte{
		nil,
		{},
		{0},
		[]byte("cccccc"),
		[]byte("\x00\x01\xfe\xff\"\\\n"),
		[]byte(strings.Repeat("y", 64)),
		[]byte(strings.Repeat("y", 65)),
		[]byte(strings.Repeat("0123456789", 1000)),
	} {
		show("asBytes", values{"b": b, "n": len(b)}, values{"~r0": asBytes(b, len(b))})
	}
	// A capacity beyond the length must not be taken for it.
	roomy := append(make([]byte, 0, 100), "room"...)
	show("asBytes", values{"b": roomy, "n": 4}, values{"~r0": asBytes(roomy, 4)})
}

//go:noinline
func asString(s, t string) (head, tail string) { return s[:len(s)/2], t[len(t)/2:] }

//go:noinline
func asBytes(b []byte, n int) []byte { return b[:n/2] }
