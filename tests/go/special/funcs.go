// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

import (
	"reflect"
	"runtime"
)

type counter struct{ n int }

func (c counter) get(i int) int  { return c.n + i }
func (c *counter) put(i int) int { c.n = i; return i }

type hooks struct {
	Before, After func(int) int
	All           []func(int) int
}

//go:noinline
func call(f func(int) int, h *hooks) func(int) int {
	calls++
	return h.After
}

func generic[T ~int | ~int8](i int) int { return i + int(T(i)) }

// symbol is what the function table calls a function: since Go 1.21 package runtime shortens the
// names of instances.
func symbol(f func(int) int) any {
	if f == nil {
		return nil
	}
	code := reflect.ValueOf(f).Pointer()
	name := runtime.FuncForPC(code).Name()
	if minor() >= 21 && code == reflect.ValueOf(generic[int]).Pointer() {
		name = "main.generic[int]"
	}
	return name
}

func (h *hooks) told() values {
	all := []any{}
	for _, f := range h.All {
		all = append(all, symbol(f))
	}
	if h.All == nil {
		return values{"Before": symbol(h.Before), "After": symbol(h.After), "All": nil}
	}
	return values{"Before": symbol(h.Before), "After": symbol(h.After), "All": all}
}

func callFuncs() {
	c := &counter{1}
	local := func(i int) int { return c.n * i }
	for _, h := range []hooks{
		{local, c.get, []func(int) int{c.put, (counter{2}).get, generic[int]}},
		{nil, (*counter)(c).get, nil},
		{local, nil, []func(int) int{nil, func(int) int { return 2 }}},
	} {
		show("call", values{"f": symbol(h.Before), "h": h.told()}, values{"~r0": symbol(call(h.Before, &h))})
	}
}
