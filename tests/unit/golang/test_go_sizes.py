# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Layouts, by the rules and as Go itself has them."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import gobuild
import pytest
from gostrategies import TYPES, sized_types
from hypothesis import given, settings

from gogen.errors import UnsupportedError
from gogen.golang.sizes import Layout, UnknownType, align_to, layout, resolve
from gogen.golang.syntax import parse_type
from gogen.golang.types import Array, Basic, Named, Struct

if TYPE_CHECKING:
    from gogen.golang.sizes import Layouts
    from gogen.golang.types import GoType, Types

SOURCE = gobuild.PROGRAMS / "sizes"


def table(**types: str) -> Types:
    return {name: parse_type(text) for name, text in types.items()}


def lay_out(text: str, **types: str) -> Layout:
    return layout(parse_type(text), table(**types))


@pytest.mark.parametrize(
    ("text", "size", "align"),
    [
        ("bool", 1, 1),
        ("int16", 2, 2),
        ("rune", 4, 4),
        ("uintptr", 8, 8),
        ("float32", 4, 4),
        ("complex64", 8, 4),
        ("complex128", 16, 8),
        ("string", 16, 8),
        ("[]unknown", 24, 8),
        ("*unknown", 8, 8),
        ("map[unknown]unknown", 8, 8),
        ("chan unknown", 8, 8),
        ("func(unknown) unknown", 8, 8),
        ("unsafe.Pointer", 8, 8),
        ("error", 16, 8),
        ("[3]int16", 6, 2),
        ("[0]int64", 0, 8),
        ("[9223372036854775807]struct{}", 0, 1),
    ],
)
def test_sizes(text: str, size: int, align: int) -> None:
    assert lay_out(text) == Layout(size=size, align=align)


@pytest.mark.parametrize(
    ("text", "size", "align", "offsets"),
    [
        ("struct{}", 0, 1, ()),
        ("struct { a int8; b int64; c int16 }", 24, 8, (0, 8, 16)),
        ("struct { a int32; z struct{} }", 8, 4, (0, 4)),
        ("struct { a int8; z [0]int64 }", 16, 8, (0, 8)),
        ("struct { z struct{}; y [0]int16 }", 0, 2, (0, 0)),
        ("struct { _ int8; _ int16 }", 4, 2, (0, 2)),
    ],
)
def test_structs(text: str, size: int, align: int, offsets: tuple[int, ...]) -> None:
    assert lay_out(text) == Layout(size=size, align=align, field_offsets=offsets)


def test_a_named_type_is_laid_out_as_what_it_names() -> None:
    expected = Layout(size=4, align=2, field_offsets=(0, 2))
    assert lay_out("p.T", **{"p.T": "p.U", "p.U": "struct { a int8; b int16 }"}) == expected


def test_an_instance_is_looked_up_with_its_arguments_in_one_spelling() -> None:
    types = {"Pair[string, []byte]": "struct { a string; b []byte }"}
    assert lay_out("Pair[string,[]uint8]", **types).size == 40


def test_an_import_path_is_dropped_when_only_the_short_name_is_known() -> None:
    assert lay_out("net/http.T", **{"http.T": "int8"}).size == 1
    assert lay_out("net/http.T", **{"http.T": "int8", "net/http.T": "int16"}).size == 2


def test_an_unknown_type_is_named() -> None:
    with pytest.raises(UnknownType) as caught:
        lay_out("struct { a int; b [2]http.Request }")
    assert caught.value.name == "http.Request"
    assert str(caught.value) == (
        'type "http.Request": nothing says what it is, so its size is not known'
        ' - add "http.Request" to [types], or pass it by pointer'
    )


@pytest.mark.parametrize(
    "types",
    [
        {"T": "T"},
        {"T": "U", "U": "T"},
        {"T": "struct { a T }"},
        {"T": "[2]T"},
        {"T": "[0]T"},
        {"T": "struct { a struct { b [1]U } }", "U": "struct { t T }"},
    ],
)
def test_a_type_cannot_contain_itself(types: dict[str, str]) -> None:
    with pytest.raises(UnsupportedError, match=r'type "[TU]": contains itself'):
        lay_out("T", **types)


def test_a_type_may_point_to_itself() -> None:
    assert lay_out("T", T="struct { left, right *T; kids []T }").size == 40


@pytest.mark.parametrize("text", ["[1125899906842624]byte", "[9223372036854775807]int"])
def test_sizes_are_bounded(text: str) -> None:
    with pytest.raises(UnsupportedError, match="larger than Go allows"):
        lay_out(text)


def test_shared_names_are_laid_out_once() -> None:
    """Each type of this chain holds the next one twice: 2^90 leaves."""
    types = {f"T{n}": f"struct {{ a, b T{n + 1} }}" for n in range(90)}
    assert lay_out("T0", **types, T90="struct{}").size == 0
    with pytest.raises(UnsupportedError, match="larger than Go allows"):
        lay_out("T0", **types, T90="int")


def test_what_was_laid_out_before_changes_nothing() -> None:
    """Nor does what could not be: who asks again hears the same, not that it contains itself."""
    types = table(Known="struct { a int32; b Inner }", Inner="[3]int64", Broken="[2]missing")
    known: Layouts = {}
    for _ in range(2):
        assert layout(Named(name="Known"), types, known) == layout(Named(name="Known"), types)
        for name in ("Broken", "struct { a Known; b Broken }"):
            with pytest.raises(UnknownType, match='type "missing"'):
                layout(parse_type(name), types, known)
    assert set(known) == {Named(name="Known"), Named(name="Inner")}


def test_depth_is_bounded() -> None:
    types = {f"T{n}": f"struct {{ a T{n + 1} }}" for n in range(5000)}
    with pytest.raises(UnsupportedError, match="types nested more than 200 deep"):
        lay_out("T0", **types, T5000="int")


def test_resolve() -> None:
    types = table(T="U", U="struct{}")
    assert resolve(Named(name="T"), types) == Struct(fields=())
    assert resolve(Basic.INT, types) is Basic.INT


@settings(max_examples=200, deadline=None)
@given(sized_types())
def test_layout_laws(type_: GoType) -> None:
    place = layout(type_, TYPES)
    assert place.align in (1, 2, 4, 8)
    assert place.size % place.align == 0
    assert layout(Array(length=3, elem=type_), TYPES).size == 3 * place.size
    found = resolve(type_, TYPES)
    if isinstance(found, Struct):
        end = 0
        for field, start in zip(found.fields, place.field_offsets, strict=True):
            inside = layout(field.type, TYPES)
            assert start == align_to(end, inside.align)
            end = start + inside.size
        assert end <= place.size
        assert place.size == 0 or end < place.size or inside.size > 0


@pytest.mark.golang
@pytest.mark.parametrize("version", gobuild.toolchains())
def test_layouts_are_those_of_go(version: str) -> None:
    declared = re.findall(r"^type (\w+) (.+)$", (SOURCE / "main.go").read_text(), re.MULTILINE)
    types = {name: parse_type(text) for name, text in declared}
    binary = gobuild.build(SOURCE, version=version)
    printed = subprocess.run([binary], capture_output=True, text=True, check=True).stdout

    expected = {}
    for line in printed.splitlines():
        name, *numbers = line.split()
        expected[name] = [int(number) for number in numbers]
    observed = {}
    for name, type_ in types.items():
        place = layout(type_, types)
        observed[name] = [place.size, place.align, *place.field_offsets]
    assert observed == expected
    assert len(expected) == 52
