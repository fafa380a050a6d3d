# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Find functions by name.

In:   Image, Pclntab, names as `go tool nm` prints them
Out:  one pclntab Func per name

Upstream: Go's cmd/link/internal/ld/symtab.go, func mangleABIName: where a function
exists for both calling conventions, the symbol of the ABI0 one ends in `.abi0`.
The one convention: .symtab only turns a name into an address; where the function ends
comes from pclntab, so that a stripped copy of a binary gives equal facts. pclntab
itself never says `.abi0`, and lists both under one name.
"""

from __future__ import annotations

import struct
import sys
from array import array
from itertools import islice
from typing import TYPE_CHECKING

from gogen.binary import inlining
from gogen.binary.code import decode
from gogen.binary.instruction import Flow
from gogen.binary.nearest import is_typo, nearest
from gogen.errors import BinaryError, SymbolNotFound, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gogen.binary.image import Image
    from gogen.binary.pclntab import Func, Pclntab

_SYM = struct.Struct("<IBxHQ8x")
_STT_FUNC = 2
_STT_OBJECT = 1
_ABI0 = ".abi0"
_ABI0_END = _ABI0.encode()
_SHORTENED = "[...]"
_GOES = (Flow.CALL, Flow.JUMP)
_MAX_TYPED = 500
_MAX_NAME = 1 << 16
_SHOWN = 10
_MANY = 64
"""So many names are looked up quicker by reading those of every function."""
_MAX_OFFERED = 500_000
"""Bounds what offering the nearest names costs in a file made of names."""


def find(image: Image, table: Pclntab, names: tuple[str, ...]) -> tuple[Func, ...]:
    """
    Find each function, in the order asked.

    Raises:
        SymbolNotFound: no function of that name, or all its calls are inlined.
        UnsupportedError: an assembly function, or one that Go did not compile.
        BinaryError: a name that several functions bear.
    """
    addresses = _addresses(image, {variant for n in names for variant in (n, n + _ABI0)})
    try:
        return tuple(_find(image, table, addresses, name) for name in names)
    except SymbolNotFound as error:
        raise _inlined(image, table, error.symbol) or _not_found(image, table, error) from None


def _inlined(image: Image, table: Pclntab, name: str) -> SymbolNotFound | None:
    """Say where the calls of a function without code are; None when none was inlined."""
    places = inlining.places(table, name)
    try:
        found = inlining.read(image, table)
        count = found.count(places)
        calls = [f"{c.file}:{c.line} in {c.caller}" for c in islice(found.calls(places), _SHOWN)]
    except BinaryError:
        return None  # damaged there, and no function either way
    if not count:
        return None
    more = [f"... and {count - len(calls)} more"] if count > len(calls) else []
    return SymbolNotFound(
        image.path,
        f'"{name}" has no code of its own: its calls ({count} here) are inlined',
        "\n  ".join(["mark it //go:noinline, or trace its callers:", *calls, *more]),
        symbol=name,
    )


def has_table(image: Image) -> bool:
    """Tell whether there is a .symtab."""
    return bool(strtab(image))


def special(image: Image, *, generic: bool) -> dict[int, str]:
    """
    Give the names in .symtab that pclntab writes otherwise, by address.

    These end in `.abi0`, and where it shortens type arguments (`generic`, as Go 1.19 does)
    all that have some; of two at one address it is the last.
    """
    names = strtab(image)
    found: dict[int, str] = {}
    marked = _marked(names, *((_ABI0_END + b"\0", b"[") if generic else (_ABI0_END + b"\0",)))
    for name_at, address in islice(_functions(image, marked), _MAX_OFFERED if names else 0):
        stop = names.find(b"\0", name_at, name_at + _MAX_NAME)
        abi0 = stop > name_at and names.startswith(_ABI0_END, stop - len(_ABI0_END))
        if abi0 or (generic and names.find(b"[", name_at, stop) >= 0):
            name = names[name_at:stop].decode("utf-8", "replace")
            if name.isprintable():
                found[address] = name
    return found


def _marked(names: bytes, *parts: bytes) -> bytearray:
    """Mark each byte at which a name begins, or might, that has one of these parts further on."""
    marks = bytearray(len(names))
    for part in parts:
        at = done = -1
        while (at := names.find(part, at + 1)) >= 0:
            least = max(done, at - _MAX_NAME, 0)
            begin = max(names.rfind(b"\0", least, at) + 1, least)
            marks[begin : at + 1] = b"\1" * (at + 1 - begin)
            done = at + 1
    return marks


def _find(image: Image, table: Pclntab, addresses: dict[str, set[int]], name: str) -> Func:
    at = sorted(addresses.get(name, ()))
    if name.endswith(_ABI0) or (name + _ABI0 in addresses and not at):
        raise _assembly(name)
    if at:
        found = tuple(func for func in map(table.at, at) if func is not None)
        if not found:
            raise UnsupportedError(f'"{name}"', "not compiled by Go: pclntab does not list it")
    else:
        found = table.named(name)
        if not found:
            raise SymbolNotFound(image.path, f'no function "{name}"', symbol=name)
        if len(found) == 2 and _SHORTENED not in name:
            found = _called_from_go(image, *found)
    if len(found) > 1:
        places = ", ".join(f"{func.address:#x}" for func in found)
        raise BinaryError(
            f'"{name}"',
            f"{len(found)} functions bear this name (at {places})",
            "only a copy of the binary with its symbol table, or its debug file, tells them apart",
        )
    if found[0].assembly:
        raise _assembly(name)
    return found[0]


def _called_from_go(image: Image, first: Func, second: Func) -> tuple[Func, ...]:
    """
    Of two functions with one name, pick the one that Go code calls.

    The linker gives one name twice only to the two conventions' versions of a function,
    and then one is a wrapper that calls or jumps to the other. An assembly function is
    wrapped for Go's callers; a Go function is wrapped for assembly's. Without that
    proof both are returned.
    """
    for wrapper, wrapped in ((first, second), (second, first)):
        if not wrapper.assembly and _goes_to(image, wrapper, wrapped):
            if _goes_to(image, wrapped, wrapper):
                break
            return (wrapper,) if wrapped.assembly else (wrapped,)
    return first, second


def _goes_to(image: Image, func: Func, target: Func) -> bool:
    data = image.code(func.address, func.end - func.address)
    instructions = decode(image.machine, func.name, func.address, data).instructions
    return any(i.target == target.address for i in instructions if i.flow in _GOES)


def _addresses(image: Image, names: set[str]) -> dict[str, set[int]]:
    """Look names up in .symtab."""
    found: dict[str, set[int]] = {}
    data = strtab(image)
    needles = {name.encode("utf-8", "backslashreplace"): name for name in names if "\0" not in name}
    if not data:
        return found
    if len(needles) > _MANY:
        for name_at, address in _functions(image):
            end = data.find(b"\0", name_at)
            if end >= 0 and (name := needles.get(data[name_at:end])):
                found.setdefault(name, set()).add(address)
        return found
    # By their positions in .strtab: no other name is looked at.
    positions: dict[int, str] = {}
    for needle, name in needles.items():
        at = -1
        while (at := data.find(needle + b"\0", at + 1)) >= 0:
            positions[at] = name
    if positions:
        for name_at, address in _functions(image):
            if name_at in positions:
                found.setdefault(positions[name_at], set()).add(address)
    return found


def strtab(image: Image) -> bytes:
    """Read the names that .symtab refers to; empty when there is none."""
    image = image.having(".symtab")
    section = image.section(".strtab")
    return b"" if section is None else image.data.read(section.file_offset, section.file_size)


def symtab(image: Image) -> bytes:
    """Read the whole rows of .symtab; empty when there is none."""
    image = image.having(".symtab")
    section = image.section(".symtab")
    if section is None:
        return b""
    return image.data.read(section.file_offset, section.file_size // _SYM.size * _SYM.size)


def objects(image: Image, names: set[str]) -> dict[str, int]:
    """Give the addresses of variables, by name; without those that .symtab does not have."""
    rows, data = symtab(image), strtab(image)
    if not rows or not data:
        return {}
    positions: dict[int, str] = {}
    for name in names:
        needle = b"\0" + name.encode() + b"\0"
        if (at := data.find(needle)) >= 0:
            positions[at + 1] = name
    return {
        positions[name_at]: address
        for name_at, info, section, address in _SYM.iter_unpack(rows)
        if name_at in positions and info & 0xF == _STT_OBJECT and section
    }


def _functions(image: Image, marked: bytearray | None = None) -> Iterator[tuple[int, int]]:
    """
    Yield position of the name and address of every defined function in .symtab.

    Only of those whose position is marked, where positions are.
    """
    rows = symtab(image)
    if marked is None:
        chosen: Iterable[tuple[int, int, int, int]] = _SYM.iter_unpack(rows)
    else:
        words, last = array("I", rows), len(marked)
        if sys.byteorder == "big":
            words.byteswap()
        places = enumerate(words[:: _SYM.size // words.itemsize])
        found = [i for i, name_at in places if name_at < last and marked[name_at]]
        chosen = (_SYM.unpack_from(rows, i * _SYM.size) for i in found)
    for name_at, info, section, address in chosen:
        if info & 0xF == _STT_FUNC and section:
            yield name_at, address


def _names(image: Image, table: Pclntab) -> Iterator[str]:
    yield from table.all_names()
    data = strtab(image)
    for name_at, _ in islice(_functions(image), _MAX_OFFERED if data else 0):
        stop = data.find(b"\0", name_at, name_at + _MAX_TYPED)
        name = data[name_at:stop].decode("utf-8", "replace") if stop > name_at else ""
        if name.isprintable():
            yield name


def _assembly(name: str) -> UnsupportedError:
    return UnsupportedError(
        f'"{name}"',
        "an assembly function (ABI0): its arguments are not in registers, and gogen reads "
        "ABIInternal",
        "probe a Go function that calls it",
    )


def _not_found(image: Image, table: Pclntab, error: SymbolNotFound) -> SymbolNotFound:
    """Add the nearest names, and only where none is plainly meant what else may be the cause."""
    name = error.symbol
    found = nearest(name, _names(image, table))
    if found and is_typo(name, found[0]):
        hint = f'did you mean "{found[0]}"?'
        return SymbolNotFound(image.path, error.problem, hint, symbol=name)
    quoted = ", ".join(f'"{close}"' for close in found)
    near = f"; nearest: {quoted}" if found else ""
    return SymbolNotFound(
        image.path,
        f"{error.problem}{near}",
        "a function that is inlined everywhere, or never called, has no code of its own: mark it "
        "//go:noinline",
        symbol=name,
    )
