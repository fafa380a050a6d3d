# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Find where type descriptors and their names are: what abi.Type.Str counts from.

In:   Image, Pclntab, Go's minor version
Out:  the addresses where they begin and end, or 0

Upstream: Go's runtime/symtab.go, type moduledata, fields types and etypes; runtime/type.go,
func resolveNameOff.
The one convention: a name is only ever text for people, so none at all is no error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.binary import moduledata

if TYPE_CHECKING:
    from gogen.binary.image import Image
    from gogen.binary.pclntab import Pclntab

_TYPES = {18: 280, 19: 280}
_TYPES_SINCE_20 = 296
_ETYPES_APART = 27
"""Go's minor version from which on a length stands between types and etypes."""


def region(image: Image, table: Pclntab, minor: int) -> tuple[int, int]:
    """Return the addresses of runtime.types and etypes; 0 when nothing tells them for certain."""
    where = _TYPES.get(minor, _TYPES_SINCE_20)
    after = 16 if minor >= _ETYPES_APART else 8
    found = moduledata.words(image, table, where, where + after)
    if found is None:
        return 0, 0
    begin, end = found
    for segment in image.loads(executable=False):
        start = begin - segment.address
        if start >= 0 and begin < end and end - segment.address <= segment.file_size:
            return begin, end
    return 0, 0
