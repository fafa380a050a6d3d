# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Expressions along types: which bytes they need, and what they can't mean."""

from __future__ import annotations

import dataclasses

import pytest

from gogen.binary.model import DynamicType
from gogen.errors import SpecError
from gogen.golang.expression import parse_expression
from gogen.golang.syntax import parse_type
from gogen.plan import path, place
from gogen.plan.known import Known
from gogen.plan.valuemodel import TypeTag
from gogen.spec.model import Limits

TYPES = {
    name: parse_type(text)
    for name, text in {
        "Stamp": "struct { By string; At int64 }",
        "Audit": "struct { *Stamp; Seen int16 }",
        "Other": "struct { By int }",
        "Twice": "struct { Audit; Other; Inner struct { By bool } }",
        "Clash": "struct { A; B }",
        "A": "struct { X int }",
        "B": "struct { X int }",
        "Loop": "struct { *Loop; Y int }",
        "Item": "struct { SKU string; Price float64; Tags []string }",
        "Order": (
            "struct { ID int64; Items []Item; First *Item; Set map[string]int; Err error;"
            " Grid [3][2]uint16; F func(); Sum [16]byte; Where *Nowhere; Done chan bool;"
            " Texts *[4]string; Ratio float32 }"
        ),
    }.items()
}
CONTEXT = "spec.toml:7: function[0].capture[0]"


def found(text: str, go_type: str = "*Order") -> place.Place:
    expression = parse_expression(text)
    walk = path.walk(expression, parse_type(go_type), TYPES, context=CONTEXT)
    return place.find(walk, Known(types=TYPES), Limits(), frozenset())


def test_only_the_bytes_on_the_way_are_read() -> None:
    where = found("o.Items[2].Price")

    assert (where.first, where.size) == (0, 8)
    via = where.tree
    assert (via.kind, via.skip, via.piece, via.reason) == ("via", 8, 16, "o is nil")
    (element,) = via.children
    # An Item takes 48 bytes; Price is behind the string.
    assert (element.kind, element.skip, element.piece) == ("via", 2 * 48 + 16, 8)
    assert (element.start, element.indexed) == (2, True)
    assert element.reason == "o.Items has no element 2"
    assert [child.kind for child in element.children] == ["float"]


def test_a_part_of_a_value_in_registers_takes_only_its_words() -> None:
    where = found("v.Tags", "Item")

    assert (where.first, where.size, where.tree.offset) == (24, 24, 0)
    small = found("v[1].Y", "[2]struct { X int32; Y int16 }")
    assert (small.first, small.size, small.tree.offset) == (8, 6, 4)


def test_the_shallowest_embedded_field_is_meant() -> None:
    assert found("v.By", "Twice").tree.kind == "int"
    assert found("v.Seen", "Twice").tree.kind == "int"
    assert found("v.Stamp.By", "Twice").tree.kind == "via"
    assert found("v.Audit.By", "Twice").tree.children[0].kind == "string"


MISSING = DynamicType(
    asked="*Item",
    name="*main.Item",
    package="main",
    tag=0x3608080112345678,
    name_at=77,
    type=parse_type("*Item"),
    kind=22,
    size=8,
    direct=True,
)
DYNAMIC = {
    "*Item": (MISSING,),
    "Item": (dataclasses.replace(MISSING, type=parse_type("Item"), kind=25, direct=False),),
    "Reader": (dataclasses.replace(MISSING, kind=20, direct=False),),
    "*Twice": (MISSING, dataclasses.replace(MISSING, package="other")),
}


def asserted(text: str) -> place.Place:
    walk = path.walk(
        parse_expression(text), parse_type("*Order"), TYPES, context=CONTEXT, dynamic=DYNAMIC
    )
    return place.find(walk, Known(types=TYPES), Limits(), frozenset())


def test_an_assertion_goes_on_with_the_data_word() -> None:
    node = asserted("o.Err.(*Item).Price").tree.children[0]

    assert (node.kind, node.offset, node.size, node.has_tab) == ("asserted", 0, 16, True)
    assert node.held == TypeTag(tag="0x3608080112345678ULL", name_at=77)
    (via,) = node.children
    # The word is the pointer; Price is behind the string.
    assert (via.kind, via.offset, via.skip) == ("via", 8, 16)
    assert via.reason == "o.Err.(*Item) is nil"


def test_an_assertion_follows_to_a_value_that_is_no_pointer() -> None:
    (via,) = asserted("o.Err.(Item).Tags").tree.children[0].children

    assert (via.kind, via.offset, via.skip) == ("via", 8, 24)


