# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Draw random Go types and signatures, for property tests.

Out:  hypothesis strategies of GoType and Signature

Every type is one that Go source can write, so it can be printed and read back. Of the
types with a layout, the named ones are those of TYPES.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from gogen.golang.pprint import format_parameters, format_signature, format_type
from gogen.golang.types import (
    Array,
    Basic,
    Chan,
    Field,
    Func,
    GoType,
    Interface,
    Map,
    Named,
    Param,
    Pointer,
    Signature,
    Slice,
    Struct,
    Types,
)

if TYPE_CHECKING:
    from collections.abc import Callable

TYPES: Types = {
    "Point": Struct(
        fields=(
            Field(name="X", type=Basic.INT32),
            Field(name="Y", type=Basic.FLOAT64),
            Field(name="Name", type=Basic.STRING),
        )
    )
}

_RESERVED = frozenset(
    """
    break case chan const continue default defer else fallthrough for func go goto if import
    interface map package range return select struct switch type var
    any byte comparable error rune
    """.split()  # noqa: SIM905 - as Go's specification lists them
) | {basic.value for basic in Basic}

_identifiers = st.from_regex(r"[a-zé世][a-zA-Z0-9_ü]{0,4}", fullmatch=True).filter(
    lambda name: name not in _RESERVED
)
_packages = st.sampled_from(["", "http.", "net/http.", "github.com/a-b/c.v3."])
_basics = st.sampled_from(list(Basic))
_INTERFACES = [Interface(), Interface(methods=("Error() string",)), Interface(methods=("M(int)",))]


class _Drawer:
    """Draws one type; `named` are the names that may be used, None for any."""

    def __init__(self, draw: st.DrawFn, named: list[str] | None) -> None:
        self._draw = draw
        self._named = named
        self._forms: list[Callable[[int], GoType]] = [
            self._pointer,
            self._slice,
            self._array,
            self._map,
            self._chan,
            self._func,
            self._struct,
            self._struct,
        ]
        if named is None:
            self._forms += [self._any_name, self._any_interface]

    def type(self, depth: int) -> GoType:
        if depth == 0 or self._draw(st.integers(0, 3)) == 0:
            return self._leaf()
        return self._draw(st.sampled_from(self._forms))(depth - 1)

    def _leaf(self) -> GoType:
        names = [Named(name=name) for name in self._named or ["T"]]
        leaves: list[GoType] = [*_INTERFACES, *names]
        return self._draw(_basics | st.sampled_from(leaves))

    def _some(self, depth: int, most: int = 3) -> tuple[GoType, ...]:
        return tuple(self.type(depth) for _ in range(self._draw(st.integers(0, most))))

    def _pointer(self, depth: int) -> GoType:
        return Pointer(elem=self.type(depth))

    def _slice(self, depth: int) -> GoType:
        return Slice(elem=self.type(depth))

    def _array(self, depth: int) -> GoType:
        return Array(length=self._draw(st.integers(0, 3)), elem=self.type(depth))

    def _map(self, depth: int) -> GoType:
        return Map(key=self.type(depth), elem=self.type(depth))

    def _chan(self, depth: int) -> GoType:
        direction = self._draw(st.sampled_from(["chan", "<-chan", "chan<-"]))
        return Chan(elem=self.type(depth), direction=direction)

    def _func(self, depth: int) -> Func:
        params = self._some(depth)
        variadic = self._draw(st.booleans())
        if variadic:
            params += (Slice(elem=self.type(depth)),)
        return Func(params=params, results=self._some(depth), variadic=variadic)

    def _struct(self, depth: int) -> GoType:
        fields: dict[object, Field] = {}
        for type_ in self._some(depth, most=5):
            if self._named is None and self._draw(st.integers(0, 4)) == 0:
                field = self._embedded(depth)
            else:
                name = self._draw(_identifiers | st.just("_"))
                field = Field(name=name, type=type_)
            fields[object() if field.name == "_" else field.name] = field
        return Struct(fields=tuple(fields.values()))

    def _embedded(self, depth: int) -> Field:
        named = self._any_name(depth)
        name = named.name.rpartition(".")[2]
        type_: GoType = Pointer(elem=named) if self._draw(st.booleans()) else named
        return Field(name=name, type=type_, embedded=True)

    def _any_name(self, depth: int) -> Named:
        name = self._draw(_packages) + self._draw(_identifiers)
        return Named(name=name, args=self._some(depth, most=2))

    def _any_interface(self, depth: int) -> GoType:
        elements = set()
        for kind in self._draw(st.lists(st.sampled_from(["method", "union", "name"]), max_size=3)):
            if kind == "method":
                elements.add(self._draw(_identifiers) + format_parameters(self._func(depth)))
            elif kind == "union":
                terms = self._draw(st.lists(_basics, min_size=2, max_size=3))
                tilde = self._draw(st.sampled_from(["", "~"]))
                elements.add(" | ".join(tilde + format_type(term) for term in terms))
            else:
                elements.add(format_type(self._any_name(depth)))
        return Interface(methods=tuple(sorted(elements)))


@st.composite
def written_types(draw: st.DrawFn) -> GoType:
    """Draw from every form of type, names unresolved."""
    return _Drawer(draw, None).type(3)


@st.composite
def sized_types(draw: st.DrawFn) -> GoType:
    """Draw a type that has a layout over TYPES."""
    return _Drawer(draw, list(TYPES)).type(2)


@st.composite
def signatures(
    draw: st.DrawFn, types: st.SearchStrategy[GoType], *, max_size: int = 6
) -> Signature:
    """Draw a signature whose text is as `format_signature` prints it."""
    count, total = sorted(draw(st.tuples(st.integers(0, max_size), st.integers(0, max_size))))
    drawn = [
        Param(name=f"{'_' if draw(st.booleans()) else f'p{index}'}", type=draw(types))
        for index in range(total)
    ]
    params = tuple(drawn[:count])
    unnamed = draw(st.booleans())
    results = tuple(
        Param(name=f"~r{i}" if unnamed or param.name == "_" else param.name, type=param.type)
        for i, param in enumerate(drawn[count:])
    )
    variadic = bool(params) and isinstance(params[-1].type, Slice) and draw(st.booleans())
    bare = Signature(text="", params=params, results=results, variadic=variadic)
    text = format_signature(bare)
    return Signature(text=text, params=params, results=results, variadic=variadic)
