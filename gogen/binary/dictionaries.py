# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Tell which instances of a generic function share its code, by their dictionaries.

In:   Image, the symbol of an instance: main.Sum[go.shape.int]
Out:  Dictionaries: address -> type arguments

Upstream: Go's "Generics implementation - Dictionaries"; cmd/compile/internal/noder/reader.go
names them `PACKAGE..dict.NAME[ARGS]`, of a method by its type since Go 1.20, and before that by
the method.
The one convention: an empty dictionary has no address of its own, and tells nothing.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from typing import TYPE_CHECKING

from gogen.binary import symbols
from gogen.binary.hiddenmodel import Dictionary

if TYPE_CHECKING:
    from gogen.binary.image import Image

EMPTY = "its dictionaries are empty: nothing tells its type arguments"
_SHAPES = "[go.shape."
_MARK = "..dict."
_SYM = struct.Struct("<IBxHQQ")
_MAX_NAME = 1 << 12
_MAX_FOUND = 4096


def find(image: Image, symbol: str) -> tuple[tuple[Dictionary, ...], tuple[str, ...]]:
    """Give the dictionaries that a function may be called with, by address; and a warning."""
    head, bracket, _ = symbol.partition(_SHAPES)
    if not bracket:
        return (), ()
    tail = _behind(symbol, len(head))
    dot = head.find(".", head.rfind("/") + 1)
    package, name = head[:dot], head[dot + 1 :]
    wanted = {(f"{package}{_MARK}{name}[", tail)}
    if tail.lstrip(")").startswith("."):
        wanted.add((f"{package}{_MARK}{name.removeprefix('(*')}[", ""))
    at: dict[int, set[tuple[str, ...]]] = defaultdict(set)
    empty = False
    for text, address, size in _symbols(image, wanted):
        empty = empty or not size
        for prefix, end in wanted:
            inner = len(prefix) - 1
            if size and text.startswith(prefix) and _behind(text, inner) == end:
                stop = len(text) - len(end) - 1
                at[address].add(_arguments(text[inner + 1 : stop]))
    found = tuple(
        Dictionary(address=address, type_args=next(iter(args)), instance=_named(symbol, args))
        for address, args in sorted(at.items())
        if len(args) == 1
    )
    return found, (EMPTY,) if empty and not found else ()


def _named(symbol: str, every: set[tuple[str, ...]]) -> str:
    (args,) = every
    at = symbol.index(_SHAPES)
    return f"{symbol[:at]}[{','.join(args)}]{_behind(symbol, at)}"


def _symbols(image: Image, wanted: set[tuple[str, str]]) -> list[tuple[str, int, int]]:
    """Find the symbols that begin so: name, address, size."""
    names = symbols.strtab(image)
    positions: set[int] = set()
    for prefix, _ in wanted:
        needle, at = b"\0" + prefix.encode("utf-8", "backslashreplace"), -1
        while (at := names.find(needle, at + 1)) >= 0 and len(positions) < _MAX_FOUND:
            positions.add(at + 1)
    if not positions:
        return []
    found = []
    for name_at, _, section, address, size in _SYM.iter_unpack(symbols.symtab(image)):
        if name_at in positions and section:
            stop = names.find(b"\0", name_at, name_at + _MAX_NAME)
            text = names[name_at:stop].decode("utf-8", "replace") if stop > 0 else ""
            if text.isprintable() and text:
                found.append((text, address, size))
    return found


def _behind(text: str, bracket: int) -> str:
    """Give what follows the bracket that closes the one at a position."""
    depth = 0
    for at in range(bracket, len(text)):
        depth += (text[at] == "[") - (text[at] == "]")
        if not depth:
            return text[at + 1 :]
    return ""


def _arguments(text: str) -> tuple[str, ...]:
    """Split type arguments at the commas between them."""
    found, depth, begin = [], 0, 0
    for at, char in enumerate(text):
        depth += (char in "[({") - (char in "])}")
        if char == "," and not depth:
            found.append(text[begin:at])
            begin = at + 1
    return (*found, text[begin:])
