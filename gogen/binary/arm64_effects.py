# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Say what one instruction does to the frame and to the float registers, on arm64.

In:   Instruction
Out:  Effect; None for an instruction that is not known to do only what an Effect can say

Upstream: Arm's "A64 instruction set"; Go's cmd/internal/obj/arm64/obj7.go, func preprocess, for
how a frame is made.
The one convention: as in effects.py. R27 is the assembler's own: an instruction that names it is
part of a sequence that Go may start over, and stops the proof.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gogen.binary.effects import Effect

if TYPE_CHECKING:
    from gogen.binary.instruction import Instruction

_JUMPS = re.compile(r"(b|b\.\w+|cbn?z|tbn?z)( .*)?")
_READS_ONLY = re.compile(r"(cmp|cmn|tst|ccmp|fcmpe?|nop)( .*)?")
_NUMBER = r"#(-?(?:0x)?[0-9a-f]+)"
_PLACE = rf"\[(sp|x29)(?:, {_NUMBER})?\]"
_REGISTER = r"([xwdsq])(\d+|zr)"
_STORE = re.compile(rf"stu?r {_REGISTER}, {_PLACE}")
_STORE_PAIR = re.compile(rf"stp {_REGISTER}, {_REGISTER}, {_PLACE}")
_STORE_AND_MOVE = re.compile(rf"str x(\d+), \[sp, {_NUMBER}\]!")
_LOAD = re.compile(rf"(?:ldu?r|ldrs?[bhw]|ldurs?[bhw]) {_REGISTER}, {_PLACE}")
_MOVE_SP = re.compile(rf"(add|sub) sp, sp, {_NUMBER}")
_FRAME = re.compile(rf"(add|sub) x29, sp, {_NUMBER}")
_COPY = re.compile(r"fmov d(\d+), d(\d+)")

# Of registers and constants, into the first of them.
_COMPUTES = re.compile(
    r"(?:movz?|movn|movk|mvn|adrp?|adds?|subs?|negs?|ands?|orr|eor|bic|orn|mul|madd|msub|mneg|"
    r"smulh|umulh|lsl|lsr|asr|ror|sxt[bhw]|uxt[bhw]|ubfx|sbfx|ubfiz|sbfiz|bfi|bfxil|cset|csetm|"
    r"csel|csinc|csinv|csneg|cinc|clz|rbit|rev|fmov|fadd|fsub|fmul|fdiv|fneg|fabs|fsqrt|fmadd|"
    r"fmsub|fnmadd|fnmsub|fcvt|fcvtz[su]|[su]cvtf|fcsel|fmaxn?m?|fminn?m?) "
    r"([xwdsq])(\d+|zr)(, [^\[]*)?"
)
_WIDTH = {"x": 8, "w": 4, "d": 8, "s": 4, "q": 16}
_VECTORS = "dsq"


def effect(instruction: Instruction) -> Effect | None:
    """Describe an instruction that goes on to the next one, or is a jump."""
    text = instruction.text
    if re.search(r"\b[xw]27\b", text):
        return None
    if _JUMPS.fullmatch(text) or _READS_ONLY.fullmatch(text):
        return Effect()
    for pattern, describe in _FORMS:
        if found := pattern.fullmatch(text):
            return describe(found)
    return None


def _distance(text: str | None) -> int:
    return int(text, 0) if text else 0


def _float(kind: str, number: str) -> int | None:
    return int(number) if kind in _VECTORS else None


def _base(name: str) -> str:
    return "sp" if name == "sp" else "bp"


def _store(found: re.Match[str]) -> Effect:
    kind, number, base, distance = found.groups()
    place = (_base(base), _distance(distance), _WIDTH[kind], _float(kind, number))
    return Effect(stores=(place,))


def _store_pair(found: re.Match[str]) -> Effect:
    kind, number, second, other, base, distance = found.groups()
    at, width = _distance(distance), _WIDTH[kind]
    first = (_base(base), at, width, _float(kind, number))
    return Effect(stores=(first, (_base(base), at + width, width, _float(second, other))))


def _store_and_move(found: re.Match[str]) -> Effect:
    distance = _distance(found[2])
    return Effect(moves_sp=distance, stores=(("sp", distance, 8, None),))


def _move_sp(found: re.Match[str]) -> Effect:
    distance = _distance(found[2])
    return Effect(moves_sp=distance if found[1] == "add" else -distance)


def _frame(found: re.Match[str]) -> Effect:
    distance = _distance(found[2])
    return Effect(frame_pointer=("sp", distance if found[1] == "add" else -distance))


def _copy(found: re.Match[str]) -> Effect:
    return Effect(copied=(int(found[1]), int(found[2])))


def _into(found: re.Match[str]) -> Effect:
    kind, number = found[1], found[2]
    if kind in _VECTORS:
        return Effect(lost=(int(number),))
    return Effect(frame_pointer=("", 0)) if number == "29" else Effect()


_FORMS = (
    (_STORE, _store),
    (_STORE_PAIR, _store_pair),
    (_STORE_AND_MOVE, _store_and_move),
    (_LOAD, _into),
    (_MOVE_SP, _move_sp),
    (_FRAME, _frame),
    (_COPY, _copy),
    (_COMPUTES, _into),
)
