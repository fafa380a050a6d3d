# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Build Go programs of any size: generated packages of many types and functions.

In:   how many packages
Out:  the path of the binary, in .cache/gobuild/

Each package has as many types, each of them a struct with methods that take and give strings,
slices, maps and errors; the program holds one of each in an interface, so that the linker
keeps all methods and the wrappers the compiler makes for them. Built once on a machine; the
largest takes some minutes.
"""

from __future__ import annotations

import gobuild

TYPES = 250
_WRAPPED = 5
"""Every such type is held by a value that embeds it: all its methods are wrappers."""
SIZES = (2, 12, 28, 94)
"""Packages of the programs that are measured: 5, 20, 43 and 140 MB."""

_MAIN = """\
package main

import (
	"fmt"
	"os"

{imports}
)

type doer interface {{
	Add(key string, n int) (int, error)
	Find(keys []string, from int64) (string, bool)
	Merge(with map[string]int) int
	Name() string
	Walk(visit func(string) error) error
}}

func main() {{
	all := []any{{}}
{appended}
	for _, each := range all {{
		d := each.(doer)
		n, err := d.Add(os.Args[0], len(os.Args))
		s, ok := d.Find(os.Args, int64(n))
		fmt.Println(d.Name(), n, err, s, ok, d.Merge(nil), d.Walk(func(string) error {{ return nil }}))
	}}
}}
"""  # noqa: E501 - Go's line

_HEAD = """\
package p{package}

import (
	"fmt"
	"sort"
	"strings"
)

// All gives one of each.
func All() []any {{
	return []any{{{every}}}
}}
"""

_TYPE = """
// T{n} holds what its methods count.
type T{n} struct {{
	name  string
	seen  map[string]int
	items []Item{n}
	next  *T{n}
	total [{length}]int
}}

// Item{n} is one of them.
type Item{n} struct {{
	Key   string
	Count int
	Tags  []string
	Of    *T{n}
}}

// Add counts.
func (t *T{n}) Add(key string, n int) (int, error) {{
	if n < {n} {{
		return 0, fmt.Errorf("T{n}: %s: %d", key, n)
	}}
	t.items = append(t.items, Item{n}{{Key: key, Count: n, Of: t}})
	t.total[n%{length}] += n
	return len(t.items), nil
}}

// Find looks.
func (t *T{n}) Find(keys []string, from int64) (string, bool) {{
	for i, item := range t.items {{
		for _, key := range keys {{
			if item.Key == key && int64(i) >= from {{
				return item.Key, item.Count > {n}
			}}
		}}
	}}
	return t.Name(), false
}}

// Merge adds up.
func (t *T{n}) Merge(with map[string]int) int {{
	for key, n := range with {{
		switch {{
		case n < 0:
			delete(t.seen, key)
		case n == {n}:
			t.items = append(t.items, Item{n}{{Key: key, Count: n, Tags: []string{{key, t.name}}}})
		case len(key) > {n}:
			t.next = &T{n}{{name: key + t.name, seen: map[string]int{{key: n}}}}
			sort.Slice(t.items, func(i, j int) bool {{ return t.items[i].Key < t.items[j].Key }})
		default:
			t.seen[strings.ToUpper(key)] += n
		}}
	}}
	return len(t.seen)
}}

// Name is short enough to be compiled into its callers.
func (t *T{n}) Name() string {{ return t.name }}

// Walk visits.
func (t *T{n}) Walk(visit func(string) error) error {{
	for at := t; at != nil; at = at.next {{
		if err := visit(at.Name()); err != nil {{
			return fmt.Errorf("walk of T{n}: %w", err)
		}}
	}}
	return nil
}}
"""


def build(packages: int, *, version: str = gobuild.NEWEST) -> str:
    """Build a program of that many packages."""
    files = {"go.mod": "module large\n\ngo 1.18\n"}
    for package in range(packages):
        every = ", ".join(
            f"&T{n}{{}}" if n % _WRAPPED else f"V{n}{{&T{n}{{}}}}" for n in range(TYPES)
        )
        wrapped = "".join(f"\ntype V{n} struct{{ *T{n} }}\n" for n in range(0, TYPES, _WRAPPED))
        types = "".join(_TYPE.format(n=n, length=n % 40 + 2) for n in range(TYPES))
        files[f"p{package}/p.go"] = _HEAD.format(package=package, every=every) + types + wrapped
    files["main.go"] = _MAIN.format(
        imports="\n".join(f'\t"large/p{package}"' for package in range(packages)),
        appended="\n".join(
            f"\tall = append(all, p{package}.All()...)" for package in range(packages)
        ),
    )
    return str(gobuild.build_text(files, name=f"large{packages}", version=version))
