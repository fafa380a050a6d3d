# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Assignment in detail: bytes behind registers, errors, and laws; tests/abi has the rules."""

from __future__ import annotations

from dataclasses import replace

import pytest
from gostrategies import TYPES, signatures, sized_types
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gogen.abi.assign import ABI0, AMD64, ARM64, assign
from gogen.abi.model import AbiAssignment, AbiConfig, AbiParamAssignment, RegClass, RegWord
from gogen.errors import UnsupportedError
from gogen.golang.sizes import UnknownType, layout
from gogen.golang.syntax import parse_signature, parse_type
from gogen.golang.types import Param, Signature

CONFIGS = [AMD64, ARM64, ABI0]
configs = st.sampled_from(CONFIGS)
any_signature = signatures(sized_types(), max_size=6)
laws = settings(max_examples=60, deadline=None)


def assigned(text: str, **types: str) -> AbiAssignment:
    table = {name: parse_type(written) for name, written in types.items()}
    return assign(parse_signature(text), table, AMD64)


def word(cls: RegClass, index: int, offset: int, size: int) -> RegWord:
    return RegWord(cls=cls, index=index, offset=offset, size=size)


def test_words_say_where_their_bytes_sit_in_memory() -> None:
    text = "func(a struct { A int8; B float32; C string; D [1]complex64; E uint16 })"
    (param,) = assigned(text).params
    integer, floating = RegClass.INT, RegClass.FLOAT
    assert param.size == 40
    assert param.words == (
        word(integer, 0, 0, 1),
        word(floating, 0, 4, 4),
        word(integer, 1, 8, 8),
        word(integer, 2, 16, 8),
        word(floating, 1, 24, 4),
        word(floating, 2, 28, 4),
        word(integer, 3, 32, 2),
    )
    assert (param.stack_offset, param.spill_offset) == (None, 0)


def test_sizes_of_the_areas() -> None:
    result = assigned("func(a [3]byte, b int8, c string) ([3]int16, int)")
    assert result.stack_args_size == 8
    assert result.stack_results_size == 8
    assert result.offset_to_spill_area == 16
    assert result.spill_area_size == 24
    assert result.args_sum == 40


def test_facts_on_blank_parameters() -> None:
    """BlankParam: pclntab says 40, a list without the blanks would say 16."""
    assert assigned("func(a int, _ string, _ int8, b int) (int, int)").args_sum == 40
    assert assigned("func(a int, b int) (int, int)").args_sum == 16


def test_an_unknown_type_hides_what_follows() -> None:
    with pytest.raises(UnknownType, match=r'type "http\.Request"'):
        assigned("func(r http.Request, n int)")
    assert assigned("func(r *http.Request, n int)").params[1].words[0].name == "I1"


def test_a_type_that_contains_itself() -> None:
    with pytest.raises(UnsupportedError, match="contains itself"):
        assigned("func(t T)", T="struct { a int; t [1]T }")


def test_shared_empty_types_take_no_time() -> None:
    """Each type of this chain holds the next one twice: 2^90 leaves, none with a size."""
    types = {f"T{n}": f"struct {{ a, b T{n + 1} }}" for n in range(90)}
    result = assigned("func(a struct { T0; n int })", **types, T90="struct{}")
    assert [word.name for word in result.params[0].words] == ["I0"]


def test_a_huge_struct_is_stack_assigned() -> None:
    names = ", ".join(f"a{n}" for n in range(5000))
    result = assigned(f"func(a struct {{ {names} int8 }}, b int)")
    assert (result.params[0].stack_offset, result.params[0].size) == (0, 5000)
    assert [word.name for word in result.params[1].words] == ["I0"]


def values(result: AbiAssignment) -> tuple[AbiParamAssignment, ...]:
    return result.params + result.results


