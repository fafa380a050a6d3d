# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Read Go's own function table, which survives stripping.

In:   Image
Out:  Pclntab: every function's address, end, name, argument size and flags, and where
      the tables are that inlining.py and lines.py read

Upstream: Go's runtime/symtab.go, types pcHeader, functab and _func, of Go 1.18 (magic
0xfffffff0) and Go 1.20 (0xfffffff1).
The one convention: a function ends where the next one begins, padding included. Positions
in the table count from its header.
Where the table is, and what its text addresses are relative to, is checked against
moduledata (moduledata.py) when the header does not say.
"""

from __future__ import annotations

import struct
import sys
from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from itertools import islice
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
_NAME = struct.Struct("<4xi")
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
        file_offset: of its header.
        text: what entry offsets are relative to: runtime.text.
        entries: entry offsets, ascending; one more than there are functions.
        funcs: for each function, where its _func is, after `functab`.
        functab: where the functab is, and ends what `values` is.
        names: where the function names are: start, end.
        units, files, values: as `names`, of cutab, filetab and pctab.
        flag_at: of `_func.flag`, after the start of its _func; funcID is the byte before.
        quantum: bytes that a step of a pctab table counts in.
        data: from the header to where the table ends at the latest.
    """

    path: str
    file_offset: int
    text: int
    entries: array[int] = field(repr=False)
    funcs: array[int] = field(repr=False)
    functab: int
    names: tuple[int, int]
    units: tuple[int, int]
    files: tuple[int, int]
    values: tuple[int, int]
    flag_at: int
    quantum: int
    data: bytes = field(repr=False)

    def at(self, address: int) -> Func | None:
        """Return the function that begins at an address."""
        index = self.index(address)
        if index < 0 or self.entries[index] != address - self.text:
            return None
        return self.function(index)

    def index(self, address: int) -> int:
        """Return the place in the table of the function that begins at an address."""
        return bisect_right(self.entries, address - self.text, hi=len(self.funcs)) - 1

    def name_at(self, address: int) -> int:
        """Return where among `names` the name of the function is that begins at an address."""
        return int(_NAME.unpack_from(self.data, self.functab + self.funcs[self.index(address)])[0])

    def holding(self, address: int) -> Func | None:
        """Return the function whose code holds an address."""
        offset = address - self.text
        index = bisect_right(self.entries, offset, hi=len(self.funcs)) - 1
        return None if index < 0 or offset >= self.entries[index + 1] else self.function(index)

    def named(self, name: str) -> tuple[Func, ...]:
        """Return every function of this name, by address."""
        found = {index for at in self.name_offsets(name) for index in self._with_name(at)}
        return tuple(map(self.function, sorted(found)))

    def _with_name(self, name: int) -> Iterator[int]:
        """Yield the place of each function whose name is there, by searching for the number."""
        needle, at = struct.pack("<I", name), self.functab - 1
        while (at := self.data.find(needle, at + 1)) >= 0:
            place = at - 4 - self.functab
            index = bisect_left(self.funcs, place)
            while index < len(self.funcs) and self.funcs[index] == place:
                yield index
                index += 1

    def beginning(self, begun: str) -> Iterator[str]:
        """Yield the names of functions that begin like this and are not assembly."""
        start, end = self.names
        needle = b"\0" + begun.encode("utf-8", "backslashreplace")
        wanted: set[int] = set()
        at = start - 2
        while (at := self.data.find(needle, at + 1, end)) >= 0:
            wanted.add(at + 1 - start)
        row = struct.Struct(f"<4xi{self.flag_at - 8}xB")
        for offset in self.funcs:
            name, flag = row.unpack_from(self.data, self.functab + offset)
            if name in wanted and not flag & FLAG_ASM:
                yield self.text_at(self.names, name, longest=_MAX_TYPED)

    def name_offsets(self, name: str) -> set[int]:
        """Return where a name is among `names`; also where it ends a longer one."""
        needle = name.encode("utf-8", "backslashreplace") + b"\0"
        found: set[int] = set()
        if len(needle) == 1 or needle.count(b"\0") > 1:
            return found
        start, end = self.names
        at = start - 1
        while (at := self.data.find(needle, at + 1, end)) >= 0:
            found.add(at - start)
        return found

    def all(self) -> Iterator[Func]:
        """Yield every function, by address."""
        return map(self.function, range(len(self.funcs)))

    @property
    def shortens(self) -> bool:
        """Tell whether names have `[...]` for type arguments, as Go 1.18 and 1.19 write them."""
        return self.flag_at == _FUNC_SIZE + 1

    def rows(self) -> Iterator[tuple[int, int, int, str, bool, int]]:
        """
        Yield of every function, by address: offsets from `text` of its start and end, where
        its name is among `names`, the name, whether it is assembly, its funcID.
        """
        row = struct.Struct(f"<4xi{self.flag_at - 9}xBB")
        data, functab, (first, last) = self.data, self.functab, self.names
        for at, start, end in zip(self.funcs, self.entries[:-1], self.entries[1:], strict=True):
            name, func_id, flag = row.unpack_from(data, functab + at)
            where = first + name
            stop = data.find(b"\0", where, where + _MAX_TYPED)
            whole = name >= 0 and where < stop < last
            text = data[where:stop].decode("utf-8", "replace") if whole else ""
            if not text or not text.isprintable():
                text = self.text_at(self.names, name)
            yield start, end, name, text, bool(flag & FLAG_ASM), func_id

    def all_names(self) -> Iterator[str]:
        """Yield the functions' names, by address, as far as a person would type them."""
        for at in islice(self.funcs, _MAX_OFFERED):
            (name,) = _NAME.unpack_from(self.data, self.functab + at)
            yield self.text_at(self.names, name, longest=_MAX_TYPED)

    def function(self, index: int) -> Func:
        """Return a function by its place in the table."""
        at = self.functab + self.funcs[index]
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
            for at in image.data.occurrences(tail, segment.file_offset, end):
                if left and (at - segment.file_offset + segment.address) % 8 == 0:
                    yield at, end
                    left -= 1


