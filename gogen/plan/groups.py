# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Let functions that are traced in the same way share their programs.

In:   the functions of a tracer
Out:  the same; of those that are alike, the first has programs, which serve the others, too

Functions are alike when their programs would differ in nothing but the function's number, its
names and its comments: the same values in the same places, the same limits, the same ends. One
link then attaches a program to the sites of all of them, and its cookie is the number. A few
functions keep programs of their own, which know it without asking.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gogen.plan.model import FunctionPlan, RecordPlan
    from gogen.plan.valuemodel import FieldPlan

SHARED_MIN = 8
"""So few functions are loaded and attached within milliseconds anyway."""


def share(functions: tuple[FunctionPlan, ...]) -> tuple[FunctionPlan, ...]:
    """Leave one of those that are alike its programs, where they are many."""
    alike: dict[object, list[FunctionPlan]] = {}
    for function in functions:
        # What is read later is found by the function's own number.
        if not function.floats and not function.signal:
            alike.setdefault(_shape(function), []).append(function)
    shared = {}
    for first, *others in alike.values():
        if len(others) + 1 < SHARED_MIN:
            continue
        served = (*others, None)
        shared[first.index] = dataclasses.replace(
            first, number="shared_func(ctx)", other_cnt=len(others), next=others[0].const
        )
        for other, then in zip(others, served[1:], strict=True):
            shared[other.index] = dataclasses.replace(
                other, served_by=first.symbol, next=then.const if then else ""
            )
    return tuple(shared.get(function.index, function) for function in functions)


def _shape(function: FunctionPlan) -> object:
    """Give all that the programs are made of, but for names."""
    return (
        function.entry_handler,
        function.ret_handler,
        function.tail_handler,
        function.remembers_call,
        function.flags_test,
        function.begin and _record(function.begin),
        function.end and _record(function.end),
    )


def _record(record: RecordPlan) -> object:
    split = len(record.args)
    fields = tuple(map(_field, record.fields))
    return (
        dataclasses.replace(
            record,
            struct="",
            args=(),
            results=(),
            fields=(),
            readers=(),
            tables=(),
            has_funcs=False,
            elided=False,
        ),
        fields[:split],
        fields[split:],
    )


def _field(field: FieldPlan) -> FieldPlan:
    """Take away what only the loader and people are told; of a name, keep whether there is one."""
    return dataclasses.replace(
        field,
        name="",
        go_type="",
        member=field.member and "member",
        bytes_member=field.bytes_member and "bytes_member",
        unread="",
        reason="",
        notation="",
        tree=None,
        table=(),
        table_name="",
        reader=field.reader and "reader",
        late_reason="",
    )
