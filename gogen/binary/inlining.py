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
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gogen.binary import lines
from gogen.binary.model import InlinedCall
from gogen.errors import BinaryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gogen.binary.image import Image
    from gogen.binary.pclntab import Pclntab

_FUNCNAMETAB = 8
_MINPC = 160
"""Offsets in moduledata of funcnametab and of minpc, maxpc and text, in Go 1.18 to 1.27."""
_WORD = struct.Struct("<Q")
_WORDS = struct.Struct("<3Q")
_MAX_CANDIDATES = 1000
_NOT_A_COUNT = 0x1000
"""What is smaller is no address, but Go 1.26's count of text sections."""

_U32 = struct.Struct("<I")
_NPCDATA_AT = 28
_NFUNCDATA = 2  # after funcFlag
_ARRAYS = 3  # as above: pcdata, then funcdata
_TREE_INDEX = 2
_TREE = 3
_NONE = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a Go version writes inlinedCall, and where its moduledata may have gofunc."""

    flag_at: int
    gofunc: tuple[int, ...]
    row: struct.Struct
    name: struct.Struct


_LAYOUTS = (
    # parent, funcID, file, line, func_, parentPc
    _Layout(37, (304,), struct.Struct("<hBx4i"), struct.Struct("<12xi4x")),
    # funcID, nameOff, parentPc, startLine; Go 1.27's moduledata has three words more
    _Layout(41, (344, 320), struct.Struct("<Bxxx3i"), struct.Struct("<4xi8x")),
)


@dataclass(frozen=True, slots=True)
class _Tree:
    """The inline tree of the function at `index`: `count` rows at a file offset."""

    index: int
    at: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Inlining:
    """
    What was inlined.

    Attributes:
        counts: of each function that was inlined, how many calls; functions by their name
            in pclntab, which in Go 1.19 is one for all instances of a generic function.
    """

    table: Pclntab = field(repr=False)
    layout: _Layout = field(repr=False)
    trees: tuple[_Tree, ...] = field(repr=False)
    offsets: dict[int, str] = field(repr=False)
    counts: dict[str, int] = field(repr=False)

    def calls(self, name: str) -> Iterator[InlinedCall]:
        """
        Yield each inlined call of a function, by the address of the code that holds it.

        Raises:
            BinaryError: tables that contradict themselves.
        """
        wanted = {offset for offset, each in self.offsets.items() if each == name}
        data, size = self.table.data, self.layout.row.size
        for tree in self.trees:
            rows = memoryview(data)[tree.at : tree.at + tree.count * size]
            for number, (offset,) in enumerate(self.layout.name.iter_unpack(rows)):
                if offset in wanted:
                    yield self._call(tree, self.layout.row.unpack_from(rows, number * size))

    def _call(self, tree: _Tree, row: tuple[int, ...]) -> InlinedCall:
        if self.layout is _LAYOUTS[0]:
            _, _, file_number, line, _, _ = row
            file = lines.file_name(self.table, tree.index, file_number)
        else:
            _, _, into, _ = row
            file, line = lines.position(self.table, tree.index, into)
        return InlinedCall(caller=self.table.function(tree.index).name, file=file, line=line)


def read(image: Image, table: Pclntab) -> Inlining:
    """
    Read the inline trees of all functions; none when moduledata does not say where they are.

    Raises:
        BinaryError: tables that contradict themselves.
    """
    layout = next(each for each in _LAYOUTS if each.flag_at == table.flag_at)
    found = _funcdata(table)
    base = _gofunc(image, table, layout) if found else None
    trees = () if base is None else tuple(_trees(table, layout, base, found))
    rows: Counter[int] = Counter()
    for tree in trees:
        data = memoryview(table.data)[tree.at : tree.at + tree.count * layout.row.size]
        rows.update(offset for (offset,) in layout.name.iter_unpack(data))
    offsets = {offset: _name(table, offset) for offset in rows}
    counts: Counter[str] = Counter()
    for offset, name in offsets.items():
        counts[name] += rows[offset]
    return Inlining(table=table, layout=layout, trees=trees, offsets=offsets, counts=dict(counts))


def _funcdata(table: Pclntab) -> list[tuple[int, ...]]:
    """Return what each function's funcdata refers to; empty when no function has a tree."""
    data = table.data
    found: list[tuple[int, ...]] = []
    for at in table.funcs:
        (npcdata,) = _U32.unpack_from(data, at + _NPCDATA_AT)
        arrays = at + table.flag_at + _ARRAYS
        count = data[arrays - 1] if arrays <= table.end else 0
        if arrays + 4 * (npcdata + count) > table.end:
            raise BinaryError(table.path, "pclntab: a function's entry lies outside the table")
        found.append(struct.unpack_from(f"<{count}I", data, arrays + 4 * npcdata))
    return found if any(len(each) > _TREE and each[_TREE] != _NONE for each in found) else []


