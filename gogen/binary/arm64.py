# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Recognise Go's instruction sequences on arm64.

Upstream: Go's cmd/internal/obj/arm64/obj7.go, func stacksplit; Arm's "A64 instruction
set", section "Branches".
The one convention: instructions are 32-bit words, matched as (mask, value).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from gogen.binary.instruction import Flow, Instruction

RETURN = 0xD65F03C0
PADDING = b"\0\0\0\0"

Pattern = tuple[tuple[int, int], ...]
"""Alternatives for one word, each (mask, value)."""

# g is R28; stackguard0 is at 16 and, for functions that run on the system stack, stackguard1 at 24.
_LDR_GUARD: Pattern = ((0xFFFFFFFF, 0xF9400B90), (0xFFFFFFFF, 0xF9400F90))  # ldr x16, [x28, #N]
_CMP_SP: Pattern = ((0xFFFFFFFF, 0xEB3063FF),)  # cmp sp, x16
_CMP_X17: Pattern = ((0xFFFFFFFF, 0xEB10023F),)  # cmp x17, x16
_SUB_X17_SP: Pattern = ((0xFF8003FF, 0xD10003F1),)  # sub x17, sp, #N
_SUB_X17_X17: Pattern = ((0xFF8003FF, 0xD1000231),)  # sub x17, x17, #N
_MOV_X27: Pattern = (
    (0xFF80001F, 0xD280001B),  # movz x27, #N
    (0xFF80001F, 0x9280001B),  # movn x27, #N
    (0xFF8003FF, 0xB20003FB),  # orr x27, xzr, #N
)
_MOVK_X27: Pattern = ((0xFF80001F, 0xF280001B),)  # movk x27, #N
_SUBS_X17_X27: Pattern = ((0xFFFFFFFF, 0xEB3B63F1),)  # subs x17, sp, x27
_B_LO: Pattern = ((0xFF00001F, 0x54000003),)
_B_LS: Pattern = ((0xFF00001F, 0x54000009),)

STACK_CHECKS: tuple[tuple[Pattern, ...], ...] = (
    (_LDR_GUARD, _CMP_SP, _B_LS),
    (_LDR_GUARD, _SUB_X17_SP, _CMP_X17, _B_LS),
    (_LDR_GUARD, _SUB_X17_SP, _SUB_X17_X17, _CMP_X17, _B_LS),
    (_LDR_GUARD, _MOV_X27, _SUBS_X17_X27, _B_LO, _CMP_X17, _B_LS),
    (_LDR_GUARD, _MOV_X27, _MOVK_X27, _SUBS_X17_X27, _B_LO, _CMP_X17, _B_LS),
)
"""Each form of the stack check: small, medium (one or two subtractions), huge frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Branch:
    """How one class of direct branch is encoded: its immediate's first bit and width."""

    mask: int
    value: int
    flow: Flow
    shift: int
    bits: int


_BRANCHES = (
    _Branch(mask=0xFC000000, value=0x14000000, flow=Flow.JUMP, shift=0, bits=26),  # b
    _Branch(mask=0xFC000000, value=0x94000000, flow=Flow.CALL, shift=0, bits=26),  # bl
    _Branch(mask=0xFF000000, value=0x54000000, flow=Flow.BRANCH, shift=5, bits=19),  # b.cond
    _Branch(mask=0x7E000000, value=0x34000000, flow=Flow.BRANCH, shift=5, bits=19),  # cbz, cbnz
    _Branch(mask=0x7E000000, value=0x36000000, flow=Flow.BRANCH, shift=5, bits=14),  # tbz, tbnz
)
_INDIRECT = (0xFE000000, 0xD6000000)  # br, blr, ret, eret and their authenticated forms
_LDR_TABLE = (0xFFE0FC00, 0xF8607800)  # ldr xT, [xN, xM, lsl #3]
_LDR_LITERAL = (0x3B000000, 0x18000000)
_LITERAL_SIZES = {0: (4, 4), 1: (8, 8), 2: (4, 16), 3: (0, 0)}
"""By opc: bytes loaded into a general and into a vector register; 3 is a prefetch."""


def stack_check(instructions: Sequence[Instruction]) -> int | None:
    """Return the index of the stack check's last branch; None when there is no check."""
    for form in STACK_CHECKS:
        head = instructions[: len(form)]
        if len(head) == len(form) and all(
            _matches(i.code, pattern) for i, pattern in zip(head, form, strict=True)
        ):
            return len(form) - 1
    return None


def flow(code: bytes, address: int, previous: bytes) -> tuple[Flow, int | None]:
    """Say where execution goes after an instruction, given the one before it too."""
    word = _word(code)
    for branch in _BRANCHES:
        if word & branch.mask == branch.value:
            distance = _signed(word >> branch.shift, branch.bits) * 4
            return branch.flow, address + distance
    if word == RETURN:
        return Flow.RETURN, None
    if word & _INDIRECT[0] != _INDIRECT[1]:
        return Flow.NEXT, None
    operation = word >> 21 & 0x7
    if operation == 0 and _loads_table(previous, word >> 5 & 0x1F):
        return Flow.TABLE, None
    return {0: Flow.JUMP, 1: Flow.CALL}.get(operation, Flow.OTHER_RETURN), None


def _loads_table(code: bytes, register: int) -> bool:
    """Tell whether an instruction takes an address from a jump table, into this register."""
    word = _word(code) if code else 0
    return word & _LDR_TABLE[0] == _LDR_TABLE[1] and word & 0x1F == register


def literal(code: bytes, address: int) -> range:
    """Return the addresses of the constant an instruction loads from near the code."""
    word = _word(code)
    if word & _LDR_LITERAL[0] != _LDR_LITERAL[1]:
        return range(0)
    start = address + _signed(word >> 5, 19) * 4
    vector = word >> 26 & 1
    return range(start, start + _LITERAL_SIZES[word >> 30][vector], 4)


def _matches(code: bytes, pattern: Pattern) -> bool:
    word = _word(code)
    return any(word & mask == value for mask, value in pattern)


def _word(code: bytes) -> int:
    return int(struct.unpack("<I", code)[0])


def _signed(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value
