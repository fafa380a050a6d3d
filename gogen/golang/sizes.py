# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Lay out Go types in memory.

In:   GoType, Types
Out:  Layout

Upstream: Go's "abi-internal.md", section "Memory layout".
Sizes are those of 64-bit machines, where amd64 and arm64 agree. A named type is looked up
only where its bytes are part of the value: behind a pointer it need not be known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from gogen.errors import UnsupportedError
from gogen.golang.pprint import format_type
from gogen.golang.types import (
    Array,
    Basic,
    Chan,
    Func,
    GoType,
    Interface,
    Map,
    Named,
    Pointer,
    Slice,
    Struct,
    Types,
)

WORD = 8
"""Bytes of a pointer, an int and a register."""

MAX_SIZE = 1 << 50
"""cmd/compile refuses types from here on (types.MaxWidth)."""

_MAX_DEPTH = 200

_BASIC_SIZES = {
    Basic.BOOL: 1,
    Basic.INT: 8,
    Basic.INT8: 1,
    Basic.INT16: 2,
    Basic.INT32: 4,
    Basic.INT64: 8,
    Basic.UINT: 8,
    Basic.UINT8: 1,
    Basic.UINT16: 2,
    Basic.UINT32: 4,
    Basic.UINT64: 8,
    Basic.UINTPTR: 8,
    Basic.FLOAT32: 4,
    Basic.FLOAT64: 8,
    Basic.COMPLEX64: 8,
    Basic.COMPLEX128: 16,
    Basic.STRING: 16,
    Basic.UNSAFE_POINTER: 8,
}


class UnknownType(UnsupportedError):  # noqa: N818 - the user's word for it
    """A named type whose bytes are needed and that nothing defines; `name` is its key."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f'type "{name}"',
            "nothing says what it is, so its size is not known",
            f'add "{name}" to [types], or pass it by pointer',
        )
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """
    How a type sits in memory, in bytes.

    Attributes:
        size, align: as unsafe.Sizeof and unsafe.Alignof give them.
        field_offsets: of a struct (also a named one), in order; else empty.
    """

    size: int
    align: int
    field_offsets: tuple[int, ...] = ()


Layouts = dict[Named, Layout | None]
"""Layouts of named types; None while one is being laid out."""


def layout(type_: GoType, types: Types, known: Layouts | None = None) -> Layout:
    """
    Lay a type out.

    Args:
        type_: the type.
        types: what the names in it stand for.
        known: what was laid out before by means of the same `types`; it is added to.

    Raises:
        UnknownType: a named type that is not in `types`.
        UnsupportedError: a type that contains itself, or is larger or deeper than any program's.
    """
    return _layout(type_, types, {} if known is None else known, 0)


def resolve(type_: GoType, types: Types) -> GoType:
    """
    Give the underlying type: what a Named finally names, any other type itself.

    A name may carry its import path, `net/http.Request`, where the table has the name that
    source code uses, `http.Request`. Raises UnknownType, and UnsupportedError for a circle.
    """
    seen: set[Named] = set()
    while isinstance(type_, Named):
        if type_ in seen:
            raise _recursive(type_)
        seen.add(type_)
        key = format_type(type_)
        found = types.get(key)
        if found is None:
            short = Named(name=type_.name.rpartition("/")[2], args=type_.args)
            found = types.get(format_type(short))
        if found is None:
            raise UnknownType(key)
        type_ = found
    return type_


def align_to(offset: int, align: int) -> int:
    """Round an offset up to an alignment."""
    return -(-offset // align) * align


def _layout(type_: GoType, types: Types, known: Layouts, depth: int) -> Layout:
    if depth > _MAX_DEPTH:
        raise _unsupported(type_, f"types nested more than {_MAX_DEPTH} deep")
    match type_:
        case Basic():
            size = _BASIC_SIZES[type_]
            align = size // 2 if type_ in (Basic.COMPLEX64, Basic.COMPLEX128) else min(size, WORD)
            return Layout(size=size, align=align)
        case Pointer() | Map() | Chan() | Func():
            return Layout(size=WORD, align=WORD)
        case Interface():
            return Layout(size=2 * WORD, align=WORD)
        case Slice():
            return Layout(size=3 * WORD, align=WORD)
        case Array():
            elem = _layout(type_.elem, types, known, depth + 1)
            return _checked(type_, Layout(size=type_.length * elem.size, align=elem.align))
        case Struct():
            fields = [_layout(field.type, types, known, depth + 1) for field in type_.fields]
            return _checked(type_, _lay_out_fields(fields))
        case Named():
            return _layout_named(type_, types, known, depth)
    assert_never(type_)


def _layout_named(type_: Named, types: Types, known: Layouts, depth: int) -> Layout:
    if type_ in known:
        found = known[type_]
        if found is None:
            raise _recursive(type_)
        return found
    known[type_] = None
    try:
        found = known[type_] = _layout(resolve(type_, types), types, known, depth + 1)
    except UnsupportedError:
        del known[type_]  # the next one who asks is to hear the same
        raise
    return found


def _lay_out_fields(fields: list[Layout]) -> Layout:
    offsets: list[int] = []
    end = 0
    for field in fields:
        offsets.append(align_to(end, field.align))
        end = offsets[-1] + field.size
    if end and fields[-1].size == 0:
        end += 1  # a pointer to the last field must not point past the struct
    align = max((field.align for field in fields), default=1)
    return Layout(size=align_to(end, align), align=align, field_offsets=tuple(offsets))


def _checked(type_: GoType, result: Layout) -> Layout:
    if result.size >= MAX_SIZE:
        raise _unsupported(type_, "larger than Go allows")
    return result


def _recursive(type_: Named) -> UnsupportedError:
    return _unsupported(type_, "contains itself", "only a pointer to itself has a size")


def _unsupported(type_: GoType, problem: str, hint: str = "") -> UnsupportedError:
    text = format_type(type_)
    shown = text if len(text) <= 60 else f"{text[:60]}..."
    return UnsupportedError(f'type "{shown}"', problem, hint)
