# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Tell which integer registers DWARF says a parameter is in when its function begins.

In:   Units, the DIE of a parameter, the function's address
Out:  DWARF register numbers, in order; empty when DWARF does not say

Upstream: "DWARF Debugging Information Format", sections 2.5 and 2.6, versions 4 and 5.
The one convention: this is a hint that finds parameters DWARF leaves out, never a place
to read a value from: location lists of Go functions are often wrong (facts/go-abi.md,
section 2).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from elftools.dwarf.dwarf_expr import DWARFExprParser  # noqa: TID251 - DWARF
from elftools.dwarf.locationlists import (  # noqa: TID251 - as above
    BaseAddressEntry,
    LocationParser,
)

from gogen.binary.model import Machine
from gogen.errors import BinaryError

if TYPE_CHECKING:
    from gogen.binary.dwarf_units import DIE, Units

_PAIR = struct.Struct("<QQ")
_BASE = (1 << 64) - 1
_MAX_LIST = 1 << 16
"""Bytes of a location list; Go's own have a few hundred."""

_REG0, _REG31 = 0x50, 0x6F
_REGX = 0x90
_PIECE = 0x93
_FLOATS = {Machine.AMD64: range(17, 33), Machine.ARM64: range(64, 96)}
"""XMM0 to XMM15, V0 to V31: no integer register, and no word of a value that is in one."""


def registers_at(units: Units, die: DIE, address: int) -> tuple[int, ...]:
    """Return the integer registers that hold a parameter at an address; empty when unsure."""
    try:
        with units.checked():
            return _registers(units, die, address)
    except BinaryError:
        return ()


def _registers(units: Units, die: DIE, address: int) -> tuple[int, ...]:
    attribute = die.attributes.get("DW_AT_location")
    if attribute is None or not _is_short(units, attribute):
        return ()
    parser = LocationParser(units.info.location_lists())
    parsed = parser.parse_from_attribute(attribute, die.cu["version"], die=die)
    expression = getattr(parsed, "loc_expr", None)
    if expression is None:
        expression = _in_list(parsed, die, address)
    found: list[int] = []
    floats = _FLOATS[units.machine]
    for op in DWARFExprParser(die.cu.structs).parse_expr(expression):
        if _REG0 <= op.op <= _REG31:
            found.append(op.op - _REG0)
        elif op.op == _REGX:
            found.append(op.args[0])
        elif op.op != _PIECE:
            return ()
    return tuple(number for number in found if number not in floats)


def _is_short(units: Units, attribute: Any) -> bool:
    """
    Tell whether a location list ends soon, before all of it is parsed.

    Only DWARF 4 is read: Go that leaves parameters out writes no other.
    """
    if not isinstance(attribute.value, int):
        return True  # an expression, in the DIE itself
    section = units.info.debug_loc_sec
    if section is None:
        return False
    section.stream.seek(attribute.value)
    data = section.stream.read(_MAX_LIST)
    at = 0
    while at + _PAIR.size <= len(data):
        begin, end = _PAIR.unpack_from(data, at)
        at += _PAIR.size
        if not begin and not end:
            return True
        if begin != _BASE:
            at += 2 + int.from_bytes(data[at : at + 2], "little")
    return False


def _in_list(entries: Any, die: DIE, address: int) -> list[int]:
    """Return the expression that holds at an address; empty when none does."""
    base = die.cu.get_top_DIE().attributes["DW_AT_low_pc"].value
    for entry in entries:
        if isinstance(entry, BaseAddressEntry):
            base = entry.base_address
            continue
        relative_to = 0 if entry.is_absolute else base
        if relative_to + entry.begin_offset <= address < relative_to + entry.end_offset:
            expression: list[int] = entry.loc_expr
            return expression
    return []
