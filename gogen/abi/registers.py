# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Name the machine registers behind ABIInternal's register sequences.

Upstream: Go's "abi-internal.md", sections "amd64 architecture" and "arm64 architecture".
Names are Go's assembler's; register I3 is `ints[3]`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineRegisters:
    """
    One machine's registers.

    Attributes:
        ints, floats: the two sequences, in order of assignment.
        g: holds the current goroutine.
        context: holds the closure context pointer at a closure's entry.
    """

    ints: tuple[str, ...]
    floats: tuple[str, ...]
    g: str
    context: str


AMD64 = MachineRegisters(
    ints=("RAX", "RBX", "RCX", "RDI", "RSI", "R8", "R9", "R10", "R11"),
    floats=tuple(f"X{number}" for number in range(15)),
    g="R14",
    context="RDX",
)

ARM64 = MachineRegisters(
    ints=tuple(f"R{number}" for number in range(16)),
    floats=tuple(f"F{number}" for number in range(16)),
    g="R28",
    context="R26",
)
