# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Describe one decoded instruction: what the choice of sites needs, and no more.

`code.py` makes these, `amd64.py` and `arm64.py` say what they mean on their machine,
`sites.py` reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Flow(Enum):
    """What an instruction does to the order of execution."""

    NEXT = "goes on to the next instruction"
    BRANCH = "conditional jump"
    JUMP = "jump"
    TABLE = "jump through a table of addresses in this function"
    CALL = "call"
    RETURN = "the return instruction that gogen can probe"
    OTHER_RETURN = "any other kind of return"
    DATA = "no instruction: a constant the code loads, or padding"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """
    Attributes:
        address, code: where it is, its bytes.
        text: for people: `push rbp`.
        flow: what it does to the order of execution.
        target: address a direct jump or call goes to; None for others.
    """

    address: int
    code: bytes
    text: str
    flow: Flow
    target: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operand:
    """
    One operand, as a decoder that is asked for it tells.

    Attributes:
        register: its name: `xmm0`, `rsp`; empty for memory and constants.
        is_memory: it is a place in memory: `base` + `displacement`, and more when `is_indexed`
            (an index register or a segment).
        value: the constant, when it is neither register nor memory.
        size: bytes.
    """

    register: str
    is_memory: bool
    base: str
    displacement: int
    is_indexed: bool
    value: int
    size: int
