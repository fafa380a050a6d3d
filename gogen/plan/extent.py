# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Say how much the tree of a value may come to: bytes behind its record, reads, walks.

In:   ValueNode
Out:  numbers, of the most that there can be
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.golang.sizes import align_to

if TYPE_CHECKING:
    from gogen.plan.valuemodel import ValueNode

INTERFACES = ("any", "interface", "error")
"""Kinds of nodes whose values are found along tables, not along the tree."""

PIECE_HEADER = 8
"""`struct piece` of templates/include/event.h."""

TYPE_HEAD = 48
"""abi.Type: all of it, up to PtrToThis."""

_STEP = 6
"""What a step of a walk (go_held.bpf.h) asks of the verifier, in reads: 1,550 were seen."""


def capacity(node: ValueNode) -> int:
    """Give the most bytes that the pieces of a value can take, headers and padding included."""
    own = PIECE_HEADER + align_to(node.piece, 8) if node.piece else 0
    if node.kind in INTERFACES:
        return _interface_capacity(node)
    inner = sum(capacity(child) for child in node.children)
    return own + inner * (node.limit if node.kind in ("slice", "array") else 1)


def walks(node: ValueNode) -> bool:
    """Tell whether what an interface holds is followed anywhere in a value."""
    return bool(node.steps) or any(walks(child) for child in node.children)


def has_interface(node: ValueNode) -> bool:
    """Tell whether there is an interface anywhere in a value."""
    return node.kind in INTERFACES or any(has_interface(child) for child in node.children)


def reads(node: ValueNode) -> int:
    """Give the reads that the program of one value may make, loops unrolled."""
    if node.kind in INTERFACES:
        return _STEP * node.steps or 10
    inner = sum(reads(child) for child in node.children)
    return bool(node.piece) + inner * (node.limit if node.kind in ("slice", "array") else 1)


def _interface_capacity(node: ValueNode) -> int:
    # Each step appends a type and a value at most.
    return node.room + 2 * PIECE_HEADER * node.steps if node.steps else PIECE_HEADER + TYPE_HEAD
