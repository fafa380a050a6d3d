# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""A special type is known by its name and its layout, and by neither alone."""

from __future__ import annotations

import pytest
from plancase import one, plan


def kind(definition: str, name: str) -> str:
    text = one(f"func(v {name})").replace(
        "[[function]]", f"[types]\n'{name}' = '{definition}'\n\n[[function]]"
    )
    (function,) = plan(text).functions
    assert function.end
    (field,) = function.end.args
    return field.tree.kind if field.tree else field.kind


@pytest.mark.parametrize(
    ("name", "right", "kinds", "wrong"),
    [
        ("net.IP", "[]byte", ("ip", "slice"), "[]int8"),
        ("net.HardwareAddr", "[]uint8", ("mac", "string"), "string"),
        ("uuid.UUID", "[16]byte", ("uuid", "array"), "[15]byte"),
        ("main.UUID", "[16]uint8", ("uuid", "array"), "[16]int8"),
        ("time.Month", "int", ("month", "int"), "int64"),
        ("time.Duration", "int64", ("duration", "uint"), "uint64"),
        (
            "netip.Addr",
            "struct { addr struct { hi, lo uint64 }; z *int }",
            ("addr", "struct"),
            "struct { a, b uint64; z *int }",
        ),
        ("big.Int", "struct { neg bool; abs []uint }", ("big", "struct"), "struct { neg bool }"),
        ("netip.IP", "[]byte", ("bytes", "bytes"), "[]byte"),
    ],
)
def test_a_layout_of_another_kind(
    name: str, right: str, kinds: tuple[str, str], wrong: str
) -> None:
    assert (kind(right, name), kind(wrong, name)) == kinds
