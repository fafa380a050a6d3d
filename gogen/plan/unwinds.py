# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Decide which of the runtime's own functions are probed, to see the end of calls that never return.

In:   BinaryFacts, which records the functions give
Out:  UnwindPlans, and the words for what cannot be seen
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.binary.model import UnwindCause
from gogen.plan.model import UnwindPlan
from gogen.plan.sites import site
from gogen.spec.model import Emit

if TYPE_CHECKING:
    from gogen.binary.model import BinaryFacts, Unwind

_FOLLOWED = (Emit.CALL, Emit.BOTH)
"""What needs to see both ends of a call."""

_UNWINDS = {
    UnwindCause.PANIC: (
        "go_recovered",
        "runtime.recovery: the frames of a panic that was recovered are gone.",
        "unwind_recovered",
    ),
    UnwindCause.GOEXIT: (
        "go_exited",
        "runtime.Goexit: every frame of the goroutine is gone.",
        "unwind_exited",
    ),
    UnwindCause.PANIC_VALUE: (
        "go_panicked",
        "runtime.gopanic: a panic begins; keep its value for the calls that it ends.",
        "note_panic",
    ),
}
_BLIND = {
    UnwindCause.PANIC: "calls that a panic unwinds are counted as unpaired: runtime.recovery is "
    "not as gogen knows it",
    UnwindCause.GOEXIT: "calls that runtime.Goexit unwinds are counted as unpaired: it is not as "
    "gogen knows it",
    UnwindCause.PANIC_VALUE: "values of panics are not seen: runtime.gopanic is not as gogen "
    "knows it",
}


def plan(facts: BinaryFacts, emits: tuple[Emit, ...]) -> tuple[UnwindPlan, ...]:
    """Plan the probes; none when no call is followed to its end."""
    if not any(emit in _FOLLOWED for emit in emits):
        return ()
    causes = {found.cause for found in facts.unwinds}
    return tuple(
        _unwind(index, found)
        for index, found in enumerate(facts.unwinds)
        # What is kept of a panic would never go where its end is not seen.
        if found.cause is not UnwindCause.PANIC_VALUE or UnwindCause.PANIC in causes
    )


def keep_panics(planned: tuple[UnwindPlan, ...]) -> bool:
    """Tell whether the values of panics are kept."""
    ident, _, _ = _UNWINDS[UnwindCause.PANIC_VALUE]
    return any(unwind.ident == ident for unwind in planned)


def blind(facts: BinaryFacts, emit: Emit) -> tuple[str, ...]:
    """Say which ends of a function's calls are not seen."""
    return tuple(_BLIND[cause] for cause in facts.blind) if emit in _FOLLOWED else ()


def _unwind(index: int, found: Unwind) -> UnwindPlan:
    ident, comment, unwind = _UNWINDS[found.cause]
    return UnwindPlan(
        row=f"FUNC_CNT + {index}",
        ident=ident,
        comment=comment,
        unwind=unwind,
        symbol=found.symbol,
        file_offset=found.file_offset,
        size=found.size,
        code_hash=found.code_hash,
        site=site(found.site),
        flags_test=found.flags_test,
    )
