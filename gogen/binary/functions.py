# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
List every function of a binary.

In:   Image, Pclntab
Out:  FunctionInfo of each, by address

Upstream: Go's runtime/symtab.go, types _func and funcFlag; names as facts/go-abi.md,
section 3, lists them.
The one convention: pclntab says which functions there are, so that a stripped binary
lists the same ones; .symtab, where it is, says names in full and tells ABI0 apart.
"""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING

from gogen.binary import (
    buildinfo,
    debugfile,
    image,
    inlining,
    kinds,
    pclntab,
    runtime,
    symbols,
)
from gogen.binary.model import FunctionInfo
from gogen.errors import BinaryError, GogenError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gogen.binary.image import Image
    from gogen.binary.pclntab import Pclntab

_ABI0 = ".abi0"
_PART = re.compile(r"[^./]*[./]?")
_MAX_COMPLETED = 100
_GLOB = frozenset("*?")
_RECEIVER = re.compile(r"\(\*(?=\w)|\[[^\]]*\]")

ABI0 = "ABI0: its arguments are not in registers"


def list_functions(path: Path, pattern: str) -> tuple[FunctionInfo, ...]:
    """
    List the functions of a Go binary whose names match, by address; all for no pattern.

    Raises:
        BinaryError, UnsupportedError: as `analyze.analyze`.
    """
    file = debugfile.load(path)
    infos = table(file, pclntab_of(file), _minor(file))
    file.check()
    return matching(infos, pattern) if pattern else infos


def _minor(file: Image) -> int | None:
    """Return the minor version of the Go that built it; None when that is not known."""
    try:
        info = buildinfo.read(file)
        return runtime.minor(file.path, info.go_version) if info else None
    except GogenError:
        return None


def pclntab_of(file: Image) -> Pclntab:
    """
    Read the function table that a Go program has.

    Raises:
        BinaryError: it has none, or a damaged one.
    """
    found = pclntab.read(file)
    if found is None:
        if any(s.name in pclntab.SECTIONS and not s.file_size for s in file.sections):
            raise BinaryError(
                file.path,
                "debug information without the program it is of",
                "name the program; this file is read, too, when it lies beside it "
                "(docs/debug-files.md)",
            )
        info = buildinfo.read(file)
        what = "not a Go program" if info is None else "its function table (pclntab) is missing"
        raise BinaryError(file.path, what, "gogen traces programs built by the Go compiler gc")
    return found


def table(file: Image, functab: Pclntab, go_minor: int | None) -> tuple[FunctionInfo, ...]:
    """
    Describe every function that pclntab lists.

    Without the minor version of the Go that built it no function is said to be a wrapper.
    """
    names = symbols.special(file, generic=functab.shortens)
    # What the linker writes into .symtab (cmd/link/internal/ld/symtab.go, putelfsym).
    middle_dot = "." if symbols.has_table(file) else "·"
    counts = _inlined(file, functab)
    wrapper = -1 if go_minor is None else kinds.wrapper_id(go_minor)
    address, text = _text(file, functab)
    machine, base = file.machine, functab.text - address
    starts = frozenset(functab.entries[:-1])
    # What `FunctionInfo()` calls in the end, in half the time.
    found, new = [], tuple.__new__
    for start, end, name_at, name, assembly, func_id in functab.rows():
        symbol = names.get(functab.text + start, name)
        if "·" in symbol:
            symbol = symbol.replace("·", middle_dot)
        abi0 = assembly
        if symbol.endswith(_ABI0):
            symbol, abi0 = symbol.removesuffix(_ABI0), True
        traits = kinds.of_name(symbol)
        why_not = ""
        if assembly:
            traits = (kinds.ASSEMBLY, *traits)
        if func_id == wrapper:
            traits = (*traits, kinds.WRAPPER)
        if abi0:
            why_not = ABI0
        elif not kinds.is_plain(machine, text, base + start, base + end):
            target = kinds.jumps_to(machine, text, base + start, base + end)
            if target is not None and target - base in starts and target - base != start:
                traits = (*traits, kinds.TAIL_JUMP)
            else:
                more, why_not = _decoded(file, name, functab.text + start, end - start)
                traits += more
        found.append(
            new(
                FunctionInfo,
                (
                    symbol,
                    functab.text + start,
                    end - start,
                    "ABI0" if abi0 else "ABIInternal",
                    traits,
                    why_not,
                    None if counts is None else counts.get(name_at, 0),
                ),
            )
        )
    return tuple(found)


def _decoded(file: Image, name: str, address: int, size: int) -> tuple[tuple[str, ...], str]:
    """Give what only decoding tells: more kinds, and why it can't be traced."""
    from gogen.binary.code import decode  # noqa: PLC0415 - shells that complete wait for it

    try:
        code = decode(file.machine, name, address, file.code(address, size))
    except GogenError as error:
        return (), error.problem
    return kinds.of_code(code), ""


def _inlined(file: Image, functab: Pclntab) -> Mapping[int, int] | None:
    """Count inlined calls by the place of the name; None where the tables are damaged."""
    try:
        return inlining.read(file, functab).counts
    except BinaryError:
        return None


def _text(file: Image, functab: Pclntab) -> tuple[int, bytes]:
    """Read the segment that holds Go's code, and say where it is loaded."""
    for segment in file.loads(executable=True):
        if 0 <= functab.text - segment.address < segment.file_size:
            return segment.address, file.data.read(segment.file_offset, segment.file_size)
    return functab.text, b""


def matching(infos: Sequence[FunctionInfo], pattern: str) -> tuple[FunctionInfo, ...]:
    """
    Choose functions by name: a /regular expression/, a glob with `*` and `?`, or a part of it.

    Raises:
        UnsupportedError: a regular expression that is none.
    """
    if len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/"):
        try:
            wanted = re.compile(pattern[1:-1])
        except (re.error, RecursionError, OverflowError) as error:
            raise UnsupportedError(f'"{pattern}"', f"not a regular expression: {error}") from error
    elif is_pattern(pattern):
        # A bracket is part of many names, as in Stack[int], and no set of characters.
        quoted = pattern.replace("[", "[[]").replace("(*", "([*]")
        wanted = re.compile(fnmatch.translate(quoted))
        return tuple(info for info in infos if wanted.match(info.symbol))
    else:
        wanted = re.compile(re.escape(pattern))
    return tuple(info for info in infos if wanted.search(info.symbol))


def beginning(path: Path, begun: str) -> list[str]:
    """
    List the functions whose names begin like this, assembly left out, or how they go on.

    More than a few are shortened to what follows up to the next dot or slash, as long as
    that leaves several.
    """
    found = set(pclntab_of(image.load(path)).beginning(begun))
    at = len(begun)
    while len(found) > _MAX_COMPLETED:
        parts = {_PART.match(name, at) for name in found}
        shorter = {part.string[: part.end()] for part in parts if part}
        if len(shorter) > 1:
            return sorted(shorter)
        at = len(next(iter(shorter)))
    return sorted(found)


def is_pattern(text: str) -> bool:
    """Tell a pattern from a symbol: the star of a pointer receiver, `(*T)`, is part of a name."""
    regexp = len(text) > 1 and text[0] == text[-1] == "/"
    return regexp or bool(_GLOB & set(_RECEIVER.sub("", text)))
