# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Plan the reading of float registers from the frame of a signal, where the spec asks for it.

In:   FunctionSpec, FunctionCode, the records
Out:  SignalPlan per function, and the probe in the runtime

A signal that is sent at a probe is delivered behind the probed instruction, so that must leave
the registers alone; docs/design/0012 says why sending it does no harm, and when it is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.binary.floatmodel import FloatSlot
from gogen.errors import PlanError
from gogen.plan.known import LateFloats
from gogen.plan.model import SignalPlan, SignalProbePlan, UnwindPlan
from gogen.plan.sites import site
from gogen.spec.model import Emit

if TYPE_CHECKING:
    from gogen.binary.model import BinaryFacts, FunctionCode
    from gogen.plan.model import RecordPlan
    from gogen.spec.model import FunctionSpec

REASON = "register-assigned float: no signal showed it"

_REGISTERS = 15
_STRIDE = 16
"""Bytes of one register in the frame."""

_NOT_FOR_THE_RUNTIME = ("runtime.", "runtime/", "internal/runtime/", "syscall.")
_LEAVE_OUT = "leave floats out: floats that the function stores are read without it"


def late(kept: tuple[int, ...] = tuple(range(_REGISTERS))) -> LateFloats:
    """Say where the signal's frame has registers."""
    return LateFloats(
        slots=tuple(
            FloatSlot(register=register, size=8, sp_distance=_STRIDE * register)
            for register in kept
        ),
        base="floats",
        reason=REASON,
    )


def check(asked: FunctionSpec, facts: BinaryFacts) -> None:
    """
    Refuse what is not known to do no harm.

    Raises:
        PlanError: the program, or the function, is none that can be sent signals.
    """
    if not asked.by_signal:
        return
    context = f"{asked.where}.floats"
    if facts.signals is None:
        raise PlanError(context, f"no signal can be sent: {facts.no_signals}", _LEAVE_OUT)
    if asked.symbol.startswith(_NOT_FOR_THE_RUNTIME):
        problem = f'no signal can be sent from "{asked.symbol}": it may run in a signal handler'
        raise PlanError(context, problem, _LEAVE_OUT)
    if asked.emit is Emit.BOTH:
        hint = 'write emit = "call", or leave floats out'
        raise PlanError(context, 'not supported with emit = "both"', hint)


def plan(
    asked: FunctionSpec,
    ident: str,
    code: FunctionCode,
    begin: RecordPlan | None,
    end: RecordPlan | None,
) -> SignalPlan | None:
    """Plan one function; None when no value of its records needs a signal."""
    if not asked.by_signal:
        return None
    first = begin or end
    args = tuple(f for f in first.args if f.late) if first else ()
    results = tuple(f for f in end.results if f.late) if end else ()
    if not args and not results:
        return None
    return SignalPlan(
        args_ident=f"{ident}_args_shown",
        args_record=first if args else None,
        args=args,
        sends=asked.emit is Emit.ENTRY,
        entry_len=len(code.entry.code),
        results_ident=f"{ident}_results_shown",
        results_record=end if results else None,
        results=results,
        is_hit="true" if asked.emit is Emit.RETURN else "false",
    )


def probe(facts: BinaryFacts, wanted: bool, number: int) -> SignalProbePlan | None:
    """Plan the probe in the runtime; `number`: its place behind the functions."""
    found = facts.signals
    if found is None or not wanted:
        return None
    return SignalProbePlan(
        wanted=found.wanted,
        handled=found.handled,
        row=UnwindPlan(
            row=f"FUNC_CNT + {number}",
            ident="go_signalled",
            comment="runtime.sigtramp: a signal's frame holds the thread's float registers.",
            unwind="",
            symbol=found.symbol,
            file_offset=found.file_offset,
            size=found.size,
            code_hash=found.code_hash,
            site=site(found.site),
            flags_test=False,
        ),
    )
