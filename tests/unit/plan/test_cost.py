# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""What does not fit is told by its name, before the kernel is asked."""

from __future__ import annotations

import dataclasses

import pytest
from plancase import one, plan

from gogen.errors import PlanError
from gogen.plan import cost
from gogen.toolchain.model import Program

ERRORS = "limits = { slice = 25, depth = 0 }\n"
LARGE = "func({}, small [1]error, s string)"


def params(count: int) -> str:
    return ", ".join(f"p{n} [{25 if n == 3 else 24}]error" for n in range(count))


def test_what_nobody_listed_is_left_out_and_said() -> None:
    (function,) = plan(one(LARGE.format(params(17)), extra=ERRORS)).functions
    assert function.end
    assert [field.name for field in function.end.args] == [
        *(f"p{n}" for n in range(17) if n != 3),
        "small",
        "s",
    ]
    assert function.warnings == (
        (
            '"p3" is left out: 4101 reads in one program, at most 4000 pass the kernel\'s '
            'verifier; "p3" takes 250 of them'
        ),
    )


def test_what_was_listed_is_refused() -> None:
    names = ", ".join(f'"p{n}"' for n in range(17))
    with pytest.raises(PlanError) as caught:
        plan(one(LARGE.format(params(17)), extra=f"{ERRORS}capture = [{names}]\n"))
    assert str(caught.value).rpartition("/")[2] == (
        "spec.toml:5: function[0].capture: 4090 reads in one program, at most 4000 pass the "
        'kernel\'s verifier; "p3" takes 250 of them - lower limits.slice, or leave "p3" out of '
        "capture"
    )


def test_a_record_that_is_too_large_loses_what_refers_to_most() -> None:
    wide = ", ".join(f"p{n} []string" for n in range(20))
    (function,) = plan(
        one(f"func(small []string, {wide})", extra="limits = { string = 1000, slice = 7 }")
    ).functions
    assert function.end
    assert len(function.end.args) == 9
    assert len(function.warnings) == 12
    assert "bytes in one record, at most 65536 fit into the ring" in function.warnings[0]


def program(**changes: object) -> Program:
    fine = Program(
        name="main_f_entry",
        insns=900,
        processed=250_000,
        stack=512,
        frames=8,
        parts=(("read_main_f_call_a", 9), ("read_main_f_call_b", 1000), ("go_append", 2000)),
    )
    return dataclasses.replace(fine, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"processed": 250_001},
            (
                '"main.f": up to 1000004 instructions for the kernel\'s verifier, which processes '
                'at most 1000000; "b" takes 4000 of them - lower limits.slice, or leave "b" out of '
                "capture"
            ),
        ),
        (
            {"stack": 544, "parts": (("read_main_f_call_a", 9),)},
            (
                '"main.f": 544 bytes of stack, at most 512 are allowed; "a" takes most - lower '
                'limits.depth, or leave "a" out of capture'
            ),
        ),
        (
            {"frames": 9, "parts": ()},
            '"main.f": calls 9 deep, at most 8 are allowed - list the values you want in capture',
        ),
    ],
)
def test_programs_that_ask_too_much_are_refused(changes: dict[str, object], message: str) -> None:
    planned = plan(one("func(a *struct { s string }, b []string)"))
    cost.check(planned, (program(),))
    with pytest.raises(PlanError) as caught:
        cost.check(planned, (program(), program(**changes)))
    assert str(caught.value) == message


def test_a_line_for_people() -> None:
    assert cost.line(program()) == (
        "main_f_entry: 900 instructions, at most 1000000 of 1000000 for the verifier, "
        "512 of 512 bytes of stack"
    )