WRONG_ASSERTIONS = {
    "o.Err.(*Nope)": "column 8: no interface of the program ever holds a *Nope",
    "o.ID.(*Item)": "column 7: o.ID is no interface but int64",
    "o.Err.(Reader)": "column 8: Reader is an interface: which types have its methods is not",
    "o.Err.(*Twice)": "column 8: *Twice means several types, of main, other",
    "len(o.Items).(*Item)": "column 15: len(o.Items) is no",
    "hex(o.Sum).(*Item)": "column 13: hex(o.Sum) is no place in memory",
}


@pytest.mark.parametrize(("text", "expected"), WRONG_ASSERTIONS.items())
def test_wrong_assertions_are_refused(text: str, expected: str) -> None:
    with pytest.raises(SpecError) as raised:
        asserted(text)

    assert str(raised.value).startswith(f"{CONTEXT}: {expected}")


REFUSED = {
    "typo": (
        "o.Itms",
        "*Order",
        (
            'column 3: *Order has no field "Itms" - did you mean "Items"? There are: ID, Items,'
            " First, Set, Err, Grid, F, Sum, Where, Done, Texts, Ratio"
        ),
    ),
    "clash": (
        "v.X",
        "Clash",
        'column 3: "X" is promoted from two structs - select the one it is in',
    ),
    "loop": ("v.Z", "Loop", 'column 3: Loop has no field "Z" - there are: Loop, Y'),
    "interface": (
        "o.Err.Path",
        "*Order",
        (
            'column 7: error has no field "Path"'
            " - its fields are those of the type it holds: assert one, x.(*T).field"
        ),
    ),
    "two-pointers": (
        "v.ID",
        "**Order",
        'column 3: **Order has no field "ID" - it is *Order',
    ),
    "unknown": (
        "o.Where.X",
        "*Order",
        (
            'column 9: *Nowhere has no field "X" - nothing says what it is, so its size is not'
            " known: add Nowhere to [types]"
        ),
    ),
    "no-pointer": ("*o.ID", "*Order", "column 1: o.ID is no pointer but int64"),
    "no-elements": ("o.ID[0]", "*Order", "column 6: o.ID has no elements: it is int64"),
    "map": (
        "o.Set[1]",
        "*Order",
        "column 7: elements of a map can't be read - len(o.Set) can",
    ),
    "beyond": ("o.Grid[3]", "*Order", "column 8: [3][2]uint16 has no element 3"),
    "beyond-part": ("o.Items[1:3][2]", "*Order", "column 14: o.Items[1:3] has no element 2"),
    "beyond-array": ("o.Grid[2:4]", "*Order", "column 7: [3][2]uint16 has no elements 2 to 4"),
    "nothing-left": ("o.Items[2:2]", "*Order", "column 8: nothing is left of it"),
    "sliced-number": ("o.ID[1:]", "*Order", "column 5: o.ID can't be sliced: it is int64"),
    "len": ("len(o.ID)", "*Order", "column 1: int64 has no len"),
    "cap-string": ("cap(v)", "string", "column 1: string has no cap"),
    "len-array": (
        "len(o.Grid)",
        "*Order",
        "column 1: len of an array is known: its type is [3][2]uint16",
    ),
    "call": (
        "f(o)",
        "*Order",
        (
            'column 1: "f" can\'t be called: nothing is run in the target'
            " - there are len, cap, hex, string and the names of number types"
        ),
    ),
    "rune": ("string(o.ID)", "*Order", "column 1: string shows bytes, and o.ID is int64"),
    "hex-number": ("hex(o.ID)", "*Order", "column 1: hex shows bytes, and o.ID is int64"),
    "string-array": (
        "string(o.Sum)",
        "*Order",
        "column 1: an array does not convert to string - string(o.Sum[:])",
    ),
    "convert": ("int(o.Set)", "*Order", "column 1: map[string]int does not convert to int"),
    "after": (
        "int32(o.ID).X",
        "*Order",
        "column 13: int32(o.ID) is no place in memory - select first, convert last",
    ),
}


@pytest.mark.parametrize(("text", "go_type", "problem"), REFUSED.values(), ids=REFUSED)
def test_what_go_does_not_have_is_refused(text: str, go_type: str, problem: str) -> None:
    with pytest.raises(SpecError) as caught:
        found(text, go_type)

    assert str(caught.value) == f"{CONTEXT}: {problem}"
