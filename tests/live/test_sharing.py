# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Parts of one object are read at once where they can be, and each by itself where not."""

from __future__ import annotations

import gobuild
import pytest
import tracing

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

PROGRAM = """\
package main

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

type inner struct{ N int }

type object struct {
	First  int
	Name   string
	Inner  *inner
	_      [6]int
	Last   int
	Behind *inner
}

//go:noinline
func take(o *object) int {
	if o == nil {
		return 0
	}
	return o.First
}

func main() {
	fmt.Println("waiting")
	fmt.Scanln()
	page := os.Getpagesize()
	pages, err := syscall.Mmap(-1, 0, 3*page, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	// Its last two words lie in the second page.
	end := uintptr(page) - unsafe.Offsetof(object{}.Last)
	o := (*object)(unsafe.Pointer(&pages[end]))
	*o = object{First: 1, Name: "one", Inner: &inner{2}, Last: 3, Behind: &inner{4}}
	take(o)
	if err := syscall.Mprotect(pages[page:2*page], syscall.PROT_NONE); err != nil {
		panic(err)
	}
	take(o)
	take(nil)
}
"""

SPEC = """
[[function]]
symbol = "main.take"
emit = "EMIT"
limits = { string = LIMIT }
capture = ["o.First", "o.Name", "o.Inner.N", "o.Last", "o.Behind.N"]
"""

NAMES = ("o.First", "o.Name", "o.Inner.N", "o.Last", "o.Behind.N")
UNMAPPED = "its memory could not be read"


@pytest.mark.parametrize(("emit", "limit"), [("entry", 64), ("call", 64), ("entry", 999)])
@pytest.mark.parametrize("version", [gobuild.NEWEST, gobuild.DEBIAN])
def test_an_object_mapped_in_part_is_unreadable_in_part(
    version: str, emit: str, limit: int
) -> None:
    files = {"main.go": PROGRAM, "go.mod": "module half\n\ngo 1.18\n"}
    binary = gobuild.build_text(files, name="half", version=version)
    spec = SPEC.replace("EMIT", emit).replace("LIMIT", str(limit))
    tracer = tracing.build_tracer(spec, binary)
    assert "shared = go_follow_at(" in tracer.with_suffix(".bpf.c").read_text()

    run = tracing.trace(tracer, binary)

    whole, half, nil = run.traced.records
    assert whole["args"] == dict(zip(NAMES, (1, "one", 2, 3, 4), strict=True))
    assert "unreadable" not in whole
    assert half["args"] == dict(zip(NAMES, (1, "one", 2, None, None), strict=True))
    assert half["unreadable"] == {"args.o.Last": UNMAPPED, "args.o.Behind.N": UNMAPPED}
    assert nil["args"] == dict.fromkeys(NAMES)
    assert set(nil["unreadable"].values()) == {"o is nil"}
