# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Decide how the value of an expression is read, once it is known which one is meant.

In:   Walk
Out:  Place: the ValueNode of what it means, and which bytes of the parameter that takes

The one convention: of each object on the way only the bytes that lead on are read.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gogen.errors import UnsupportedError
from gogen.golang.pprint import format_type
from gogen.golang.sizes import layout, resolve
from gogen.golang.types import Basic, Chan, GoType, Types
from gogen.plan import extent, special, tree
from gogen.plan.asserted import tag
from gogen.plan.path import HEADER, NUMBERS
from gogen.plan.valuemodel import ValueNode

if TYPE_CHECKING:
    from gogen.plan.known import Known
    from gogen.plan.path import Hop, Walk
    from gogen.spec.model import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    Where an expression's value is.

    Attributes:
        type: its Go type.
        tree: what is read, from byte `first` of the parameter or result on.
        first, size: the bytes of the parameter or result that are needed.
        depth: how many pointers are followed from the value on.
    """

    type: GoType
    tree: ValueNode
    first: int
    size: int
    depth: int


def find(walk: Walk, known: Known, limits: Limits, lost: frozenset[int]) -> Place:
    """
    Find the value that an expression reached.

    Args:
        walk: how it was reached.
        known: what the program's types are.
        limits: how much may travel; pointers are counted from the expression's value on.
        lost: offsets in the parameter or result that can't be had: floats in registers.

    Raises:
        UnsupportedError: it is too large to be copied.
    """
    _check_layouts(walk, known)
    if walk.hops:
        first, size = walk.hops[0].at, walk.hops[0].size
    elif walk.view in ("string", "hex"):
        first, size = walk.offset, HEADER
    else:
        first, size = walk.offset, layout(walk.type, known.types).size
    begin = first & ~7
    missing = frozenset() if walk.hops else frozenset(offset - walk.offset for offset in lost)
    shown = walk.to[-1] if walk.to else walk.type

    def make(far: tree.Far) -> ValueNode:
        node = _leaf(walk, known, limits, missing, far)
        at = walk.offset
        for number, hop in reversed(list(enumerate(walk.hops))):
            # Of what an interface holds nothing is skipped: both of its words are there.
            inside = bool(number) and walk.hops[number - 1].held is not None
            root = begin if not number else 0 if inside else hop.at
            if hop.held is not None:
                node = _asserted(hop, at, node, root=root)
            else:
                node = _via(hop, at, node, root=root)
            at = hop.at
        return node if walk.hops else dataclasses.replace(node, offset=walk.offset - begin)

    if walk.view not in ("string", "hex"):
        tree.check_size(walk.type, known.types)
    grown, depth = tree.fit(make, shown, limits)
    return Place(type=shown, tree=grown, first=begin, size=first + size - begin, depth=depth)


def _check_layouts(walk: Walk, known: Known) -> None:
    """Refuse what goes through a map, channel or interface that is not laid out as it is read."""
    needed = ["interface"] if any(hop.held is not None for hop in walk.hops) else []
    if walk.view == "count":
        needed.append("chan" if isinstance(resolve(walk.type, known.types), Chan) else "map")
    for kind in needed:
        if kind in known.odd:
            raise UnsupportedError(f'"{format_type(walk.type)}"', known.odd[kind])


def _via(hop: Hop, skip: int, child: ValueNode, *, root: int) -> ValueNode:
    """Wrap a node in the reference that leads to it; `root` is where its object's bytes begin."""
    return ValueNode(
        kind="via",
        name="",
        go_type=child.go_type,
        offset=hop.at - root,
        size=hop.size,
        limit=0,
        stride=0,
        piece=max(child.size, 1),
        children=(child,),
        reason=hop.reason,
        reads=True,
        skip=skip,
        start=hop.index or 0,
        indexed=hop.index is not None,
    )


def _asserted(hop: Hop, at: int, child: ValueNode, *, root: int) -> ValueNode:
    """Wrap a node in the interface that has to hold it; `at` is where, from its first word on."""
    assert hop.held is not None
    return ValueNode(
        kind="asserted",
        name="",
        go_type=hop.held.name,
        offset=hop.at - root,
        size=hop.size,
        limit=0,
        stride=0,
        piece=extent.TYPE_HEAD,
        children=(dataclasses.replace(child, offset=at),),
        reason=hop.reason,
        reads=True,
        held=tag(hop.held),
        has_tab=hop.has_tab,
    )


def _leaf(
    walk: Walk, known: Known, limits: Limits, lost: frozenset[int], far: tree.Far
) -> ValueNode:
    node = tree.value_node(walk.type, known, limits, lost, far, in_registers=not walk.hops)
    if walk.view == "count":
        return dataclasses.replace(
            node, kind="count", go_type="int", piece=8, children=(), skip=walk.start
        )
    if walk.view in ("string", "hex"):
        node = dataclasses.replace(
            node, kind=walk.view, size=HEADER, limit=limits.string, stride=1, piece=limits.string
        )
    elif walk.view.endswith("_here"):
        node = dataclasses.replace(node, kind=walk.view, children=())
    if walk.is_part:
        node = _cut(node, walk)
    for to in walk.to:
        node = _converted(node, to, known.types)
    return node


def _cut(node: ValueNode, walk: Walk) -> ValueNode:
    """Mean only a part of a string or slice; a part of an address is bytes."""
    if special.limit_of(node.kind):
        node = dataclasses.replace(node, kind="bytes")
    limit = node.limit if walk.stop is None else min(node.limit, walk.stop - walk.start)
    stride = node.stride or 1
    return dataclasses.replace(
        node,
        limit=limit,
        stride=stride,
        piece=limit * stride,
        start=walk.start,
        stop=walk.stop or 0,
        reason=f"it has fewer than {walk.start} elements" if walk.start else "",
    )


def _converted(node: ValueNode, to: GoType, types: Types) -> ValueNode:
    duration = format_type(to) == special.DURATION
    basic = Basic.INT64 if duration else resolve(to, types)
    size = layout(basic, types).size
    kind = "duration" if duration else next(k for k, members in NUMBERS if basic in members)
    return ValueNode(
        kind="converted",
        name="",
        go_type=format_type(to),
        offset=node.offset,
        size=size,
        limit=0,
        stride=0,
        piece=0,
        children=(dataclasses.replace(node, offset=0),),
        reason="",
        reads=False,
        to=kind,
    )
