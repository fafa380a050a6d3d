# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Find the module data, and what it tells: runtime.text, go:func.*, runtime.types.

In:   Image, the pclntab's file offset and entries
Out:  file offsets and addresses

Upstream: Go's runtime/symtab.go, type moduledata, fields pcHeader, minpc, maxpc, text,
types, etypes and gofunc. Up to Go 1.25 the pclntab header says where the text begins;
from Go 1.26 on that field is 0 and moduledata is the only source: the first bytes of
.text may belong to C.
The one convention: a candidate counts when three of its fields agree with the table,
since a pointer to the table also occurs in relocations.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from gogen.binary.image import WRITABLE
from gogen.errors import BinaryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gogen.binary.image import Image
    from gogen.binary.pclntab import Pclntab

SECTION = ".go.module"
_FIELDS = struct.Struct("<3Q")
_MINPC = 160
"""Offset of minpc, maxpc and text, in Go 1.19 to 1.27."""
_MAX_CANDIDATES = 1000


def text(image: Image, *, pclntab: int, header_text: int, entries: Sequence[int]) -> int:
    """
    Return the address of runtime.text.

    Args:
        image: the file.
        pclntab: file offset of the table.
        header_text: its header's textStart.
        entries: its entry offsets.

    Raises:
        BinaryError: no moduledata agrees, or the text lies outside executable code.
    """
    found = header_text or next((base for _, base in _found(image, pclntab, entries)), None)
    if found is None:
        raise BinaryError(
            image.path,
            "cannot tell where the Go code begins: pclntab does not say, and no moduledata agrees "
            "with it",
        )
    for segment in image.loads(executable=True):
        start = found - segment.address
        if start >= 0 and start + entries[-1] <= segment.file_size:
            return found
    raise BinaryError(
        image.path,
        f"pclntab: functions at {found + entries[0]:#x} to {found + entries[-1]:#x}, "
        "outside the executable code",
    )


def words(image: Image, table: Pclntab, *offsets: int) -> tuple[int, ...] | None:
    """Return words of the module data at these offsets; None when it cannot be found."""
    for at, base in _found(image, table.file_offset, table.entries):
        if base == table.text and at + max(offsets) + 8 <= image.data.size:
            data = image.data.read(at, max(offsets) + 8)
            return tuple(int.from_bytes(data[o : o + 8], "little") for o in offsets)
    return None


def _found(image: Image, pclntab: int, entries: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield where the module data agrees with the table, and what it says runtime.text is."""
    address = image.address(pclntab)
    if address is None:
        return
    for at in _candidates(image, struct.pack("<Q", address)):
        if at + _MINPC + _FIELDS.size > image.data.size:
            continue
        minpc, maxpc, base = _FIELDS.unpack(image.data.read(at + _MINPC, _FIELDS.size))
        if base and minpc == base + entries[0] and maxpc == base + entries[-1]:
            yield at, base


def _candidates(image: Image, pointer: bytes) -> Iterator[int]:
    section = image.section(SECTION)
    if section is not None:
        begin = image.data.read(section.file_offset, min(section.file_size, len(pointer)))
        if begin == pointer:
            yield section.file_offset
    left = _MAX_CANDIDATES
    # It is written to when the program starts: that part of the file is the smaller one.
    loads = sorted(image.loads(executable=False), key=lambda s: not s.flags & WRITABLE)
    for segment in loads:
        end = segment.file_offset + segment.file_size
        for at in image.data.occurrences(pointer, segment.file_offset, end):
            if left and (at - segment.file_offset + segment.address) % 8 == 0:
                yield at
                left -= 1
