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

from gogen.binary import inlining, kinds
from gogen.binary.model import Tracebacks
from gogen.errors import BinaryError

if TYPE_CHECKING:
    from gogen.binary.image import Image
    from gogen.binary.pclntab import Pclntab


def find(image: Image, table: Pclntab, minor: int) -> Tracebacks:
    """
    Find what stacks are told by.

    Raises:
        BinaryError: the function table is no part of what is loaded.
    """
    pclntab = image.address(table.file_offset)
    if pclntab is None:
        raise BinaryError(image.path, "pclntab is not loaded, so stacks cannot be told")
    base = inlining.funcdata_base(image, table)
    return Tracebacks(
        pclntab=pclntab,
        text=table.text,
        gofunc=(base is not None and image.address(base)) or 0,
        wrapper=kinds.wrapper_id(minor),
    )
