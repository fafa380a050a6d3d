# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""A special type is known by its name and its layout, and by neither alone."""

from __future__ import annotations

import pytest
from plancase import one, plan

EITHER = "IPv4, or the same in IPv6: before Go 1.23 only the address of net/netip.z4 tells"
OLD = "struct { addr struct { hi, lo uint64 }; z *int }"
NEW = "struct { addr struct { hi, lo uint64 }; z struct { value *int } }"


def typed(definition: str, name: str) -> str:
    """Write the spec of a function that takes a value of a type."""
    types = f"[types]\n'{name}' = '{definition}'\n\n[[function]]"
    return one(f"func(v {name})").replace("[[function]]", types)


def kind(definition: str, name: str) -> str:
    (function,) = plan(typed(definition, name)).functions
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


@pytest.mark.parametrize(
    ("definition", "moves", "ipv4", "reads", "reason"),
    [
        (OLD, False, 0x6DC398, ["enter", "enter", "slice", "leave", "leave", "0x6dc398"], ""),
        (
            OLD,
            True,
            0x6DC398,
            ["enter", "enter", "slice", "leave", "leave"],
            f"{EITHER}, and the program is loaded anywhere",
        ),
        (
            OLD,
            False,
            0,
            ["enter", "enter", "slice", "leave", "leave"],
            f"{EITHER}, and the binary has no symbol of it",
        ),
        (NEW, False, 0, ["enter", "slice", "leave"], ""),
    ],
)
def test_an_old_address_is_compared_with_the_variable_that_marks_ipv4(
    definition: str, moves: bool, ipv4: int, reads: list[str], reason: str
) -> None:
    (function,) = plan(typed(definition, "netip.Addr"), moves=moves, ipv4=ipv4).functions
    (field,) = function.records[0].fields

    names = {"enter_object": "enter", "append_slice": "slice", "leave": "leave"}
    assert [names.get(step.op, hex(step.skip)) for step in field.steps] == reads
    assert field.tree
    assert field.tree.children[0].reason == reason
