# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Decide which values of a function its records hold, and how each is read.

In:   FunctionSpec, AbiAssignment, Known
Out:  the values of both sections, and what a user must be told of them
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from gogen.errors import UnsupportedError
from gogen.golang.expression import Deref, Expression
from gogen.golang.pprint import format_type
from gogen.plan import cost, layout, reads
from gogen.spec.model import Emit, FunctionSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gogen.abi.model import AbiAssignment, AbiParamAssignment
    from gogen.golang.types import GoType
    from gogen.plan.known import Known


def values(
    asked: FunctionSpec,
    assignment: AbiAssignment,
    at_entry: Known,
    at_end: Known,
) -> tuple[tuple[layout.Value, ...], tuple[layout.Value, ...], tuple[str, ...]]:
    """
    Decide on the values of both sections that are asked for; blank ones never are.

    What nobody named, neither in a signature nor in `capture`, may be left out: the third
    answer says what and why, and what is read less far than asked for. What can be had of
    float registers is not the same at both ends.
    """
    said: list[str] = []

    def some(params: tuple[AbiParamAssignment, ...], known: Known) -> tuple[layout.Value, ...]:
        if asked.capture is not None:
            found = _chosen(asked, params, known)
        else:
            found = _every(asked, params, known, said)
        said.extend(value.read.note for value in found if value.read.note)
        return tuple(found)

    # Only what a record will show: an unsupported result does not spoil an entry record.
    args: tuple[layout.Value, ...] = ()
    if asked.emit is not Emit.RETURN:
        args = some((*assignment.params, *assignment.captured), at_entry)
        said.extend(_unsure(asked, assignment))
    results = some(assignment.results, at_end) if asked.emit is not Emit.ENTRY else ()
    args, results, left_out = cost.leave_out(asked, args, results)
    return args, results, (*said, *left_out)


def _unsure(asked: FunctionSpec, assignment: AbiAssignment) -> Iterator[str]:
    """Say which variables of a closure are left out; those that were asked for are refused."""
    for name in assignment.unsure:
        problem = f'"{name}" is captured by value or by reference: the binary does not tell which'
        for index, capture in enumerate(asked.capture or ()):
            if capture.expression.root == name:
                raise UnsupportedError(f"{asked.where}.capture[{index}]", problem)
        if asked.capture is None:
            yield f"{problem}; it is left out"


def _read(
    asked: FunctionSpec,
    p: AbiParamAssignment,
    expression: Expression | None,
    known: Known,
    context: str,
) -> tuple[reads.Read, GoType]:
    """Read a whole value, or an expression that begins with it."""
    steps = expression.steps if expression else ()
    if not steps and not p.by_reference:
        return reads.decide(p, known, asked.limits, context=context), p.type
    expression = expression or Expression(text=p.name, root=p.name, column=1, steps=())
    if p.by_reference:
        steps = (Deref(column=expression.column), *steps)
    expression = dataclasses.replace(expression, steps=steps)
    return reads.decide_expression(p, expression, known, asked.limits, context=context)


def _every(
    asked: FunctionSpec, params: tuple[AbiParamAssignment, ...], known: Known, said: list[str]
) -> list[layout.Value]:
    """Read every parameter or result that has a name."""
    found = []
    for p in params:
        if p.name == "_" or p.name[0] == ".":
            continue
        try:
            read, type_ = _read(asked, p, None, known, f"{asked.where}.signature")
        except UnsupportedError as error:
            if not asked.declared:
                raise
            said.append(error.problem)
            continue
        found.append(_value(asked, p, p.name, read, type_))
    return found


def _chosen(
    asked: FunctionSpec, params: tuple[AbiParamAssignment, ...], known: Known
) -> list[layout.Value]:
    """Read what `capture` names, in its order."""
    by_name = {p.name: p for p in params}
    found = []
    for index, capture in enumerate(asked.capture or ()):
        p = by_name.get(capture.expression.root)
        if p is None:
            continue
        key = f"capture[{index}]" if capture.expression.steps else "signature"
        read, type_ = _read(asked, p, capture.expression, known, f"{asked.where}.{key}")
        found.append(_value(asked, p, capture.name, read, type_))
    return found


def _value(
    asked: FunctionSpec, p: AbiParamAssignment, name: str, read: reads.Read, type_: GoType
) -> layout.Value:
    return layout.Value(
        name=name,
        read=read,
        go_type=format_type(type_),
        notation=p.notation,
        limit=asked.limits.string,
    )
