# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Decide which values of a function its records hold, and how each is read.

In:   FunctionSpec, AbiAssignment, Known
Out:  the values of both sections, and what a user must be told of them
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.errors import UnsupportedError
from gogen.golang.pprint import format_type
from gogen.plan import cost, layout, reads
from gogen.spec.model import Emit, FunctionSpec

if TYPE_CHECKING:
    from gogen.abi.model import AbiAssignment, AbiParamAssignment
    from gogen.golang.types import GoType
    from gogen.plan.known import Known


def values(
    asked: FunctionSpec, assignment: AbiAssignment, known: Known
) -> tuple[tuple[layout.Value, ...], tuple[layout.Value, ...], tuple[str, ...]]:
    """
    Decide on the values of both sections that are asked for; blank ones never are.

    What nobody named, neither in a signature nor in `capture`, may be left out: the third
    answer says what and why, and what is read less far than asked for.
    """
    said: list[str] = []

    def some(params: tuple[AbiParamAssignment, ...]) -> tuple[layout.Value, ...]:
        if asked.capture is not None:
            found = _chosen(asked, params, known)
        else:
            found = _every(asked, params, known, said)
        said.extend(value.read.note for value in found if value.read.note)
        return tuple(found)

    # Only what a record will show: an unsupported result does not spoil an entry record.
    args = some(assignment.params) if asked.emit is not Emit.RETURN else ()
    results = some(assignment.results) if asked.emit is not Emit.ENTRY else ()
    args, results, left_out = cost.leave_out(asked, args, results)
    return args, results, (*said, *left_out)


def _every(
    asked: FunctionSpec, params: tuple[AbiParamAssignment, ...], known: Known, said: list[str]
) -> list[layout.Value]:
    """Read every parameter or result that has a name."""
    found = []
    for p in params:
        if p.name == "_" or p.name[0] == ".":
            continue
        try:
            read = reads.decide(p, known, asked.limits, context=f"{asked.where}.signature")
        except UnsupportedError as error:
            if not asked.declared:
                raise
            said.append(error.problem)
            continue
        found.append(_value(asked, p, p.name, read, p.type))
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
        if not capture.expression.steps:
            read = reads.decide(p, known, asked.limits, context=f"{asked.where}.signature")
            found.append(_value(asked, p, capture.name, read, p.type))
            continue
        read, type_ = reads.decide_expression(
            p,
            capture.expression,
            known,
            asked.limits,
            context=f"{asked.where}.capture[{index}]",
        )
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
