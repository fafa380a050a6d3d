# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Print named types as people look at them in memory: each field at its offset.

In:   Types
Out:  text, every line begun by a newline
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.errors import UnsupportedError
from gogen.golang.pprint import format_field, format_type
from gogen.golang.sizes import layout
from gogen.golang.types import Struct

if TYPE_CHECKING:
    from gogen.golang.types import Types


def definitions(types: Types) -> str:
    """Give each named type on lines of its own: `type main.P struct`, fields at their offsets."""
    lines: list[str] = []
    for name, type_ in types.items():
        if not isinstance(type_, Struct):
            lines.append(f"type {name} {format_type(type_)}")
            continue
        try:
            sizes = layout(type_, types)
        except UnsupportedError:
            continue
        lines.append(f"type {name} struct ({sizes.size} bytes)")
        for field, offset in zip(type_.fields, sizes.field_offsets, strict=True):
            lines.append(f"  +{offset:<4} {format_field(field)}")
    return "".join(f"\n{line}" for line in lines)
