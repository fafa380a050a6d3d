# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Prove where a function has stored the float registers it was called with.

In:   Code, Sites
Out:  Passages: instructions that every call passes exactly once, and what lies in the frame there

A uprobe does not see vector registers, but many functions spill them first: all of those built
without optimisation, and some others. The proof is by control flow. From behind the entry
site, instructions are taken in an order in which each one comes after all that lead to it; what
leads there from elsewhere, such as a loop, ends the walk. So does a call, a way out, an access
that may fault, and every instruction of which not all effects are known. Where all paths meet
in one instruction, each call passes it, once. What it then finds in the frame is what every
path has stored there and none has overwritten.

The one convention: places are counted from SP at the entry site, where it is as the caller's
call left it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gogen.binary import amd64, arm64_effects
from gogen.binary.effects import effect
from gogen.binary.instruction import Flow, Instruction
from gogen.binary.model import EntryChoice, Machine

if TYPE_CHECKING:
    from gogen.binary.code import Code
    from gogen.binary.effects import Effect
    from gogen.binary.sites import Sites

_MAX_STEPS = 512
"""Far more than a function's first instructions; keeps hostile code from costing seconds."""

_REGISTERS = {Machine.AMD64: 15, Machine.ARM64: 16}
"""Go's F0 to F14 are X0 to X14 on amd64, and F0 to F15 the vector registers on arm64."""

_VECTOR = {Machine.AMD64: re.compile("xmm"), Machine.ARM64: re.compile(r"\b[dsqv][0-9]")}
_EFFECT = {Machine.AMD64: effect, Machine.ARM64: arm64_effects.effect}

_FLOAT = 8
"""Bytes of the largest float."""

