# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Tell what kind of function one is, from its name, its entry in pclntab and its code.

In:   a name, a funcID, Code; or the bytes of all code, for most functions of a long list
Out:  words such as `closure` or `tail-jump`

Upstream: Go's internal/abi/symtab.go (before Go 1.22, internal/goobj/funcid.go), type
FuncID, whose last value is FuncIDWrapper; names as facts/go-abi.md, section 3, lists them.
The one convention: a list decodes only the functions whose bytes leave it open what
decoding would say; tests compare the two for every function of a program.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gogen.binary import amd64, arm64
from gogen.binary.instruction import Flow
from gogen.binary.model import Machine

if TYPE_CHECKING:
    from gogen.binary.code import Code

ASSEMBLY, CLOSURE, GENERIC, WRAPPER = "assembly", "closure", "generic", "wrapper"
TAIL_JUMP, NEVER_RETURNS, LOOP_AT_ENTRY = "tail-jump", "never-returns", "loop-at-entry"

_WRAPPERS = (22, 21), (25, 22), (1 << 16, 23)
"""Up to which minor version of Go, exclusive, which funcID marks what the compiler made."""

_CLOSURE = re.compile(r"\.(?:func|deferwrap|gowrap)\d+(?:\.\d+)*$|-range\d+|-fm$")

_POP_RET = b"\x5d\xc3"  # pop rbp; ret
_ADD_RSP = re.compile(rb".{3}(?:\x48\x83\xc4.|\x48\x83\xec\x80)|\x48\x81\xc4.{4}", re.DOTALL)
"""What frees a frame: add rsp, N or sub rsp, -128; no number of four bytes has them all."""
_ADD_SMALL = b"\x48\x83\xc4"  # add rsp, of one byte
_OLD_RETURN = re.compile(rb"\x48(?:\x83\xc4.|\x83\xec\x80|\x81\xc4.{4})\xc3", re.DOTALL)
"""How Go up to 1.20 frees a frame and returns."""
_NOP_RET = b"\x90\xc3"
_HIGH = frozenset((*range(0x10), *range(0xF0, 0x100)))
"""The highest byte of a distance of less than 256 MB is one of these."""
_TWO_BYTES = b"\x0f"  # 0f 5d and 0f 90 begin longer instructions
_JUMPING = frozenset((*range(0x70, 0x80), 0xEB, 0x24))
"""Before a c3 that ends something: `75 c3`, `eb c3` and `ff 24 c3` are jumps."""
_WRAPPED = b"\xc3\x4c\x8d\x6c\x24\x08\x4d\x39\x2c\x24"
"""The end of a wrapper without a frame, and what follows it: lea r13, [rsp+8]; cmp [r12], r13."""
_MOST_PADDING = 64
_BACK = bytes((254 - at) & 0xFF for at in range(127))
"""At each place the distance that a short jump there has, if it goes to its function's entry."""
_BACKS = tuple(int.from_bytes(_BACK[:size], "little") for size in range(len(_BACK) + 1))
_JMP, _JMP_SIZE = 0xE9, 5
_SHORT = frozenset((*range(0x70, 0x80), *range(0xE0, 0xE4), 0xEB))
_FAR = b"\xff\xff"  # how the distance of a longer jump back ends
_CHECKS = (b"\x49\x3b\x66", b"\x4c\x8d\x64\x24", b"\x4c\x8d\xa4\x24", b"\x49\x89\xe4")
_RET = arm64.RETURN.to_bytes(4, "little")
_LDR_GUARD = (b"\x90\x0b\x40\xf9", b"\x90\x0f\x40\xf9")


def wrapper_id(go_minor: int) -> int:
    """Return the funcID of what the compiler made: wrappers, hash and equality functions."""
    return next(number for before, number in _WRAPPERS if go_minor < before)


def of_name(symbol: str) -> tuple[str, ...]:
    """Tell what a name alone tells."""
    if "[" not in symbol:
        return (CLOSURE,) if _is_closure(symbol) else ()
    return (CLOSURE, GENERIC) if _is_closure(symbol) else (GENERIC,)


def _is_closure(symbol: str) -> bool:
    # Few names have one of these parts, and the expression takes its time.
    maybe = ".func" in symbol or "-" in symbol or "wrap" in symbol
    return maybe and _CLOSURE.search(symbol) is not None


