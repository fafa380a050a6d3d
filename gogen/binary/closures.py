# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Tell which variables a closure captured, and where they are in it.

In:   the DIE of a function
Out:  CapturedVariables

Upstream: Go's cmd/compile/internal/dwarfgen (DW_AT_go_closure_offset, since Go 1.23: bytes into
the closure, which begins with its code's address), cmd/compile/internal/escape (a variable of at
most 128 bytes that nobody changes is held by value) and ssagen, which calls `&v` both what is
held by reference and what is held by value but does not fit into registers.
The one convention: where it is not certain which of the two it is, it is not told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.binary.hiddenmodel import CapturedVariable
from gogen.errors import UnsupportedError
from gogen.golang.sizes import layout, resolve
from gogen.golang.types import Array, Struct

if TYPE_CHECKING:
    from gogen.binary.dwarf_types import TypeReader
    from gogen.binary.dwarf_units import DIE, Units
    from gogen.golang.types import GoType, Types

_CLOSURE_OFFSET = 0x2907
_BY_VALUE_MAX = 128
_IN_REGISTERS_MAX = 32
_FIELDS_MAX = 4
_MAX_OFFSET = 1 << 16


def captured(units: Units, function: DIE, types: TypeReader) -> tuple[CapturedVariable, ...]:
    """
    Read what a function captured, in the order of the closure; nothing before Go 1.23.

    Raises:
        BinaryError: a type that is none of Go's.
    """
    found: list[tuple[int, str, bool, GoType]] = []
    for die in units.children(function):
        place = die.attributes.get(_CLOSURE_OFFSET)
        name = die.attributes.get("DW_AT_name")
        if die.tag != "DW_TAG_variable" or place is None or name is None:
            continue
        offset, text = place.value, name.value.decode("utf-8", "replace")
        if not isinstance(offset, int) or not 0 < offset < _MAX_OFFSET:
            continue
        behind = text.startswith("&")
        type_die = units.follow(die, "DW_AT_type")
        if behind and type_die is not None:
            type_die = units.follow(type_die, "DW_AT_type")
        if text.removeprefix("&").isidentifier() and type_die is not None:
            found.append((offset, text.removeprefix("&"), behind, types.read(type_die)))
    found.sort(key=lambda each: each[0])
    ends = [*(each[0] for each in found), _MAX_OFFSET][1:]
    return tuple(
        CapturedVariable(
            name=name,
            type=type_,
            offset=offset,
            by_reference=behind and _is_reference(type_, types, end - offset),
            unsure=behind and not _is_reference(type_, types, end - offset),
        )
        for (offset, name, behind, type_), end in zip(found, ends, strict=True)
    )


def _is_reference(type_: GoType, types: TypeReader, room: int) -> bool:
    """Tell whether `&v` must be a reference: by value it would be `v`, or have no room."""
    try:
        size = layout(type_, types.types).size
        return _fits_registers(type_, types.types) or size > min(room, _BY_VALUE_MAX)
    except UnsupportedError:
        return False


def _fits_registers(type_: GoType, types: Types) -> bool:
    """Tell what the compiler keeps in registers for certain: ssa.CanSSA, in every version."""
    under = resolve(type_, types)
    if layout(under, types).size > _IN_REGISTERS_MAX:
        return False
    if isinstance(under, Array):
        return under.length == 1 and _fits_registers(under.elem, types)
    if isinstance(under, Struct):
        few = len(under.fields) <= _FIELDS_MAX
        return few and all(_fits_registers(field.type, types) for field in under.fields)
    return True
