# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Find what pclntab's entry offsets are relative to: runtime.text.

In:   Image, the pclntab's file offset and entries
Out:  an address

Upstream: Go's runtime/symtab.go, type moduledata, fields pcHeader, minpc, maxpc, text.
Up to Go 1.25 the pclntab header says it; from Go 1.26 on that field is 0 and moduledata
is the only source: the first bytes of .text may belong to C.
The one convention: a candidate counts when three of its fields agree with the table,
since a pointer to the table also occurs in relocations.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from gogen.errors import BinaryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gogen.binary.image import Image

SECTION = ".go.module"
_FIELDS = struct.Struct("<3Q")
_MINPC = 160
"""Offset of minpc, maxpc and text, in Go 1.19 to 1.27."""
_MAX_CANDIDATES = 1000


def text(image: Image, *, pclntab: int, header_text: int, entries: tuple[int, ...]) -> int:
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
    found = header_text or _from_moduledata(image, pclntab, entries)
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


def _from_moduledata(image: Image, pclntab: int, entries: tuple[int, ...]) -> int | None:
    address = image.address(pclntab)
    if address is None:
        return None
    for at in _candidates(image, struct.pack("<Q", address)):
        if at + _MINPC + _FIELDS.size > len(image.data):
            continue
        minpc, maxpc, base = _FIELDS.unpack_from(image.data, at + _MINPC)
        if base and minpc == base + entries[0] and maxpc == base + entries[-1]:
            return int(base)
    return None


def _candidates(image: Image, pointer: bytes) -> Iterator[int]:
    section = image.section(SECTION)
    if section is not None and image.data.startswith(pointer, section.file_offset):
        yield section.file_offset
    left = _MAX_CANDIDATES
    for segment in image.loads(executable=False):
        at, end = segment.file_offset, segment.file_offset + segment.file_size
        while left and (at := image.data.find(pointer, at, end)) >= 0:
            if (at - segment.file_offset + segment.address) % 8 == 0:
                yield at
                left -= 1
            at += 1
