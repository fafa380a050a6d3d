# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
The table of contents: what gogen does with a spec, in order.

    spec.toml -> TraceSpec -> BinaryFacts -> AbiAssignment -> ProbePlan -> SourceTree -> Artifact
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.abi import assign as abi
from gogen.abi import closure, settle
from gogen.binary import analyze as binary
from gogen.binary import functions
from gogen.binary.model import Machine
from gogen.binary.source import Source
from gogen.binary.source import opened as open_binary
from gogen.emit import render as emit
from gogen.errors import located
from gogen.plan import build as plan
from gogen.plan import cost, held, names
from gogen.spec import expand as matches
from gogen.spec import load as spec
from gogen.spec.complete import complete
from gogen.spec.schema import schema
from gogen.toolchain import build as toolchain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gogen.emit.model import SourceTree
    from gogen.plan.model import ProbePlan
    from gogen.spec.model import TraceSpec
    from gogen.toolchain.model import Artifact, Command

__all__ = ["Source", "build", "costs", "expand", "load", "opened", "plan_probes", "schema", "write"]

_ABI = {Machine.AMD64: abi.AMD64, Machine.ARM64: abi.ARM64}


def load(spec_path: Path) -> TraceSpec:
    """Read what the user asks for."""
    return spec.load(spec_path)


def expand(asked: TraceSpec) -> TraceSpec:
    """Put the functions that a match finds in its place."""
    if not any(function.match for function in asked.functions):
        return asked
    return matches.expand(asked, functions.list_functions(asked.binary, ""))


def opened(asked: TraceSpec) -> Source:
    """Open the binary for plans of parts of one spec, unless none of them could be made."""
    names.tracer_ident(asked.name)
    return open_binary(asked.binary)


def plan_probes(asked: TraceSpec, source: Source | None = None) -> ProbePlan:
    """Read what the binary says, say where values are, decide everything the C will say."""
    facts = binary.analyze(
        source or asked.binary,
        tuple(f.symbol for f in asked.functions),
        go=asked.go,
        pointers=max((f.pointers for f in asked.functions), default=0),
        dynamic=asked.asserted,
        known=held.error_types(),
        own=True,
        stacks=any(f.stack for f in asked.functions),
        by_signal=any(f.by_signal for f in asked.functions),
    )
    config = _ABI[facts.machine]
    signatures, types = settle.settle(asked, facts, config)
    asked = complete(asked, signatures, types, tuple(map(closure.names, facts.functions)))
    assignments = []
    for function, signature, code in zip(asked.functions, signatures, facts.functions, strict=True):
        with located(f"{function.where}.signature"):
            assigned = abi.assign(signature, types, config)
        assignments.append(closure.with_captured(assigned, code, types))
    return plan.build(asked, facts, tuple(assignments))


def write(planned: ProbePlan) -> SourceTree:
    """Write the C."""
    return emit.render(planned)


def build(
    planned: ProbePlan,
    output: Path,
    *,
    compile_it: bool,
    keep: bool,
    report: Callable[[Command], None],
) -> Artifact:
    """Build the tracer, or stop at its sources; refuse what the kernel would refuse."""
    return toolchain.build(
        write(planned),
        output,
        compile_it=compile_it,
        keep=keep,
        report=report,
        accept=lambda programs: cost.check(planned, programs),
    )


def costs(planned: ProbePlan) -> tuple[str, ...]:
    """Compile the programs, and say what each asks of the kernel's verifier."""
    return tuple(cost.line(program) for program in toolchain.measure(write(planned)))
