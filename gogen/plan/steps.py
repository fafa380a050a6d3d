# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Turn a value's tree into the steps of the program that reads it.

In:   ValueNode
Out:  ReadSteps, in the order of the tree, and the C variables they use

The one convention: a variable holds what was reached at its depth, `p1` an object and `i1` a
position in it, so values beside each other share them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gogen.plan.tree import TEXT_MAX
from gogen.plan.valuemodel import ReadStep

if TYPE_CHECKING:
    from gogen.plan.valuemodel import ValueNode

VALUE = "value"
"""C variable that holds the address of the value itself."""

_OPS = {
    "string": "append_slice",
    "bytes": "append_slice",
    "hex": "append_slice",
    "ip": "append_slice",
    "ip_mask": "append_slice",
    "mac": "append_slice",
    "map": "append_object",
    "chan": "append_object",
    "any": "append_iface",
    "interface": "append_iface",
    "error": "append_iface",
    "asserted": "append_type",
    "global": "append_global",
}
_HELD_BY = {"any": "REF_ANY", "interface": "REF_IFACE", "error": "REF_IFACE"}


_HOLDERS = ("struct", "converted", "addr", "addr_port", "prefix", "big")
"""Kinds that refer to nothing themselves, but parts of them may."""

_PARTS = ("string", "bytes", "hex", "slice", "via", "count")
"""Kinds of which an expression may mean only a part."""


@dataclass(slots=True)
class _Program:
    steps: list[ReadStep] = field(default_factory=list)
    pointers: int = 0
    counters: int = 0


def steps(tree: ValueNode) -> tuple[tuple[ReadStep, ...], tuple[str, ...]]:
    """Give the steps, and the declarations of their variables."""
    program = _Program()
    _walk(program, tree, VALUE, level=1, pointers=0, counters=0)
    declared = []
    if program.counters:
        declared.append(f"__u32 {_names('i', program.counters)};")
    if program.pointers:
        declared.append(f"char {_names('*p', program.pointers)};")
    return tuple(program.steps), tuple(declared)


def _names(prefix: str, count: int) -> str:
    return ", ".join(f"{prefix}{number}" for number in range(1, count + 1))


def _walk(
    program: _Program, node: ValueNode, base: str, *, level: int, pointers: int, counters: int
) -> None:
    """Add the steps of a node; `base` is the C expression of the object that holds it."""
    if not node.reads:
        return
    at = f"{base} + {node.offset}" if node.offset else base

    def add(op: str, pointer: str = "", counter: str = "") -> None:
        program.steps.append(
            ReadStep(
                op=op,
                level=level,
                at=at,
                pointer=pointer,
                counter=counter,
                stride=node.stride or 1,
                limit=node.limit,
                size=node.piece,
                skip=node.skip,
                start=node.start,
                held=node.held,
                has_tab="true" if node.has_tab or node.kind in ("interface", "error") else "false",
                how=_how(node),
                turns=node.steps,
            )
        )

    inner = any(child.reads for child in node.children)
    if node.kind in _HOLDERS:
        for child in node.children:
            _walk(program, child, at, level=level, pointers=pointers, counters=counters)
        return
    if not inner:
        other = "append_slice" if node.kind == "slice" else "append_object"
        op = _OPS.get(node.kind, other)
        if node.kind in _PARTS:
            op = _part(node)
        # Too deep for its value: then it is its type that is meant.
        add("append_type" if node.kind in _HELD_BY and not node.steps else op)
        return
    pointer, counter = f"p{pointers + 1}", f"i{counters + 1}"
    if node.kind != "array":
        pointers += 1
        program.pointers = max(program.pointers, pointers)
    single = node.kind in ("pointer", "via", "asserted")
    if not single:
        counters += 1
        program.counters = max(program.counters, counters)
    if single:
        add(_enter(node), pointer)
        # What an interface holds, or points to, is in its own words.
        into = at if node.kind == "asserted" else pointer
    elif node.kind == "slice":
        add("each_of_part" if _is_part(node) else "each_of_slice", pointer, counter)
        into = f"{pointer} + {counter} * {node.stride}"
    else:
        add("each_of_array", "", counter)
        into = f"{at} + {counter} * {node.stride}"
    for child in node.children:
        _walk(program, child, into, level=level + 1, pointers=pointers, counters=counters)
    add("leave")


def _how(node: ValueNode) -> str:
    by = _HELD_BY.get(node.kind)
    return f"GO_HOW({by}, {node.depth}, {node.room}, {min(node.limit, TEXT_MAX)})" if by else ""


def _part(node: ValueNode) -> str:
    if node.kind in ("via", "count"):
        return "append_element" if node.indexed else "append_at"
    return "append_part" if _is_part(node) else "append_slice"


def _enter(node: ValueNode) -> str:
    if node.kind != "via":
        return "enter_object" if node.kind == "pointer" else "enter_type"
    return "enter_element" if node.indexed else "enter_at"


def _is_part(node: ValueNode) -> bool:
    return bool(node.start or node.stop)
