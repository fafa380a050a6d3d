# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Lay out what is known of the types that interfaces may hold, as the tables programs follow.

In:   the types that were found in the binary, Known, Limits
Out:  HeldPlan

The one convention: a row is a type's bytes and the references in them, in the order of its
tree; the loader prints along that tree and takes what the references led to in that order
(templates/include/walk.c).
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from gogen.errors import UnsupportedError
from gogen.golang.sizes import align_to, layout, resolve
from gogen.golang.syntax import parse_type
from gogen.golang.types import Named, Pointer
from gogen.plan import says, tree
from gogen.plan.asserted import tag
from gogen.plan.errortable import ERRORS, errno_words
from gogen.plan.valuemodel import HeldPlan, HeldType, RefPlan, RowPlan
from gogen.spec.model import Limits

if TYPE_CHECKING:
    from gogen.binary.model import BinaryFacts, DynamicType
    from gogen.golang.types import GoType
    from gogen.plan.errortable import ErrorType
    from gogen.plan.known import Known
    from gogen.plan.valuemodel import ValueNode
    from gogen.spec.model import TraceSpec

SIZE_MAX = 256
"""Bytes of an object that an interface leads to."""
WALK_SIZE = 72 + 12 * 12
"""`struct go_walk` of templates/include/go_held.bpf.h."""
_ROWS_MAX = 1000
_TEXTS = ("string", "bytes", "ip", "ip_mask", "mac")
_WHOLE = frozenset({"struct", "array", "time", "duration", "bool", "int", "uint", "float"})
_WHOLE |= {"complex", "address", "month", "weekday", "uuid", "big", "unreadable"}
"""Kinds that are shown from their own bytes, and from what is directly behind them."""
_POINTER = 22
_COMPOSED = (17, _POINTER, 23, 25)
"""reflect.Kind of arrays, pointers, slices and structs; other values are told by their kind."""
_INTERFACES = {"any": "REF_ANY", "interface": "REF_IFACE", "error": "REF_IFACE"}
_TEXT_ROW = RowPlan(size=16, first=0, cnt=1)
_NO_WRAPS = "NO_OFFSET"


def error_types() -> tuple[GoType, ...]:
    """Give the types whose text is known, to be looked for in a binary."""
    return tuple(dict.fromkeys(_named(each) for each in ERRORS))


def largest(text: int) -> int:
    """Give the most bytes that are read at once; `text` is the limit of strings."""
    return max(SIZE_MAX + 8, align_to(min(text, tree.TEXT_MAX), 8))


def plan(
    held: tuple[DynamicType, ...], known: Known, limits: Limits, *, minor: int, machine: str
) -> HeldPlan:
    """
    Lay out the tables.

    Args:
        held: types of the binary that interfaces may hold.
        known: what the program's types are.
        limits: the most that any function of the spec asks for.
        minor: of the Go version.
        machine: `amd64` or `arm64`.
    """
    maker = _Maker(known, limits, errno_words(machine, minor))
    texts = {_key(_named(each)): each for each in _errors(minor)}
    for each in held:
        text = texts.get((each.asked, each.name.startswith("*")))
        if text is not None:
            maker.error(each, text)
        elif each.kind in _COMPOSED:
            maker.value(each)
    types = sorted(maker.types, key=lambda t: (int(t.tag.tag[:-3], 16), t.tag.name_at))
    return HeldPlan(
        types=tuple(
            dataclasses.replace(each, ident=f"held_{number}") for number, each in enumerate(types)
        ),
        rows=tuple(maker.rows),
        refs=tuple(maker.refs),
    )


def most(spec: TraceSpec) -> Limits:
    """Give the most that any function asks for; of a text, at least a byte is asked for."""
    limits = [function.limits for function in spec.functions]
    return Limits(
        string=max(1, *(each.string for each in limits)),
        slice=max(each.slice for each in limits),
        depth=max(each.depth for each in limits),
    )


def by_name(facts: BinaryFacts) -> dict[str, tuple[DynamicType, ...]]:
    """Sort the types that interfaces may hold by what they were asked for."""
    found: dict[str, tuple[DynamicType, ...]] = {}
    for each in facts.dynamic:
        found[each.asked] = (*found.get(each.asked, ()), each)
    return found


def _errors(minor: int) -> tuple[ErrorType, ...]:
    return tuple(each for each in ERRORS if each.since <= minor <= each.until)


def _named(each: ErrorType) -> GoType:
    bare = each.name.removeprefix("*")
    named = Named(name=f"{each.package}.{bare}")
    return Pointer(elem=named) if bare != each.name else named


def _key(type_: GoType) -> tuple[str, bool]:
    if isinstance(type_, Pointer) and isinstance(type_.elem, Named):
        return f"*{type_.elem.name}", True
    assert isinstance(type_, Named)
    return type_.name, False


_CAUSE_SIZE = 16
"""Bytes of an error in a list of them."""


class _Unfit(Exception):  # noqa: N818 - no error: the type is shown by its name alone
    """A type that the tables can't say."""


