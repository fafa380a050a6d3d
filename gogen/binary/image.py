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
from io import BytesIO
from typing import TYPE_CHECKING

from elftools.common.exceptions import ELFError  # noqa: TID251 - this is the one reader
from elftools.common.utils import struct_parse  # noqa: TID251 - as above
from elftools.construct import ConstructError  # noqa: TID251 - as above
from elftools.elf.elffile import ELFFile  # noqa: TID251 - as above

from gogen.binary.model import Machine
from gogen.errors import BinaryError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MACHINES = {"EM_X86_64": Machine.AMD64, "EM_AARCH64": Machine.ARM64}
EXECUTABLE = 0x1
"""PF_X of a segment's flags."""

_SHF_COMPRESSED = 0x800
_HEADER_SIZE = 64
_SHDR_SIZE = 64
_PHDR_SIZE = 56
_MAX_HEADERS = 10_000  # a Go program has about 40 sections; more is a lie or an object file
_MAX_SIZE = 4 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section header; `file_size` is 0 for SHT_NOBITS, `compressed` is SHF_COMPRESSED."""

    name: str
    kind: str
    address: int
    file_offset: int
    file_size: int
    compressed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One program header; `kind` is PT_LOAD or PT_NOTE, `flags` are PF_X and so on."""

    kind: str
    flags: int
    address: int
    file_offset: int
    file_size: int
    align: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """
    An ELF64 little-endian executable in memory.

    Attributes:
        path: as the user wrote it; the context of every error.
        data: the whole file.
        position_independent: ET_DYN.
        sections, segments: in file order; segments are PT_LOAD and PT_NOTE only.
    """

    path: str
    name: str
    machine: Machine
    position_independent: bool
    sections: tuple[Section, ...]
    segments: tuple[Segment, ...]
    data: bytes = field(repr=False)

    def section(self, *names: str) -> Section | None:
        """Return the first section that has one of these names and bytes in the file."""
        return next((s for s in self.sections if s.name in names and s.file_size), None)

    def loads(self, *, executable: bool) -> Iterator[Segment]:
        """Yield the PT_LOAD segments that are, or are not, executable."""
        for segment in self.segments:
            if segment.kind == "PT_LOAD" and bool(segment.flags & EXECUTABLE) == executable:
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
        loads = (s for s in self.segments if s.kind == "PT_LOAD")
        return self._offset(address, loads, "the file")

    def address(self, file_offset: int) -> int | None:
        """Return the address a file offset is loaded at; None when it is not loaded."""
        for s in self.segments:
            if s.kind == "PT_LOAD" and 0 <= file_offset - s.file_offset < s.file_size:
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
                return self.data[s.file_offset + start : s.file_offset + start + size]
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
            if s.kind == "PT_NOTE":
                found = self._note_in(s.file_offset, s.file_size, s.align, owner, kind)
                if found:
                    return found
        for section in self.sections:
            if section.kind == "SHT_NOTE":
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
        end = at + size
        while at + 12 <= end:
            name_size, desc_size, note_kind = struct.unpack_from("<III", self.data, at)
            name_at = at + 12
            desc_at = name_at + (name_size + mask & ~mask)
            if desc_at + desc_size > end:
                break
            if note_kind == kind and self.data[name_at : name_at + name_size] == owner:
                return self.data[desc_at : desc_at + desc_size]
            at = desc_at + (desc_size + mask & ~mask)
        return b""


def load(path: Path) -> Image:
    """
    Read an executable.

    Raises:
        BinaryError: no such file, a directory, not ELF, truncated or contradicting itself.
        UnsupportedError: ELF, but 32-bit, big-endian, or of another machine.
    """
    data = _read(path)
    context = str(path)
    try:
        return _parse(context, path.name, data)
    except (ELFError, ConstructError, struct.error, ValueError, KeyError, UnicodeError) as error:
        raise BinaryError(context, f"not a well-formed ELF file ({error})") from error


def _read(path: Path) -> bytes:
    context = str(path)
    try:
        if path.is_dir():
            raise BinaryError(context, "a directory, expected a Go program")
        if path.exists() and not path.is_file():
            raise BinaryError(context, "not a regular file, expected a Go program")
        if path.stat().st_size > _MAX_SIZE:
            raise UnsupportedError(context, "larger than 4 GiB")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise BinaryError(context, f"cannot be read: {reason.lower()}") from error


