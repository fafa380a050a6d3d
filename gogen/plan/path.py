# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Follow an expression along the types, from a parameter or result on.

In:   Expression, the GoType it begins at, Types
Out:  Walk: the type it reached, and by which references

Upstream: "The Go Programming Language Specification", sections "Selectors" (with the
promotion of embedded fields), "Index expressions", "Slice expressions", "Conversions",
"Length and capacity".
The one convention: where Go would panic there is no value, and each reference on the way has
the words that say so. A slice expression that ends beyond the value's length ends there.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gogen.errors import SpecError, UnsupportedError
from gogen.golang.expression import Assert, Call, Deref, Expression, Index, Part, Select, Step
from gogen.golang.pprint import format_type
from gogen.golang.selectors import field_names, find_field, near
from gogen.golang.sizes import layout, resolve
from gogen.golang.types import (
    PREDECLARED,
    Array,
    Basic,
    Chan,
    GoType,
    Interface,
    Map,
    Named,
    Pointer,
    Slice,
    Struct,
    Types,
)
from gogen.plan import asserted
from gogen.plan.asserted import Mistake
from gogen.plan.special import DURATION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gogen.binary.model import DynamicType

HEADER = 16
"""Bytes of a string or slice that lead to its elements: data and len."""

_SIGNED = frozenset({Basic.INT, Basic.INT8, Basic.INT16, Basic.INT32, Basic.INT64})
_UNSIGNED = frozenset(
    {Basic.UINT, Basic.UINT8, Basic.UINT16, Basic.UINT32, Basic.UINT64, Basic.UINTPTR}
)
_FLOATS = frozenset({Basic.FLOAT32, Basic.FLOAT64})
_NUMBERS = _SIGNED | _UNSIGNED | _FLOATS
NUMBERS = (("int", _SIGNED), ("uint", _UNSIGNED), ("float", _FLOATS))
"""What a number may be converted to, and the types of each."""


@dataclass(frozen=True, slots=True)
class Hop:
    """
    A reference that is followed.

    Attributes:
        at, size: where it is in the object that holds it.
        index: the element that is meant; None for a pointer.
        reason: what it means when it leads nowhere.
        held: what the interface that is there has to hold, to go on in its own words.
        has_tab: its first word is an itab.
    """

    at: int
    index: int | None
    reason: str
    size: int
    held: DynamicType | None = None
    has_tab: bool = False


@dataclass(slots=True)
class Walk:
    """
    How far an expression was followed.

    Attributes:
        type, offset: of the value reached, in the object that holds it.
        hops: the references on the way.
        done: the part of the expression that was followed, for messages.
        start, stop: of a slice expression.
        view: how it is to be shown when its type does not say: text, hex, count.
        to: conversions of numbers, in order.
    """

    type: GoType
    done: str
    offset: int = 0
    hops: list[Hop] = dataclasses.field(default_factory=list)
    start: int = 0
    stop: int | None = None
    view: str = ""
    to: list[GoType] = dataclasses.field(default_factory=list)

    @property
    def is_part(self) -> bool:
        """Whether a slice expression chose some of its elements."""
        return self.start > 0 or self.stop is not None


def walk(
    expression: Expression,
    type_: GoType,
    types: Types,
    *,
    context: str,
    dynamic: Mapping[str, tuple[DynamicType, ...]] | None = None,
) -> Walk:
    """
    Follow an expression along the types.

    Args:
        expression: what to follow.
        type_: the type of the parameter or result it begins at.
        types: named types.
        context: where it is written, for errors.
        dynamic: types that interfaces may hold, for type assertions.

    Raises:
        SpecError: the types do not have what it asks for; with the column.
    """
    found = Walk(type_, expression.root)
    for step in expression.steps:
        try:
            if isinstance(step, Assert):
                _assert(found, step, types, dynamic or {})
            else:
                _step(found, step, types)
        except UnsupportedError as error:
            where = f"{context}: column {step.column}: {error.context}"
            raise SpecError(where, error.problem, error.hint) from error
        except Mistake as mistake:
            where = f"{context}: column {step.column}"
            raise SpecError(where, mistake.problem, mistake.hint) from mistake
    return found


