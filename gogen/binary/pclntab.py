# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Read Go's own function table, which survives stripping.

In:   Image
Out:  Pclntab: every function's address, end, name, argument size and flags, and where
      the tables are that inlining.py and lines.py read

Upstream: Go's runtime/symtab.go, types pcHeader, functab and _func, of Go 1.18 (magic
0xfffffff0) and Go 1.20 (0xfffffff1).
The one convention: a function ends where the next one begins, padding included.
Where the table is, and what its text addresses are relative to, is checked against
moduledata (moduledata.py) when the header does not say.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from dataclasses import dataclass, field
from operator import le
from typing import TYPE_CHECKING

from gogen.binary import moduledata
from gogen.binary.model import Machine
from gogen.errors import BinaryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gogen.binary.image import Image

SECTIONS = (".gopclntab", ".data.rel.ro.gopclntab")

FLAG_ASM = 4
"""funcFlagAsm: the function was written in assembly."""

_HEADER = struct.Struct("<IHBB8Q")
_MAGICS = {0xFFFFFFF0: 0, 0xFFFFFFF1: 4}
"""Magic to the size of what Go 1.20 added to _func before funcID: startLine."""
_MIN_LC = {Machine.AMD64: 1, Machine.ARM64: 4}
_FUNC = struct.Struct("<Iii")
_FUNC_SIZE = 36  # to funcID, without startLine
_MAX_NAME = 1 << 16
_MAX_TYPED = 500
_MAX_OFFERED = 500_000
"""Bounds what a table of millions of overlapping names costs when names are offered."""
_MAX_CANDIDATES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Func:
    """
    One entry.

    Attributes:
        name: as the linker wrote it, unprintable characters escaped; Go 1.19 shortens type
            arguments to `[...]`.
        address, end: end is the next function's address.
        args: `_func.args`: bytes of stack arguments, stack results and spill area.
        assembly: funcFlagAsm.
        func_id: `_func.funcID`: which kind of function; the numbers differ by Go version.
    """

    name: str
    address: int
    end: int
    args: int
    assembly: bool
    func_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pclntab:
    """
    The table, found and checked.

    Attributes:
        start: file offset where the table begins.
        text: what entry offsets are relative to: runtime.text.
        entries: entry offsets, ascending; one more than there are functions.
        funcs: for each function, the file offset of its _func.
        names: file offsets of the function names: start, end.
        units, files, values: as `names`, of cutab, filetab and pctab.
        end: file offset where the table ends at the latest.
        flag_at: of `_func.flag`, after the start of its _func; funcID is the byte before.
        quantum: bytes that a step of a pctab table counts in.
    """

    path: str
    start: int
    text: int
    entries: tuple[int, ...] = field(repr=False)
    funcs: tuple[int, ...] = field(repr=False)
    names: tuple[int, int]
    units: tuple[int, int]
    files: tuple[int, int]
    values: tuple[int, int]
    end: int
    flag_at: int
    quantum: int
    data: bytes = field(repr=False)

    def at(self, address: int) -> Func | None:
        """Return the function that begins at an address."""
        index = bisect_right(self.entries, address - self.text, hi=len(self.funcs)) - 1
        if index < 0 or self.entries[index] != address - self.text:
            return None
        return self.function(index)

    def holding(self, address: int) -> Func | None:
        """Return the function whose code holds an address."""
        offset = address - self.text
        index = bisect_right(self.entries, offset, hi=len(self.funcs)) - 1
        return None if index < 0 or offset >= self.entries[index + 1] else self.function(index)

    def named(self, name: str) -> tuple[Func, ...]:
        """Return every function of this name, by address."""
        wanted = set(self._name_offsets(name.encode("utf-8", "backslashreplace")))
        if not wanted:
            return ()
        base = self.names[0]
        offsets = (base + _FUNC.unpack_from(self.data, at)[1] for at in self.funcs)
        return tuple(self.function(index) for index, at in enumerate(offsets) if at in wanted)

    def all(self) -> Iterator[Func]:
        """Yield every function, by address."""
        return map(self.function, range(len(self.funcs)))

    def all_names(self) -> Iterator[str]:
        """Yield the functions' names, by address, as far as a person would type them."""
        for at in self.funcs[:_MAX_OFFERED]:
            yield self.text_at(self.names, _FUNC.unpack_from(self.data, at)[1], longest=_MAX_TYPED)

    def function(self, index: int) -> Func:
        """Return a function by its place in the table."""
        at = self.funcs[index]
        _, name, args = _FUNC.unpack_from(self.data, at)
        return Func(
            name=self.text_at(self.names, name),
            address=self.text + self.entries[index],
            end=self.text + self.entries[index + 1],
            args=args,
            assembly=bool(self.data[at + self.flag_at] & FLAG_ASM),
            func_id=self.data[at + self.flag_at - 1],
        )

    def text_at(self, where: tuple[int, int], offset: int, *, longest: int = _MAX_NAME) -> str:
        """
        Return a string of `names` or `files`, unprintable characters escaped.

        Raises:
            BinaryError: an offset outside of them.
        """
        start, end = where
        at = start + offset
        if not start <= at < end:
            raise BinaryError(self.path, f"pclntab: no name at byte {at:#x}")
        stop = self.data.find(b"\0", at, min(end, at + longest))
        stop = min(end, at + longest) if stop < 0 else stop
        name = self.data[at:stop].decode("utf-8", "replace")
        # A name ends up in messages: no file may move a terminal's cursor through it.
        return name if name.isprintable() else name.encode("unicode_escape").decode()

    def _name_offsets(self, name: bytes) -> Iterator[int]:
        at, end = self.names
        while name and b"\0" not in name and (at := self.data.find(name + b"\0", at, end)) >= 0:
            yield at
            at += 1


