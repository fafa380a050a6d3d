# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Read an ELF file: sections, segments, notes, and bytes by address.

In:   a path
Out:  Image (the bytes read once, plus the tables that say what they are)

Upstream: the System V ABI, "gABI", chapters "Object Files" and "Program Loading".
The one convention: an address becomes a file offset through the PT_LOAD that holds it,
never through an assumed base. Everything in the tables has been checked against the
file's length, so that whoever uses an Image need not.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from gogen.binary import contents
from gogen.binary.model import Machine
from gogen.errors import BinaryError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gogen.binary.contents import Contents

EXECUTABLE, WRITABLE = 0x1, 0x2
"""PF_X and PF_W of a segment's flags."""

_HEADER = struct.Struct("<16xHH12xQQ6xHHHHH")
_PHDR = struct.Struct("<IIQQ8xQ8xQ")
_SHDR = struct.Struct("<IIQQQQ24x")
_MACHINES = {62: Machine.AMD64, 183: Machine.ARM64}
_OTHERS = {3: "i386", 8: "MIPS", 20: "PowerPC", 21: "PowerPC64", 22: "S390", 40: "ARM"}
_OTHERS |= {243: "RISC-V", 258: "LoongArch"}
_ET_EXEC, _ET_DYN = 2, 3
_NO_PROGRAMS = {1: "an object file", 4: "a core dump"}
_PT_LOAD, _PT_NOTE = 1, 4
_SHT_NULL, _SHT_NOTE, _SHT_NOBITS = 0, 7, 8
_SHF_COMPRESSED = 0x800
_MAX_HEADERS = 10_000  # a Go program has about 40 sections; more is a lie or an object file
_MAX_NAME = 256
_MAX_NAMES = _MAX_NOTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section header; `file_size` is 0 for SHT_NOBITS, `compressed` is SHF_COMPRESSED."""

    name: str
    note: bool
    address: int
    file_offset: int
    file_size: int
    compressed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One program header: PT_NOTE, or else PT_LOAD; `flags` are PF_X and so on."""

    note: bool
    flags: int
    address: int
    file_offset: int
    file_size: int
    align: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """
    An ELF64 little-endian executable.

    Attributes:
        path: as the user wrote it; the context of every error.
        data: the file's bytes.
        position_independent: ET_DYN.
        sections, segments: in file order; segments are PT_LOAD and PT_NOTE only.
        debug_file: the file that DWARF and symbol table were put into, when this one was stripped.
        other_build: path of one that might be taken for it; empty when there is none.
    """

    path: str
    name: str
    machine: Machine
    position_independent: bool
    sections: tuple[Section, ...]
    segments: tuple[Segment, ...]
    data: Contents = field(repr=False)
    debug_file: Image | None = None
    other_build: str = ""

    def section(self, *names: str) -> Section | None:
        """Return the first section that has one of these names and bytes in the file."""
        return next((s for s in self.sections if s.name in names and s.file_size), None)

    def having(self, *names: str) -> Image:
        """Return the file that has one of these sections: this one, or else its debug file."""
        return self if self.debug_file is None or self.section(*names) else self.debug_file

    def check(self) -> None:
        """
        Raises:
            BinaryError: the file, or its debug file, was written to since it was opened.
        """
        for file in (self, self.debug_file):
            if file:
                file.data.check()

    def loads(self, *, executable: bool) -> Iterator[Segment]:
        """Yield the PT_LOAD segments that are, or are not, executable."""
        for segment in self.segments:
            if not segment.note and bool(segment.flags & EXECUTABLE) == executable:
                yield segment

    def code_offset(self, address: int) -> int:
        """
        Return the file offset of an address in executable code, as uprobes want it.

        Raises:
            BinaryError: no executable segment has file bytes there.
        """
        return self._offset(address, self.loads(executable=True), "executable code")

    def file_offset(self, address: int) -> int:
        """
        Return the file offset of any loaded address.

        Raises:
            BinaryError: no segment has file bytes there.
        """
        loads = (s for s in self.segments if not s.note)
        return self._offset(address, loads, "the file")

    def address(self, file_offset: int) -> int | None:
        """Return the address a file offset is loaded at; None when it is not loaded."""
        for s in self.segments:
            if not s.note and 0 <= file_offset - s.file_offset < s.file_size:
                return file_offset - s.file_offset + s.address
        return None

    def code(self, address: int, size: int) -> bytes:
        """
        Return `size` bytes of executable code.

        Raises:
            BinaryError: they are not all in one executable segment.
        """
        for s in self.loads(executable=True):
            start = address - s.address
            if min(start, size) >= 0 and start + size <= s.file_size:
                return self.data.read(s.file_offset + start, size)
        raise BinaryError(
            self.path, f"{size} bytes at {address:#x} are not in one executable segment"
        )

    def note(self, owner: bytes, kind: int) -> bytes:
        """
        Return the descriptor of the first note of this owner and type; empty when none.

        PT_NOTE segments are searched as well as SHT_NOTE sections: sections may be
        stripped, and a linker script may leave a section out of every segment.
        """
        for s in self.segments:
            if s.note:
                found = self._note_in(s.file_offset, s.file_size, s.align, owner, kind)
                if found:
                    return found
        for section in self.sections:
            if section.note:
                found = self._note_in(section.file_offset, section.file_size, 4, owner, kind)
                if found:
                    return found
        return b""

    def _offset(self, address: int, segments: Iterator[Segment], what: str) -> int:
        for s in segments:
            if 0 <= address - s.address < s.file_size:
                return address - s.address + s.file_offset
        raise BinaryError(self.path, f"address {address:#x} is not in {what}")

    def _note_in(self, at: int, size: int, align: int, owner: bytes, kind: int) -> bytes:
        mask = 7 if align == 8 else 3
        data = self.data.read(at, min(size, _MAX_NOTES))
        at = 0
        while at + 12 <= len(data):
            name_size, desc_size, note_kind = struct.unpack_from("<III", data, at)
            name_at = at + 12
            desc_at = name_at + (name_size + mask & ~mask)
            if desc_at + desc_size > len(data):
                break
            if note_kind == kind and data[name_at : name_at + name_size] == owner:
                return data[desc_at : desc_at + desc_size]
            at = desc_at + (desc_size + mask & ~mask)
        return b""