def _step(walk: Walk, step: Step, types: Types) -> None:
    if not (isinstance(step, Call) and walk.view != "count"):
        _check_place(walk)
    match step:
        case Select():
            _select(walk, step.name, types)
            walk.done = f"{walk.done}.{step.name}"
        case Deref():
            under = resolve(walk.type, types)
            if not isinstance(under, Pointer):
                raise Mistake(f"{walk.done} is no pointer but {_text(walk.type)}")
            _through(walk, under.elem)
            walk.done = f"(*{walk.done})"
        case Index():
            _index(walk, step.index, types)
            walk.done = f"{walk.done}[{step.index}]"
        case Part():
            _part(walk, step.low, step.high, types)
            walk.done = f"{walk.done}[{step.low or ''}:{'' if step.high is None else step.high}]"
        case Call():
            _call(walk, step.name, types)
            walk.done = f"{step.name}({walk.done})"


def _check_place(walk: Walk) -> None:
    if walk.to or walk.view:
        raise Mistake(f"{walk.done} is no place in memory", "select first, convert last")


def _assert(
    walk: Walk, step: Assert, types: Types, dynamic: Mapping[str, tuple[DynamicType, ...]]
) -> None:
    """Go on with what an interface holds: its second word, or what that leads to."""
    _check_place(walk)
    under = resolve(walk.type, types)
    held = asserted.held(walk.done, under, step.type, dynamic)
    has_tab = isinstance(under, Interface) and bool(under.methods)
    reason = f"{walk.done} is nil"
    walk.hops.append(Hop(walk.offset, None, reason, HEADER, held=held, has_tab=has_tab))
    walk.type, walk.offset = held.type, 8
    if not held.direct:
        _through(walk, held.type)
    walk.done = f"{walk.done}.({_text(step.type)})"


def _through(walk: Walk, elem: GoType) -> None:
    """Go on behind the pointer that was reached."""
    walk.hops.append(Hop(walk.offset, None, f"{walk.done} is nil", 8))
    walk.type, walk.offset = elem, 0


def _select(walk: Walk, name: str, types: Types) -> None:
    start = walk.type
    under = resolve(start, types)
    if isinstance(under, Pointer):
        start = under.elem
    path = find_field(start, name, types)
    if not path:
        names = field_names(start, types)
        if not names:
            raise Mistake(f'{_text(walk.type)} has no field "{name}"', _why_none(start, types))
        if name in names:
            raise Mistake(f'"{name}" is promoted from two structs', "select the one it is in")
        raise Mistake(f'{_text(walk.type)} has no field "{name}"', near(name, names))
    for field in path:
        under = resolve(walk.type, types)
        if isinstance(under, Pointer):
            _through(walk, under.elem)
            under = resolve(under.elem, types)
        assert isinstance(under, Struct)
        number = next(i for i, each in enumerate(under.fields) if each.name == field)
        walk.offset += layout(under, types).field_offsets[number]
        walk.type = under.fields[number].type


def _why_none(type_: GoType, types: Types) -> str:
    try:
        under = resolve(type_, types)
    except UnsupportedError as error:
        return f"{error.problem}: add {_text(type_)} to [types]"
    if isinstance(under, Interface):
        return "its fields are those of the type it holds: assert one, x.(*T).field"
    return f"it is {_text(under)}"


def _index(walk: Walk, index: int, types: Types) -> None:
    under = _sequence(walk, types)
    if isinstance(under, Map):
        raise Mistake("elements of a map can't be read", f"len({walk.done}) can")
    index += walk.start
    if walk.stop is not None and index >= walk.stop:
        raise Mistake(f"{walk.done} has no element {index - walk.start}")
    if isinstance(under, Array):
        if index >= under.length:
            raise Mistake(f"{_text(walk.type)} has no element {index}")
        walk.offset += index * layout(under.elem, types).size
        walk.type = under.elem
        return
    if under is Basic.STRING:
        elem: GoType = Basic.UINT8
    elif isinstance(under, Slice):
        elem = under.elem
    else:
        raise Mistake(f"{walk.done} has no elements: it is {_text(walk.type)}")
    reason = f"{walk.done} has no element {index - walk.start}"
    walk.hops.append(Hop(walk.offset, index, reason, HEADER))
    walk.type, walk.offset = elem, index * layout(elem, types).size
    walk.start, walk.stop = 0, None


