# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Turn the text of an error type, as errortable.py writes it, into the parts the loader puts together.

In:   the text, the type it is of
Out:  SayPlans

`{Field!how}` shows a field in a certain way; how is one of _WAYS. Without it, the field's type
says how. `{?Field|this|that}` asks whether there is something, `{Field?text|this|that}` whether an
error says exactly that, `{Field=Other|this|that}` whether two numbers are the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gogen.golang.sizes import layout, resolve
from gogen.golang.types import Basic, Interface, Slice, Struct
from gogen.plan.valuemodel import SayPlan

if TYPE_CHECKING:
    from gogen.golang.types import GoType

_WAYS = frozenset(
    {
        "bounds",
        "errno",
        "exit",
        "old_bounds",
        "padded",
        "plain",
        "quoted",
        "rune",
        "self",
        "sockaddr",
        "type",
    }
)
_OPEN = re.compile(r"\{(\??)([\w.]+)(?:!(\w+)(?::(\w+))?|([?=])([^|{}]*))?([|}])")
_STATUS_AT = 8
"""Of os.ProcessState.status."""
_UNSIGNED = ("uint", "uint8", "uint16", "uint32", "uint64", "uintptr")


def parts(text: str, type_: GoType) -> tuple[SayPlan, ...]:
    """Compile a text; what it names must be fields of the type."""
    reader = _Reader(text, type_)
    found = reader.sequence("")
    assert reader.at == len(text), text
    return tuple(found)


def offset_of(type_: GoType, field: str) -> int:
    """Give where a field is."""
    return _find(type_, field)[0]


def _find(type_: GoType, field: str) -> tuple[int, GoType]:
    if field == ".":
        return 0, type_
    assert isinstance(type_, Struct), field
    number = [each.name for each in type_.fields].index(field)
    return layout(type_, {}).field_offsets[number], resolve(type_.fields[number].type, {})


class _Reader:
    def __init__(self, text: str, type_: GoType) -> None:
        self._text = text
        self._type = type_
        self.at = 0

    def sequence(self, end: str) -> list[SayPlan]:
        """Read up to one of the characters in `end`, which belong to who asked."""
        found: list[SayPlan] = []
        while self.at < len(self._text) and self._text[self.at] not in end:
            opened = _OPEN.match(self._text, self.at)
            if opened is None:
                start = self.at
                while self.at < len(self._text) and self._text[self.at] not in "{" + end:
                    self.at += 1
                assert self.at > start, self._text[start:]
                found.append(SayPlan(op="SAY_TEXT", text=self._text[start : self.at]))
                continue
            self.at = opened.end()
            found += self._choice(opened) if opened[7] == "|" else [self._field(opened)]
        return found

    def _choice(self, opened: re.Match[str]) -> list[SayPlan]:
        """Read this and that behind a condition; either may have parts of its own."""
        this = self.sequence("|}")
        that: list[SayPlan] = []
        if self._text[self.at] == "|":
            self.at += 1
            that = self.sequence("}")
        self.at += 1
        offset, _ = _find(self._type, opened[2])
        if that:
            this.append(SayPlan(op="SAY_SKIP", size=len(that)))
        if opened[5] == "=":
            other, _ = _find(self._type, opened[6])
            test = SayPlan(op="SAY_UNLESS_SAME", offset=offset, size=len(this), other=other)
        elif opened[5]:
            test = SayPlan(op="SAY_UNLESS_IS", text=opened[6], offset=offset, size=len(this))
        else:
            # A string is empty when its length is zero; others, when their first word is.
            _, type_ = _find(self._type, opened[2])
            at = offset + 8 * (type_ is Basic.STRING)
            test = SayPlan(op="SAY_UNLESS", offset=at, size=len(this))
        return [test, *this, *that]

    def _field(self, opened: re.Match[str]) -> SayPlan:
        offset, type_ = _find(self._type, opened[2])
        way = opened[3]
        size = layout(type_, {}).size
        if way:
            assert way in _WAYS, way
            other = _STATUS_AT if way == "exit" else offset
            if opened[4]:
                other, _ = _find(self._type, opened[4])
            return SayPlan(op=f"SAY_{way.upper()}", offset=offset, size=size, other=other)
        if type_ is Basic.STRING:
            return SayPlan(op="SAY_STRING", offset=offset)
        if isinstance(type_, Interface):
            return SayPlan(op="SAY_ERROR", offset=offset)
        if isinstance(type_, Slice):
            return SayPlan(op="SAY_JOIN", offset=offset)
        assert isinstance(type_, Basic), opened[2]
        op = "SAY_UINT" if type_.value in _UNSIGNED else "SAY_INT"
        return SayPlan(op=op, offset=offset, size=size)
