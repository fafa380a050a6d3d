// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Expressions calls functions whose parameters a tracer takes apart, and prints what Go itself
// makes of each expression: one JSON object per call, shaped like a tracer's record.
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"
)

type values map[string]any

type truth struct {
	Function   string   `json:"function"`
	Goid       int      `json:"goid"`
	Args       values   `json:"args"`
	Results    values   `json:"results"`
	Unreadable []string `json:"unreadable,omitempty"`
}

// None is what an expression gives where Go would panic.
type none struct{}

type stamp struct {
	By  string
	Sum [16]byte
}

type audit struct {
	*stamp
	Seen int16
}

type item struct {
	SKU   string
	Price float64
	Tags  []string
}

type order struct {
	audit
	ID     int64
	Name   string
	Items  []item
	First  *item
	Next   *order
	Counts map[string]int
	Done   chan bool
	Grid   [3][2]uint16
	Small  int8
	Ratio  float32
	Wait   int64
	Err    error
	Extra  any
}

type missing struct {
	Count int
	SKU   string
	Cause error
}

func (m *missing) Error() string { return "missing " + m.SKU }

type code int16

func (c code) Error() string { return "code" }

type place struct {
	Row, Col int32
	Aisle    string
}

func (p place) Error() string { return "nowhere" }

type pair struct {
	Left  string
	Right uint32
}

var (
	out    = json.NewEncoder(os.Stdout)
	goid   = currentGoid()
	counts = map[string]int{}
	failed = errors.New("no stock")
)

//go:noinline
func take(o *order, b []byte, s string) (last *item, err error) {
	if o == nil || len(o.Items) == 0 {
		return nil, failed
	}
	if o.Small < 0 {
		return nil, &missing{int(o.ID >> 38), o.Name[:4], place{7, -1, o.Name}}
	}
	return &o.Items[len(o.Items)-1], nil
}

//go:noinline
func split(p pair, id [16]byte, n int64, f float64, q pair) (pair, string) {
	return pair{q.Left, p.Right}, p.Left + string(id[:1])
}

func main() {
	fmt.Println("waiting")
	bufio.NewReader(os.Stdin).ReadString('\n')

	long := "a string that is longer than what is recorded of it, which is sixty-four bytes"
	full := &order{
		audit:  audit{&stamp{By: "me", Sum: [16]byte{1, 2, 0xfe}}, -7},
		ID:     1 << 40,
		Name:   long,
		Items:  []item{{"a", 1.5, []string{"x", "y"}}, {long, 2, nil}, {"c", -3.25, []string{}}},
		First:  &item{"first", 0.1, nil},
		Counts: map[string]int{"a": 1, "b": 2},
		Done:   make(chan bool, 5),
		Grid:   [3][2]uint16{{1, 2}, {3, 4}, {5, 65535}},
		Small:  -3,
		Ratio:  2.75,
		Wait:   1500,
		Err:    place{1, 2, "aisle"},
		Extra:  &item{"extra", 4, nil},
	}
	full.Done <- true
	full.Next = &order{ID: 2, Name: "next", audit: audit{&stamp{By: "them"}, 1},
		Items: []item{{SKU: "only"}}, Err: code(-9), Extra: "text"}
	for _, o := range []*order{full, full.Next, {}, nil} {
		for _, b := range [][]byte{[]byte("some bytes, more than sixteen of them"), {0, 0xff}, {}, nil} {
			callTake(o, b, string(b)+"!")
		}
	}
	for i := 0; i < 3; i++ {
		callSplit(pair{fmt.Sprint("left", i), uint32(i) - 1}, [16]byte{byte(i), 'A', 0xff},
			int64(i)*-1_000_000_007, float64(i)/3, pair{long[:i], 7})
	}
	out.Encode(map[string]any{"counts": counts})
}

// at gives what f gives, or none when it panics.
func at(f func() any) (v any) {
	defer func() {
		if recover() != nil {
			v = none{}
		}
	}()
	return f()
}

func upTo[E any](s []E, end int) []E {
	if len(s) < end {
		end = len(s)
	}
	return s[:end:end]
}

