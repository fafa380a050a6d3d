# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Replace each `match` by the functions it finds in the binary.

In:   TraceSpec, FunctionInfo of every function of the binary
Out:  TraceSpec whose functions all have a symbol

The one convention: what was asked for by name is as it was asked for; a match adds to it,
each function once, in the order of their addresses.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from gogen.errors import SpecError
from gogen.spec.model import Emit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gogen.binary.model import FunctionInfo
    from gogen.spec.model import FunctionSpec, TraceSpec

_NEVER_RETURNS = "never-returns"
"""As FunctionInfo.kinds says it."""

_MAX_SYMBOL = 500
"""What is longer nobody matches on purpose; an expression that backtracks needs a short text."""


def expand(asked: TraceSpec, infos: Sequence[FunctionInfo]) -> TraceSpec:
    """
    Return the spec with every match expanded.

    Raises:
        SpecError: a match that finds nothing that can be traced.
    """
    taken = {function.symbol for function in asked.functions}
    functions: list[FunctionSpec] = []
    for function in asked.functions:
        if not function.match:
            functions.append(function)
            continue
        found = _found(function, infos)
        new = [info.symbol for info in found if info.symbol not in taken]
        taken.update(new)
        functions += [dataclasses.replace(function, symbol=symbol) for symbol in new]
    return dataclasses.replace(asked, functions=tuple(functions))


def _found(function: FunctionSpec, infos: Sequence[FunctionInfo]) -> list[FunctionInfo]:
    pattern = re.compile(function.match)
    matched = [i for i in infos if len(i.symbol) <= _MAX_SYMBOL and pattern.search(i.symbol)]
    found = [info for info in matched if not _why_not(info, function.emit)]
    if found:
        return found
    where = f"{function.where}.match"
    if matched:
        first = matched[0]
        problem = f"finds {len(matched)} functions, and none can be traced"
        raise SpecError(where, problem, f'"{first.symbol}": {_why_not(first, function.emit)}')
    raise SpecError(
        where,
        f'"{function.match}" finds no function in the binary',
        "`gogen list BINARY /REGEXP/` shows what an expression finds",
    )


def _why_not(info: FunctionInfo, emit: Emit) -> str:
    if emit is Emit.RETURN and _NEVER_RETURNS in info.kinds:
        return 'it never returns, and emit = "return" records nothing else'
    return info.why_not