def load(path: Path) -> Image:
    """
    Open an executable and read its tables.

    Raises:
        BinaryError: no such file, a directory, not ELF, truncated or contradicting itself.
        UnsupportedError: ELF, but 32-bit, big-endian, or of another machine.
    """
    data = contents.of(path)
    context = data.path
    if not data.size:
        raise BinaryError(context, "the file is empty, expected a Go program")
    begin = data.read(0, min(_HEADER.size, data.size))
    if begin[:4] != b"\x7fELF":
        raise BinaryError(context, "not an ELF file, expected a Go program for Linux")
    if len(begin) < _HEADER.size:
        raise BinaryError(context, "truncated: the ELF header is incomplete")
    if begin[4] != 2:
        raise UnsupportedError(context, "not a 64-bit program; gogen knows amd64 and arm64")
    if begin[5] != 1:
        raise UnsupportedError(context, "big-endian; gogen knows amd64 and arm64")
    header = _Header._make(_HEADER.unpack(begin))
    machine = _MACHINES.get(header.machine)
    if machine is None:
        name = _OTHERS.get(header.machine, f"number {header.machine}")
        raise UnsupportedError(context, f"made for machine {name}; gogen knows amd64 and arm64")
    if header.kind not in (_ET_EXEC, _ET_DYN):
        what = _NO_PROGRAMS.get(header.kind, f"an ELF file of type {header.kind}")
        raise BinaryError(context, f"{what}, expected a program")
    # Segments first: what is loaded says more about a truncated file than a section does.
    segments = tuple(_segments(data, header))
    return Image(
        path=context,
        name=path.name,
        machine=machine,
        position_independent=header.kind == _ET_DYN,
        sections=tuple(_sections(data, header)),
        segments=segments,
        data=data,
    )


class _Header(NamedTuple):
    """Elf64_Ehdr, as far as it is used."""

    kind: int
    machine: int
    phoff: int
    shoff: int
    phentsize: int
    phnum: int
    shentsize: int
    shnum: int
    shstrndx: int


def _table(data: Contents, what: str, *, at: int, count: int, size: int) -> bytes:
    """Read a header table, all of it inside the file."""
    if count > _MAX_HEADERS:
        raise BinaryError(data.path, f"the ELF header claims {count} {what}s")
    if count and (at < _HEADER.size or at + count * size > data.size):
        raise BinaryError(data.path, f"truncated: the {what} table lies outside the file")
    return data.read(at, count * size) if count else b""


def _inside(data: Contents, what: str, at: int, size: int) -> None:
    if at + size > data.size:
        raise BinaryError(
            data.path, f"truncated: {what} ends at byte {at + size:#x}, the file at {data.size:#x}"
        )


def _segments(data: Contents, header: _Header) -> Iterator[Segment]:
    if header.phnum and header.phentsize != _PHDR.size:
        raise BinaryError(data.path, f"program headers of {header.phentsize} bytes, expected 56")
    table = _table(data, "program header", at=header.phoff, count=header.phnum, size=_PHDR.size)
    for index, row in enumerate(_PHDR.iter_unpack(table)):
        kind, flags, file_offset, address, file_size, align = row
        if kind not in (_PT_LOAD, _PT_NOTE):
            continue
        _inside(data, f"segment {index}", file_offset, file_size)
        yield Segment(
            note=kind == _PT_NOTE,
            flags=flags,
            address=address,
            file_offset=file_offset,
            file_size=file_size,
            align=align,
        )


def _sections(data: Contents, header: _Header) -> Iterator[Section]:
    count = header.shnum if header.shoff else 0
    if count and header.shentsize != _SHDR.size:
        raise BinaryError(data.path, f"section headers of {header.shentsize} bytes, expected 64")
    table = _table(data, "section header", at=header.shoff, count=count, size=_SHDR.size)
    rows = list(_SHDR.iter_unpack(table))
    names = b""
    if header.shstrndx < len(rows):
        *_, at, size = rows[header.shstrndx]
        names = data.read(at, min(size, _MAX_NAMES, data.size - at)) if at < data.size else b""
    for index, (name_at, kind, flags, address, file_offset, size) in enumerate(rows):
        in_file = 0 if kind in (_SHT_NOBITS, _SHT_NULL) else size
        name = _section_name(names, name_at)
        what = f"section {index} {name}".rstrip()
        _inside(data, what, file_offset if in_file else 0, in_file)
        yield Section(
            name=name,
            note=kind == _SHT_NOTE,
            address=address,
            file_offset=file_offset,
            file_size=in_file,
            compressed=bool(flags & _SHF_COMPRESSED),
        )


def _section_name(names: bytes, at: int) -> str:
    end = names.find(b"\0", at, at + _MAX_NAME)
    name = names[at:end].decode("latin-1") if end >= 0 else ""
    return name if name.isascii() and name.isprintable() else ""
