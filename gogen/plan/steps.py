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

from gogen.plan.model import ReadStep

if TYPE_CHECKING:
    from gogen.plan.model import ValueNode

VALUE = "value"
"""C variable that holds the address of the value itself."""

_OPS = {
    "string": "append_slice",
    "bytes": "append_slice",
    "map": "append_object",
    "chan": "append_object",
    "any": "append_any",
    "interface": "append_iface",
    "error": "append_error",
}


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
            )
        )

    inner = any(child.reads for child in node.children)
    if node.kind == "struct":
        for child in node.children:
            _walk(program, child, at, level=level, pointers=pointers, counters=counters)
        return
    if not inner:
        other = "append_slice" if node.kind == "slice" else "append_object"
        op = _OPS.get(node.kind, other)
        # Too deep for its value: an error then is an interface like others.
        add("append_iface" if node.kind == "error" and not node.limit else op)
        return
    pointer, counter = f"p{pointers + 1}", f"i{counters + 1}"
    if node.kind != "array":
        pointers += 1
        program.pointers = max(program.pointers, pointers)
    if node.kind != "pointer":
        counters += 1
        program.counters = max(program.counters, counters)
    if node.kind == "pointer":
        add("enter_object", pointer)
        into = pointer
    elif node.kind == "slice":
        add("each_of_slice", pointer, counter)
        into = f"{pointer} + {counter} * {node.stride}"
    else:
        add("each_of_array", "", counter)
        into = f"{at} + {counter} * {node.stride}"
    for child in node.children:
        _walk(program, child, into, level=level + 1, pointers=pointers, counters=counters)
    add("leave")
