# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Decide where the ends of a function's calls are seen, and what happens there.

In:   FunctionSpec, FunctionCode
Out:  Exits
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gogen.errors import PlanError
from gogen.plan.sites import site
from gogen.spec.model import Emit

if TYPE_CHECKING:
    from gogen.binary.model import FunctionCode
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


def plan(asked: FunctionSpec, code: FunctionCode) -> Exits:
    """
    Plan the ends of one function's calls.

    Raises:
        PlanError: they can't be seen, or not all of those that have to be.
    """
    if asked.emit is Emit.ENTRY:
        return Exits()
    where = f"{asked.where}.emit"
    ends = (*code.ret_sites, *code.tail_sites)
    if not ends:
        problem = f'"{asked.symbol}" has no return instruction, so its end cannot be seen'
        raise PlanError(where, problem, _ENTRY_ONLY)
    if asked.emit in _PAIRED:
        # Two uprobes on one instruction would run in no order that means anything.
        if code.entry in ends:
            problem = f'"{asked.symbol}" begins and ends on the same instruction'
            raise PlanError(where, problem, _ENTRY_ONLY)
        for unsure in code.unsure_sites:
            problem = (
                f'"{asked.symbol}" may leave by "{unsure.text}" at {unsure.address:#x}, and '
                "whether a conditional jump is taken cannot be seen"
            )
            raise PlanError(where, problem, _ENTRY_ONLY)
    return Exits(
        ret_sites=tuple(map(site, code.ret_sites)),
        tail_sites=tuple(map(site, code.tail_sites)),
        ret_handler=_RETURNS[asked.emit] if code.ret_sites else "",
        tail_handler=_TAILS[asked.emit] if code.tail_sites else "",
    )
