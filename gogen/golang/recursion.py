# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Find the types that hold slices of themselves, as `type Node struct { Children []Node }`.

In:   GoType, Types
Out:  whether it does

Pointers and interfaces are not looked behind: following them costs depth, which ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.errors import UnsupportedError
from gogen.golang.sizes import resolve
from gogen.golang.types import Array, Slice, Struct

if TYPE_CHECKING:
    from gogen.golang.types import GoType, Types


def holds_itself(type_: GoType, types: Types, known: dict[GoType, bool]) -> bool:
    """Tell whether slices in a value of this type lead to values of it; `known` is kept."""
    found = known.get(type_)
    if found is None:
        found = known[type_] = _reaches(type_, types)
    return found


def _reaches(type_: GoType, types: Types) -> bool:
    seen: set[GoType] = set()
    left = list(_parts(type_, types))
    while left:
        part = left.pop()
        if part == type_:
            return True
        if part not in seen:
            seen.add(part)
            left += _parts(part, types)
    return False


def _parts(type_: GoType, types: Types) -> tuple[GoType, ...]:
    try:
        under = resolve(type_, types)
    except UnsupportedError:
        return ()
    if isinstance(under, Slice | Array):
        return (under.elem,)
    return tuple(field.type for field in under.fields) if isinstance(under, Struct) else ()
