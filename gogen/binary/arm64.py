# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Recognise Go's instruction sequences on arm64.

Upstream: Go's cmd/internal/obj/arm64/obj7.go, func stacksplit; Arm's "A64 instruction
set", section "Branches".
The one convention: instructions are 32-bit words, matched as (mask, value).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gogen.binary.instruction import Flow, Instruction

if TYPE_CHECKING:
    from collections.abc import Sequence

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
_SUBS_X17_SP: Pattern = ((0xFF8003FF, 0xF10003F1),)  # subs x17, sp, #N
_B_LO: Pattern = ((0xFF00001F, 0x54000003),)
_B_LS: Pattern = ((0xFF00001F, 0x54000009),)

STACK_CHECKS: tuple[tuple[Pattern, ...], ...] = (
    (_LDR_GUARD, _CMP_SP, _B_LS),
    (_LDR_GUARD, _SUB_X17_SP, _CMP_X17, _B_LS),
    (_LDR_GUARD, _SUB_X17_SP, _SUB_X17_X17, _CMP_X17, _B_LS),
    (_LDR_GUARD, _SUBS_X17_SP, _B_LO, _CMP_X17, _B_LS),
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
_RET = (0xFFFFFC1F, 0xD65F0000)  # ret xN, any N
_LDR_TABLE = (0xFFE0FC00, 0xF8607800)  # ldr xT, [xN, xM, lsl #3]
_LDR_LITERAL = (0x3B000000, 0x18000000)
_LITERAL_WORDS = {0: (1, 1), 1: (2, 2), 2: (1, 4), 3: (0, 0)}
"""By opc: words loaded into a general and into a vector register; 3 is a prefetch."""


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
    if word & _RET[0] == _RET[1]:
        # No return, whose address is in x30: Go 1.27's wrappers of an interface's method
        # leave for the method like this, and so does some assembly.
        return Flow.JUMP, None
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


def loaded_constants(words: Sequence[bytes]) -> set[int]:
    """Return the indices of the words that instructions load as constants."""
    constants: set[int] = set()
    for index, code in enumerate(words):
        word = _word(code)
        if word & _LDR_LITERAL[0] == _LDR_LITERAL[1]:
            start = index + _signed(word >> 5, 19)
            size = _LITERAL_WORDS[word >> 30][word >> 26 & 1]
            constants.update(range(start, start + size))
    return constants


def pool_around(words: Sequence[bytes], index: int) -> range | None:
    """
    Return the indices of the constants around a word that is no instruction.

    The assembler jumps over a pool of constants, or puts one at a function's end after a
    jump to itself (Go's cmd/internal/obj/arm64/asm7.go, func flushpool). Not every
    constant is loaded in the end. None when the nearest jump before the word is no such.
    """
    b = _BRANCHES[0]
    for at in range(index - 1, -1, -1):
        word = _word(words[at])
        if word & b.mask == b.value:
            target = at + _signed(word, b.bits)
            if target == at:
                return range(at + 1, len(words))
            return range(at + 1, target) if index < target <= len(words) else None
    return None


def _matches(code: bytes, pattern: Pattern) -> bool:
    word = _word(code)
    return any(word & mask == value for mask, value in pattern)


def _word(code: bytes) -> int:
    return int(struct.unpack("<I", code)[0])


def _signed(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value
