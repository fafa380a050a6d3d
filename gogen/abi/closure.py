# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Say where a closure's variables are: in the closure, which the context register points to.

In:   AbiAssignment of the function's signature, FunctionCode
Out:  AbiAssignment with what the function captured

Upstream: Go's abi-internal.md: RDX on amd64, R26 on arm64 is the "closure context pointer".
It holds only while the function begins, as the registers of arguments do.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from gogen.abi.model import AbiParamAssignment
from gogen.errors import UnsupportedError
from gogen.golang.sizes import layout
from gogen.golang.types import Pointer

if TYPE_CHECKING:
    from gogen.abi.model import AbiAssignment
    from gogen.binary.model import FunctionCode
    from gogen.golang.types import Types


def names(code: FunctionCode) -> tuple[str, ...]:
    """Name what a closure captured."""
    declared = code.declaration.captured if code.declaration else ()
    return tuple(variable.name for variable in declared)


def with_captured(assigned: AbiAssignment, code: FunctionCode, types: Types) -> AbiAssignment:
    """Add what a closure captured; a parameter of the same name hides a variable, as in Go."""
    taken = {value.name for value in (*assigned.params, *assigned.results)}
    captured, unsure = [], []
    for variable in code.declaration.captured if code.declaration else ():
        if variable.name in taken:
            continue
        taken.add(variable.name)
        type_ = Pointer(elem=variable.type) if variable.by_reference else variable.type
        try:
            size = layout(type_, types).size
        except UnsupportedError:
            unsure.append(variable.name)
            continue
        if variable.unsure or not size:
            unsure.append(variable.name)
            continue
        captured.append(
            AbiParamAssignment(
                name=variable.name,
                type=type_,
                size=size,
                words=(),
                stack_offset=variable.offset,
                spill_offset=None,
                in_closure=True,
                by_reference=variable.by_reference,
            )
        )
    return dataclasses.replace(assigned, captured=tuple(captured), unsure=tuple(unsure))
