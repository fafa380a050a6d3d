# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""What DWARF declares, compared with the source, with nm and with pclntab's checksum."""

from __future__ import annotations

import struct
import subprocess
from collections import Counter
from typing import TYPE_CHECKING

import gobuild
import pytest

from gogen.abi import repair
from gogen.abi.assign import AMD64, ARM64, assign
from gogen.binary import dwarf, image, pclntab
from gogen.binary.analyze import analyze
from gogen.errors import BinaryError
from gogen.golang.pprint import format_signature, format_type

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.golang

ARGS_UNKNOWN = -0x80000000

SOURCE = """\
package main

import (
	"errors"
	"fmt"
	"os"
	"time"
)

type ID int32

type Point struct {
	X    int8
	_    int16
	Y    float32
	Name string
}

type Tree struct {
	Left, Right *Tree
	Kids        []Tree
	Point
	when time.Duration
}

type Shape interface{ Area() float64 }

func (p Point) Area() float64 { return float64(p.Y) }

type Named struct {
	A, B string
	C    [1]int
	D    int
}

type Stack[T any] struct{ items []T }

//go:noinline
func (s *Stack[T]) Push(x T, n int) { s.items = append(s.items, x); _ = n }

//go:noinline
func Sum[T int | float64](a, b T) T { return a + b }

//go:noinline
func (t *Tree) Grow(by ID, p Point, m map[string]int, c chan<- int,
	f func(int) error) (n int, err error) {
	return len(m) + cap(c) + int(by) + len(p.Name), f(len(t.Kids))
}

//go:noinline
func blanks(a int, _ string, b ID, _ bool, c string) (int, error) {
	return a + int(b) + int(c[0]) + len(c), nil
}

//go:noinline
func recovered(v any, s Shape, u ...string) (Named, error) {
	defer func() { _ = recover() }()
	if len(u) > 3 {
		panic(v)
	}
	return Named{A: u[0], D: int(s.Area())}, errors.New("x")
}

func both(a, b int) int { return a*b + a }

func main() {
	t := &Tree{}
	t.Grow(1, Point{}, nil, nil, func(int) error { return nil })
	blanks(1, "", 2, true, "c")
	r, err := recovered(1, Point{}, "u")
	s := &Stack[int]{}
	s.Push(1, 2)
	f := both
	if len(os.Args) > 5 {
		f = func(a, b int) int { return a }
	}
	fmt.Println(r, err, Sum(1, 2), Sum(1.5, 2.5), f(1, 2), both(3, 4))
}
"""


def program(version: str, flags: tuple[str, ...] = (), env: dict[str, str] | None = None) -> Path:
    files = {"main.go": SOURCE, "go.mod": "module declared\n\ngo 1.18\n"}
    return gobuild.build_text(files, name="declared", version=version, flags=flags, env=env)


def signature(binary: Path, symbol: str) -> str:
    facts = analyze(binary, (symbol,))
    (code,) = facts.functions
    assert code.declaration is not None
    config = ARM64 if facts.machine.value == "arm64" else AMD64
    return format_signature(repair.signature(symbol, code.declaration, code.args, config))


BUILDS: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "plain": ((), {}),
    "debug": (("-gcflags=all=-N -l",), {}),
    "uncompressed": (("-ldflags=-compressdwarf=false",), {}),
    "external": (("-ldflags=-linkmode=external",), {"CGO_ENABLED": "1"}),
    "pie": (("-buildmode=pie",), {}),
    "arm64": ((), {"GOARCH": "arm64"}),
}


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("version", gobuild.toolchains())
def test_signatures_are_those_of_the_source(version: str, build: str) -> None:
    binary = program(version, *BUILDS[build])

    assert signature(binary, "main.(*Tree).Grow") == (
        "func(t *main.Tree, by main.ID, p main.Point, m map[string]int, c chan<- int, "
        "f func()) (n int, err error)"
    )
    assert signature(binary, "main.recovered") == (
        "func(v any, s main.Shape, u []string) (main.Named, error)"
    )
    assert signature(binary, "main.both") == "func(a int, b int) int"


@pytest.mark.parametrize("version", gobuild.toolchains())
def test_blank_parameters_keep_their_places(version: str) -> None:
    """Go 1.19 leaves them out of DWARF; the string in between takes two registers."""
    binary = program(version)
    (code,) = analyze(binary, ("main.blanks",)).functions
    assert code.declaration is not None
    found = repair.signature("main.blanks", code.declaration, code.args, AMD64)
    assigned = assign(found, dict(code.declaration.types), AMD64)

    places = {p.name: p.notation for p in assigned.params if p.name != "_"}
    assert places == {"a": "R{ I0 }", "b": "R{ I3 }", "c": "R{ I5 I6 }"}
    assert assigned.args_sum == code.args


