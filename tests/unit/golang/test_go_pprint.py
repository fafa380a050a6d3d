# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""What is printed reads back as the same model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from gostrategies import signatures, written_types
from hypothesis import given, settings

from gogen.golang.pprint import format_signature, format_type
from gogen.golang.syntax import parse_signature, parse_type

if TYPE_CHECKING:
    from gogen.golang.types import GoType, Signature


@settings(max_examples=300, deadline=None)
@given(written_types())
def test_a_type_reads_back_as_itself(type_: GoType) -> None:
    assert parse_type(format_type(type_)) == type_


@settings(max_examples=200, deadline=None)
@given(signatures(written_types()))
def test_a_signature_reads_back_as_itself(signature: Signature) -> None:
    assert parse_signature(format_signature(signature)) == signature


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("[]uint8", "[]byte"),
        ("[4]byte", "[4]byte"),
        ("byte", "uint8"),
        ("rune", "int32"),
        ("interface{}", "any"),
        ("interface { Error() string }", "error"),
        ("interface{comparable}", "interface { comparable }"),
        ("interface{ b(); a(x, y int) (z error) }", "interface { a(int, int) error; b() }"),
        ("struct{}", "struct {}"),
        ("struct{a,b int;*p.T}", "struct { a int; b int; *p.T }"),
        ("chan(<-chan int)", "chan (<-chan int)"),
        ("chan<-chan int", "chan<- chan int"),
        ("<-chan<-chan int", "<-chan (<-chan int)"),
        ("func(a,b int,c...[]int)(d error)", "func(int, int, ...[]int) error"),
        ("func()(int,error)", "func() (int, error)"),
        ("map[string][]*T", "map[string][]*T"),
        ("Map[string,*p.T[int]]", "Map[string, *p.T[int]]"),
        ("((*(int)))", "*int"),
        ("[0x1_0]int", "[16]int"),
        ("unsafe . Pointer", "unsafe.Pointer"),
    ],
)
def test_one_spelling(written: str, printed: str) -> None:
    assert format_type(parse_type(written)) == printed


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("func()", "func()"),
        ("func(int)", "func(_ int)"),
        ("func() (error)", "func() error"),
        ("func(a, b int) (_ int, err error)", "func(a int, b int) (_ int, err error)"),
        ("func (s *T) M(more ...byte) (n int)", "func(s *T, more ...byte) (n int)"),
    ],
)
def test_one_spelling_of_signatures(written: str, printed: str) -> None:
    assert format_signature(parse_signature(written)) == printed
