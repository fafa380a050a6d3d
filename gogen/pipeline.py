# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
The table of contents: what gogen does with a spec, in order.

    spec.toml -> TraceSpec -> BinaryFacts -> AbiAssignment -> ProbePlan -> SourceTree -> Artifact
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gogen.abi import assign as abi
from gogen.abi import pprint as abi_text
from gogen.abi import registers
from gogen.binary import analyze as binary
from gogen.binary import pprint as binary_text
from gogen.binary.model import BinaryFacts, Machine
from gogen.emit import render as emit
from gogen.errors import located
from gogen.golang.syntax import parse_signature
from gogen.plan import build as plan
from gogen.spec import load as spec
from gogen.spec.schema import schema as spec_schema
from gogen.toolchain import build as toolchain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gogen.abi.model import AbiAssignment
    from gogen.emit.model import SourceTree
    from gogen.golang.types import Signature, Types
    from gogen.plan.model import ProbePlan
    from gogen.spec.model import TraceSpec
    from gogen.toolchain.model import Artifact, Command

_ABI = {Machine.AMD64: abi.AMD64, Machine.ARM64: abi.ARM64}
_REGISTERS = {Machine.AMD64: registers.AMD64, Machine.ARM64: registers.ARM64}


def load(spec_path: Path) -> TraceSpec:
    """Read what the user asks for."""
    return spec.load(spec_path)


def analyze(asked: TraceSpec) -> BinaryFacts:
    """Read what the binary says about the functions asked for."""
    symbols = tuple(function.symbol for function in asked.functions)
    return binary.analyze(asked.binary, symbols, go=asked.go)


def assign(signature: Signature, types: Types, machine: Machine) -> AbiAssignment:
    """Say where a call's parameters and results are."""
    return abi.assign(signature, types, _ABI[machine])


def plan_probes(asked: TraceSpec) -> ProbePlan:
    """Decide everything the C will say."""
    facts = analyze(asked)
    assignments = []
    for function in asked.functions:
        with located(f"{function.where}.signature"):
            assignments.append(assign(function.signature, dict(asked.types), facts.machine))
    return plan.build(asked, facts, tuple(assignments))


def write(planned: ProbePlan) -> SourceTree:
    """Write the C."""
    return emit.render(planned)


def compile_tracer(
    tree: SourceTree, output: Path, *, compile_it: bool, report: Callable[[Command], None]
) -> Artifact:
    """Build the tracer, or stop at its sources."""
    return toolchain.build(tree, output, compile_it=compile_it, report=report)


def inspect(path: Path, symbol: str, *, signature: str | None, go: str) -> str:
    """Show what the binary says about one function, and where its values are."""
    facts = binary.analyze(path, (symbol,), go=go)
    text = binary_text.dump(facts)
    if signature is None:
        return text
    assigned = abi.assign(parse_signature(signature), {}, _ABI[facts.machine])
    return f"{text}\n{abi_text.diagram(assigned, _REGISTERS[facts.machine])}"


def schema() -> dict[str, Any]:
    """Describe spec.toml."""
    return spec_schema()
