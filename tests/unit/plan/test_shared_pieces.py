# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Which arguments share the first piece, and what it holds."""

from __future__ import annotations

from plancase import plan

SPEC = """\
[tracer]
name = "shop"
binary = "shop"
[types]
"main.Order" = "struct { ID int; Name string; Far [32]int; Last int }"
[[function]]
symbol = "main.f"
signature = "func(o, p *main.Order, s []int)"
emit = "entry"
capture = [CAPTURE]
"""


def shares(*capture: str) -> list[tuple[int, int, int, bool] | None]:
    text = SPEC.replace("CAPTURE", ", ".join(f'"{expression}"' for expression in capture))
    (function,) = plan(text).functions
    assert function.begin
    found = [field.share for field in function.begin.args]
    assert function.begin.shares is any(found)
    return [(s.skip, s.size, s.within, s.opens) if s else None for s in found]


def test_what_lies_near_in_one_object_is_read_at_once() -> None:
    assert shares("o.ID", "o.Name") == [(0, 24, 0, True), (0, 24, 8, False)]
    assert shares("o.Name", "o.ID") == [(0, 24, 8, True), (0, 24, 0, False)]


def test_neighbours_in_the_record_need_not_be_neighbours_in_memory() -> None:
    assert shares("o.ID", "s[0]", "o.Name") == [(0, 24, 0, True), None, (0, 24, 8, False)]


def test_what_lies_far_apart_is_read_by_itself() -> None:
    assert shares("o.ID", "o.Last") == [None, None]


def test_different_objects_and_single_values_share_nothing() -> None:
    assert shares("o.ID", "p.ID") == [None, None]
    assert shares("o.ID") == [None]
    assert shares("s[0]", "s[1]") == [None, None]
    assert shares("o", "o.ID") == [None, None]


def test_one_object_of_two_shares() -> None:
    assert shares("o.ID", "p.ID", "p.Name", "o.Name") == [
        (0, 24, 0, True),
        None,
        None,
        (0, 24, 8, False),
    ]
