# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Tell which calls the compiler replaced by the body of what they call.

In:   Image, Pclntab
Out:  Inlining: how many calls of each function, and where each was

Upstream: Go's type inlinedCall, the rows of a function's inline tree, in Go 1.18 and 1.19
runtime/symtab.go, since Go 1.20 (whose pclntab has a magic of its own) in
runtime/symtabinl.go, with func newInlineUnwinder and next; runtime/symtab.go, func
funcdata and type moduledata, field gofunc; PCDATA_InlTreeIndex and FUNCDATA_InlTree of
runtime/funcdata.h. Read in Go 1.19, 1.21, 1.22, 1.23, 1.24, 1.25, 1.26 and 1.27.
The one convention: nothing says how long a tree is, but the linker packs what funcdata
refers to without gaps, so a tree reaches to whatever begins after it.
"""

from __future__ import annotations

import struct
import sys
from array import array
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gogen.binary import lines, moduledata
from gogen.binary.model import InlinedCall
from gogen.errors import BinaryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from gogen.binary.image import Image
    from gogen.binary.pclntab import Pclntab

_NOT_A_COUNT = 0x1000
"""What is smaller is no address, but Go 1.26's count of text sections."""

_U32 = struct.Struct("<I")
_NPCDATA_AT = 28
_ARRAYS = 3  # after funcFlag: pcdata, then funcdata
_TREE_INDEX = 2
_TREE = 3
_NONE = 0xFFFFFFFF
_LAST = 1 << 20
"""Bytes of the tree that is the last of all; Go's largest have some ten thousand."""
_MAX_SEARCHED = 64 << 20


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a Go version writes inlinedCall, in words, and where moduledata may have gofunc."""

    flag_at: int
    gofunc: tuple[int, ...]
    words: int
    name: int
    counts: struct.Struct
    """npcdata and nfuncdata of a _func."""


_LAYOUTS = (
    # parent and funcID, file, line, func_, parentPc
    _Layout(37, (304,), 5, 3, struct.Struct("<28xI7xB")),
    # funcID, nameOff, parentPc, startLine; Go 1.27's moduledata has three words more
    _Layout(41, (344, 320), 4, 1, struct.Struct("<28xI11xB")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inlining:
    """
    What was inlined.

    Attributes:
        counts: of each function that was inlined, how many calls; functions by the place of
            their name in pclntab.
        rows: of all inline trees, one after the other.
        firsts: which row each tree begins with.
        owners: which function each tree belongs to, by its place in pclntab.
    """

    table: Pclntab = field(repr=False)
    layout: _Layout = field(repr=False)
    counts: Mapping[int, int] = field(repr=False)
    rows: array[int] = field(repr=False)
    firsts: array[int] = field(repr=False)
    owners: array[int] = field(repr=False)

    def count(self, names: AbstractSet[int]) -> int:
        """Count the inlined calls of what has one of these names, each by its place."""
        return sum(self.counts.get(offset, 0) for offset in names)

    def calls(self, wanted: AbstractSet[int]) -> Iterator[InlinedCall]:
        """
        Yield each of these inlined calls, by the address of the code that holds it.

        Raises:
            BinaryError: tables that contradict themselves.
        """
        for number, offset in enumerate(self.rows[self.layout.name :: self.layout.words]):
            if offset in wanted:
                yield self._call(number)

    def _call(self, number: int) -> InlinedCall:
        words = self.layout.words
        row = self.rows[number * words : (number + 1) * words]
        index = self.owners[bisect_right(self.firsts, number) - 1]
        if self.layout is _LAYOUTS[0]:
            _, file_number, line, _, _ = row
            file = lines.file_name(self.table, index, _signed(file_number))
            line = _signed(line)
        else:
            file, line = lines.position(self.table, index, _signed(row[2]))
        return InlinedCall(caller=self.table.function(index).name, file=file, line=line)


def places(table: Pclntab, name: str) -> AbstractSet[int]:
    """Return where a name is among those of pclntab, and not only the end of another."""
    start, data = table.names[0], table.data
    return {at for at in table.name_offsets(name) if not at or not data[start + at - 1]}


def mentioned(image: Image, table: Pclntab, names: AbstractSet[int]) -> bool:
    """Tell whether one of these names may be in an inline tree, without reading the trees."""
    layout = next(each for each in _LAYOUTS if each.flag_at == table.flag_at)
    place = _gofunc(image, table, layout) if names else None
    if place is None:
        return False
    base, limit = place
    region = image.data.read(base, min(limit, _MAX_SEARCHED))
    return len(region) < limit or any(_U32.pack(at) in region for at in names)


def read(image: Image, table: Pclntab) -> Inlining:
    """
    Read the inline trees of all functions; none when moduledata does not say where they are.

    Raises:
        BinaryError: tables that contradict themselves.
    """
    layout = next(each for each in _LAYOUTS if each.flag_at == table.flag_at)
    rows, firsts, owners = array("I"), array("I"), array("I")
    funcdata, trees = _funcdata(table, layout)
    place = _gofunc(image, table, layout) if trees else None
    if place is not None:
        base, limit = place
        limit = min(limit, 1 + max(funcdata - {_NONE}, default=0) + _LAST)
        region = image.data.read(base, limit)
        size = 4 * layout.words
        left = len(region) // size
        for index, start, count in _trees(table, trees, funcdata, limit, size):
            left -= count
            if left < 0 or start + count * size > limit:
                raise BinaryError(table.path, "pclntab: an inline tree lies outside the file")
            owners.append(index)
            firsts.append(len(rows) // layout.words)
            rows.frombytes(region[start : start + count * size])
        if sys.byteorder == "big":
            rows.byteswap()
    counts = Counter(rows[layout.name :: layout.words])
    return Inlining(
        table=table, layout=layout, counts=counts, rows=rows, firsts=firsts, owners=owners
    )


def _signed(word: int) -> int:
    return word - (1 << 32) if word >> 31 else word


def _funcdata(table: Pclntab, layout: _Layout) -> tuple[set[int], array[int]]:
    """Return what funcdata refers to; and, for each function, where its tree is, or _NONE."""
    data, functab, counts = table.data, table.functab, layout.counts
    arrays = layout.flag_at + _ARRAYS
    end = len(data)
    found, trees = array("I"), array("I")
    for offset in table.funcs:
        at = functab + offset
        if at + arrays > end:
            raise _outside(table)
        npcdata, count = counts.unpack_from(data, at)
        at += arrays + 4 * npcdata
        stop = at + 4 * count
        if stop > end:
            raise _outside(table)
        if count > _TREE:
            trees.append(len(found) + _TREE)
        else:
            trees.append(_NONE)
        found.frombytes(data[at:stop])
    if sys.byteorder == "big":
        found.byteswap()
    for index, place in enumerate(trees):
        if place != _NONE:
            trees[index] = found[place]
    return set(found), trees if any(tree != _NONE for tree in trees) else array("I")


def _outside(table: Pclntab) -> BinaryError:
    return BinaryError(table.path, "pclntab: a function's entry lies outside the table")


def _trees(
    table: Pclntab, trees: array[int], funcdata: set[int], limit: int, size: int
) -> Iterator[tuple[int, int, int]]:
    """Yield each function that has a tree, where it starts, and its number of rows."""
    marks = bytearray(limit)
    for at in funcdata:
        if at < limit:
            marks[at] = 1
    for index, start in enumerate(trees):
        if start == _NONE:
            continue
        if start >= limit:
            raise BinaryError(table.path, "pclntab: an inline tree lies outside the file")
        after = marks.find(1, start + 1)
        yield index, start, (after - start) // size if after > 0 else _highest(table, index) + 1


def _highest(table: Pclntab, index: int) -> int:
    """Return the last row of a function's tree that its code refers to, or -1."""
    at = table.functab + table.funcs[index]
    (npcdata,) = _U32.unpack_from(table.data, at + _NPCDATA_AT)
    if npcdata <= _TREE_INDEX:
        return -1
    arrays = at + table.flag_at + _ARRAYS
    (offset,) = _U32.unpack_from(table.data, arrays + 4 * _TREE_INDEX)
    return max((value for _, value in lines.values(table, index, offset)), default=-1)


def funcdata_base(image: Image, table: Pclntab) -> int | None:
    """Return the file offset of go:func.*, what funcdata counts from; None when nothing tells."""
    layout = next(each for each in _LAYOUTS if each.flag_at == table.flag_at)
    place = _gofunc(image, table, layout)
    return place and place[0]


def _gofunc(image: Image, table: Pclntab, layout: _Layout) -> tuple[int, int] | None:
    """Return the file offset of go:func.*, what funcdata counts from, and the bytes there are."""
    found = moduledata.words(image, table, *layout.gofunc)
    for address in found or ():
        if address < _NOT_A_COUNT:
            continue
        for segment in image.loads(executable=False):
            start = address - segment.address
            if 0 <= start < segment.file_size:
                return segment.file_offset + start, segment.file_size - start
    return None
