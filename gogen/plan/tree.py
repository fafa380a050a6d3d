# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Decide how a value that refers to others is read: which pointers are followed, and how far.

In:   GoType, Types, Limits
Out:  ValueNode, a tree; the programs read along it, and the loader prints along it

The one convention: the programs and the loader walk the tree in the same order, fields as
declared and what a field refers to before the next field. Each piece of memory they come by
travels behind the record in that order, so neither needs to say which piece is which.

Upstream: layouts as Go's reflect and runtime packages have them (facts/go-abi.md, section 6).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from gogen.errors import UnsupportedError
from gogen.golang.pprint import format_type
from gogen.golang.recursion import holds_itself
from gogen.golang.sizes import align_to, layout, resolve
from gogen.golang.types import (
    Array,
    Basic,
    Chan,
    Func,
    GoType,
    Interface,
    Map,
    Pointer,
    Slice,
    Struct,
    Types,
)
from gogen.plan import special
from gogen.plan.extent import INTERFACES, TYPE_HEAD, capacity, has_interface, reads
from gogen.plan.valuemodel import NodePlan, ValueNode

if TYPE_CHECKING:
    from collections.abc import Callable

    from gogen.golang.sizes import Layout
    from gogen.plan.known import Known
    from gogen.spec.model import Limits

IMAGE_MAX = 1024
"""Bytes of one object that are copied as a whole."""

_PIECES_MAX = 8192
"""Bytes that may come from behind the pointers of one value."""

_READS_MAX = 512
"""Reads that the program of one value may make, loops unrolled."""
TEXT_MAX = 512
"""Bytes of a text that an interface leads to, whatever limits.string says: room has an end."""
_WIDTHS = ((24, 768, 4), (10, 256, 2), (4, 128, 1))
"""References followed from one interface, bytes for what they lead to, and texts beside those."""

_SCALARS = {
    Basic.BOOL: "bool",
    Basic.INT: "int",
    Basic.INT8: "int",
    Basic.INT16: "int",
    Basic.INT32: "int",
    Basic.INT64: "int",
    Basic.UINT: "uint",
    Basic.UINT8: "uint",
    Basic.UINT16: "uint",
    Basic.UINT32: "uint",
    Basic.UINT64: "uint",
    Basic.UINTPTR: "uint",
    Basic.FLOAT32: "float",
    Basic.FLOAT64: "float",
    Basic.COMPLEX64: "complex",
    Basic.COMPLEX128: "complex",
    Basic.UNSAFE_POINTER: "address",
}
_ERROR = Interface(methods=("Error() string",))


class Far(NamedTuple):
    """How far is gone: pointers followed, and from one interface references and bytes."""

    depth: int
    steps: int
    room: int


def grow(
    type_: GoType, known: Known, limits: Limits, lost: frozenset[int]
) -> tuple[ValueNode, int]:
    """
    Choose what is read of one value, and say how many pointers that follows.

    Args:
        type_: its Go type.
        known: what the program's types are.
        limits: how much of it may travel; a depth that is too much for one record is lowered.
        lost: offsets of words that can't be had: floats in registers.

    Raises:
        UnsupportedError: it is too large to be copied, or nothing says what it is.
    """
    check_size(type_, known.types)
    return fit(lambda far: value_node(type_, known, limits, lost, far), type_, limits)


def value_node(
    type_: GoType,
    known: Known,
    limits: Limits,
    lost: frozenset[int],
    far: Far,
    *,
    in_registers: bool = True,
) -> ValueNode:
    """Make the tree of one value; `lost` as in `grow`."""
    grower = _Grower(known, limits, lost, far)
    return grower.node(type_, "", 0, far.depth, 0 if in_registers else -1)


def check_size(type_: GoType, types: Types) -> None:
    """Raise UnsupportedError for a value that is too large to be copied."""
    size = layout(type_, types).size
    if size > IMAGE_MAX:
        raise UnsupportedError(
            f'type "{format_type(type_)}"',
            f"its values take {size} bytes, at most {IMAGE_MAX} are copied",
            "leave it out: list the values you want in capture",
        )


def fit(make: Callable[[Far], ValueNode], type_: GoType, limits: Limits) -> tuple[ValueNode, int]:
    """
    Choose how many pointers are followed: as many as fit into a record.

    Args:
        make: gives the tree for how far is gone.
        type_: what it is of, for errors.
        limits: how many are asked for.

    Raises:
        UnsupportedError: what its values refer to does not fit even so.
    """
    for depth in range(limits.depth, -1, -1):
        for steps, room, texts in _WIDTHS:
            tree = make(Far(depth, steps, room + texts * align_to(min(limits.string, TEXT_MAX), 8)))
            fits = capacity(tree) <= _PIECES_MAX or not depth
            if fits and reads(tree) <= _READS_MAX:
                return tree, depth
            if not has_interface(tree):
                break
    raise UnsupportedError(
        f'type "{format_type(type_)}"',
        f"its values refer to more than {_READS_MAX} others",
        "lower limits.slice, or leave it out of capture",
    )


def table(tree: ValueNode) -> tuple[NodePlan, ...]:
    """Lay the tree out as the loader's table: the root first, a node's children side by side."""
    rows: list[NodePlan] = []
    queue = [tree]
    for node in queue:
        rows.append(
            NodePlan(
                const=f"VALUE_{node.kind.upper()}",
                name=node.name,
                go_type=node.go_type,
                offset=node.offset,
                size=node.size,
                limit=node.limit,
                stride=node.stride,
                first=len(queue),
                cnt=len(node.children),
                reason=node.reason,
                start=node.start,
                stop=node.stop,
                to=f"VALUE_{node.to.upper()}" if node.to else "",
                held=node.held,
                depth=node.depth,
                steps=node.steps or int(node.kind in INTERFACES),
            )
        )
        queue.extend(node.children)
    return tuple(rows)


