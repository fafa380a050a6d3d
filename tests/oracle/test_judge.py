# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The judge of random programs, judged: what it has to let pass, and what it must not."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from judge import FLOAT, NO_ROOM, OPAQUE, Judge

INT = 7
UNKNOWN = "the text of the main.coded in it is not known"
CUT = "what it wraps did not fit into the record"


def text(value: str) -> dict[str, str]:
    return {"s": base64.b64encode(value.encode()).decode()}


def held(type_: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"i": type_, "v": value, "error": False, **more}


def failed(type_: str, said: str, *wraps: Any) -> dict[str, Any]:
    return held(type_, {"o": []}, e=text(said)["s"], w=list(wraps))


def elements(*values: Any, size: int | None = None) -> dict[str, Any]:
    """An array; of a slice the truth says how large its elements are."""
    return {"a": list(values)} if size is None else {"a": list(values), "size": size}


def pointer(to: Any, size: int = 8) -> dict[str, Any]:
    return {"p": to, "size": size}


def passes(
    got: Any,
    told: Any,
    *,
    unreadable: dict[str, str] | None = None,
    truncated: dict[str, int] | None = None,
    depth: int = 3,
) -> bool:
    """Judge a record of one argument `v`."""
    record = {
        "args": {"v": got},
        "results": {},
        "unreadable": unreadable or {},
        "truncated": truncated or {},
    }
    try:
        Judge(record, depth=depth).compare({"args": {"v": told}, "results": {}})
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize(
    ("got", "told", "other"),
    [
        (7, 7, 8),
        (True, True, 1),
        (None, None, 0),
        ("abc", text("abc"), "abd"),
        ("QUI=", {"b": "QUI="}, "QUE="),
        (1.5, {"f": "3fc00000"}, 1.25),
        (-0.0, {"f": "8000000000000000"}, 0.0),
        ("(1+2i)", {"c": "(1+2i)"}, "(1+1i)"),
        ({"len": 2}, {"m": {"len": 2}}, {"len": 3}),
        ("::1", {"j": "::1"}, "::2"),
        ({"a": 1, "b": 2}, {"o": [["a", 1], ["b", 2]]}, {"b": 2, "a": 1}),
        ([1, 2], elements(1, 2), [1]),
        ([1, 2], elements(1, 2), [2, 1]),
        (INT, pointer(INT), 8),
        (
            {"type": "main.square", "value": 4},
            held("main.square", 4),
            {"type": "main.room", "value": 4},
        ),
        ({"type": "int", "value": 4}, held("int", 4), {"type": "int", "value": 5}),
    ],
)
def test_what_is_equal_passes_and_what_is_not_does_not(got: Any, told: Any, other: Any) -> None:
    assert passes(got, told)
    assert not passes(other, told)


def test_nothing_is_left_out_without_need() -> None:
    assert not passes("abc", text("abc"), truncated={"args.v": 3})
    assert not passes(None, 7, unreadable={"args.v": "its memory could not be read"})
    assert not passes(7, 7, unreadable={"args.w": FLOAT})


def test_a_text_is_cut_at_the_limit_and_nowhere_else() -> None:
    whole = "x" * 100
    assert passes("x" * 64, text(whole), truncated={"args.v": 100})
    assert not passes("x" * 63, text(whole), truncated={"args.v": 100})
    assert not passes("x" * 64, text(whole), truncated={"args.v": 99})
    assert not passes("x" * 64, text(whole))


def test_a_slice_is_cut_at_the_limit_and_nowhere_else() -> None:
    whole = elements(*range(12), size=8)
    assert passes(list(range(8)), whole, truncated={"args.v": 12})
    assert not passes(list(range(7)), whole, truncated={"args.v": 12})
    assert not passes(list(range(8)), whole, truncated={"args.v": 11})


def test_of_large_elements_no_more_than_a_piece_is_copied() -> None:
    whole = elements(*range(12), size=300)
    assert passes(list(range(3)), whole, truncated={"args.v": 12})
    assert not passes(list(range(8)), whole, truncated={"args.v": 12})


