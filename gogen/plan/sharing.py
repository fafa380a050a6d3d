# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Read parts of one object at once, where expressions ask for several.

In:   the arguments of a record
Out:  the same; those that begin at one pointer share the first piece

`req.Method` and `req.URL.Path` both begin in the object behind `req`. Where all that is asked of
it lies within 256 bytes, these are read once. If they cannot be, each value reads its own, so
that an object that is mapped in part is unreadable in part.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gogen.plan.valuemodel import FieldPlan

SPAN_MAX = 256
"""Bytes: more of an object is not read for what lies between."""

_OPS = {"enter_at": "enter_shared", "append_at": "append_shared"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SharePlan:
    """
    A value's part in a piece that several values share: parts of one object, read at once.

    Attributes:
        opens: it is the first of them, so the piece is read for it.
        skip, size: bytes into the object and of it, which the piece holds.
        within: bytes into the piece where the value's own part begins.
    """

    opens: bool
    skip: int
    size: int
    within: int


def share(args: tuple[FieldPlan, ...]) -> tuple[FieldPlan, ...]:
    """Let the first arguments that begin at one pointer share its piece."""
    for source in dict.fromkeys(_source(field) for field in args):
        own = [index for index, field in enumerate(args) if source and _source(field) == source]
        roots = [args[index].steps[0] for index in own]
        if len(own) < 2:
            continue
        first = min(step.skip for step in roots)
        size = max(step.skip + step.size for step in roots) - first
        if size <= SPAN_MAX:
            return tuple(
                _shared(field, first, size, opens=index == own[0]) if index in own else field
                for index, field in enumerate(args)
            )
    return args


def room(args: tuple[FieldPlan, ...]) -> int:
    """Give the bytes of the shared piece, without its header."""
    return next((field.share.size for field in args if field.share), 0)


def _source(field: FieldPlan) -> str:
    """Give the register of the pointer that an expression begins at; empty for other values."""
    if not field.tree or field.tree.kind != "via" or field.tree.offset or field.on_stack:
        return ""
    if not field.steps or field.steps[0].op not in _OPS or len(field.words) != 1:
        return ""
    return field.words[0].source


def _shared(field: FieldPlan, first: int, size: int, *, opens: bool) -> FieldPlan:
    root, *others = field.steps
    within = root.skip - first
    root = dataclasses.replace(root, op=_OPS[root.op], start=within)
    return dataclasses.replace(
        field,
        steps=(root, *others),
        share=SharePlan(opens=opens, skip=first, size=size, within=within),
    )
