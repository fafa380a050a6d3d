# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Find the descriptors of types that interfaces hold, by their names.

In:   Image, where descriptors and names are, the types asked for
Out:  DynamicTypes

Upstream: Go's internal/abi/type.go, types Type, PtrType, UncommonType and Name;
cmd/compile/internal/reflectdata/reflect.go, func dcommontype (a type's name is stored with
the star of the pointer to it).
The one convention: a descriptor is found by its name's position, which is an offset in the
file as in memory, so neither symbols nor relocations are needed. What an interface holds is
told by hash, flags and name together: two types of one program never share them all.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from gogen.binary.model import DynamicType
from gogen.golang.pprint import format_type
from gogen.golang.types import Basic, Named, Pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gogen.binary.image import Image
    from gogen.golang.types import GoType

_TYPE = struct.Struct("<QQQ8x8xii")
"""Size, PtrBytes; Hash, TFlag, Align, FieldAlign, Kind as one; Str, PtrToThis."""
_UNCOMMON, _EXTRA_STAR, _DIRECT_FLAG = 1, 2, 0x20
_DIRECT_KIND = 0x20
"""In the kind's byte up to Go 1.25; from Go 1.26 on it is a flag."""
_KIND_MASK = 31
_POINTER, _STRUCT = 22, 25
_UNCOMMON_AT = {17: 72, 18: 64, 19: 56, 20: 80, 21: 0, _POINTER: 56, 23: 56, _STRUCT: 80}
"""Where abi.UncommonType follows, by kind: behind the type's own fields; 48 for the others."""
_KINDS = range(1, 27)
_MAX_HITS = 10_000
_MAX_NAME = 1 << 14


def find(
    image: Image, region: tuple[int, int], wanted: tuple[GoType, ...]
) -> tuple[DynamicType, ...]:
    """
    Find the types that are asked for and have a descriptor.

    Args:
        image: the file.
        region: addresses where descriptors and names begin and end; 0 when unknown.
        wanted: names of types, and pointers to them; a name's package is its last element
            or the whole path.
    """
    data = _bytes(image, region) if wanted else b""
    found: list[DynamicType] = []
    for type_ in wanted:
        found.extend(_named(data, type_))
    return tuple(found)


def of_packages(
    image: Image, region: tuple[int, int], packages: tuple[str, ...], most: int
) -> tuple[GoType, ...]:
    """Give types of packages that have descriptors: pointers to them and they themselves."""
    data = _bytes(image, region)
    found: dict[GoType, None] = {}
    for package in packages:
        prefix = f"*{package.rpartition('/')[2]}."
        for match in re.finditer(re.escape(prefix.encode()) + rb"[A-Za-z_][A-Za-z0-9_]*", data):
            name = match[0].decode()
            at = match.start()
            if len(found) >= most or not at or data[at - 1] != len(name):
                continue
            named = Named(name=f"{package}.{name[len(prefix) :]}")
            for type_ in (Pointer(elem=named), named):
                if len(found) < most and any(_named(data, type_)):
                    found[type_] = None
    return tuple(found)


def _bytes(image: Image, region: tuple[int, int]) -> bytes:
    begin, end = region
    for segment in image.loads(executable=False):
        start = begin - segment.address
        if begin and start >= 0 and end - segment.address <= segment.file_size:
            at = segment.file_offset + start
            return image.data.read(at, end - begin)
    return b""


def _named(data: bytes, type_: GoType) -> Iterator[DynamicType]:
    asked = format_type(type_)
    elem = type_.elem if isinstance(type_, Pointer) else type_
    if not isinstance(elem, Named | Basic):
        return
    star = isinstance(type_, Pointer)
    path, _, name = format_type(elem).rpartition("/")
    wanted = f"{path}/{name.partition('.')[0]}" if path else ""
    for offset in _names(data, f"*{name}".encode()):
        for at in _descriptors(data, offset):
            size, _, tag, _, _ = _TYPE.unpack_from(data, at)
            flags, kind = tag >> 32 & 0xFF, tag >> 56
            starred = not flags & _EXTRA_STAR
            package = _package(data, at, flags, kind & _KIND_MASK)
            if starred != star or (wanted and _unescaped(package) != _unescaped(wanted)):
                continue
            yield DynamicType(
                asked=asked,
                name=f"*{name}" if star else name,
                package=package,
                tag=tag,
                name_at=offset,
                type=type_,
                kind=kind & _KIND_MASK,
                size=size,
                direct=bool(kind & _DIRECT_KIND or flags & _DIRECT_FLAG),
            )


def _names(data: bytes, name: bytes) -> Iterator[int]:
    """Yield where a name is: flags, its length as a varint, its bytes."""
    length = len(name)
    if not 0 < length < _MAX_NAME:
        return
    varint = bytes([length]) if length < 0x80 else bytes([length & 0x7F | 0x80, length >> 7])
    needle = varint + name
    at = -1
    for _ in range(_MAX_HITS):
        at = data.find(needle, at + 1)
        if at < 0:
            return
        if at and data[at - 1] < 16:  # exported, has a tag, a package path, is embedded
            yield at - 1


def _descriptors(data: bytes, name: int) -> Iterator[int]:
    """Yield the descriptors of types with the name that is there."""
    needle = struct.pack("<i", name)
    at = -1
    for _ in range(_MAX_HITS):
        at = data.find(needle, at + 1)
        if at < 0:
            return
        start = at - 40
        if start < 0 or start % 8 or start + _TYPE.size > len(data):
            continue
        size, pointers, tag, _, _ = _TYPE.unpack_from(data, start)
        align, field_align, kind = tag >> 40 & 0xFF, tag >> 48 & 0xFF, tag >> 56 & _KIND_MASK
        plausible = kind in _KINDS and align in (1, 2, 4, 8) and field_align == align
        if plausible and pointers <= size < 1 << 32 and tag & 0xFFFFFFFF:
            yield start


def _package(data: bytes, at: int, flags: int, kind: int) -> str:
    """Read the path of a type's package from what follows its descriptor; empty if nothing does."""
    where = at + _UNCOMMON_AT.get(kind, 48)
    if not flags & _UNCOMMON or where == at or where + 4 > len(data):
        return ""
    (name,) = struct.unpack_from("<i", data, where)
    if not 0 < name < len(data) - 3:
        return ""
    length, start = data[name + 1] & 0x7F, name + 2
    if data[name + 1] & 0x80:
        length, start = length | data[name + 2] << 7, start + 1
    text = data[start : start + length].decode("utf-8", "replace")
    return text if text.isprintable() else ""


def _unescaped(path: str) -> str:
    """Undo what symbols do to dots in the last element of a path."""
    return re.sub(r"%([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), path)