def test_a_slice_behind_an_interface_may_be_shorter() -> None:
    told = held("[]int", elements(*range(12), size=8))
    got = {"type": "[]int", "value": [0, 1]}
    assert passes(got, told, truncated={"args.v.value": 12})


def test_a_text_behind_an_interface_may_be_shorter() -> None:
    told = held("string", text("x" * 100))
    assert passes({"type": "string", "value": "xxx"}, told, truncated={"args.v.value": 100})
    assert not passes({"type": "string", "value": "xy"}, told, truncated={"args.v.value": 100})


def test_a_field_called_value_is_behind_no_interface() -> None:
    """Random lists have one: its path alone once made the judge lenient."""
    told = {"o": [["value", text("x" * 100)]]}
    assert not passes({"value": "xxx"}, told, truncated={"args.v.value": 100})
    told = {"o": [["value", {"o": []}]]}
    assert not passes({"value": None}, told, unreadable={"args.v.value": OPAQUE})


@pytest.mark.parametrize("told", [INT, text("abc"), elements(1, size=8), {"j": "::1"}])
def test_only_what_an_interface_leads_to_may_not_fit(told: Any) -> None:
    """All else has its room in the record: once it passed anywhere."""
    assert not passes(None, told, unreadable={"args.v": NO_ROOM})
    assert not passes([None], elements(told, size=16), unreadable={"args.v[0]": NO_ROOM})
    got = {"type": "main.room", "value": {"name": None}}
    behind = held("main.room", {"o": [["name", told]]})
    assert passes(got, behind, unreadable={"args.v.value.name": NO_ROOM})


def test_an_interface_may_not_fit_wherever_it_is() -> None:
    """In a slice, in a struct in one, and alone: 263119a."""
    told = held("int", 4)
    assert passes(None, told, unreadable={"args.v": NO_ROOM})
    assert passes([None], elements(told, size=16), unreadable={"args.v[0]": NO_ROOM})
    got = {"type": "int", "value": None}
    assert passes(got, told, unreadable={"args.v.value": NO_ROOM})
    assert passes({"a": got}, {"o": [["a", told]]}, unreadable={"args.v.a.value": NO_ROOM})


def test_a_known_error_has_a_text_unless_it_did_not_fit() -> None:
    """15153fa, 263119a."""
    told = failed("*errors.errorString", "no")
    got = {"type": "*errors.errorString", "value": None}
    assert passes({"type": "*errors.errorString", "error": "no"}, told)
    assert passes(got, told, unreadable={"args.v.value": NO_ROOM})
    assert not passes(got, told, unreadable={"args.v.value": OPAQUE})
    assert not passes({"type": "*errors.errorString", "value": "0xc000012345"}, told)
    assert passes({"type": "*errors.errorString", "value": "0xc000012345"}, told, depth=0)


@pytest.mark.parametrize("reason", [UNKNOWN, CUT])
def test_an_error_without_text_says_which_part_is_missing(reason: str) -> None:
    told = failed("*fmt.wrapError", "a: code 3", failed("main.coded", "code 3"))
    got = {"type": "*fmt.wrapError", "error": None}
    assert passes(got, told, unreadable={"args.v.error": reason})
    assert passes([got], elements(told, size=16), unreadable={"args.v[0].error": reason})
    assert not passes(got, told, unreadable={"args.v.error": NO_ROOM})
    assert not passes(got, told, unreadable={"args.v.error": UNKNOWN.replace("coded", "worded")})


def test_errors_that_are_wrapped_are_judged_and_may_not_fit() -> None:
    inner = failed("*errors.errorString", "no")
    told = failed("*fmt.wrapError", "a: no", inner)
    right = {"type": "*errors.errorString", "error": "no"}
    wrong = {"type": "*errors.errorString", "error": "yes"}
    got = {"type": "*fmt.wrapError", "error": "a: no"}
    assert passes({**got, "wraps": [right]}, told)
    assert passes({**got, "wraps": [None]}, told, unreadable={"args.v.wraps[0]": NO_ROOM})
    assert not passes({**got, "wraps": [wrong]}, told)
    assert not passes({**got, "wraps": [right]}, told, depth=0)


