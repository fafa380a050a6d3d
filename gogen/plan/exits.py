# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Decide where the ends of a function's calls are seen, and what happens there.

In:   FunctionSpec, FunctionCode, the places where the runtime unwinds calls
Out:  Exits
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gogen.errors import PlanError
from gogen.plan.sites import site
from gogen.spec.model import Emit

if TYPE_CHECKING:
    from gogen.binary.model import FunctionCode, Unwind
    from gogen.plan.model import SitePlan
    from gogen.spec.model import FunctionSpec

_PAIRED = (Emit.CALL, Emit.BOTH)
_RETURNS = {Emit.CALL: "close", Emit.BOTH: "forget", Emit.RETURN: "emit"}
_TAILS = {Emit.CALL: "end", Emit.BOTH: "end", Emit.RETURN: "emit"}
_ENTRY_ONLY = 'trace its beginning: emit = "entry"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Exits:
    """
    Attributes:
        ret_sites, tail_sites: returns, and jumps into other functions; empty when not probed.
        ret_handler, tail_handler: as in FunctionPlan; empty where there is no site.
    """

    ret_sites: tuple[SitePlan, ...] = ()
    tail_sites: tuple[SitePlan, ...] = ()
    ret_handler: str = ""
    tail_handler: str = ""


def plan(asked: FunctionSpec, code: FunctionCode, unwinds: tuple[Unwind, ...]) -> Exits:
    """
    Plan the ends of one function's calls.

    Those of a function that never returns are seen where the runtime unwinds them.

    Raises:
        PlanError: they can't be seen, or not all of those that have to be.
    """
    if asked.emit is Emit.ENTRY:
        return Exits()
    if asked.emit in _PAIRED:
        problem = unpaired(code, unwinds)
    else:
        ends = code.ret_sites or code.tail_sites
        problem = "" if ends else "has no return instruction, so its end cannot be seen"
    if problem:
        raise PlanError(f"{asked.where}.emit", f'"{asked.symbol}" {problem}', _ENTRY_ONLY)
    return Exits(
        ret_sites=tuple(map(site, code.ret_sites)),
        tail_sites=tuple(map(site, code.tail_sites)),
        ret_handler=_RETURNS[asked.emit] if code.ret_sites else "",
        tail_handler=_TAILS[asked.emit] if code.tail_sites else "",
    )


def unpaired(code: FunctionCode, unwinds: tuple[Unwind, ...]) -> str:
    """Say why a call's end can't be told from others', or from its begin; empty if it can."""
    # Two uprobes on one instruction would run in no order that means anything.
    if code.entry in (*code.ret_sites, *code.tail_sites):
        return "begins and ends on the same instruction"
    if any(code.entry.address == unwind.site.address for unwind in unwinds):
        return "begins where the ends of other functions' calls are looked for"
    for unsure in code.unsure_sites:
        return (
            f'may leave by "{unsure.text}" at {unsure.address:#x}, and '
            "whether a conditional jump is taken cannot be seen"
        )
    return ""