def _part(walk: Walk, low: int, high: int | None, types: Types) -> None:
    under = _sequence(walk, types)
    if isinstance(under, Array):
        end = under.length if high is None else high
        if end > under.length or low > end:
            raise Mistake(f"{_text(walk.type)} has no elements {low} to {end}")
        walk.offset += low * layout(under.elem, types).size
        walk.type = Array(length=end - low, elem=under.elem)
        return
    if under is not Basic.STRING and not isinstance(under, Slice):
        raise Mistake(f"{walk.done} can't be sliced: it is {_text(walk.type)}")
    stops = [end for end in (walk.stop, None if high is None else walk.start + high) if end]
    if high == 0:
        raise Mistake("nothing is left of it")
    walk.start += low
    walk.stop = min(stops, default=None)
    if walk.stop is not None and walk.stop <= walk.start:
        raise Mistake("nothing is left of it")


def _sequence(walk: Walk, types: Types) -> GoType:
    """Give what can be indexed; Go looks behind a pointer to an array by itself."""
    under = resolve(walk.type, types)
    if isinstance(under, Pointer):
        behind = resolve(under.elem, types)
        if isinstance(behind, Array):
            _through(walk, under.elem)
            return behind
    return under


def _call(walk: Walk, name: str, types: Types) -> None:
    under = resolve(walk.type, types)
    if name in ("len", "cap"):
        _count(walk, name, under)
        return
    if name in ("hex", "string"):
        _show(walk, name, under, types)
        return
    to: GoType | None = PREDECLARED.get(name)
    if to is None and (name == DURATION or name in types):
        to = Named(name=name)
    if to is None:
        raise Mistake(
            f'"{name}" can\'t be called: nothing is run in the target',
            "there are len, cap, hex, string and the names of number types",
        )
    into = Basic.INT64 if name == DURATION else resolve(to, types)
    if under == into and not walk.to and name != DURATION:
        walk.type = to
    elif under in _NUMBERS and into in _NUMBERS and not walk.is_part:
        walk.to.append(to)
    else:
        raise Mistake(f"{_text(walk.to[-1] if walk.to else walk.type)} does not convert to {name}")


def _count(walk: Walk, name: str, under: GoType) -> None:
    if walk.is_part or walk.to or walk.view:
        raise Mistake(f"{name} of a part or conversion can't be read", "take it of the whole")
    if isinstance(under, Array) or (isinstance(under, Pointer) and isinstance(under.elem, Array)):
        raise Mistake(f"{name} of an array is known: its type is {_text(walk.type)}")
    if isinstance(under, Slice) or (under is Basic.STRING and name == "len"):
        walk.offset += 8 if name == "len" else 16
        walk.type = Basic.INT
        walk.view = "done"
        return
    if isinstance(under, Chan) or (isinstance(under, Map) and name == "len"):
        walk.view = "count"
        walk.start = 8 if name == "cap" else 0
        return
    raise Mistake(f"{_text(walk.type)} has no {name}")


def _show(walk: Walk, name: str, under: GoType, types: Types) -> None:
    elem = under.elem if isinstance(under, Slice | Array) else None
    of_bytes = elem is not None and resolve(elem, types) is Basic.UINT8
    in_place = of_bytes and isinstance(under, Array)
    if name == "string" and isinstance(under, Array) and not walk.done.endswith("]"):
        raise Mistake("an array does not convert to string", f"string({walk.done}[:])")
    if not of_bytes and under is not Basic.STRING:
        raise Mistake(f"{name} shows bytes, and {walk.done} is {_text(walk.type)}")
    if walk.view:
        raise Mistake(f"{name} of a conversion", "once is enough")
    walk.view = {"hex": "hex", "string": "text"}[name] + ("_here" if in_place else "")
    if walk.view == "text":
        walk.type, walk.view = Basic.STRING, "string"


def _text(type_: GoType) -> str:
    text = format_type(type_)
    return text if len(text) <= 60 else f"{text[:60]}..."