def test_an_errors_text_may_be_cut_to_a_true_beginning() -> None:
    told = failed("*errors.errorString", "x" * 100)
    got = {"type": "*errors.errorString", "error": "xxx"}
    assert passes(got, told, truncated={"args.v.error": 100})
    assert not passes(got, told)
    assert not passes({**got, "error": "xy"}, told, truncated={"args.v.error": 100})


def test_a_pointer_in_an_interface_is_one_step_not_two() -> None:
    """The interface's own word is the pointer: 426d8c2."""
    told = held("*main.room", pointer({"o": [["w", pointer(INT)]]}))
    got = {"type": "*main.room", "value": {"w": INT}}
    assert passes(got, told, depth=2)
    assert not passes({**got, "value": {"w": "0xc000012345"}}, told, depth=2)
    assert passes({**got, "value": {"w": "0xc000012345"}}, told, depth=1)


def test_pointers_are_followed_as_far_as_asked_and_no_further() -> None:
    told = pointer(pointer(INT))
    assert passes(INT, told, depth=2)
    assert passes("0xc000012345", told, depth=1)
    assert passes("0xc000012345", told, depth=0)
    assert not passes("0xc000012345", told, depth=2)
    assert not passes(INT, told, depth=1)
    assert not passes("0xc000012345", pointer(INT), depth=1)
    assert passes("0xc000012345", pointer(INT, size=2000), depth=1)
    assert passes("0xc000012345", pointer({"o": []}, size=0), depth=1)


def test_only_a_float_that_may_be_in_a_register_is_lost_there() -> None:
    """Not one behind a pointer, in a slice or in an array of several: once it passed anywhere."""
    told = {"f": "3fc00000"}
    assert passes(None, told, unreadable={"args.v": FLOAT})
    assert passes({"f": None}, {"o": [["f", told]]}, unreadable={"args.v.f": FLOAT})
    assert passes([None], elements(told), unreadable={"args.v[0]": FLOAT})
    assert not passes(None, INT, unreadable={"args.v": FLOAT})
    assert not passes(None, pointer(told), unreadable={"args.v": FLOAT})
    assert not passes([None], elements(told, size=4), unreadable={"args.v[0]": FLOAT})
    assert not passes([None, 1.5], elements(told, told), unreadable={"args.v[0]": FLOAT})
    got = {"type": "float32", "value": None}
    assert not passes(got, held("float32", told), unreadable={"args.v.value": FLOAT})


def test_of_a_closure_variables_may_be_missing_but_are_judged() -> None:
    call = {"args": {"a": 1}, "captured": {"c": 2}, "results": {}}
    Judge({"args": {"a": 1}, "results": {}}).compare(call)
    Judge({"args": {"a": 1, "c": 2}, "results": {}}).compare(call)
    for args in ({"a": 1, "c": 3}, {"a": 1, "d": 2}, {"c": 2}):
        with pytest.raises(AssertionError):
            Judge({"args": args, "results": {}}).compare(call)


def test_what_gogen_warned_of_is_left_out_or_less_deep() -> None:
    call = {"args": {"a": pointer(INT), "b": 2}, "results": {}}
    record = {"args": {"a": "0xc000012345"}, "results": {}}
    Judge(record, lowered={"a": 0}, left_out=frozenset({"b"})).compare(call)
    with pytest.raises(AssertionError):
        Judge(record, left_out=frozenset({"b"})).compare(call)
    with pytest.raises(AssertionError):
        Judge(record, lowered={"a": 0}).compare(call)


def test_type_arguments_are_judged_where_a_record_has_them() -> None:
    call = {"args": {}, "results": {}, "type_args": ["int"]}
    Judge({"args": {}, "results": {}}).compare(call)
    Judge({"args": {}, "results": {}, "type_args": ["int"]}).compare(call)
    with pytest.raises(AssertionError):
        Judge({"args": {}, "results": {}, "type_args": ["string"]}).compare(call)
