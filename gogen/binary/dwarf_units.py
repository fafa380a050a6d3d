# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Read single DIEs of a binary's DWARF, without walking all of them.

In:   Image
Out:  Units: the decompressed .debug_info, and the DIE at any offset of it

Upstream: "DWARF Debugging Information Format", versions 4 and 5, section 7.5.1 "Unit
Headers"; the System V ABI, chapter "Sections", for SHF_COMPRESSED.
The one convention: pyelftools parses every DIE, and no DIE is parsed that nobody asked
for: the unit that holds an offset is found in an index of the headers alone.
"""

from __future__ import annotations

import mmap
import struct
import zlib
from bisect import bisect_right
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

from elftools.common.exceptions import DWARFError, ELFError  # noqa: TID251 - the reader of DWARF
from elftools.construct import ConstructError  # noqa: TID251 - as above
from elftools.dwarf.dwarfinfo import (  # noqa: TID251 - as above
    DebugSectionDescriptor,
    DwarfConfig,
    DWARFInfo,
)

from gogen.binary import debugfile
from gogen.binary.model import Machine
from gogen.errors import BinaryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gogen.binary.image import Image, Section

Bytes = bytes | mmap.mmap
"""Of a section, as in the file or decompressed; the latter is memory, and no file is mapped."""

DIE = Any
"""An elftools DIE: `.tag`, `.attributes`, `.offset`, `.cu`."""

_MALFORMED = (
    ELFError,
    DWARFError,
    ConstructError,
    struct.error,
    zlib.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What pyelftools lets through when a file lies."""

