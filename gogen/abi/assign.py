# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Assign Go parameters and results to registers and stack slots.

In:   Signature, Types, AbiConfig
Out:  AbiAssignment

Upstream: Go's "abi-internal.md", section "Function call argument and result passing".
ABI0 is the same algorithm without registers. Registers are indices (I0, F3);
`registers` names the machine's. A generic function's dictionary is not in its Go signature:
a caller that knows of one puts it among the parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

from gogen.abi.model import (
    AbiAssignment,
    AbiConfig,
    AbiParamAssignment,
    RegClass,
    RegWord,
)
from gogen.golang.sizes import WORD, align_to, layout, resolve
from gogen.golang.types import (
    Array,
    Basic,
    Chan,
    Func,
    GoType,
    Interface,
    Map,
    Named,
    Param,
    Pointer,
    Signature,
    Slice,
    Struct,
    Types,
)

AMD64 = AbiConfig(name="ABIInternal", int_regs=9, float_regs=15)
ARM64 = AbiConfig(name="ABIInternal", int_regs=16, float_regs=16)
ABI0 = AbiConfig(name="ABI0", int_regs=0, float_regs=0)


@dataclass(frozen=True, slots=True)
class _BaseValue:
    """What takes one register: `size` bytes at `offset` of the value."""

    cls: RegClass
    offset: int
    size: int


@dataclass(slots=True)
class _AssignState:
    """Registers used and stack used so far; local to one call of `assign`."""

    config: AbiConfig
    types: Types
    ints: int = 0
    floats: int = 0
    stack_offset: int = 0
    spill_offset: int = 0


def assign(signature: Signature, types: Types, config: AbiConfig) -> AbiAssignment:
    """
    Assign a whole signature.

    Raises UnknownType and UnsupportedError as `golang.sizes.layout` does: one parameter
    without a size hides the places of all that follow.
    """
    state = _AssignState(config=config, types=types)
    params = tuple(_assign_param(state, param, is_result=False) for param in signature.params)
    stack_args_size = align_to(state.stack_offset, WORD)

    state.stack_offset = stack_args_size
    state.ints = state.floats = 0
    results = tuple(_assign_param(state, param, is_result=True) for param in signature.results)
    offset_to_spill_area = align_to(state.stack_offset, WORD)
    return AbiAssignment(
        config=config,
        params=params,
        results=results,
        stack_args_size=stack_args_size,
        stack_results_size=offset_to_spill_area - stack_args_size,
        offset_to_spill_area=offset_to_spill_area,
        spill_area_size=align_to(state.spill_offset, WORD),
    )


def _assign_param(state: _AssignState, param: Param, *, is_result: bool) -> AbiParamAssignment:
    """A value goes into registers whole, or onto the stack whole."""
    place = layout(param.type, state.types)
    words = _try_registers(state, param.type) if place.size else ()
    stack_offset = spill_offset = None
    if not words:
        stack_offset = align_to(state.stack_offset, place.align)
        state.stack_offset = stack_offset + place.size
    elif not is_result:
        spill_offset = align_to(state.spill_offset, place.align)
        state.spill_offset = spill_offset + place.size
    return AbiParamAssignment(
        name=param.name,
        type=param.type,
        size=place.size,
        words=words,
        stack_offset=stack_offset,
        spill_offset=spill_offset,
    )


def _try_registers(state: _AssignState, type_: GoType) -> tuple[RegWord, ...]:
    """Take a register for each base value, or none at all when they do not suffice."""
    most = state.config.int_regs + state.config.float_regs
    values = _base_values(type_, state.types, {}, most)
    if values is None:
        return ()
    ints, floats = state.ints, state.floats
    words: list[RegWord] = []
    for value in values:
        if value.cls is RegClass.INT:
            index, ints = ints, ints + 1
        else:
            index, floats = floats, floats + 1
        words.append(RegWord(cls=value.cls, index=index, offset=value.offset, size=value.size))
    if ints > state.config.int_regs or floats > state.config.float_regs:
        return ()
    state.ints, state.floats = ints, floats
    return tuple(words)


_Values = tuple[_BaseValue, ...]


def _base_values(
    type_: GoType, types: Types, known: dict[Named, _Values | None], most: int
) -> _Values | None:
    """
    Break a type that `layout` accepts down into base values.

    None when it cannot be register-assigned: it contains an array of two or more, or more
    than `most` base values. `known` remembers named types.
    """
    match type_:
        case Basic.FLOAT32 | Basic.FLOAT64:
            return (_BaseValue(RegClass.FLOAT, 0, 4 if type_ is Basic.FLOAT32 else 8),)
        case Basic.COMPLEX64 | Basic.COMPLEX128:
            size = 4 if type_ is Basic.COMPLEX64 else 8
            return tuple(_BaseValue(RegClass.FLOAT, part * size, size) for part in range(2))
        case Basic.STRING | Interface():
            return _words(2)
        case Slice():
            return _words(3)
        case Pointer() | Map() | Chan() | Func():
            return _words(1)
        case Basic():
            return (_BaseValue(RegClass.INT, 0, layout(type_, types).size),)
        case Array(length=0):
            return ()
        case Array(length=1):
            return _base_values(type_.elem, types, known, most)
        case Array():
            return None
        case Struct():
            return _struct_values(type_, types, known, most)
        case Named():
            if type_ not in known:
                known[type_] = _base_values(resolve(type_, types), types, known, most)
            return known[type_]


def _struct_values(
    type_: Struct, types: Types, known: dict[Named, _Values | None], most: int
) -> _Values | None:
    """Blank fields take registers too; fields without size take none."""
    values: list[_BaseValue] = []
    for field, start in zip(type_.fields, layout(type_, types).field_offsets, strict=True):
        inside = _base_values(field.type, types, known, most)
        if inside is None or len(values) + len(inside) > most:
            return None
        values += [_BaseValue(v.cls, start + v.offset, v.size) for v in inside]
    return tuple(values)


def _words(count: int) -> _Values:
    return tuple(_BaseValue(RegClass.INT, index * WORD, WORD) for index in range(count))