@pytest.mark.parametrize("version", gobuild.toolchains())
def test_a_generic_function_gets_its_dictionary(version: str) -> None:
    binary = program(version)
    shape = "go.shape.int_0" if version == "1.19" else "go.shape.int"
    push = signature(binary, f"main.(*Stack[{shape}]).Push")
    names = [part.split()[0] for part in push.removeprefix("func(").rstrip(")").split(", ")]

    first = [".dict", "s"] if version == "1.19" else ["s", ".dict"]
    assert names == [*first, "x", "n"]
    assert signature(binary, f"main.Sum[{shape}]").startswith("func(.dict uintptr, a ")


@pytest.mark.parametrize("version", gobuild.toolchains())
def test_types_are_defined_with_their_fields(version: str) -> None:
    (code,) = analyze(program(version), ("main.(*Tree).Grow",)).functions
    assert code.declaration is not None
    types = {name: format_type(type_) for name, type_ in code.declaration.types}

    assert types["main.ID"] == "int32"
    assert types["main.Point"] == "struct { X int8; _ int16; Y float32; Name string }"
    assert "main.Tree" not in types  # only pointed to


@pytest.mark.parametrize("version", gobuild.toolchains())
def test_every_function_of_a_program_satisfies_its_checksum(version: str) -> None:
    binary = program(version)
    file = image.load(binary)
    table, debug = pclntab.read(file), dwarf.read(file)
    assert table is not None
    assert debug is not None
    listed = subprocess.run(["nm", binary], capture_output=True, text=True, check=True).stdout
    counted: Counter[str] = Counter()
    refused = []
    for line in listed.splitlines():
        address, kind, name = line.split(" ", 2)
        func = table.at(int(address, 16)) if kind in "tT" else None
        if func is None or func.assembly or func.args == ARGS_UNKNOWN or name.endswith(".abi0"):
            continue
        minor = int(version.split(".")[1])
        declared = debug.declaration(name, func.address, go_minor=minor)
        if declared is None:
            counted["unknown"] += 1
            continue
        try:
            repair.signature(name, declared, func.args, AMD64)
            counted["confirmed"] += 1
        except BinaryError:
            refused.append(name)

    assert counted["confirmed"] > 1000
    assert counted["unknown"] <= 5
    # Go 1.19 leaves blanks out where no register tells where they were.
    assert len(refused) <= (10 if version == "1.19" else 0), refused


def test_a_stripped_binary_declares_nothing() -> None:
    (code,) = analyze(gobuild.strip(program(gobuild.NEWEST)), ("main.both",)).functions
    assert code.declaration is None


def test_runtime_offsets_come_from_dwarf() -> None:
    debug = dwarf.read(image.load(program(gobuild.NEWEST)))
    assert debug is not None
    assert debug.struct_offsets("runtime.g", ("goid", "m")) == (152, 48)
    assert debug.struct_offsets("runtime.g", ("goid", "nonsense")) is None
    assert debug.struct_offsets("runtime.nonsense", ("goid",)) is None


@pytest.mark.parametrize("seed", range(12))
def test_damaged_debug_info_is_refused_or_read(seed: int, tmp_path: Path) -> None:
    """Every other word of some unit overwritten: one of our errors, or an answer."""
    binary = program(gobuild.NEWEST, *BUILDS["uncompressed"])
    section = image.load(binary).section(".debug_info")
    assert section is not None
    data = bytearray(binary.read_bytes())
    for index in range(section.file_size // 97):
        at = section.file_offset + (index * 97 + seed * 7919) % (section.file_size - 4)
        struct.pack_into("<I", data, at, (index * 2654435761 + seed) & 0xFFFFFFFF)
    damaged = tmp_path / "damaged"
    damaged.write_bytes(data)
    for symbol in ("main.both", "main.recovered", "main.(*Tree).Grow"):
        try:
            analyze(damaged, (symbol,))
        except BinaryError:
            continue


GENERIC = """\
package main

//go:noinline
func First[E any](all []E) int { return len(all) }

//go:noinline
func Second[E any](one E) *E { return &one }

func main() {
	println(First([]uint16{1}), First([]string{"a"}), Second(true), Second("b"))
}
"""


@pytest.mark.parametrize("version", gobuild.toolchains())
def test_type_parameters_of_two_functions_share_no_name(version: str) -> None:
    """DWARF calls each function's first one `.param0`: one spec may ask for them all."""
    files = {"main.go": GENERIC, "go.mod": "module generic\n\ngo 1.18\n"}
    binary = gobuild.build_text(files, name="generic", version=version)
    nm = subprocess.run(["nm", str(binary)], capture_output=True, text=True, check=True).stdout
    symbols = tuple(
        line.split(" ", 2)[2]
        for line in nm.splitlines()
        if line.split(" ", 2)[1] in "Tt" and "main." in line and "[go.shape" in line
    )
    assert len(symbols) == 4
    told = [f.declaration for f in analyze(binary, symbols).functions]
    names = [name for found in told if found for name, _ in found.types]
    assert not [name for name in names if name.startswith(".param")]
    for symbol, found in zip(symbols, told, strict=True):
        assert found
        listed = [format_type(param.type) for param in found.params if param.name != ".dict"]
        shape = symbol[symbol.index("[") + 1 : -1]
        assert listed in ([shape], [f"[]{shape}"]), symbol