_SECTIONS = ("info", "abbrev", "str", "line_str", "addr", "str_offsets", "loc")
_SELDOM = "loc"
_CHDR = struct.Struct("<IIQQ")
_ZLIB = 1
_OLD = struct.Struct(">4sQ")
"""What .zdebug_ sections begin with: "ZLIB" and the size."""
_MAX_RATIO = 1100  # deflate's best is 1032
_MAX_BYTES = 2 << 30
_PIECE = 1 << 18
_MAX_UNITS = 200_000
_MAX_NESTED = 200_000
_ARCH = {Machine.AMD64: "x64", Machine.ARM64: "AArch64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """
    The DWARF of one file.

    Attributes:
        path: the file, for errors.
        data: .debug_info, decompressed.
        starts, ends: of each unit, in order; offsets in `data`.
        info: pyelftools' view.
        machine: whose registers the locations name.
        parsed: the DIEs that were asked for, by offset.
        families: the children of those that were asked for theirs, likewise.
    """

    path: str
    data: Bytes = field(repr=False)
    starts: tuple[int, ...] = field(repr=False)
    ends: tuple[int, ...] = field(repr=False)
    info: Any = field(repr=False)
    machine: Machine
    parsed: dict[int, DIE] = field(default_factory=dict, repr=False, compare=False)
    families: dict[int, list[DIE]] = field(default_factory=dict, repr=False, compare=False)

    def die(self, offset: int) -> DIE:
        """Parse the DIE at an offset of .debug_info."""
        found = self.parsed.get(offset)
        if found is None:
            with self.checked():
                index = bisect_right(self.starts, offset) - 1
                if index < 0 or offset >= self.ends[index]:
                    raise ValueError(f"no unit holds offset {offset:#x}")
                found = self.info.get_CU_at(self.starts[index]).get_DIE_from_refaddr(offset)
            self.parsed[offset] = found
        return found

    def follow(self, die: DIE, attribute: str) -> DIE | None:
        """Parse the DIE an attribute refers to; None when it has no such attribute."""
        value = die.attributes.get(attribute)
        if value is None:
            return None
        base = 0 if value.form == "DW_FORM_ref_addr" else die.cu.cu_offset
        return self.die(base + value.value)

    def children(self, die: DIE) -> list[DIE]:
        """Parse a DIE's children; not by DW_AT_sibling, which can lead in a circle."""
        found = self.families.get(die.offset)
        if found is None:
            found = self.families[die.offset] = self._children(die) if die.has_children else []
        return found

    def _children(self, die: DIE) -> list[DIE]:
        found: list[DIE] = []
        at = die.offset + die.size
        depth = 0
        for _ in range(_MAX_NESTED):
            child = self.die(at)
            at += child.size
            if not child.is_null():
                if depth == 0:
                    found.append(child)
                depth += child.has_children
            elif depth == 0:
                return found
            else:
                depth -= 1
        raise BinaryError(self.path, f"DWARF: more than {_MAX_NESTED} DIEs inside one")

    def find(self, needle: bytes, most: int) -> Iterator[int]:
        """Yield where some bytes are in .debug_info, `most` places at most."""
        at = -1
        for _ in range(most):
            at = self.data.find(needle, at + 1)
            if at < 0:
                return
            yield at

    def before(self, at: int) -> Iterator[DIE]:
        """Yield the DIEs whose first attribute is at an offset, behind their abbreviation code."""
        for size in (1, 2, 3):
            start = at - size
            code = self.data[start:at]
            whole = len(code) == size and code[-1] < 0x80 and all(b >= 0x80 for b in code[:-1])
            if start < 0 or not whole:
                continue
            try:
                yield self.die(start)
            except BinaryError:
                continue  # bytes that only look like a code

    @contextmanager
    def checked(self) -> Iterator[None]:
        """Turn whatever a malformed file makes pyelftools raise into a BinaryError."""
        try:
            yield
        except _MALFORMED as error:
            raise BinaryError(self.path, f"DWARF: malformed ({error!r})"[:300]) from error


def read(image: Image) -> Units | None:
    """
    Decompress .debug_info, of the debug file if need be, and index its units; None without any.

    Raises:
        BinaryError: compressed in an unknown way, or the headers contradict the size.
    """
    image = image.having(*debugfile.DWARF)
    data = _section(image, "info")
    if not data:
        return None
    starts, ends = _index(image.path, data)
    sections = {f"debug_{name}_sec": _described(image, name, data) for name in _SECTIONS}
    config = DwarfConfig(
        little_endian=True, machine_arch=_ARCH[image.machine], default_address_size=8
    )
    absent = (
        "loclists",
        "aranges",
        "frame",
        "ranges",
        "line",
        "pubtypes",
        "pubnames",
        "rnglists",
        "sup",
    )
    info = DWARFInfo(
        config=config,
        eh_frame_sec=None,
        gnu_debugaltlink_sec=None,
        debug_types_sec=None,
        **sections,
        **{f"debug_{name}_sec": None for name in absent},
    )
    return Units(
        path=image.path, data=data, starts=starts, ends=ends, info=info, machine=image.machine
    )


class _Late:
    """A stream of a section that is decompressed when it is first read: few functions need it."""

    def __init__(self, image: Image, name: str) -> None:
        self._image, self._name = image, name
        self._stream: BytesIO | None = None

    def _opened(self) -> BytesIO:
        if self._stream is None:
            self._stream = BytesIO(bytes(_section(self._image, self._name)))
        return self._stream

    def seek(self, at: int, whence: int = 0) -> int:
        return self._opened().seek(at, whence)

    def read(self, size: int = -1) -> bytes:
        return self._opened().read(size)

    def tell(self) -> int:
        return self._opened().tell()


def _described(image: Image, name: str, info: Bytes) -> DebugSectionDescriptor | None:
    """Give a section as pyelftools wants it."""
    stream: Any
    if name == _SELDOM:
        found = image.section(f".debug_{name}", f".zdebug_{name}")
        size, stream = found.file_size if found else 0, _Late(image, name)
    else:
        content = info if name == "info" else _section(image, name)
        # What was decompressed is a stream by itself; a copy of it would cost as much again.
        size, stream = len(content), BytesIO(content) if isinstance(content, bytes) else content
    if not size:
        return None
    return DebugSectionDescriptor(
        stream=stream, name=f".debug_{name}", global_offset=0, size=size, address=0
    )


def _section(image: Image, name: str) -> Bytes:
    section = image.section(f".debug_{name}", f".zdebug_{name}")
    if section is None:
        return b""
    old = section.name.startswith(".z")
    if not section.compressed and not old:
        return image.data.read(section.file_offset, section.file_size)
    header = _OLD if old else _CHDR
    if section.file_size < header.size:
        raise BinaryError(image.path, f'section "{section.name}" is truncated')
    begin = image.data.read(section.file_offset, header.size)
    if old:
        magic, size = _OLD.unpack(begin)
        kind = _ZLIB if magic == b"ZLIB" else 0
    else:
        kind, _, size, _ = _CHDR.unpack(begin)
    if kind != _ZLIB:
        raise BinaryError(
            image.path,
            f'section "{section.name}" is compressed with algorithm {kind}, gogen knows zlib',
            "objcopy --decompress-debug-sections makes a copy it can read",
        )
    if size > min(_MAX_BYTES, section.file_size * _MAX_RATIO):
        raise BinaryError(image.path, f'section "{section.name}" claims {size} bytes')
    return _decompressed(image, section, header.size, size) if size else b""


def _decompressed(image: Image, section: Section, skipped: int, size: int) -> Bytes:
    """Decompress piece by piece into memory of the size that is claimed, and no other."""
    try:
        found = mmap.mmap(-1, size)
    except OSError as error:
        raise BinaryError(image.path, f'section "{section.name}" claims {size} bytes') from error
    stream = zlib.decompressobj()
    at, end = section.file_offset + skipped, section.file_offset + section.file_size
    written = 0
    try:
        while at < end and not stream.eof:
            piece = image.data.read(at, min(_PIECE, end - at))
            at += len(piece)
            while piece:
                plain = stream.decompress(piece, _PIECE)
                if written + len(plain) > size:
                    raise _lies(image, section, size)
                found[written : written + len(plain)] = plain
                written += len(plain)
                piece = stream.unconsumed_tail
    except zlib.error as error:
        raise BinaryError(image.path, f'section "{section.name}": {error}') from error
    if written != size:
        raise _lies(image, section, size)
    return found


def _lies(image: Image, section: Section, size: int) -> BinaryError:
    return BinaryError(image.path, f'section "{section.name}" does not hold {size} bytes')


def _index(path: str, data: Bytes) -> tuple[tuple[int, ...], tuple[int, ...]]:
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    while at + 11 <= len(data):
        (length,) = struct.unpack_from("<I", data, at)
        end = at + 4 + length
        if length >= 0xFFFFFFF0:
            raise BinaryError(path, "DWARF: 64-bit units, which Go does not write")
        if length < 7 or end > len(data) or len(starts) >= _MAX_UNITS:
            raise BinaryError(path, f"DWARF: the unit at {at:#x} lies about its size")
        starts.append(at)
        ends.append(end)
        at = end
    return tuple(starts), tuple(ends)
