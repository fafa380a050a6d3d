# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Where floats that were handed over in registers can be read: part of the binary's facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gogen.binary.model import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatSlot:
    """
    Memory that holds what a float register held when the function was called.

    Attributes:
        register: index in Go's sequence, F0.
        size: how many of its low bytes are there, 4 or 8.
        sp_distance: from the stack pointer at the site, bytes.
    """

    register: int
    size: int
    sp_distance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatSite:
    """
    An instruction that every call passes once, before which float registers were stored.

    Attributes:
        site: the instruction.
        below_entry: how far SP is below its value at the entry, bytes.
        slots: where they are, by register.
        emulated: the kernel need not single-step it.
    """

    site: Site
    below_entry: int
    slots: tuple[FloatSlot, ...]
    emulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalEntry:
    """
    Where Go's runtime takes a signal, with the interrupted registers in a frame on the stack.

    Attributes:
        symbol: the function of the runtime it is in.
        file_offset, size, code_hash: that function's code, as in FunctionCode.
        site: the place; the third integer register of Go's sequence leads to the frame there.
        wanted, handled: addresses of the words in which the runtime keeps whether the program
            asked for SIGURG, and whether the runtime's own handler has it; 0 when nothing in
            the program could change either.
    """

    symbol: str
    file_offset: int
    size: int
    code_hash: int
    site: Site
    wanted: int
    handled: int