@laws
@given(any_signature, configs)
def test_no_register_is_given_twice_and_they_are_given_in_order(
    signature: Signature, config: AbiConfig
) -> None:
    result = assign(signature, TYPES, config)
    for side in (result.params, result.results):
        for cls, most in ((RegClass.INT, config.int_regs), (RegClass.FLOAT, config.float_regs)):
            used = [word.index for value in side for word in value.words if word.cls is cls]
            assert used == list(range(len(used)))
            assert len(used) <= most


@laws
@given(any_signature, configs)
def test_a_value_is_in_registers_whole_or_on_the_stack_whole(
    signature: Signature, config: AbiConfig
) -> None:
    for value in values(assign(signature, TYPES, config)):
        assert (value.stack_offset is None) == bool(value.words)
        covered = [set(range(w.offset, w.offset + w.size)) for w in value.words]
        assert sum(map(len, covered)) == len(set().union(*covered))
        assert set().union(*covered) <= set(range(value.size))
        if value.size == 0:
            assert value.words == ()


@laws
@given(any_signature)
def test_a_value_of_one_register_always_gets_one_that_is_left(signature: Signature) -> None:
    for name, cls, most in (("int32", RegClass.INT, 9), ("float32", RegClass.FLOAT, 15)):
        extra = Param(name="extra", type=parse_type(name))
        result = assign(replace(signature, params=(*signature.params, extra)), TYPES, AMD64)
        *before, value = result.params
        used = sum(word.cls is cls for param in before for word in param.words)
        if used < most:
            assert value.words == (word(cls, used, 0, 4),)
        else:
            assert value.words == ()


@laws
@given(any_signature, configs)
def test_the_stack_sequence_is_aligned_and_does_not_overlap(
    signature: Signature, config: AbiConfig
) -> None:
    result = assign(signature, TYPES, config)
    end = 0
    for value in values(result):
        if value.stack_offset is not None:
            assert value.stack_offset % layout(value.type, TYPES).align == 0
            assert value.stack_offset >= end
            end = value.stack_offset + value.size
    assert end <= result.offset_to_spill_area < end + 16
    assert result.offset_to_spill_area == result.stack_args_size + result.stack_results_size
    assert result.stack_args_size % 8 == result.stack_results_size % 8 == 0
    for value in result.results:
        assert value.stack_offset is None or value.stack_offset >= result.stack_args_size


@laws
@given(any_signature, configs)
def test_the_spill_area_holds_every_register_assigned_parameter(
    signature: Signature, config: AbiConfig
) -> None:
    result = assign(signature, TYPES, config)
    end = 0
    for value in result.params:
        assert (value.spill_offset is not None) == bool(value.words)
        if value.spill_offset is not None:
            assert value.spill_offset % layout(value.type, TYPES).align == 0
            assert value.spill_offset >= end
            end = value.spill_offset + value.size
    assert end <= result.spill_area_size < end + 8
    assert all(value.spill_offset is None for value in result.results)


@laws
@given(any_signature)
def test_abi0_has_neither_registers_nor_spill_area(signature: Signature) -> None:
    result = assign(signature, TYPES, ABI0)
    assert all(value.words == () for value in values(result))
    assert result.spill_area_size == 0


@laws
@given(any_signature, configs)
def test_results_take_registers_as_if_there_were_no_parameters(
    signature: Signature, config: AbiConfig
) -> None:
    result = assign(signature, TYPES, config)
    alone = assign(replace(signature, params=(), variadic=False), TYPES, config)
    assert [value.words for value in result.results] == [value.words for value in alone.results]
    for value, other in zip(result.results, alone.results, strict=True):
        if value.stack_offset is not None and other.stack_offset is not None:
            assert value.stack_offset == result.stack_args_size + other.stack_offset


@laws
@given(any_signature)
def test_more_registers_never_move_a_value_to_the_stack_of_its_own(signature: Signature) -> None:
    """The first parameter has all registers to itself, so arm64 takes whatever amd64 takes."""
    assume(signature.params)
    small = assign(signature, TYPES, AMD64).params[0]
    large = assign(signature, TYPES, ARM64).params[0]
    if small.words:
        assert large.words == small.words
