# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Say where a tracer finds function, file and line of an address, in the running binary itself.

In:   Image, Pclntab, Go's minor version
Out:  Tracebacks

Upstream: Go's runtime/symtab.go, func pcvalue and funcline1; runtime/symtabinl.go, type
inlineUnwinder; internal/abi/symtab.go, FuncIDWrapper (before Go 1.21 runtime/symtab.go).
The one convention: addresses, not file offsets. A copy without DWARF has the same ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.binary import inlining
from gogen.binary.model import Tracebacks
from gogen.errors import BinaryError

if TYPE_CHECKING:
    from gogen.binary.image import Image
    from gogen.binary.pclntab import Pclntab

_WRAPPER = 23
_WRAPPERS = {**dict.fromkeys(range(18, 22), 21), **dict.fromkeys(range(22, 25), 22)}
"""FuncIDWrapper until Go 1.24, by minor version; each new ID moves it, as it comes last."""


def find(image: Image, table: Pclntab, minor: int) -> Tracebacks:
    """
    Find what stacks are told by.

    Raises:
        BinaryError: the function table is no part of what is loaded.
    """
    pclntab = image.address(table.start)
    if pclntab is None:
        raise BinaryError(image.path, "pclntab is not loaded, so stacks cannot be told")
    base = inlining.funcdata_base(image, table)
    return Tracebacks(
        pclntab=pclntab,
        text=table.text,
        gofunc=(base is not None and image.address(base)) or 0,
        wrapper=_WRAPPERS.get(minor, _WRAPPER),
    )
