# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Recognise Go's instruction sequences on amd64.

Upstream: Go's cmd/internal/obj/x86/obj6.go, func stacksplit, for the stack check; Linux's
arch/x86/kernel/uprobes.c for what the kernel emulates.
The one convention: sequences are matched by bytes, since a disassembler's text varies.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gogen.binary.instruction import Flow, Instruction

if TYPE_CHECKING:
    from collections.abc import Sequence

RETURN = b"\xc3"
PADDING = b"\xcc"

# g is R14; stackguard0 is at 16 and, for functions that run on the system stack,
# stackguard1 at 24.
_CMP_SP_GUARD = (b"\x49\x3b\x66\x10", b"\x49\x3b\x66\x18")  # cmp rsp, [r14+N]
_CMP_R12_GUARD = (b"\x4d\x3b\x66\x10", b"\x4d\x3b\x66\x18")  # cmp r12, [r14+N]
_LEA_R12_SP = (b"\x4c\x8d\x64\x24", b"\x4c\x8d\xa4\x24")  # lea r12, [rsp-N]
_MOV_R12_SP = (b"\x49\x89\xe4",)  # mov r12, rsp
_SUB_R12 = (b"\x49\x81\xec", b"\x49\x83\xec")  # sub r12, N
_JB = (b"\x72", b"\x0f\x82")
_JBE = (b"\x76", b"\x0f\x86")

STACK_CHECKS: tuple[tuple[tuple[bytes, ...], ...], ...] = (
    (_CMP_SP_GUARD, _JBE),  # small frames
    (_LEA_R12_SP, _CMP_R12_GUARD, _JBE),  # frames beyond the guard's slack
    (_MOV_R12_SP, _SUB_R12, _JB, _CMP_R12_GUARD, _JBE),  # frames that could wrap around
)
"""Each form of the stack check: per instruction, the bytes it may begin with."""

# What the kernel emulates instead of single-stepping a copy, by first byte (after 0x0f
# for the two-byte ones): uprobes.c, push_setup_xol_ops (Linux 4.18) and
# branch_setup_xol_ops. With an operand-size prefix it emulates none of them.
_EMULATED = {
    "push": range(0x50, 0x58),
    "jmp short": range(0xEB, 0xEC),
    "jmp": range(0xE9, 0xEA),
    "call": range(0xE8, 0xE9),
    "jcc short": range(0x70, 0x80),
    "nop": range(0x90, 0x91),
}
_EMULATED_0F = {"jcc": range(0x80, 0x90)}
_REX_B = 0x41

_ADDRESS = re.compile("0x[0-9a-f]+|[0-9]")
"""A direct target, as capstone prints it."""


def emulated(code: bytes) -> bool:
    """Tell whether the kernel emulates this instruction under a uprobe."""
    first, second = code[0], code[1] if len(code) > 1 else 0
    if first == 0x0F:
        return any(second in opcodes for opcodes in _EMULATED_0F.values())
    if first == _REX_B:
        return second in _EMULATED["push"]
    return any(first in opcodes for opcodes in _EMULATED.values())


def stack_check(instructions: Sequence[Instruction]) -> int | None:
    """Return the index of the stack check's last branch; None when there is no check."""
    for form in STACK_CHECKS:
        head = instructions[: len(form)]
        if len(head) == len(form) and all(
            i.code.startswith(starts) for i, starts in zip(head, form, strict=True)
        ):
            return len(form) - 1
    return None


def flow(code: bytes, mnemonic: str, operands: str) -> tuple[Flow, int | None]:
    """Say where execution goes after an instruction that a disassembler named."""
    name = mnemonic.rpartition(" ")[2]  # without prefixes such as "bnd"
    if "ret" in name:
        plain = code == RETURN and mnemonic == "ret"
        return (Flow.RETURN if plain else Flow.OTHER_RETURN), None
    target = int(operands, 16) if _ADDRESS.fullmatch(operands) else None
    if name in ("call", "lcall"):
        return Flow.CALL, target
    if name in ("jmp", "ljmp"):
        # Go's jump tables are arrays of addresses; anything else indirect leaves the function.
        return (Flow.TABLE if "*8" in operands else Flow.JUMP), target
    if name.startswith(("j", "loop", "xbegin")):
        return Flow.BRANCH, target
    return Flow.NEXT, None
