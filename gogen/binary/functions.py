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

from gogen.binary import symbols
from gogen.binary.model import FunctionInfo, Machine
from gogen.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gogen.binary.image import Image
    from gogen.binary.pclntab import Pclntab

_ABI0 = ".abi0"
_RET = b"\xc3"
_CLOSURE = re.compile(r"\.(?:func|deferwrap|gowrap)\d+(?:\.\d+)*$|-range\d+|-fm$")
_GLOB = frozenset("*?")
_RECEIVER = re.compile(r"\(\*(?=\w)|\[[^\]]*\]")


def table(image: Image, pclntab: Pclntab) -> tuple[FunctionInfo, ...]:
    """Describe every function that pclntab lists."""
    names = symbols.by_address(image)
    return tuple(
        _info(image, names.get(func.address, func.name), func.address, func.end, func.assembly)
        for func in pclntab.all()
    )


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


def is_pattern(text: str) -> bool:
    """Tell a pattern from a symbol: the star of a pointer receiver, `(*T)`, is part of a name."""
    regexp = len(text) > 1 and text[0] == text[-1] == "/"
    return regexp or bool(_GLOB & set(_RECEIVER.sub("", text)))


def _info(image: Image, name: str, address: int, end: int, assembly: bool) -> FunctionInfo:
    symbol = name.removesuffix(_ABI0)
    abi0 = assembly or symbol != name
    kinds = (
        ("assembly", assembly),
        ("closure", _CLOSURE.search(symbol) is not None),
        ("generic", "[" in symbol),
    )
    why_not = ""
    if abi0:
        why_not = "ABI0: its arguments are not in registers"
    elif image.machine is Machine.AMD64 and not _has(image, address, end, _RET):
        why_not = 'it never returns: only emit = "entry"'
    return FunctionInfo(
        symbol=symbol,
        address=address,
        size=end - address,
        abi="ABI0" if abi0 else "ABIInternal",
        kinds=tuple(kind for kind, is_so in kinds if is_so),
        why_not=why_not,
    )


def _has(image: Image, address: int, end: int, byte: bytes) -> bool:
    """Tell whether a byte occurs in some code; without it there is no such instruction."""
    for segment in image.loads(executable=True):
        start = address - segment.address
        if 0 <= start < segment.file_size:
            at = segment.file_offset + start
            return image.data.find(byte, at, at + end - address) >= 0
    return False
