# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Find where type descriptors and their names are: what abi.Type.Str counts from.

In:   Image, Pclntab, Go's minor version
Out:  the addresses where they begin and end, or 0

Upstream: Go's runtime/symtab.go, type moduledata, fields funcnametab, minpc, maxpc, text,
types and etypes; runtime/type.go, func resolveNameOff.
The one convention: the module data is believed when four of its fields agree with the
function table; a name is only ever text for people, so none at all is no error.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gogen.binary.image import Image
    from gogen.binary.pclntab import Pclntab

_FUNCNAMETAB = 8
_MINPC = 160
_TYPES = {18: 280, 19: 280}
_TYPES_SINCE_20 = 296
_WORDS = struct.Struct("<3Q")
_ETYPES_APART = 27
"""Go's minor version from which on a length stands between types and etypes."""
_MAX_CANDIDATES = 1000


def region(image: Image, table: Pclntab, minor: int) -> tuple[int, int]:
    """Return the addresses of runtime.types and etypes; 0 when nothing tells them for certain."""
    names = image.address(table.names[0])
    if names is None:
        return 0, 0
    pointer = struct.pack("<Q", names)
    left = _MAX_CANDIDATES
    for segment in image.loads(executable=False):
        at, end = segment.file_offset, segment.file_offset + segment.file_size
        while left and (at := image.data.find(pointer, at, end)) >= 0:
            left -= 1
            found = _types(image, table, at - _FUNCNAMETAB, minor)
            if found[0]:
                return found
            at += 1
    return 0, 0


def _types(image: Image, table: Pclntab, at: int, minor: int) -> tuple[int, int]:
    where = at + _TYPES.get(minor, _TYPES_SINCE_20)
    if at < 0 or where + _WORDS.size > len(image.data):
        return 0, 0
    first, last = table.text + table.entries[0], table.text + table.entries[-1]
    if _WORDS.unpack_from(image.data, at + _MINPC) != (first, last, table.text):
        return 0, 0
    begin, second, third = _WORDS.unpack_from(image.data, where)
    end = third if minor >= _ETYPES_APART else second
    for segment in image.loads(executable=False):
        start = begin - segment.address
        if start >= 0 and begin < end and end - segment.address <= segment.file_size:
            return int(begin), int(end)
    return 0, 0
