# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Tell what of a function could be captured, for a spec that is being written.

In:   FunctionCode, AbiAssignment, the types it names
Out:  Offered
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.errors import UnsupportedError
from gogen.plan import reads
from gogen.spec.model import Limits, Offered

if TYPE_CHECKING:
    from gogen.abi.model import AbiAssignment
    from gogen.binary.model import FunctionCode
    from gogen.golang.types import Types

_TEXTS = ("string", "bytes")


def offer(code: FunctionCode, assignment: AbiAssignment, types: Types, text: str) -> Offered:
    """Sort a function's parameters and results; `text` is its signature in Go syntax."""
    returns = bool(code.ret_sites)
    captured: list[str] = []
    left_out: list[str] = []
    texts = 0
    for value in (*assignment.params, *(assignment.results if returns else ())):
        if value.name == "_" or value.name[0] == ".":
            continue
        try:
            read = reads.decide(value, types, Limits(), context=code.symbol)
        except UnsupportedError as error:
            left_out.append(error.problem)
            continue
        if read.reason:
            left_out.append(f'"{value.name}": {read.reason}')
            continue
        captured.append(value.name)
        texts += read.kind in _TEXTS
    return Offered(
        symbol=code.symbol,
        signature=f"func {code.symbol}{text.removeprefix('func')}",
        returns=returns,
        captured=tuple(captured),
        left_out=tuple(left_out),
        string_cnt=texts,
    )