class _Grower:
    def __init__(self, known: Known, limits: Limits, lost: frozenset[int], far: Far) -> None:
        self._far = far
        self._known = known
        self._types = known.types
        self._limits = limits
        self._lost = lost
        self._made = known.trees.setdefault((limits, far), {})

    def node(self, type_: GoType, name: str, offset: int, depth: int, base: int = 0) -> ValueNode:
        """Build one node; `base` is its parent's offset in what the registers held, or -1."""
        if base >= 0:
            return self._node(type_, name, offset, depth, base)
        # In memory a type is the same wherever it is met: large types meet each other often.
        made = self._made.get((type_, depth))
        if made is None:
            made = self._made[type_, depth] = self._node(type_, "", 0, depth, base)
        return replace(made, name=name, offset=offset)

    def _node(self, type_: GoType, name: str, offset: int, depth: int, base: int) -> ValueNode:
        under = resolve(type_, self._types)
        size = self._layout(type_).size
        at = -1 if base < 0 else base + offset
        limit, stride, piece, reason = 0, 0, 0, ""
        steps, room = 0, 0
        children: tuple[ValueNode, ...] = ()
        kind = special.kind_of(type_, self._types)
        if kind:
            limit = piece = special.limit_of(kind)

            def field(inner: GoType, name: str, place: int) -> ValueNode:
                return self.node(inner, name, place, depth, at)

            children = special.children_of(kind, type_, self._known, field)
        elif isinstance(under, Basic) and under in _SCALARS:
            kind = _SCALARS[under]
            if at >= 0 and at in self._lost:
                kind, reason = "unreadable", "register-assigned float: not in pt_regs"
        elif under is Basic.STRING or (isinstance(under, Slice) and self._is_byte(under.elem)):
            kind = "string" if under is Basic.STRING else "bytes"
            limit = piece = self._limits.string
        elif isinstance(under, Slice):
            kind = "slice"
            limit, stride, piece, children = self._elements(under.elem, depth)
        elif isinstance(under, Array):
            kind = "array"
            limit = min(under.length, self._limits.slice)
            stride = self._layout(under.elem).size
            children = (self.node(under.elem, "", 0, depth, at),) if limit else ()
        elif isinstance(under, Struct):
            kind = "struct"
            places = self._layout(under).field_offsets
            children = tuple(
                self.node(field.type, field.name, place, depth, at)
                for field, place in zip(under.fields, places, strict=True)
                if field.name != "_"
            )
        elif isinstance(under, Pointer):
            kind, piece, children = self._pointee(under.elem, depth)
        elif isinstance(under, Map | Chan):
            kind = "map" if isinstance(under, Map) else "chan"
            piece = 8 if isinstance(under, Map) else 16
        elif isinstance(under, Interface):
            kind = "error" if under == _ERROR else "interface" if under.methods else "any"
            limit = self._limits.string if depth else 0
            piece = TYPE_HEAD
            steps, room = (self._far.steps, self._far.room) if depth else (0, 0)
        else:
            assert isinstance(under, Func)
            kind, piece = "func", 8
        if odd := self._odd(kind):
            kind, reason, limit, piece, children = "unreadable", odd, 0, 0, ()
        return ValueNode(
            kind=kind,
            name=name,
            go_type=format_type(type_),
            offset=offset,
            size=size,
            limit=limit,
            stride=stride,
            piece=piece,
            children=children,
            reason=reason,
            reads=bool(piece) or any(child.reads for child in children),
            depth=depth if kind in INTERFACES else 0,
            steps=steps,
            room=room,
        )

    def _layout(self, type_: GoType) -> Layout:
        return layout(type_, self._types, self._known.layouts)

    def _odd(self, kind: str) -> str:
        """Say why values of a kind can't be read in this program; empty when they can."""
        odd = self._known.odd
        by_interface = odd.get("interface", "") if kind in INTERFACES else ""
        return by_interface or odd.get(kind, "")

    def _elements(self, elem: GoType, depth: int) -> tuple[int, int, int, tuple[ValueNode, ...]]:
        stride = self._layout(elem).size
        limit = min(self._limits.slice, IMAGE_MAX // stride if stride else self._limits.slice)
        # A type that holds slices of itself ends as one that points to itself does, by its depth.
        inner = depth - holds_itself(elem, self._types, self._known.recursive)
        limit = limit if inner >= 0 else 0
        children = (self.node(elem, "", 0, inner, -1),) if limit else ()
        return limit, stride, limit * stride, children

    def _pointee(self, elem: GoType, depth: int) -> tuple[str, int, tuple[ValueNode, ...]]:
        """Follow a pointer; what is not known, too deep or too large stays an address."""
        if not depth:
            return "address", 0, ()
        try:
            size = self._layout(elem).size
            if not 0 < size <= IMAGE_MAX:
                return "address", 0, ()
            return "pointer", size, (self.node(elem, "", 0, depth - 1, -1),)
        except UnsupportedError:
            return "address", 0, ()

    def _is_byte(self, elem: GoType) -> bool:
        try:
            return resolve(elem, self._types) is Basic.UINT8
        except UnsupportedError:
            return False
