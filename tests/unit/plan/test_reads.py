# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Every kind of value, in registers and on the stack: what is read, how wide, and what is not."""

from __future__ import annotations

import pytest

from gogen.abi.assign import ABI0, AMD64, assign
from gogen.errors import UnsupportedError
from gogen.golang.syntax import parse_signature, parse_type
from gogen.plan.known import Known
from gogen.plan.reads import FLOAT_REASON, Read, decide
from gogen.spec.model import Limits

TYPES = {
    "Named": parse_type("int32"),
    "Octet": parse_type("uint8"),
    "Text": parse_type("string"),
    "Blob": parse_type("[]Octet"),
    "Handler": parse_type("func(int) error"),
    "Set": parse_type("map[string]struct{}"),
    "Celsius": parse_type("float64"),
    "Pair": parse_type("struct { a, b int }"),
}


def read(go_type: str, *, before: str = "", stack: bool = False, limit: int = 64) -> Read:
    """Decide on parameter v of that type; on the stack when everything is (ABI0)."""
    signature = parse_signature(f"func({before}v {go_type})")
    value = assign(signature, TYPES, ABI0 if stack else AMD64).params[-1]
    return decide(
        value,
        Known(types=TYPES),
        Limits(string=limit),
        context="spec.toml:7: function[0].signature",
    )


SCALARS = [
    ("bool", "bool", "__u8", 1),
    ("int", "int", "__s64", 8),
    ("int8", "int", "__s8", 1),
    ("int16", "int", "__s16", 2),
    ("int32", "int", "__s32", 4),
    ("rune", "int", "__s32", 4),
    ("int64", "int", "__s64", 8),
    ("uint", "uint", "__u64", 8),
    ("uint8", "uint", "__u8", 1),
    ("byte", "uint", "__u8", 1),
    ("uint16", "uint", "__u16", 2),
    ("uint32", "uint", "__u32", 4),
    ("uint64", "uint", "__u64", 8),
    ("uintptr", "uint", "__u64", 8),
    ("unsafe.Pointer", "address", "__u64", 8),
    ("*Unknown", "address", "__u64", 8),
    ("*struct {}", "address", "__u64", 8),
    ("Named", "int", "__s32", 4),
]


@pytest.mark.parametrize(("go_type", "kind", "c_type", "size"), SCALARS)
def test_a_scalar_in_a_register(go_type: str, kind: str, c_type: str, size: int) -> None:
    """The member is as wide as the value: assigning to it drops the register's upper bits."""
    assert read(go_type, before="x, y int, ") == Read(
        kind=kind,
        c_type=c_type,
        parts=((size, size),),
        sources=("GO_I2(ctx)",),
        stack="",
        can_fail=False,
    )


@pytest.mark.parametrize(("go_type", "kind", "c_type", "size"), SCALARS)
def test_a_scalar_on_the_stack(go_type: str, kind: str, c_type: str, size: int) -> None:
    """As many bytes are read as the value has: what lies beside it belongs to others."""
    assert read(go_type, before="x string, y int8, ", stack=True) == Read(
        kind=kind,
        c_type=c_type,
        parts=((size, size),),
        sources=(),
        stack=f"GO_STACK(ctx, {-(-17 // size) * size})",
        can_fail=True,
    )


@pytest.mark.parametrize(
    ("go_type", "kind"),
    [
        ("string", "string"),
        ("Text", "string"),
        ("[]byte", "bytes"),
        ("[]uint8", "bytes"),
        ("[]Octet", "bytes"),
        ("Blob", "bytes"),
    ],
)
def test_bytes(go_type: str, kind: str) -> None:
    """Data and length travel, a slice's capacity does not."""
    expected = Read(
        kind=kind,
        c_type="struct go_bytes",
        parts=((16, 8), (64, 1)),
        sources=("GO_I1(ctx)", "GO_I2(ctx)"),
        stack="",
        can_fail=True,
    )
    assert read(go_type, before="x int, ", limit=64) == expected
    on_stack = read(go_type, before="x int, ", stack=True, limit=64)
    assert on_stack.stack == "GO_STACK(ctx, 8)"
    assert on_stack.sources == ()
    assert (on_stack.kind, on_stack.parts, on_stack.can_fail) == (kind, expected.parts, True)


@pytest.mark.parametrize("go_type", ["string", "[]byte"])
def test_many_bytes_travel_as_far_as_they_are_used(go_type: str) -> None:
    found = read(go_type, before="x int, ", limit=65)
    assert found.tree
    assert (found.kind, found.tree.kind, found.tree.piece) == (
        "tree",
        go_type.removeprefix("[]") + "s" * (go_type == "[]byte"),
        65,
    )