def _parse(image: Image, at: int, end: int) -> Pclntab | None:
    """Check everything a reader relies on; None when this is not a table."""
    length = end - at
    if length < _HEADER.size:
        return None
    header = _HEADER.unpack(image.data.read(at, _HEADER.size))
    magic, pad, min_lc, pointer_size, count, _files, text, *places = header
    names, cus, filetab, pctab, functab = places
    startline = _MAGICS.get(magic)
    known = startline is not None and (pad, min_lc, pointer_size) == (0, _MIN_LC[image.machine], 8)
    if startline is None or not known or not 0 < names < cus <= length:
        return None
    if not 0 < count <= length // 8 or functab + 8 * count + 4 > length:
        return None
    data = image.data.read(at, length)
    table = array("I", data[functab : functab + 8 * count + 4])
    if sys.byteorder == "big":
        table.byteswap()
    entries, funcs = table[::2], table[1::2]
    if not all(map(le, entries, islice(entries, 1, None))):
        raise BinaryError(image.path, "pclntab: the functions are not in order of address")
    if not all(map(le, funcs, islice(funcs, 1, None))):
        raise BinaryError(image.path, "pclntab: the functions' entries are not in order")
    flag_at = _FUNC_SIZE + startline + 1
    if functab + max(funcs) + flag_at >= length:
        raise BinaryError(image.path, "pclntab: a function's entry lies outside the table")
    return Pclntab(
        path=image.path,
        file_offset=at,
        text=moduledata.text(image, pclntab=at, header_text=text, entries=entries),
        entries=entries,
        funcs=funcs,
        functab=functab,
        names=(names, cus),
        units=(cus, min(filetab, length)),
        files=(filetab, min(pctab, length)),
        values=(pctab, functab),
        flag_at=flag_at,
        quantum=min_lc,
        data=data,
    )
