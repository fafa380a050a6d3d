# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Tell what of a function could be captured, for a spec that is being written.

In:   BinaryFacts, FunctionCode, AbiAssignment, the types it names
Out:  Offered
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.errors import UnsupportedError
from gogen.plan import exits, floats, reads
from gogen.plan.known import Known
from gogen.spec.model import Limits, Offered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gogen.abi.model import AbiAssignment
    from gogen.binary.floatmodel import FloatSite
    from gogen.binary.model import BinaryFacts, FunctionCode
    from gogen.golang.types import Types
    from gogen.plan.valuemodel import ValueNode

_TEXTS = ("string", "bytes")


def offer(
    facts: BinaryFacts, code: FunctionCode, assignment: AbiAssignment, types: Types, text: str
) -> Offered:
    """Sort a function's parameters and results; `text` is its signature in Go syntax."""
    returns = bool(code.ret_sites)
    odd = dict(facts.odd)
    captured: list[str] = []
    left_out: list[str] = []
    texts = 0
    stored = floats.of_parameters(code, assignment)
    at_entry = Known(types=types, floats=floats.late(stored), ignored=not code.keeps_args, odd=odd)
    for value in (*assignment.params, *(assignment.results if returns else ())):
        known = at_entry if value in assignment.params else Known(types=types, odd=odd)
        if value.name == "_" or value.name[0] == ".":
            continue
        try:
            read = reads.decide(value, known, Limits(), context=code.symbol)
        except UnsupportedError as error:
            left_out.append(error.problem)
            continue
        if read.reason:
            left_out.append(f'"{value.name}": {read.reason}')
            continue
        captured.append(value.name)
        texts += read.kind in _TEXTS
    if code.declaration is None:
        left_out.append(
            'no DWARF tells its parameters: with signature = "func(a int) error" they can be named'
        )
    return Offered(
        symbol=code.symbol,
        signature=f"func {code.symbol}{text.removeprefix('func')}",
        ends=not exits.unpaired(code, facts.unwinds),
        captured=tuple(captured),
        left_out=tuple(left_out),
        string_cnt=texts,
    )


def unreadable(
    code: FunctionCode, assignment: AbiAssignment, types: Types, odd: Mapping[str, str]
) -> dict[str, str]:
    """Say why, of each parameter and result that cannot be read, or not all of it."""
    found: dict[str, str] = {}
    stored = floats.of_parameters(code, assignment)
    at_entry = Known(types=types, floats=floats.late(stored), ignored=not code.keeps_args, odd=odd)
    for value in (*assignment.params, *assignment.results):
        known = at_entry if value in assignment.params else Known(types=types, odd=odd)
        try:
            read = reads.decide(value, known, Limits(), context=code.symbol)
        except UnsupportedError as error:
            found[value.name] = error.problem
            continue
        if reason := read.reason or _of_parts(read.tree):
            found[value.name] = reason
    if not code.ret_sites:
        reason = "the function has no return instruction"
        found |= dict.fromkeys((result.name for result in assignment.results), reason)
    return found


def _of_parts(node: ValueNode | None, name: str = "") -> str:
    if node is None:
        return ""
    if node.reason:
        return f"{name.lstrip('.')}: {node.reason}" if name else node.reason
    parts = (_of_parts(child, f"{name}.{child.name}") for child in node.children)
    return "; ".join(part for part in parts if part)


def stored_floats(
    code: FunctionCode, assignment: AbiAssignment
) -> tuple[FloatSite | None, tuple[str, ...]]:
    """Say where float registers can be read from memory, and what proves it, or what does not."""
    stored = floats.of_parameters(code, assignment)
    words = tuple(word for param in assignment.params for word in param.words)
    return stored, floats.told(words, stored, code.floats_end)
