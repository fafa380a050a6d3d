# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Where each word of a call's parameters and results is: the answer of `abi.assign`.

Names are those of Go's cmd/compile/internal/abi: register-assigned, stack-assigned,
spill area. Registers are indices (I0, F3), not machine registers: `plan` maps them.

Upstream: Go's "abi-internal.md", section "Function call argument and result passing".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gogen.golang.types import GoType


class RegClass(Enum):
    """The two register sequences."""

    INT = "I"
    FLOAT = "F"


@dataclass(frozen=True, slots=True, kw_only=True)
class AbiConfig:
    """
    One calling convention on one machine.

    Attributes:
        name: `ABIInternal` or `ABI0`.
        int_regs, float_regs: length of each register sequence; 0 for ABI0.
    """

    name: str
    int_regs: int
    float_regs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegWord:
    """
    One register's share of a value.

    Attributes:
        cls, index: the register: INT and 3 is I3.
        offset: where these bytes sit in the value's memory layout.
        size: how many of the register's low bytes belong to the value (1, 2, 4 or 8);
            the bits above are garbage.
    """

    cls: RegClass
    index: int
    offset: int
    size: int

    @property
    def name(self) -> str:
        """Go's notation: `I3`, `F0`."""
        return f"{self.cls.value}{self.index}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AbiParamAssignment:
    """
    Where one parameter or result is.

    Attributes:
        name: as in the signature.
        type: its Go type.
        size: bytes in memory.
        words: its registers in order; empty when stack-assigned (or of size zero).
        stack_offset: offset from the start of the stack sequence (SP+8 at entry and at
            RET); None when register-assigned.
        spill_offset: offset in the spill area; None for results and stack-assigned values.
        in_closure: stack_offset counts from the closure, which the context register holds when
            its function begins.
        by_reference: what is there is the address of a value of the type.
    """

    name: str
    type: GoType
    size: int
    words: tuple[RegWord, ...]
    stack_offset: int | None
    spill_offset: int | None
    in_closure: bool = False
    by_reference: bool = False

    @property
    def notation(self) -> str:
        """Go's notation of its place: `R{ I0 I1 }`, or `stack +8`; ours for what is captured."""
        if self.in_closure:
            return f"closure +{self.stack_offset}"
        if self.stack_offset is not None:
            return f"stack +{self.stack_offset}"
        return " ".join(["R{", *(word.name for word in self.words), "}"])


@dataclass(frozen=True, slots=True, kw_only=True)
class AbiAssignment:
    """
    A whole signature assigned.

    Attributes:
        params, results: in declaration order.
        stack_args_size, stack_results_size: bytes, each aligned to 8.
        offset_to_spill_area: from the start of the stack sequence.
        spill_area_size: bytes, aligned to 8.
        captured: variables of the enclosing function, for a closure.
        unsure: names of those that can't be read for certain.
    """

    config: AbiConfig
    params: tuple[AbiParamAssignment, ...]
    results: tuple[AbiParamAssignment, ...]
    stack_args_size: int
    stack_results_size: int
    offset_to_spill_area: int
    spill_area_size: int
    captured: tuple[AbiParamAssignment, ...] = ()
    unsure: tuple[str, ...] = ()

    @property
    def args_sum(self) -> int:
        """What pclntab's `_func.args` must say (facts/go-abi.md, section 2)."""
        return self.stack_args_size + self.stack_results_size + self.spill_area_size
