# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Keep programs within what the kernel's verifier accepts, and records within the ring.

In:   the values of a record; Programs as they were compiled
Out:  the values that fit, or an error that names the one which takes most

The verifier's work is a measured multiple of the code's length: no formula gives it, for it
depends on which states the kernel finds alike (docs/design/0014).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.errors import PlanError
from gogen.plan import extent, layout
from gogen.spec.model import Emit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gogen.plan.model import FunctionPlan, ProbePlan
    from gogen.plan.valuemodel import FieldPlan, ValueNode
    from gogen.spec.model import FunctionSpec
    from gogen.toolchain.model import Program

PROCESSED_MAX = 1_000_000
"""BPF_COMPLEXITY_LIMIT_INSNS of Linux: instructions the verifier processes in one program."""
STACK_MAX = 512
"""MAX_BPF_STACK, bytes of all frames."""
FRAMES_MAX = 8
"""MAX_CALL_FRAMES."""

FACTOR = 4
"""Instructions processed for each one written: at most 2.4 was seen."""

_READ = 250
"""Instructions processed for one read (at most 151 was seen): too many are told uncompiled."""
_READS_MAX = PROCESSED_MAX // _READ


def bound(program: Program) -> int:
    """Give the most instructions that the verifier will process."""
    return FACTOR * program.processed


def line(program: Program) -> str:
    """Say what a program asks of the verifier, and what it may ask."""
    return (
        f"{program.name}: {program.insns} instructions, at most {bound(program)} of "
        f"{PROCESSED_MAX} for the verifier, {program.stack} of {STACK_MAX} bytes of stack"
    )


def leave_out(
    asked: FunctionSpec, args: tuple[layout.Value, ...], results: tuple[layout.Value, ...]
) -> tuple[tuple[layout.Value, ...], tuple[layout.Value, ...], tuple[str, ...]]:
    """
    Keep of what nobody listed in `capture` the values that fit; say what does not.

    Raises:
        PlanError: too much was listed.
    """
    said: list[str] = []
    together = asked.emit is Emit.CALL
    while True:
        values = (*args, *results) if together else _longer(args, results)
        too_large = layout.size(values) > layout.RECORD_MAX
        crowd = values if too_large else next((v for v in (args, results) if _too_many(v)), ())
        referring = [value for value in crowd if value.read.tree and value.read.tree.reads]
        if not referring:
            return args, results, tuple(said)
        largest = max(referring, key=_room if too_large else _asks)
        problem = _problem(largest, crowd, too_large=too_large)
        if asked.capture is not None:
            raise PlanError(f"{asked.where}.capture", problem, _hint(largest))
        said.append(f'"{largest.name}" is left out: {problem}')
        args = tuple(value for value in args if value is not largest)
        results = tuple(value for value in results if value is not largest)


def _longer(
    args: tuple[layout.Value, ...], results: tuple[layout.Value, ...]
) -> tuple[layout.Value, ...]:
    return args if layout.size(args) > layout.size(results) else results


def _too_many(values: Sequence[layout.Value]) -> bool:
    return sum(map(_asks, values)) > _READS_MAX


def _asks(value: layout.Value) -> int:
    return extent.reads(value.read.tree) if value.read.tree else 1


def _room(value: layout.Value) -> int:
    return extent.capacity(value.read.tree) if value.read.tree else 0


def _problem(largest: layout.Value, crowd: Sequence[layout.Value], *, too_large: bool) -> str:
    if too_large:
        size, own = layout.size(crowd), _room(largest)
        most = f"bytes in one record, at most {layout.RECORD_MAX} fit into the ring"
    else:
        size, own = sum(map(_asks, crowd)), _asks(largest)
        most = f"reads in one program, at most {_READS_MAX} pass the kernel's verifier"
    return f'{size} {most}; "{largest.name}" takes {own} of them'


def _hint(value: layout.Value) -> str:
    assert value.read.tree
    return f'lower {_limit(value.read.tree)}, or leave "{value.name}" out of capture'


def _limit(node: ValueNode | None) -> str:
    """Name the limit that makes a value cost less."""
    if node is None:
        return "limits.string"
    pending = [node]
    for below in pending:
        if below.kind in ("slice", "array") and below.reads:
            return "limits.slice"
        pending += below.children
    return "limits.depth"


def check(plan: ProbePlan, programs: tuple[Program, ...]) -> None:
    """
    Refuse programs that the kernel would refuse.

    Args:
        plan: what was compiled.
        programs: what came out.

    Raises:
        PlanError: one asks too much; the value that takes most is named.
    """
    for program in programs:
        if program.frames > FRAMES_MAX:
            problem = f"calls {program.frames} deep, at most {FRAMES_MAX} are allowed"
        elif program.stack > STACK_MAX:
            problem = f"{program.stack} bytes of stack, at most {STACK_MAX} are allowed"
        elif bound(program) > PROCESSED_MAX:
            problem = (
                f"up to {bound(program)} instructions for the kernel's verifier, which "
                f"processes at most {PROCESSED_MAX}"
            )
        else:
            continue
        raise _refused(plan, program, problem)


def _refused(plan: ProbePlan, program: Program, problem: str) -> PlanError:
    cost = dict(program.parts)
    owner, field = _largest(plan, program, cost)
    context = f'"{owner.symbol}"' if owner else program.name
    if field is None:
        return PlanError(context, problem, "list the values you want in capture")
    return PlanError(
        context,
        f'{problem}; "{field.name}" takes {FACTOR * cost[field.reader]} of them'
        if "instructions" in problem
        else f'{problem}; "{field.name}" takes most',
        f'lower {_limit(field.tree)}, or leave "{field.name}" out of capture',
    )


def _largest(
    plan: ProbePlan, program: Program, cost: dict[str, int]
) -> tuple[FunctionPlan | None, FieldPlan | None]:
    for function in plan.functions:
        if program.name in (f"{function.ident}_entry", f"{function.ident}_ret"):
            fields = [
                field
                for record in function.records
                for field in record.readers
                if field.reader in cost
            ]
            return function, max(fields, key=lambda field: cost[field.reader], default=None)
    return None, None