def read(image: Image) -> Pclntab | None:
    """
    Find and check the table; None when there is none.

    Raises:
        BinaryError: a table that contradicts itself, or whose base cannot be found.
    """
    section = image.section(*SECTIONS)
    if section is not None:
        table = _parse(image, section.file_offset, section.file_offset + section.file_size)
        if table is None:
            raise BinaryError(image.path, f'section "{section.name}" holds no pclntab')
        return table
    refused = None
    for at, end in _candidates(image):
        try:
            table = _parse(image, at, end)
        except BinaryError as error:
            refused = error
        else:
            if table is not None:
                return table
    if refused is not None:
        raise refused
    return None


def _candidates(image: Image) -> Iterator[tuple[int, int]]:
    """Yield where a header may be: an external linker merges the table into .data.rel.ro."""
    left = _MAX_CANDIDATES
    tails = [
        struct.pack("<IHBB", magic, 0, _MIN_LC[image.machine], 8)
        for magic in sorted(_MAGICS, reverse=True)
    ]
    for segment in image.loads(executable=False):
        end = segment.file_offset + segment.file_size
        for tail in tails:
            at = segment.file_offset
            while left and (at := image.data.find(tail, at, end)) >= 0:
                if (at - segment.file_offset + segment.address) % 8 == 0:
                    yield at, end
                    left -= 1
                at += 8


def _parse(image: Image, at: int, end: int) -> Pclntab | None:
    """Check everything a reader relies on; None when this is not a table."""
    if at + _HEADER.size > end:
        return None
    magic, pad, min_lc, pointer_size, *words = _HEADER.unpack_from(image.data, at)
    count, _files, text, names, cus, filetab, pctab, functab = words
    startline = _MAGICS.get(magic)
    known = startline is not None and (pad, min_lc, pointer_size) == (0, _MIN_LC[image.machine], 8)
    if startline is None or not known or not 0 < names < cus <= end - at:
        return None
    base = at + functab
    if not 0 < count <= (end - at) // 8 or base + 8 * count + 4 > end:
        return None
    table = struct.unpack_from(f"<{2 * count + 1}I", image.data, base)
    entries = table[::2]
    if not all(map(le, entries, entries[1:])):
        raise BinaryError(image.path, "pclntab: the functions are not in order of address")
    flag_at = _FUNC_SIZE + startline + 1
    if base + max(table[1::2]) + flag_at >= end:
        raise BinaryError(image.path, "pclntab: a function's entry lies outside the table")
    return Pclntab(
        path=image.path,
        start=at,
        text=moduledata.text(image, pclntab=at, header_text=text, entries=entries),
        entries=entries,
        funcs=tuple([base + offset for offset in table[1::2]]),
        names=(at + names, at + cus),
        units=(at + cus, min(at + filetab, end)),
        files=(at + filetab, min(at + pctab, end)),
        values=(at + pctab, min(base, end)),
        end=end,
        flag_at=flag_at,
        quantum=min_lc,
        data=image.data,
    )