_Slot = tuple[int, int]
"""Distance from SP at the entry, and bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """
    Attributes:
        instruction: every call passes it, once.
        sp: how far SP has moved from the entry, bytes; not positive.
        slots: (register, bytes, distance from SP here) of each float that lies in the frame.
        emulated: the kernel need not single-step it.
    """

    instruction: Instruction
    sp: int
    slots: tuple[tuple[int, int, int], ...]
    emulated: bool


@dataclass(frozen=True, slots=True)
class _State:
    """What is known before an instruction, on every path to it."""

    sp: int
    bp: int | None
    registers: tuple[tuple[int, int], ...]  # (vector register, whose value it has)
    slots: tuple[tuple[_Slot, int], ...]  # (place, whose value it has)


def find(code: Code, sites: Sites) -> tuple[tuple[Passage, ...], str]:
    """
    Give the passages at which something is stored, and what ends the search.

    Of passages with the same floats the first one is given, and the first one that the kernel
    emulates.
    """
    if not any(_VECTOR[code.machine].search(i.text) for i in code.instructions):
        return (), ""
    walk = _Walk(code, sites)
    end = walk.run()
    found: dict[tuple[object, ...], Passage] = {}
    for passage in walk.passages:
        floats = frozenset((register, size) for register, size, _ in passage.slots)
        found.setdefault((floats, passage.emulated), passage)
    return tuple(found.values()), end


def kept(sites: Sites) -> tuple[int, ...]:
    """Give the float registers that are the caller's still, behind the entry's instruction."""
    entry = sites.entry
    # A branch of the stack check that is not taken goes on too.
    if entry.flow is not Flow.NEXT and sites.choice is not EntryChoice.CHECK_BRANCH:
        return ()
    every = tuple(range(_REGISTERS[Machine.AMD64]))
    if "mm" not in entry.text:
        return every
    done = effect(entry)
    if done is None:
        return ()
    lost = (*done.lost, *(done.copied or ())[:1])
    return tuple(register for register in every if register not in lost)


class _Walk:
    def __init__(self, code: Code, sites: Sites) -> None:
        self._code = code
        self._at = {i.address: i for i in code.instructions}
        self._leading: dict[int, int] = defaultdict(int)  # edges to an address not walked yet
        for i in code.instructions:
            for target in self._next(i) or ():
                self._leading[target] += 1
        self._states: dict[int, _State] = {}
        self.passages: list[Passage] = []
        entry = sites.entry
        if sites.choice is EntryChoice.CHECK_BRANCH:
            # Taken, it grows the stack, and the entry comes again.
            start = entry.address + len(entry.code)
        else:
            start = entry.address
        # What falls into the start is the stack check; a function's first instruction is called.
        if start != code.address:
            self._leading[start] -= 1
        self._states[start] = _State(
            sp=0,
            bp=None,
            registers=tuple((n, n) for n in range(_REGISTERS[code.machine])),
            slots=(),
        )

    def run(self) -> str:
        """Walk as far as the proof holds; say what ends it."""
        for i in self._code.instructions:
            if i.flow is Flow.TABLE or (i.flow is Flow.JUMP and i.target is None):
                return f"{i.text} at {i.address:#x}, which may go anywhere"
        for _ in range(_MAX_STEPS):
            ready = [address for address in sorted(self._states) if not self._leading[address]]
            if not ready or ready[0] not in self._at:
                return "a loop"
            i = self._at[ready[0]]
            then = self._next(i)
            done = _EFFECT[self._code.machine](i) if then else None
            # A way out carries a probe of its own, for the end of the call.
            if len(self._states) == 1 and then and not self._may_start_over(i, done):
                self._note(i)
            state = _after(self._states.pop(i.address), done) if done else None
            if state is None:
                return f"{i.text} at {i.address:#x}"
            for target in then or ():
                if not self._meet(target, state):
                    return f"paths that differ at {target:#x}"
        return f"more than {_MAX_STEPS} instructions"

    def _may_start_over(self, i: Instruction, done: Effect | None) -> bool:
        """
        Tell whether an instruction may run twice.

        On arm64, where the assembler makes several instructions of one, Go starts the first
        again when it has preempted a goroutine among them.
        """
        return self._code.machine is Machine.ARM64 and done is None and i.flow is not Flow.CALL

    def _next(self, i: Instruction) -> tuple[int, ...] | None:
        """Where an instruction leads to; None when it may leave the function, or stay in it."""
        after = i.address + len(i.code)
        if i.flow is Flow.NEXT:
            return (after,)
        if i.flow is Flow.CALL:
            # It is no way on for the walk, which it ends, but a way to what is behind it.
            return (after,)
        if i.flow not in (Flow.BRANCH, Flow.JUMP) or i.target not in self._at:
            return None
        return (i.target, after) if i.flow is Flow.BRANCH else (i.target,)

    def _meet(self, target: int, state: _State) -> bool:
        self._leading[target] -= 1
        other = self._states.get(target)
        if other is not None:
            if other.sp != state.sp:
                return False
            state = _State(
                sp=state.sp,
                bp=state.bp if state.bp == other.bp else None,
                registers=tuple(each for each in state.registers if each in other.registers),
                slots=tuple(each for each in state.slots if each in other.slots),
            )
        self._states[target] = state
        return True

    def _note(self, i: Instruction) -> None:
        state = self._states[i.address]
        best: dict[int, tuple[int, int, int]] = {}
        for (place, size), register in state.slots:
            # Below SP nothing is safe.
            if place >= state.sp and size > best.get(register, (0, 0, 0))[1]:
                best[register] = (register, size, place - state.sp)
        if best:
            self.passages.append(
                Passage(
                    instruction=i,
                    sp=state.sp,
                    slots=tuple(best[register] for register in sorted(best)),
                    emulated=self._code.machine is Machine.AMD64 and amd64.emulated(i.code),
                )
            )


def _after(state: _State, done: Effect) -> _State | None:
    """Give what is known behind an instruction; None when its place in the frame is not."""
    registers, slots = dict(state.registers), dict(state.slots)
    for base, distance, size, stored in done.stores:
        if base == "bp" and state.bp is None:
            return None
        at = distance + (state.sp if base == "sp" else state.bp or 0)
        slots = {
            (place, width): register
            for (place, width), register in slots.items()
            if place + width <= at or at + size <= place
        }
        if stored in registers:
            slots[at, min(size, _FLOAT)] = registers[stored]
    if done.copied is not None:
        to, source = done.copied
        registers.pop(to, None) if source not in registers else registers.update(
            {to: registers[source]}
        )
    for register in done.lost:
        registers.pop(register, None)
    bp = state.bp
    if done.frame_pointer is not None:
        base, distance = done.frame_pointer
        known = state.sp if base == "sp" else state.bp if base == "bp" else None
        bp = None if known is None else known + distance
    return _State(
        sp=state.sp + done.moves_sp,
        bp=bp,
        registers=tuple(sorted(registers.items())),
        slots=tuple(sorted(slots.items())),
    )
