# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Which records say where their calls came from, and what is said of those that cannot."""

from __future__ import annotations

import dataclasses

import pytest
from plancase import code, facts, load_text, one, plan

from gogen.plan import layout, stacks

FUNCTION = "func(a int) int"


@pytest.mark.parametrize(
    ("emit", "having"),
    [
        ("call", {"EVENT_CALL"}),
        ("entry", {"EVENT_ENTRY"}),
        ("return", {"EVENT_RETURN"}),
        ("both", {"EVENT_ENTRY"}),
    ],
)
def test_one_record_of_a_call_has_its_stack(emit: str, having: set[str]) -> None:
    with_it = plan(one(FUNCTION, extra=f'emit = "{emit}"\nstack = true'))
    without = plan(one(FUNCTION, extra=f'emit = "{emit}"'))

    assert (with_it.has_stacks, without.has_stacks) == (True, False)
    pairs = zip(with_it.functions[0].records, without.functions[0].records, strict=True)
    found = {one.event: (one.has_stack, one.size - other.size) for one, other in pairs}
    assert {event for event, (has, _) in found.items() if has} == having
    assert all(more == has * stacks.SIZE for has, more in found.values())


def test_what_inlined_functions_need_is_missed() -> None:
    asked = load_text(one("func()", extra="stack = true"))
    known = facts((code("main.f"),), stacks=True)
    assert known.tracebacks
    unknown = dataclasses.replace(known, tracebacks=dataclasses.replace(known.tracebacks, gofunc=0))

    assert stacks.blind(known, asked.functions[0]) == ()
    (said,) = stacks.blind(unknown, asked.functions[0])
    assert said.startswith("stacks are without inlined functions")
    assert stacks.blind(unknown, load_text(one("func()")).functions[0]) == ()


def test_the_room_of_a_stack_is_that_of_its_frames() -> None:
    assert stacks.SIZE == 8 + 64 * 8
    assert layout.HEADER_SIZE + stacks.SIZE < layout.RECORD_MAX
