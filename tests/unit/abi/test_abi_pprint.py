# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The diagram, and the notation of the model; tests/abi holds the dump to Go's form."""

from __future__ import annotations

from textwrap import dedent

from gogen.abi import registers
from gogen.abi.assign import ABI0, AMD64, ARM64, assign
from gogen.abi.pprint import diagram
from gogen.golang.syntax import parse_signature, parse_type

TEXT = (
    "func(n int64, b []byte, f float32, p Pair, c complex128, e error, v [2]int, x any, last uint8)"
    " (string, error, [3]byte, float64)"
)
TYPES = {"Pair": parse_type("struct { A int8; S string }")}


def test_diagram() -> None:
    result = assign(parse_signature(TEXT), TYPES, AMD64)
    expected = """\
        parameters:
          I0     RAX    n int64
          I1     RBX    b []byte: data
          I2     RCX    b: len
          I3     RDI    b: cap
          F0     X0     f float32
          I4     RSI    p Pair: byte 0
          I5     R8     p: bytes 8-15
          I6     R9     p: bytes 16-23
          F1     X1     c complex128: real
          F2     X2     c: imag
          I7     R10    e error: tab
          I8     R11    e: data
          stack  SP+8   v [2]int (16 bytes)
          stack  SP+24  x any (16 bytes)
          stack  SP+40  last uint8 (1 byte)
        results:
          I0     RAX    ~r0 string: data
          I1     RBX    ~r0: len
          I2     RCX    ~r1 error: tab
          I3     RDI    ~r1: data
          stack  SP+48  ~r2 [3]byte (3 bytes)
          F0     X0     ~r3 float64"""
    assert diagram(result, registers.AMD64) == dedent(expected)


def test_diagram_of_arm64() -> None:
    result = assign(parse_signature("func(x any, f float64) int"), {}, ARM64)
    expected = """\
        parameters:
          I0  R0  x any: _type
          I1  R1  x: data
          F0  F0  f float64
        results:
          I0  R0  ~r0 int"""
    assert diagram(result, registers.ARM64) == dedent(expected)


def test_diagram_of_nothing() -> None:
    result = assign(parse_signature("func()"), {}, ABI0)
    assert diagram(result, registers.AMD64) == "parameters: none\nresults: none"


def test_notation() -> None:
    result = assign(
        parse_signature("func(a string, v [2]int, w [1]float64, z struct{})"), {}, AMD64
    )
    assert [param.notation for param in result.params] == [
        "R{ I0 I1 }",
        "stack +0",
        "R{ F0 }",
        "stack +16",
    ]


def test_registers_are_as_many_as_the_convention_has() -> None:
    for config, machine in ((AMD64, registers.AMD64), (ARM64, registers.ARM64)):
        assert len(machine.ints) == config.int_regs
        assert len(machine.floats) == config.float_regs
        assert len({*machine.ints, *machine.floats, machine.g, machine.context}) == (
            config.int_regs + config.float_regs + 2
        )
