# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Damage a Go binary in ways that a reader of it might fall for.

In:   a file's bytes, the name of a mutator, a seed
Out:  other bytes; equal input gives equal output, so a finding is named by these three

Most of the damage goes where the readers look: headers, pclntab, moduledata, DWARF.
"""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

INTERESTING = (
    *(0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000),
    *(0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFE, 1 << 32, 1 << 40, 1 << 47),
    *((1 << 63) - 1, 1 << 63, (1 << 64) - 1, (1 << 64) - 8),
)
WIDTHS = {1: "<B", 2: "<H", 4: "<I", 8: "<Q"}


@dataclass(frozen=True, slots=True)
class Section:
    """One section: where its header is, what it is called, where its bytes are."""

    header: int
    name: str
    at: int
    size: int


def sections(data: bytes) -> tuple[Section, ...]:
    """Read the section headers of a file that is whole."""
    table = struct.unpack_from("<Q", data, 0x28)[0]
    size, count, names = struct.unpack_from("<HHH", data, 0x3A)
    rows = [struct.unpack_from("<IIQQQQ", data, table + i * size) for i in range(count)]
    text = rows[names][4]
    found = []
    for i, row in enumerate(rows):
        start = text + row[0]
        name = data[start : data.index(b"\0", start)].decode()
        bytes_in_file = 0 if row[1] == 8 else row[5]
        found.append(Section(table + i * size, name, row[4], bytes_in_file))
    return tuple(found)


class Mutation:
    """One file on its way to damage."""

    def __init__(self, data: bytes, seed: str) -> None:
        self.data = bytearray(data)
        self.random = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
        self.sections = [s for s in sections(data) if s.size and s.name]

    def section(self, *prefixes: str) -> Section:
        fitting = [s for s in self.sections if s.name.startswith(prefixes)]
        return self.random.choice(fitting or self.sections)

    def put(self, at: int, width: int) -> None:
        """Overwrite a number by one that readers get wrong, or by one near the old."""
        old = int.from_bytes(self.data[at : at + width], "little")
        near = old + self.random.choice((-8, -1, 1, 8))
        size = len(self.data)
        lies = (*INTERESTING, near, size, size - 1, size + 1, self.random.getrandbits(64))
        value = self.random.choice(lies) & ((1 << 8 * width) - 1)
        self.data[at : at + width] = value.to_bytes(width, "little")

    def put_in(self, section: Section, *, begin: int = 0) -> None:
        width = self.random.choice(tuple(WIDTHS))
        room = (begin or section.size) - width
        if room > 0:
            at = section.at + self.random.randrange(room)
            self.put(at - at % width if self.random.random() < 0.7 else at, width)


def flip(m: Mutation) -> None:
    """Some bits, anywhere."""
    for _ in range(m.random.choice((1, 8, 64, 512))):
        m.data[m.random.randrange(len(m.data))] ^= 1 << m.random.randrange(8)


def truncate(m: Mutation) -> None:
    """The end is missing, often at a section's edge."""
    section = m.section()
    ends = (m.random.randrange(len(m.data)), section.at, section.at + section.size - 1, 64, 200)
    del m.data[m.random.choice(ends) :]


def elf(m: Mutation) -> None:
    """Lying headers of the file, its segments and sections."""
    for _ in range(m.random.choice((1, 2, 8))):
        width = m.random.choice((2, 4, 8))
        place = m.random.choice(("file", "segments", "sections"))
        if place == "file":
            at = m.random.randrange(16, 64 - width)
        elif place == "segments":
            at = 64 + m.random.randrange(56 * 8)
        else:
            at = m.section().header + m.random.randrange(64 - width)
        m.put(at - at % width, width)


def tables(m: Mutation) -> None:
    """Lying numbers in pclntab, moduledata, build info, notes and symbols."""
    names = (".gopclntab", ".data.rel.ro", ".go.module", ".noptrdata", ".data", ".go.buildinfo")
    section = m.section(*names, ".note", ".symtab", ".strtab", ".rodata", ".rela")
    for _ in range(m.random.choice((1, 4, 32))):
        m.put_in(section, begin=m.random.choice((0, 96, 4096)))


def dwarf(m: Mutation) -> None:
    """Lying numbers anywhere in DWARF."""
    section = m.section(".debug_", ".zdebug_")
    for _ in range(m.random.choice((1, 4, 32, 256))):
        m.put_in(section, begin=m.random.choice((0, 0, 64, 4096)))


def cycles(m: Mutation) -> None:
    """References of DWARF that lead to other places, or back to where they are."""
    section = m.section(".debug_info")
    end = section.at + section.size - 4
    refs = []
    for _ in range(4000):
        at = m.random.randrange(section.at, end)
        value = struct.unpack_from("<I", m.data, at)[0]
        if 0 < value < section.size:
            refs.append((at, value))
    for at, _ in refs[: m.random.choice((1, 16, 1000))]:
        _, other = m.random.choice(refs)
        target = m.random.choice((other, at - section.at, m.random.randrange(section.size)))
        struct.pack_into("<I", m.data, at, target)


def endless(m: Mutation) -> None:
    """Numbers of variable length that do not end, or are huge."""
    section = m.section(".debug_abbrev", ".debug_info", ".gopclntab", ".debug_line")
    for _ in range(m.random.choice((1, 16, 256))):
        at = section.at + m.random.randrange(section.size)
        count = min(m.random.choice((1, 5, 10, 12)), len(m.data) - at)
        m.data[at : at + count] = m.random.choice((b"\xff", b"\x80")) * count


def move(m: Mutation) -> None:
    """Bytes of one place at another: valid by themselves, wrong there."""
    source, target = m.section(), m.section()
    count = min(m.random.choice((8, 64, 4096)), source.size, target.size)
    begin = source.at + m.random.randrange(source.size - count + 1)
    at = target.at + m.random.randrange(target.size - count + 1)
    m.data[at : at + count] = m.data[begin : begin + count]


def swap(m: Mutation) -> None:
    """A section with the bytes, or the name, of another."""
    one, other = m.section().header, m.section().header
    begin, end = m.random.choice(((0, 4), (4, 8), (16, 40), (0, 64)))
    kept = bytes(m.data[one + begin : one + end])
    m.data[one + begin : one + end] = m.data[other + begin : other + end]
    m.data[other + begin : other + end] = kept


def wipe(m: Mutation) -> None:
    """A stretch of zeros, or of anything."""
    section = m.section()
    count = min(m.random.choice((4, 64, 4096)), section.size)
    at = section.at + m.random.randrange(section.size - count + 1)
    m.data[at : at + count] = bytes(count) if m.random.random() < 0.5 else m.random.randbytes(count)


MUTATORS: dict[str, Callable[[Mutation], None]] = {
    each.__name__: each
    for each in (flip, truncate, elf, tables, dwarf, cycles, endless, move, swap, wipe)
}


def mutate(data: bytes, mutator: str, seed: str) -> bytes:
    """Damage a file; raises nothing for one that is whole."""
    mutation = Mutation(data, f"{mutator} {seed}")
    MUTATORS[mutator](mutation)
    return bytes(mutation.data)