def of_code(code: Code) -> tuple[str, ...]:
    """Tell what decoded code tells."""
    found = []
    jumps = [i for i in code.instructions if i.flow in (Flow.JUMP, Flow.BRANCH)]
    if all(i.flow is not Flow.RETURN for i in code.instructions):
        away = any(i.target is None or not code.address <= i.target < code.end for i in jumps)
        found.append(TAIL_JUMP if away else NEVER_RETURNS)
    check = (amd64 if code.machine is Machine.AMD64 else arm64).stack_check(code.instructions)
    if check is None and any(i.target == code.address for i in jumps):
        found.append(LOOP_AT_ENTRY)
    return tuple(found)


def is_plain(machine: Machine, text: bytes, start: int, end: int) -> bool:
    """Tell whether `of_code` would say nothing of the code at text[start:end], for certain."""
    if machine is Machine.AMD64:
        return _returns_amd64(text, start, end) and not _loops_amd64(text, start, end)
    return _returns_arm64(text, start, end) and not _loops_arm64(text, start, end)


def jumps_to(machine: Machine, text: bytes, start: int, end: int) -> int | None:
    """
    Return where the code at text[start:end] goes by the jump that is all its end, if it has one.

    Only where nothing in it can be a return or a jump to its beginning: most wrappers of a
    method of what a struct embeds. None for all other code.
    """
    if machine is not Machine.AMD64 or text.find(amd64.RETURN, start, end) >= 0:
        return None
    last = start + len(text[start:end].rstrip(amd64.PADDING))
    if last - start < _JMP_SIZE or text[last - _JMP_SIZE] != _JMP or _loops_amd64(text, start, end):
        return None
    return last + int.from_bytes(text[last - 4 : last], "little", signed=True)


def _returns_amd64(text: bytes, start: int, end: int) -> bool:
    """Tell whether a return is among these bytes, and not only what looks like one."""
    at = start - 1
    while (at := text.find(_POP_RET, at + 1, end)) >= 0:
        # Most frames are small: the expression is for the rest.
        small = at > len(_ADD_SMALL) and text.startswith(_ADD_SMALL, at - len(_ADD_SMALL) - 1)
        if small or _ADD_RSP.match(text, at - 7) or _is_no_number(text, at, end):
            return True
    code = text[max(start, end - _MOST_PADDING) : end].rstrip(amd64.PADDING)
    if code.endswith(amd64.RETURN) and (len(code) == 1 or code[-2] not in _JUMPING):
        return True
    if text.startswith(amd64.RETURN, start) or _OLD_RETURN.search(text, start, end):
        return True
    at = text.find(_WRAPPED, start, end)
    if at > start and text[at - 1] not in _JUMPING:
        return True
    at = start - 1
    while (at := text.find(_NOP_RET, at + 1, end)) >= 0:
        if _is_no_number(text, at, end):
            return True
    return False


def _is_no_number(text: bytes, at: int, end: int) -> bool:
    """Tell whether the two bytes there are neither part of a number nor the end of `0f ..`."""
    following = text[at + 2 : min(at + 4, end)]
    whole = len(following) == len(_POP_RET) and text[at - 1 : at] != _TWO_BYTES
    return whole and _HIGH.isdisjoint(following)


def _loops_amd64(text: bytes, start: int, end: int) -> bool:
    """Tell whether some bytes could be a jump to the first one, where no stack check is."""
    if text.startswith(_CHECKS, start):
        return False
    near = text[start + 1 : min(end, start + 1 + len(_BACK))]
    # Without a loop over bytes: a byte that is equal leaves a zero.
    differing = int.from_bytes(near, "little") ^ _BACKS[len(near)]
    if b"\0" in differing.to_bytes(len(near), "little"):
        for at, (distance, back) in enumerate(zip(near, _BACK, strict=False)):
            if distance == back and text[start + at] in _SHORT:
                return True
    at = start + 2
    while (at := text.find(_FAR, at + 1, end)) >= 0:
        distance = int.from_bytes(text[at - 2 : at + 2], "little") - (1 << 32)
        if distance == start - at - 2:
            return True
    return False


def _returns_arm64(text: bytes, start: int, end: int) -> bool:
    at = start - 1
    while (at := text.find(_RET, at + 1, end)) >= 0:
        if (at - start) % 4 == 0:
            return True
    return False


def _loops_arm64(text: bytes, start: int, end: int) -> bool:
    if text.startswith(_LDR_GUARD, start):
        return False
    code = text[start:end]
    words = (code[at : at + 4] for at in range(0, len(code) // 4 * 4, 4))
    return any(arm64.flow(word, 4 * i, b"")[1] == 0 for i, word in enumerate(words))
