# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The table of error types, against the DWARF of what each version of Go builds."""

from __future__ import annotations

import functools

import gobuild
import pytest

from gogen.binary import dwarf, image
from gogen.golang.sizes import layout, resolve
from gogen.golang.syntax import parse_type
from gogen.golang.types import Struct
from gogen.plan.errortable import ERRORS

pytestmark = pytest.mark.golang


@functools.cache
def debug(version: str) -> dwarf.Dwarf:
    found = dwarf.read(image.load(gobuild.build(gobuild.PROGRAMS / "errs", version=version)))
    assert found is not None
    return found


@pytest.mark.parametrize("version", gobuild.toolchains())
def test_fields_are_where_the_table_says(version: str) -> None:
    minor = int(version.split(".")[1])
    compared = 0
    for each in ERRORS:
        under = resolve(parse_type(each.definition), {})
        if not each.since <= minor <= each.until or not isinstance(under, Struct):
            continue
        # The table's own names stand for fields that do not matter.
        fields = [
            (f.name, o) for f, o in zip(under.fields, layout(under, {}).field_offsets, strict=True)
        ]
        fields = [
            (name, offset)
            for name, offset in fields
            if f"{{{name}" in each.text or name == each.wraps
        ]
        name = f"{each.package}.{each.name.removeprefix('*')}"
        found = debug(version).struct_offsets(name, tuple(field for field, _ in fields))
        has = debug(version).struct_offsets(name, ()) is not None
        if fields and has:
            assert found == tuple(offset for _, offset in fields), (each, found)
            compared += 1
    assert compared > 25
