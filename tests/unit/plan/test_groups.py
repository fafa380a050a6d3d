# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Which functions share programs: those that differ in nothing but names, where they are many."""

from __future__ import annotations

from plancase import TEXT, code, plan

from gogen.binary.model import EntryChoice
from gogen.plan.groups import SHARED_MIN

_MANY = ("func(a int) int",) * SHARED_MIN


def groups(*signatures: str, extra: str = "", last: str = "", more: str = "") -> list[int]:
    """Plan functions, the last with lines of its own; give the sizes of those that share."""
    text = '[tracer]\nname = "shop"\nbinary = "shop"\n' + more
    for n, signature in enumerate(signatures):
        own = last if n == len(signatures) - 1 else ""
        text += f'[[function]]\nsymbol = "shop.f{n}"\nsignature = "{signature}"\n{extra}{own}'
    functions = plan(text).functions
    served = [f.symbol for f in functions if f.served_by]
    for function in functions:
        shares = bool(function.other_cnt)
        assert bool(function.next) or not shares
        assert function.number == ("shared_func(ctx)" if shares else function.const)
        assert not (shares and function.served_by)
    assert sum(f.other_cnt for f in functions) == len(served)
    return [f.other_cnt + 1 for f in functions if f.other_cnt]


def test_few_functions_have_programs_of_their_own() -> None:
    assert groups(*_MANY[1:]) == []
    assert groups(*_MANY) == [SHARED_MIN]


def test_names_make_no_difference() -> None:
    other = tuple(f"func(name{n} int) (result{n} int)" for n in range(SHARED_MIN))
    assert groups(*other) == [SHARED_MIN]
    strings = tuple(f"func(name{n} string) error" for n in range(SHARED_MIN))
    assert groups(*strings) == [SHARED_MIN]


def test_another_place_or_width_or_kind_does() -> None:
    for other in ("func(a uint8) int", "func(a int, b int) int", "func(a string) int", "func()"):
        assert groups(*_MANY[1:], other) == []
        assert groups(*_MANY, other) == [SHARED_MIN]


def test_results_stack_limits_and_ends_do() -> None:
    assert groups(*_MANY[1:], "func(a int) string") == []
    assert groups(*_MANY[1:], _MANY[0], last="stack = true\n") == []
    for emit in ("entry", "return", "both"):
        assert groups(*_MANY[1:], _MANY[0], last=f'emit = "{emit}"\n') == []
        assert groups(*_MANY, extra=f'emit = "{emit}"\n') == [SHARED_MIN]
    texts = ("func(a string) int",) * SHARED_MIN
    assert groups(*texts) == [SHARED_MIN]
    assert groups(*texts, last="limits = { string = 65 }\n") == []


def test_a_bound_of_its_own_does_not() -> None:
    assert groups(*_MANY, last="limits = { rate = 7 }\n") == [SHARED_MIN]


def test_arguments_that_nobody_asked_for_do_not() -> None:
    several = ("func()", "func(a, b string) error", *_MANY[2:])
    assert groups(*several, extra="capture = []\n") == [SHARED_MIN]


def test_what_capture_leads_to_counts_and_not_the_type_it_lies_in() -> None:
    types = '[types]\n"shop.A" = "struct { X, Y int }"\n"shop.B" = "struct { P, Q int }"\n'
    alike = tuple(f"func(a *shop.{'AB'[n % 2]}) int" for n in range(SHARED_MIN))
    assert groups(*alike, more=types) == [SHARED_MIN]
    first = ("func(a *shop.A) int",) * SHARED_MIN
    told = 'capture = ["a.X"]\n'
    assert groups(*first, more=types, extra=told) == [SHARED_MIN]
    assert groups(*first[1:], more=types, extra=told) == []


def test_where_the_stack_check_is_tested_does() -> None:
    text = '[tracer]\nname = "shop"\nbinary = "shop"\n' + "".join(
        f'[[function]]\nsymbol = "shop.f{n}"\nsignature = "func(a int) int"\n'
        for n in range(SHARED_MIN)
    )
    codes = tuple(
        code(
            f"shop.f{n}",
            address=TEXT + n * 4096,
            choice=EntryChoice.AFTER_CHECK_EMULATED if n else EntryChoice.CHECK_BRANCH,
        )
        for n in range(SHARED_MIN)
    )
    assert not any(f.other_cnt for f in plan(text, *codes).functions)