func callTake(o *order, b []byte, s string) {
	last, err := take(o, b, s)
	args := values{
		"o.ID":                    at(func() any { return o.ID }),
		"o.Name":                  at(func() any { return o.Name }),
		"len(o.Name)":             at(func() any { return len(o.Name) }),
		"o.Items[1].SKU":          at(func() any { return o.Items[1].SKU }),
		"o.Items[2].Price":        at(func() any { return o.Items[2].Price }),
		"o.Items[0].Tags":         at(func() any { return o.Items[0].Tags }),
		"o.Items[0].Tags[1]":      at(func() any { return o.Items[0].Tags[1] }),
		"o.Items[2:9]":            at(func() any { return upTo(o.Items[2:], 7) }),
		"len(o.Items)":            at(func() any { return len(o.Items) }),
		"cap(o.Items)":            at(func() any { return cap(o.Items) }),
		"o.First.SKU":             at(func() any { return o.First.SKU }),
		"*o.First":                at(func() any { return *o.First }),
		"(*o).Next.Next":          at(func() any { return (*o).Next.Next }),
		"o.Next.ID":               at(func() any { return o.Next.ID }),
		"o.Next.By":               at(func() any { return o.Next.By }),
		"o.By":                    at(func() any { return o.By }),
		"o.Seen":                  at(func() any { return o.Seen }),
		"o.audit.stamp.By[1]":     at(func() any { return o.audit.stamp.By[1] }),
		"hex(o.Sum)":              at(func() any { return hex.EncodeToString(o.Sum[:]) }),
		"hex(o.Sum[1:4])":         at(func() any { return hex.EncodeToString(o.Sum[1:4]) }),
		"len(o.Counts)":           at(func() any { return len(o.Counts) }),
		"len(o.Done)":             at(func() any { return len(o.Done) }),
		"cap(o.Done)":             at(func() any { return cap(o.Done) }),
		"o.Grid[2][1]":            at(func() any { return o.Grid[2][1] }),
		"o.Grid[1]":               at(func() any { return o.Grid[1] }),
		"int16(o.Grid[2][1])":     at(func() any { return int16(o.Grid[2][1]) }),
		"uint64(o.Small)":         at(func() any { return uint64(o.Small) }),
		"uint64(uint8(o.Small))":  at(func() any { return uint64(uint8(o.Small)) }),
		"uint64(uint32(o.Small))": at(func() any { return uint64(uint32(o.Small)) }),
		"int(o.Ratio)":            at(func() any { return int(o.Ratio) }),
		"float64(o.ID)":           at(func() any { return float64(o.ID) }),
		"time.Duration(o.Wait)":   at(func() any { return time.Duration(o.Wait) }),

		"o.Err.(main.place).Aisle": at(func() any { return o.Err.(place).Aisle }),
		"o.Err.(main.place)":       at(func() any { return o.Err.(place) }),
		"o.Err.(main.code)":        at(func() any { return o.Err.(code) }),
		"int64(o.Err.(main.code))": at(func() any { return int64(o.Err.(code)) }),
		"o.Extra.(*main.item).SKU": at(func() any { return o.Extra.(*item).SKU }),
		"o.Extra.(string)":         at(func() any { return o.Extra.(string) }),
		"len(o.Extra.(string))":    at(func() any { return len(o.Extra.(string)) }),

		"string(b)":     string(b),
		"hex(b)":        hex.EncodeToString(b),
		"len(b)":        len(b),
		"b[2:8]":        at(func() any { return upTo(b[2:], 6) }),
		"string(b[:4])": string(upTo(b, 4)),
		"b[1]":          at(func() any { return b[1] }),
		"s[0]":          at(func() any { return s[0] }),
		"s[:8]":         string(upTo([]byte(s), 8)),
		"count":         len(s),
	}
	results := values{
		"last.SKU":   at(func() any { return last.SKU }),
		"last.Price": at(func() any { return last.Price }),

		"err.(*main.missing).Count":                  at(func() any { return err.(*missing).Count }),
		"err.(*main.missing).SKU":                    at(func() any { return err.(*missing).SKU }),
		"err.(*main.missing).Cause.(main.place).Col": at(func() any { return err.(*missing).Cause.(place).Col }),
	}
	show("take", args, results)
}

func callSplit(p pair, id [16]byte, n int64, f float64, q pair) {
	r0, r1 := split(p, id, n, f, q)
	show("split", values{
		"p.Right":         p.Right,
		"len(p.Left)":     len(p.Left),
		"p.Left[3]":       p.Left[3],
		"id[2]":           id[2],
		"string(id[1:2])": string(id[1:2]),
		"hex(id[:])":      hex.EncodeToString(id[:]),
		"int32(n)":        int32(n),
		"uint8(n)":        uint8(n),
		"float32(n)":      float32(n),
		"int(f)":          none{},
		"q.Left":          q.Left,
		"int8(q.Right)":   int8(q.Right),
	}, values{
		"~r0.Right":     r0.Right,
		"len(~r0.Left)": len(r0.Left),
		"text":          r1[:5],
	})
}

func show(function string, args, results values) {
	var unreadable []string
	for section, all := range map[string]values{"args": args, "results": results} {
		for name, v := range all {
			if v == (none{}) {
				all[name] = nil
				unreadable = append(unreadable, section+"."+name)
			}
		}
	}
	function = "main." + function
	counts[function]++
	out.Encode(truth{function, goid, args, results, unreadable})
}

func currentGoid() (id int) {
	text := make([]byte, 64)
	fmt.Sscanf(string(text[:runtime.Stack(text, false)]), "goroutine %d ", &id)
	return id
}