class _Maker:
    def __init__(self, known: Known, limits: Limits, errnos: tuple[int, str]) -> None:
        self._errnos = errnos
        self._known = known
        self._limits = limits
        self.rows = [_TEXT_ROW]
        self.refs = [RefPlan(offset=0, op="REF_TEXT", row=0, limit=0)]
        self.types: list[HeldType] = []

    def error(self, held: DynamicType, text: ErrorType) -> None:
        """Add a type whose text is known: only what the text is made of is read."""
        type_ = resolve(parse_type(text.definition), {})
        parts = says.parts(text.text, type_)
        if parts[0].op == "SAY_ERRNO":
            number, stale = self._errnos
            parts = (dataclasses.replace(parts[0], size=number, text=stale),)
        wraps = says.offset_of(type_, text.wraps) if text.wraps else None
        wanted = {part.offset for part in parts} | ({wraps} if wraps is not None else set())
        wanted |= {part.other for part in parts} | ({0, 32} if "sockaddr" in text.text else set())
        # Lists of causes are read in one piece, whatever more values have.
        limits = dataclasses.replace(
            self._limits, slice=min(self._limits.slice, SIZE_MAX // _CAUSE_SIZE)
        )
        node = tree.value_node(
            type_, self._known, limits, frozenset(), tree.Far(2, 0, 0), in_registers=False
        )
        self.types.append(
            HeldType(
                ident="",
                tag=tag(held),
                row=self._row(node, layout(type_, {}).size, wanted=wanted),
                says=parts,
                wraps=_NO_WRAPS if wraps is None else str(wraps),
            )
        )

    def value(self, held: DynamicType) -> None:
        """Add a type whose value is shown, or do without it if the tables can't say it."""
        type_ = held.type.elem if isinstance(held.type, Pointer) else held.type
        if held.direct != isinstance(held.type, Pointer):
            return  # one word that is a pointer, in a struct: an interface holds it as it is
        kept = len(self.rows), len(self.refs)
        far = tree.Far(max(self._limits.depth - 1, 0), 1, 0)
        try:
            node = tree.value_node(
                type_, self._known, self._limits, frozenset(), far, in_registers=False
            )
            row = self._row(node, layout(type_, self._known.types).size)
        except (UnsupportedError, _Unfit):
            del self.rows[kept[0] :], self.refs[kept[1] :]
            return
        self.types.append(HeldType(ident="", tag=tag(held), row=row, table=tree.table(node)))

    def _row(self, node: ValueNode, size: int, *, wanted: set[int] | None = None) -> int:
        """Add the row of an object; `wanted` are the offsets that matter, None for all."""
        if size > SIZE_MAX:
            raise _Unfit
        found = [
            ref
            for ref in self._refs(node, 0, cause=wanted is not None)
            if wanted is None or ref.offset in wanted
        ]
        if len(self.rows) >= _ROWS_MAX:
            raise _Unfit
        self.rows.append(RowPlan(size=size, first=len(self.refs), cnt=len(found)))
        self.refs.extend(found)
        return len(self.rows) - 1

    def _refs(self, node: ValueNode, base: int, *, cause: bool) -> list[RefPlan]:
        """List the references in an object's bytes, in the order of its tree."""
        at = base + node.offset
        if node.kind in _TEXTS:
            return [RefPlan(offset=at, op="REF_TEXT", row=0, limit=0)]
        if node.kind in _INTERFACES:
            op = "REF_CAUSE" if cause else _INTERFACES[node.kind]
            return [RefPlan(offset=at, op=op, row=0, limit=0)]
        if node.kind in ("map", "chan", "func"):
            self.rows.append(RowPlan(size=node.piece, first=0, cnt=0))
            return [RefPlan(offset=at, op="REF_OBJECT", row=len(self.rows) - 1, limit=1)]
        if node.kind == "pointer":
            (pointee,) = node.children
            row = self._row(pointee, node.piece, wanted=None)
            return [RefPlan(offset=at, op="REF_OBJECT", row=row, limit=0)]
        if node.kind == "slice":
            return self._elements(node, at, cause=cause)
        if node.kind == "array":
            refs: list[RefPlan] = []
            for number in range(node.limit):
                for child in node.children:
                    refs += self._refs(child, at + number * node.stride, cause=cause)
            return refs
        if node.kind not in _WHOLE:
            raise _Unfit
        return [ref for child in node.children for ref in self._refs(child, at, cause=cause)]

    def _elements(self, node: ValueNode, at: int, *, cause: bool) -> list[RefPlan]:
        if not node.piece:
            return []
        if node.limit > SIZE_MAX // node.stride:
            raise _Unfit
        found = [ref for child in node.children for ref in self._refs(child, 0, cause=cause)]
        self.rows.append(RowPlan(size=node.stride, first=len(self.refs), cnt=len(found)))
        self.refs.extend(found)
        row = len(self.rows) - 1
        return [RefPlan(offset=at, op="REF_ELEMENTS", row=row, limit=node.limit)]
