# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Choose where a function's calls and returns are probed.

In:   Code
Out:  Sites: the entry instruction, why it, the ways out, and what a user must know

Upstream: Go's "abi-internal.md", section "Function call argument and result passing",
and cmd/internal/obj/x86/obj6.go, func stacksplit.
The one convention: a choice is taken only when it counts each call exactly once. The
first instruction runs again after the stack has grown, since runtime.morestack's
caller jumps back to it; what follows the stack check does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gogen.binary import amd64, arm64
from gogen.binary.instruction import Flow, Instruction
from gogen.binary.model import EntryChoice, Machine
from gogen.errors import UnsupportedError

if TYPE_CHECKING:
    from gogen.binary.code import Code

NameOf = Callable[[int], str]
"""Names the function that holds an address; empty when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sites:
    """
    Attributes:
        entry, choice: where a call is counted, and why there.
        returns: every return instruction, by address.
        tails: every jump that leaves for another function, by address.
        unsure: every conditional jump that may, by address: a hit does not tell.
        warnings: one sentence each.
    """

    entry: Instruction
    choice: EntryChoice
    returns: tuple[Instruction, ...]
    tails: tuple[Instruction, ...]
    unsure: tuple[Instruction, ...]
    warnings: tuple[str, ...]
    keeps_args: bool


Restarted = Callable[[int], tuple[int, int] | None]
"""Gives from where to where the code at an address is started over when Go preempts inside."""


def choose(
    symbol: str, code: Code, name_of: NameOf, restarted: Restarted = lambda _: None
) -> Sites:
    """
    Choose the sites of one function.

    Raises:
        UnsupportedError: an unusual return, or no instruction runs once per call.
    """
    for i in code.instructions:
        if i.flow is Flow.OTHER_RETURN:
            raise UnsupportedError(
                f'"{symbol}"',
                f'"{i.text}" at {i.address:#x} is not a return that Go\'s compiler makes, so the '
                "function's exits cannot be told",
            )
    check = (amd64 if code.machine is Machine.AMD64 else arm64).stack_check(code.instructions)
    entry, choice, warnings = _entry(symbol, code, check)
    span = restarted(entry.address)
    if span is not None:
        entry, choice = _last(symbol, code, entry, span), EntryChoice.LAST_OF_ONE
    returns = tuple(i for i in code.instructions if i.flow is Flow.RETURN)
    if entry in returns:
        warnings.append("its entry and its return are the same instruction")
    tails = tuple(i for i in code.instructions if i.flow is Flow.JUMP and _leaves(code, i))
    unsure = tuple(i for i in code.instructions if i.flow is Flow.BRANCH and _leaves(code, i))
    warnings += _exit_warnings(returns, tails, unsure, name_of)
    return Sites(
        entry=entry,
        choice=choice,
        returns=returns,
        tails=tails,
        unsure=unsure,
        warnings=tuple(warnings),
        keeps_args=check is None or _keeps_args(code, code.instructions[check]),
    )


def _keeps_args(code: Code, check: Instruction) -> bool:
    """
    Tell whether the argument registers are still what was passed when a function begins again.

    The tail that grows the stack saves all of them, or none where the function ignores all
    (cmd/compile/internal/amd64/ssa.go and arm64/ssa.go, OpArgIntReg): it then jumps back at once.
    """
    tail = check.target or code.end
    grown = False
    for i in code.instructions:
        if grown and not i.text.startswith("nop"):
            return i.flow not in (Flow.JUMP, Flow.BRANCH)
        grown = grown or (i.address >= tail and i.flow is Flow.CALL)
    return False


def _entry(symbol: str, code: Code, last: int | None) -> tuple[Instruction, EntryChoice, list[str]]:
    on_amd64 = code.machine is Machine.AMD64
    instructions = code.instructions
    jumped_to = Counter(
        i.target for i in instructions if i.flow in (Flow.JUMP, Flow.BRANCH) and i.target
    )
    if last is None:
        loops = jumped_to[code.address]
        warnings = [
            (
                f"{_count(loops, 'branch')} to its first instruction, where it is probed: turns of "
                "that loop are counted as calls"
            )
        ]
        return instructions[0], EntryChoice.FIRST, warnings if loops else []
    branch = instructions[last]
    if last + 1 < len(instructions) and _grows_stack(code, branch):
        after = instructions[last + 1]
        only_fallen_into = not jumped_to[after.address] and after.flow is not Flow.DATA
        if on_amd64 and only_fallen_into and amd64.emulated(after.code):
            return after, EntryChoice.AFTER_CHECK_EMULATED, []
        if on_amd64 and not jumped_to[branch.address]:
            return branch, EntryChoice.CHECK_BRANCH, []
        if only_fallen_into:
            return after, EntryChoice.AFTER_CHECK, []
    raise UnsupportedError(
        f'"{symbol}"',
        f"its stack check at {code.address:#x} is not used as Go's compiler does, so no "
        "instruction is known to run once per call",
    )


def _last(symbol: str, code: Code, entry: Instruction, span: tuple[int, int]) -> Instruction:
    """
    Return the last of the instructions that are started over together.

    All others may run again before it; it runs once, as what comes before it only computes
    the temporary register it needs.
    """
    begin, end = span
    inside = [i for i in code.instructions if begin <= i.address < end]
    jumped_into = any(begin < i.target < end for i in code.instructions if i.target is not None)
    straight = all(i.flow is Flow.NEXT for i in inside[:-1])
    if not inside or inside[0] is not entry or jumped_into or not straight:
        raise UnsupportedError(
            f'"{symbol}"',
            f"Go may start over what is at {begin:#x}, so no instruction is known to run once per "
            "call",
        )
    return inside[-1]


def _grows_stack(code: Code, check: Instruction) -> bool:
    """
    Tell whether a stack check guards the usual tail: call morestack, jump to the entry.

    Every jump to the entry must come from that tail; any other would be a loop that runs
    through the check.
    """
    tail = check.target
    if tail is None or not check.address < tail < code.address + code.size:
        return False
    called = False
    jumps = 0
    for i in code.instructions:
        back = i.flow in (Flow.JUMP, Flow.BRANCH) and i.target == code.address
        called = called or (i.address >= tail and i.flow is Flow.CALL)
        if back and not called:
            return False
        jumps += back
    return jumps == 1


def _leaves(code: Code, jump: Instruction) -> bool:
    """
    Tell whether a jump goes to another function.

    The compiler computes an address only for its jump tables (Flow.TABLE), or to leave.
    """
    return jump.target is None or not code.address <= jump.target < code.end


def _exit_warnings(
    returns: tuple[Instruction, ...],
    tails: tuple[Instruction, ...],
    unsure: tuple[Instruction, ...],
    name_of: NameOf,
) -> list[str]:
    """Describe the ways out on which there are no results."""
    into: Counter[str] = Counter()
    for i in tails:
        if i.target is None:
            into["a function that its code does not name"] += 1
        else:
            name = name_of(i.target)
            into[f'"{name}"' if name else f"address {i.target:#x}"] += 1
    warnings = []
    for name, count in sorted(into.items()):
        exits = "exit is a tail jump" if count == 1 else "exits are tail jumps"
        warnings.append(f"{count} {exits} into {name}: a call that leaves there has no results")
    if unsure:
        exits = "exit is a conditional jump" if len(unsure) == 1 else "exits are conditional jumps"
        warnings.append(f"{len(unsure)} {exits} out of the function, not seen to be taken")
    if not returns and not tails:
        warnings.append(
            "it has no return instruction: a call ends by a panic, by runtime.Goexit or with its "
            "process, and has no results"
        )
    return warnings


def _count(number: int, noun: str) -> str:
    return f"{number} {noun} goes back" if number == 1 else f"{number} {noun}es go back"
