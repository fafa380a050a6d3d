# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Signatures between DWARF's list, pclntab's sum and the user."""

from __future__ import annotations

import pytest

from gogen.abi import repair
from gogen.abi.assign import AMD64, assign
from gogen.abi.settle import _agree
from gogen.binary.model import Declaration, DeclaredParam
from gogen.errors import BinaryError
from gogen.golang.syntax import parse_signature, parse_type

RAX, RBX, RCX, RDI, RSI, R8 = 0, 3, 2, 5, 4, 8


def declared(*params: tuple[str, str, tuple[int, ...]], result: str = "int") -> Declaration:
    return Declaration(
        params=tuple(
            DeclaredParam(name=name, type=parse_type(type_), registers=registers)
            for name, type_, registers in params
        ),
        results=(DeclaredParam(name="~r0", type=parse_type(result)),),
        types=(),
    )


def places(listed: Declaration, args: int, symbol: str = "main.f") -> dict[str, str]:
    found = assign(repair.signature(symbol, listed, args, AMD64), {}, AMD64)
    assert found.args_sum == args
    return {p.name: p.notation for p in found.params if p.name != "_"}


def test_blanks_fill_the_holes_between_registers() -> None:
    """func(_ int, a int8, _ string, b uint16): Go 1.19 lists a and b only."""
    listed = declared(("a", "int8", (RBX,)), ("b", "uint16", (RSI,)))
    assert places(listed, 40) == {"a": "R{ I1 }", "b": "R{ I4 }"}


def test_a_float_takes_no_part_in_the_holes() -> None:
    listed = declared(("x", "float64", ()), ("b", "int", (RBX,)))
    assert places(listed, 24) == {"x": "R{ F0 }", "b": "R{ I1 }"}


def test_a_receiver_no_register_tells_of() -> None:
    listed = declared(("x", "float64", ()))
    assert places(listed, 16, "reflect.(*Value).SetFloat") == {"x": "R{ F0 }"}


@pytest.mark.parametrize("args", [8, 12, 400])
def test_what_blanks_cannot_explain_is_refused(args: int) -> None:
    listed = declared(("a", "int", ()), ("b", "int", (RBX,)))
    with pytest.raises(BinaryError, match=r"DWARF lists func\(a int, b int\) int"):
        repair.signature("main.f", listed, args, AMD64)


@pytest.mark.parametrize(
    ("written", "agrees"),
    [
        ("func(_ int, a int8, _ string, b uint16) int", True),
        ("func(x int, y int8, z string, c uint16) int", True),
        ("func(_ string, a int8, _ int, b uint16) int", False),
        ("func(_ int, a int8, _ string, b uint16) int8", False),
    ],
)
def test_a_signature_agrees_beside_blanks(written: str, agrees: bool) -> None:
    """Blank words stand for types DWARF leaves out; the user's signature may name them."""
    listed = declared(("a", "int8", (RBX,)), ("b", "uint16", (RSI,)))
    theirs = assign(repair.signature("main.f", listed, 40, AMD64), {}, AMD64)
    assert _agree(assign(parse_signature(written), {}, AMD64), theirs) is agrees