FLOATS = [
    ("float32", "float32", "__u32", (4, 4)),
    ("float64", "float64", "__u64", (8, 8)),
    ("Celsius", "float64", "__u64", (8, 8)),
    ("complex64", "complex64", "__u32", (8, 4)),
    ("complex128", "complex128", "__u64", (16, 8)),
]


@pytest.mark.parametrize("go_type", [row[0] for row in FLOATS])
def test_a_float_in_a_register_is_unreadable_and_says_why(go_type: str) -> None:
    assert FLOAT_REASON == "register-assigned float: not in pt_regs"
    assert read(go_type) == Read(
        kind="unreadable",
        c_type="",
        parts=(),
        sources=(),
        stack="",
        can_fail=False,
        reason=FLOAT_REASON,
    )


@pytest.mark.parametrize(("go_type", "kind", "c_type", "part"), FLOATS)
def test_a_float_on_the_stack_is_read(
    go_type: str, kind: str, c_type: str, part: tuple[int, int]
) -> None:
    assert read(go_type, before="x int8, ", stack=True) == Read(
        kind=kind,
        c_type=c_type,
        parts=(part,),
        sources=(),
        stack=f"GO_STACK(ctx, {part[1]})",
        can_fail=True,
    )


def test_the_sixteenth_float_is_readable() -> None:
    """Fifteen float registers on amd64: the next one is on the stack."""
    signature = parse_signature(f"func({', '.join(f'f{n} float64' for n in range(16))})")
    params = assign(signature, {}, AMD64).params
    kinds = [decide(param, Known(types={}), Limits(), context="").kind for param in params]
    assert kinds == ["unreadable"] * 15 + ["float64"]


@pytest.mark.parametrize(
    ("go_type", "words"),
    [
        ("error", [(0, "__u64"), (8, "__u64")]),
        ("[]int", [(0, "__u64"), (8, "__u64"), (16, "__u64")]),
        ("Pair", [(0, "__u64"), (8, "__u64")]),
        (
            "struct { a int8; b uint16; c string }",
            [(0, "__u8"), (2, "__u16"), (8, "__u64"), (16, "__u64")],
        ),
        ("struct { f float64; b bool }", [(8, "__u8")]),
        ("[1]int32", [(0, "__u32")]),
        ("*int", [(0, "__u64")]),
        ("map[string]int", [(0, "__u64")]),
        ("chan int", [(0, "__u64")]),
        ("struct {}", []),
        ("[0]int", []),
    ],
)
def test_each_register_goes_to_its_place_in_the_value(
    go_type: str, words: list[tuple[int, str]]
) -> None:
    """As wide as its share: what is above it in the register is not the value's."""
    found = read(go_type, before="x int, ")
    assert found.kind == "tree"
    assert [(word.offset, word.c_type) for word in found.words] == words
    assert [word.source for word in found.words] == [f"GO_I{n + 1}(ctx)" for n in range(len(words))]
    assert not found.can_fail


@pytest.mark.parametrize("go_type", ["error", "[]int", "Pair", "[4]byte", "*int", "chan int"])
def test_on_the_stack_the_whole_value_is_copied(go_type: str) -> None:
    found = read(go_type, before="x int, ", stack=True)
    assert (found.kind, found.stack, found.words) == ("tree", "GO_STACK(ctx, 8)", ())
    assert found.can_fail


@pytest.mark.parametrize("stack", [False, True])
@pytest.mark.parametrize(
    ("go_type", "problem"),
    [
        ("[]Unknown", 'type "Unknown": nothing says what it is, so its size is not known'),
        ("[2000]byte", 'type "[2000]byte": its values take 2000 bytes, at most 1024 are copied'),
    ],
)
def test_what_cannot_be_captured_names_the_parameter(
    go_type: str, problem: str, *, stack: bool
) -> None:
    with pytest.raises(UnsupportedError) as raised:
        read(go_type, stack=stack)
    assert str(raised.value).startswith(f'spec.toml:7: function[0].signature: "v": {problem} - ')
    assert raised.value.exit_code == 4


def test_a_depth_that_does_not_fit_is_lowered_and_said() -> None:
    fields = "; ".join(f"f{n} *[60]string" for n in range(20))
    found = read(f"*struct {{ {fields} }}", limit=1000)
    assert found.note == '"v" is followed 1 deep, not 3: more does not fit into a record'
