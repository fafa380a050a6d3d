# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Tell which line of the source an instruction comes from.

In:   Pclntab, a function's place in it, how far into the function
Out:  (file, line)

Upstream: Go's runtime/symtab.go, func pcvalue, step, readvarint, funcfile and
funcline1, equal in Go 1.19 to 1.27.
The one convention: a table of values ends where its function does. What it says beyond
that is not read, so that the tables of all functions together cost no more than the
code they describe.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from gogen.errors import BinaryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gogen.binary.pclntab import Pclntab

UNKNOWN = ("?", 0)
"""What the runtime says of an instruction without a line."""

_PCFILE = struct.Struct("<2I")
_PCFILE_AT = 20
_UNIT_AT = 32
_U32 = struct.Struct("<I")
_NPCDATA_AT = 28
_ARRAYS = 3  # after funcFlag; PCDATA_UnsafePoint is the first
_RESTARTS = (-3, -4, -5)
_NO_FILE = 0xFFFFFFFF
_MAX_VARINT = 5


def position(table: Pclntab, index: int, into: int) -> tuple[str, int]:
    """
    Return file and line of the instruction that many bytes into a function.

    Raises:
        BinaryError: tables that contradict themselves.
    """
    files, lines = _PCFILE.unpack_from(table.data, table.functab + table.funcs[index] + _PCFILE_AT)
    number, line = value_at(table, index, files, into), value_at(table, index, lines, into)
    return UNKNOWN if number < 0 or line < 0 else (file_name(table, index, number), line)


def restarted(table: Pclntab, index: int, into: int) -> tuple[int, int] | None:
    """
    Return from where to where code is started over when Go preempts a goroutine inside it.

    The assembler marks what it made of one instruction with a temporary register
    (cmd/internal/obj/plist.go, func MarkUnsafePoints; internal/abi/funcdata.go,
    UnsafePointRestart1 to UnsafePointRestartAtEntry). None where nothing is started over.

    Raises:
        BinaryError: tables that contradict themselves.
    """
    at = table.functab + table.funcs[index]
    (count,) = _U32.unpack_from(table.data, at + _NPCDATA_AT)
    arrays = at + table.flag_at + _ARRAYS
    if not count or arrays + _U32.size > len(table.data):
        return None
    (offset,) = _U32.unpack_from(table.data, arrays)
    begin = 0
    for end, value in values(table, index, offset):
        if into < end:
            return (begin, end) if value in _RESTARTS else None
        begin = end
    return None


def file_name(table: Pclntab, index: int, number: int) -> str:
    """
    Return a file's path as the compiler recorded it, by its number in the function's unit.

    Raises:
        BinaryError: a number that stands for no file.
    """
    (unit,) = _U32.unpack_from(table.data, table.functab + table.funcs[index] + _UNIT_AT)
    start, end = table.units
    at = start + 4 * (unit + number)
    if not start <= at <= end - _U32.size:
        raise BinaryError(table.path, f"pclntab: there is no file {number} in unit {unit}")
    (offset,) = _U32.unpack_from(table.data, at)
    return UNKNOWN[0] if offset == _NO_FILE else table.text_at(table.files, offset)


def value_at(table: Pclntab, index: int, offset: int, into: int) -> int:
    """Return a table's value for the instruction that many bytes into a function, or -1."""
    return next((value for end, value in values(table, index, offset) if into < end), -1)


def values(table: Pclntab, index: int, offset: int) -> Iterator[tuple[int, int]]:
    """
    Yield a table's rows: how far into the function each ends, and its value.

    Raises:
        BinaryError: a table that is cut off, or does not advance.
    """
    if offset == 0:  # no table
        return
    start, last = table.values
    size = table.entries[index + 1] - table.entries[index]
    at, reached, value = start + offset, 0, -1
    while reached < size:
        change, at = _varint(table, at, last)
        if change == 0 and reached:
            return
        value += -(change >> 1) - 1 if change & 1 else change >> 1
        steps, at = _varint(table, at, last)
        if steps == 0:
            raise BinaryError(table.path, f"pclntab: the table of values at {offset:#x} stops")
        reached += steps * table.quantum
        yield reached, value


def _varint(table: Pclntab, at: int, end: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 7 * _MAX_VARINT, 7):
        if not 0 <= at < end:
            break
        byte = table.data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise BinaryError(table.path, f"pclntab: a number at byte {at:#x} does not end")