def _parse(context: str, name: str, data: bytes) -> Image:
    if not data:
        raise BinaryError(context, "the file is empty, expected a Go program")
    if data[:4] != b"\x7fELF":
        raise BinaryError(context, "not an ELF file, expected a Go program for Linux")
    if len(data) < _HEADER_SIZE:
        raise BinaryError(context, "truncated: the ELF header is incomplete")
    if data[4] != 2:
        raise UnsupportedError(context, "not a 64-bit program; gogen knows amd64 and arm64")
    if data[5] != 1:
        raise UnsupportedError(context, "big-endian; gogen knows amd64 and arm64")
    elf = ELFFile(BytesIO(data))
    machine = MACHINES.get(elf["e_machine"])
    if machine is None:
        raise UnsupportedError(
            context, f"made for machine {elf['e_machine']}; gogen knows amd64 and arm64"
        )
    if elf["e_type"] not in ("ET_EXEC", "ET_DYN"):
        raise BinaryError(context, f"an ELF file of type {elf['e_type']}, expected a program")
    # Segments first: what is loaded says more about a truncated file than a section does.
    segments = tuple(_segments(context, elf, data))
    return Image(
        path=context,
        name=name,
        machine=machine,
        position_independent=elf["e_type"] == "ET_DYN",
        sections=tuple(_sections(context, elf, data)),
        segments=segments,
        data=data,
    )


def _table(context: str, what: str, *, at: int, count: int, size: int, length: int) -> range:
    """Return the positions of a header table's entries, all inside the file."""
    if count > _MAX_HEADERS:
        raise BinaryError(context, f"the ELF header claims {count} {what}s")
    if count and (at < _HEADER_SIZE or at + count * size > length):
        raise BinaryError(context, f"truncated: the {what} table lies outside the file")
    return range(at, at + count * size, size)


def _inside(context: str, what: str, at: int, size: int, length: int) -> None:
    if at + size > length:
        raise BinaryError(
            context, f"truncated: {what} ends at byte {at + size:#x}, the file at {length:#x}"
        )


def _segments(context: str, elf: ELFFile, data: bytes) -> Iterator[Segment]:
    count = elf["e_phnum"]
    if count and elf["e_phentsize"] != _PHDR_SIZE:
        raise BinaryError(context, f"program headers of {elf['e_phentsize']} bytes, expected 56")
    table = _table(
        context,
        "program header",
        at=elf["e_phoff"],
        count=count,
        size=_PHDR_SIZE,
        length=len(data),
    )
    for index, at in enumerate(table):
        header = struct_parse(elf.structs.Elf_Phdr, elf.stream, at)
        if header["p_type"] not in ("PT_LOAD", "PT_NOTE"):
            continue
        what = f"segment {index}"
        _inside(context, what, header["p_offset"], header["p_filesz"], len(data))
        yield Segment(
            kind=header["p_type"],
            flags=header["p_flags"],
            address=header["p_vaddr"],
            file_offset=header["p_offset"],
            file_size=header["p_filesz"],
            align=header["p_align"],
        )


def _sections(context: str, elf: ELFFile, data: bytes) -> Iterator[Section]:
    count = elf["e_shnum"] if elf["e_shoff"] else 0
    if count and elf["e_shentsize"] != _SHDR_SIZE:
        raise BinaryError(context, f"section headers of {elf['e_shentsize']} bytes, expected 64")
    table = _table(
        context,
        "section header",
        at=elf["e_shoff"],
        count=count,
        size=_SHDR_SIZE,
        length=len(data),
    )
    headers = [struct_parse(elf.structs.Elf_Shdr, elf.stream, at) for at in table]
    names = headers[elf["e_shstrndx"]] if elf["e_shstrndx"] < len(headers) else None
    for index, header in enumerate(headers):
        kind = header["sh_type"]
        size = 0 if kind in ("SHT_NOBITS", "SHT_NULL") else header["sh_size"]
        name = _section_name(data, names, header["sh_name"])
        what = f"section {index} {name}".rstrip()
        _inside(context, what, header["sh_offset"] if size else 0, size, len(data))
        yield Section(
            name=name,
            kind=str(kind),
            address=header["sh_addr"],
            file_offset=header["sh_offset"],
            file_size=size,
            compressed=bool(header["sh_flags"] & _SHF_COMPRESSED),
        )


def _section_name(data: bytes, names: dict[str, int] | None, at: int) -> str:
    if names is None or at >= names["sh_size"]:
        return ""
    start = names["sh_offset"] + at
    end = data.find(b"\0", start, start + 256)
    name = data[start:end].decode("latin-1") if end >= 0 else ""
    return name if name.isascii() and name.isprintable() else ""
