# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Say what one instruction does to the frame and to the float registers, on amd64.

In:   Instruction
Out:  Effect; None for an instruction that is not known to do only what an Effect can say

Upstream: Intel's Software Developer's Manual, volume 2; which of them Go emits before the first
call of a function is in Go's cmd/compile/internal/amd64.
The one convention: what is listed here is known, and all else stops the proof. Memory is the
frame's or a constant's: an access through any other register may fault, and may alias the frame.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gogen.binary.code import operands

if TYPE_CHECKING:
    from gogen.binary.instruction import Instruction, Operand


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """
    Attributes:
        moves_sp: bytes added to SP.
        frame_pointer: what RBP, or R29, becomes: a base (`sp` or `bp`) and a distance; (``, 0) for
            something else, None when it stays.
        stores: writes to the frame: base, distance, bytes, and the float register whose low
            bytes they are; None for other data.
        copied: the float registers (to, from) of a copy of the whole register.
        lost: float registers that get another value.
    """

    moves_sp: int = 0
    frame_pointer: tuple[str, int] | None = None
    stores: tuple[tuple[str, int, int, int | None], ...] = ()
    copied: tuple[int, int] | None = None
    lost: tuple[int, ...] = ()


_VECTOR = re.compile(r"[xyz]mm(\d+)")

_STORES = {"movsd", "movss", "movups", "movupd", "movaps", "movapd", "movdqu", "movdqa", "movq"}
"""What writes the low bytes of a vector register to memory, as many as the operand has."""

_COPIES = {"movups", "movupd", "movaps", "movapd", "movdqu", "movdqa"}

_READS_ONLY = {"cmp", "test", "bt", "comisd", "comiss", "ucomisd", "ucomiss", "nop"}

_WRITES_AX_DX = {"mul", "cqo", "cdq"}

# Their first operand is what they write, and nothing else but flags is.
_WRITES_FIRST = {
    *_STORES,
    *("mov", "movabs", "movzx", "movsx", "movsxd", "lea", "movd", "movhps", "movlps"),
    *("add", "sub", "and", "or", "xor", "adc", "sbb", "inc", "dec", "neg", "not"),
    *("shl", "shr", "sar", "rol", "ror", "imul", "bsf", "bsr", "popcnt", "bswap"),
    *("addsd", "addss", "subsd", "subss", "mulsd", "mulss", "divsd", "divss"),
    *("sqrtsd", "sqrtss", "minsd", "minss", "maxsd", "maxss"),
    *("xorps", "xorpd", "pxor", "andps", "andpd", "pand", "orps", "orpd", "por", "andnpd"),
    *("cvtsi2sd", "cvtsi2ss", "cvttsd2si", "cvttss2si", "cvtsd2ss", "cvtss2sd"),
    *("unpcklps", "unpcklpd", "shufps", "shufpd", "pshufd", "roundsd", "roundss"),
}
_WRITES_FIRST_PREFIXES = ("set", "cmov")

_STACK_POINTER = "rsp"
_FRAME_POINTER = {"rbp", "ebp", "bp", "bpl"}
_BASES = {_STACK_POINTER: "sp", "rbp": "bp"}
_WORD = 8
_PUSHED = (("sp", -_WORD, _WORD, None),)


def effect(instruction: Instruction) -> Effect | None:
    """Describe an instruction that goes on to the next one, or is a jump."""
    mnemonic, given = operands(instruction)
    if mnemonic.startswith("j"):
        return Effect() if not any(each.is_memory or each.register for each in given) else None
    for each in given:
        if each.is_memory and mnemonic not in ("nop", "lea") and not _is_ours(each):
            return None
    if mnemonic in _READS_ONLY:
        return Effect()
    if mnemonic == "push":
        return Effect(moves_sp=-_WORD, stores=_PUSHED) if _is_word(given) else None
    if mnemonic in _WRITES_AX_DX or (mnemonic == "imul" and len(given) == 1):
        return Effect()
    if mnemonic in _WRITES_FIRST or mnemonic.startswith(_WRITES_FIRST_PREFIXES):
        return _writes_first(mnemonic, given)
    return None


def _is_ours(memory: Operand) -> bool:
    return not memory.is_indexed and (memory.base in _BASES or memory.base == "rip")


def _is_word(given: tuple[Operand, ...]) -> bool:
    return len(given) == 1 and bool(given[0].register) and given[0].size == _WORD


def _vector(operand: Operand) -> int | None:
    found = _VECTOR.fullmatch(operand.register)
    return int(found[1]) if found else None


def _writes_first(mnemonic: str, given: tuple[Operand, ...]) -> Effect | None:
    to, source = given[0], given[-1]
    if to.is_memory:
        if to.base == "rip":
            return Effect()
        stored = _vector(source) if mnemonic in _STORES else None
        return Effect(stores=((_BASES[to.base], to.displacement, to.size, stored),))
    vector = _vector(to)
    if vector is not None:
        copied = _vector(source) if mnemonic in _COPIES else None
        if copied is not None:
            return Effect(copied=(vector, copied))
        return Effect(lost=(vector,))
    if to.register in _FRAME_POINTER:
        return Effect(frame_pointer=_frame_pointer(mnemonic, source))
    if to.register in ("esp", "sp", "spl"):
        return None
    if to.register == _STACK_POINTER:
        return _stack_pointer(mnemonic, source)
    return Effect()


def _frame_pointer(mnemonic: str, source: Operand) -> tuple[str, int]:
    if mnemonic == "mov" and source.register == _STACK_POINTER:
        return "sp", 0
    if mnemonic == "lea" and source.base in _BASES and not source.is_indexed:
        return _BASES[source.base], source.displacement
    return "", 0


def _stack_pointer(mnemonic: str, source: Operand) -> Effect | None:
    if source.register:
        return None
    if mnemonic in ("add", "sub") and not source.is_memory:
        return Effect(moves_sp=source.value if mnemonic == "add" else -source.value)
    if mnemonic == "lea" and source.base == _STACK_POINTER and not source.is_indexed:
        return Effect(moves_sp=source.displacement)
    return None
