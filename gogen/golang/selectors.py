# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Find a struct's fields by name, promoted ones too.

In:   GoType, Types
Out:  the fields on the way to one; the names of all

Upstream: "The Go Programming Language Specification", sections "Struct types" and
"Selectors": the shallowest field of a name is meant, and two of the same depth cancel out.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from gogen.errors import UnsupportedError
from gogen.golang.sizes import resolve
from gogen.golang.types import GoType, Pointer, Struct, Types

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MAX_DEPTH = 10
"""Structs embedded in each other; a type may embed a pointer to itself."""

_SHOWN = 20


def find_field(type_: GoType, name: str, types: Types) -> tuple[str, ...]:
    """Give the fields to select one after the other; empty when there is no such field."""
    for level in _levels(type_, types):
        found = [
            (*path, name)
            for path, struct in level
            if any(field.name == name and name != "_" for field in struct.fields)
        ]
        if found:
            return found[0] if len(found) == 1 else ()
    return ()


def field_names(type_: GoType, types: Types) -> list[str]:
    """Give every name that can be selected, the shallowest first."""
    names: dict[str, None] = {}
    for level in _levels(type_, types):
        for _, struct in level:
            names.update(dict.fromkeys(field.name for field in struct.fields if field.name != "_"))
    return list(names)


def near(name: str, names: Sequence[str]) -> str:
    """Say which name was probably meant, and which there are."""
    shown = ", ".join(names[:_SHOWN]) + (" ..." if len(names) > _SHOWN else "")
    close = difflib.get_close_matches(name[:64], names, n=1)
    return f'did you mean "{close[0]}"? There are: {shown}' if close else f"there are: {shown}"


def _levels(type_: GoType, types: Types) -> Iterator[list[tuple[tuple[str, ...], Struct]]]:
    """Give the structs embedded 0, 1, ... deep, each with the fields that lead to it."""
    level: list[tuple[tuple[str, ...], GoType]] = [((), type_)]
    for _ in range(_MAX_DEPTH):
        structs = []
        for path, each in level:
            try:
                under = resolve(each, types)
            except UnsupportedError:
                continue
            if isinstance(under, Struct):
                structs.append((path, under))
        if not structs:
            return
        yield structs
        level = []
        for path, struct in structs:
            for field in struct.fields:
                if not field.embedded:
                    continue
                behind = field.type.elem if isinstance(field.type, Pointer) else field.type
                level.append(((*path, field.name), behind))