def _trees(
    table: Pclntab, layout: _Layout, base: int, funcdata: list[tuple[int, ...]]
) -> Iterator[_Tree]:
    starts = sorted({offset for each in funcdata for offset in each if offset != _NONE})
    left = len(table.data) // layout.row.size
    for index, each in enumerate(funcdata):
        if len(each) <= _TREE or each[_TREE] == _NONE:
            continue
        start = each[_TREE]
        after = bisect_right(starts, start)
        if after < len(starts):
            count = (starts[after] - start) // layout.row.size
        else:
            count = _highest(table, index) + 1
        left -= count
        if left < 0 or base + start + count * layout.row.size > len(table.data):
            raise BinaryError(table.path, "pclntab: an inline tree lies outside the file")
        yield _Tree(index, base + start, count)


def _highest(table: Pclntab, index: int) -> int:
    """Return the last row of a function's tree that its code refers to, or -1."""
    at = table.funcs[index]
    (npcdata,) = _U32.unpack_from(table.data, at + _NPCDATA_AT)
    if npcdata <= _TREE_INDEX:
        return -1
    arrays = at + table.flag_at + _ARRAYS
    (offset,) = _U32.unpack_from(table.data, arrays + 4 * _TREE_INDEX)
    return max((value for _, value in lines.values(table, index, offset)), default=-1)


def _name(table: Pclntab, offset: int) -> str:
    # A name begins where another ends: so no two overlap, and all of them cost no more
    # than the table is long.
    start, end = table.names
    if not 0 <= offset < end - start or (offset and table.data[start + offset - 1]):
        raise BinaryError(table.path, f"pclntab: an inline tree names no function ({offset:#x})")
    return table.text_at(table.names, offset)


def funcdata_base(image: Image, table: Pclntab) -> int | None:
    """Return the file offset of go:func.*, what funcdata counts from; None when nothing tells."""
    layout = next(each for each in _LAYOUTS if each.flag_at == table.flag_at)
    return _gofunc(image, table, layout)


def _gofunc(image: Image, table: Pclntab, layout: _Layout) -> int | None:
    """Return the file offset of go:func.*, what funcdata counts from."""
    names = image.address(table.names[0])
    if names is None:
        return None
    expected = (table.text + table.entries[0], table.text + table.entries[-1], table.text)
    pointer = _WORD.pack(names)
    left = _MAX_CANDIDATES
    for segment in image.loads(executable=False):
        at, end = segment.file_offset, segment.file_offset + segment.file_size
        while left and (at := image.data.find(pointer, at, end)) >= 0:
            left -= 1
            module = at - _FUNCNAMETAB
            at += 1
            if module < 0 or module + max(layout.gofunc) + _WORD.size > len(image.data):
                continue
            if _WORDS.unpack_from(image.data, module + _MINPC) == expected:
                return _loaded(image, module, layout)
    return None


def _loaded(image: Image, module: int, layout: _Layout) -> int | None:
    for field_at in layout.gofunc:
        (address,) = _WORD.unpack_from(image.data, module + field_at)
        if address < _NOT_A_COUNT:
            continue
        for segment in image.loads(executable=False):
            if 0 <= address - segment.address < segment.file_size:
                return int(segment.file_offset + address - segment.address)
    return None
