# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The commands that take a spec: from checking it to becoming the tracer it makes."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer  # noqa: TID251 - the command line is its place

from gogen import pipeline
from gogen.cli.app import app
from gogen.cli.console import note, progress, say, working
from gogen.errors import GogenError, SpecError, ToolError

if TYPE_CHECKING:
    from gogen.pipeline import Source
    from gogen.plan.model import ProbePlan
    from gogen.spec.model import FunctionSpec, TraceSpec
    from gogen.toolchain.model import Artifact

Spec = Annotated[Path, typer.Argument(help="The spec.", metavar="SPEC")]
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", help="Folder to write NAME/ into.", metavar="DIR"),
]
Binary = Annotated[
    Path | None,
    typer.Option("--binary", help="Take this binary instead of the spec's.", metavar="PATH"),
]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Show every command.")]
NoCache = Annotated[
    bool, typer.Option("--no-cache", help="Compile everything, and keep nothing for later builds.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Trace more than 200 matched functions.")]

_MANY = 200
"""Functions that one match may add without --yes."""
_SHOWN = 20


def _load(
    path: Path, binary: Path | None = None, *, yes: bool = False
) -> tuple[TraceSpec, Source | None]:
    """Read a spec; where it has matches, also the binary, for the plan that follows."""
    asked = pipeline.load(path)
    if binary:
        asked = dataclasses.replace(asked, binary=binary)
    asked = pipeline.expand(asked)
    matched = [function.symbol for function in asked.functions if function.match]
    if not matched:
        return asked, None
    _list("matched", matched)
    if len(matched) > _MANY and not yes:
        problem = f"{len(matched)} functions match, more than {_MANY}"
        raise SpecError(str(path), problem, "narrow the expression, or say --yes")
    source = pipeline.opened(asked)
    return _leave_out(asked, source), source


def _list(what: str, symbols: list[str]) -> None:
    if symbols:
        note(f"{what} {len(symbols)} functions:")
    for symbol in symbols[:_SHOWN]:
        note(f"  {symbol}")
    if len(symbols) > _SHOWN:
        note(f"  ... and {len(symbols) - _SHOWN} more")


def _leave_out(asked: TraceSpec, source: Source) -> TraceSpec:
    """Keep of what was only matched the functions that can be planned, and say the rest."""
    matched = tuple(function for function in asked.functions if function.match)
    refused: dict[str, GogenError] = {}
    kept = set(_plannable(asked, matched, source, refused))
    functions = tuple(f for f in asked.functions if not f.match or f in kept)
    alike: dict[str, list[str]] = {}
    for symbol, error in refused.items():
        alike.setdefault(str(error).replace(symbol, ""), []).append(symbol)
    if not functions and len(alike) == 1:
        raise next(iter(refused.values()))
    for first, *others in alike.values():
        note(f"left out: {refused[first]}")
        _list("so are", others)
    if not functions:
        problem = "none of the functions that match can be traced"
        raise SpecError(str(asked.path), problem, "the lines above say why")
    return dataclasses.replace(asked, functions=functions)


def _plannable(
    asked: TraceSpec,
    functions: tuple[FunctionSpec, ...],
    source: Source,
    refused: dict[str, GogenError],
) -> tuple[FunctionSpec, ...]:
    """Plan them all at once, or by halves where that fails: few of many do."""
    try:
        pipeline.plan_probes(dataclasses.replace(asked, functions=functions), source)
    except GogenError as error:
        if len(functions) == 1:
            refused[functions[0].symbol] = error
            return ()
        half = len(functions) // 2
        first = _plannable(asked, functions[:half], source, refused)
        return first + _plannable(asked, functions[half:], source, refused)
    return functions


def _plan(asked: TraceSpec, source: Source | None = None) -> ProbePlan:
    planned = pipeline.plan_probes(asked, source)
    for function in planned.functions:
        for warning in function.warnings:
            note(f'warning: "{function.symbol}": {warning}')
        for record in function.records:
            for field in record.fields:
                if field.reason:
                    note(f'warning: "{function.symbol}": {field.name} is {field.reason}')
    return planned


def _build(
    asked: TraceSpec,
    source: Source | None,
    output: Path | None,
    *,
    verbose: bool = False,
    compile_it: bool = True,
    keep: bool = False,
) -> tuple[ProbePlan, Artifact]:
    folder = output or asked.output or Path("generated")
    planned = _plan(asked, source)
    with progress(verbose=verbose) as report:
        artifact = pipeline.build(planned, folder, compile_it=compile_it, keep=keep, report=report)
    return planned, artifact


@app.command()
def build(
    spec: Spec,
    output: Output = None,
    binary: Binary = None,
    *,
    verbose: Verbose = False,
    no_cache: NoCache = False,
    yes: Yes = False,
) -> None:
    """Build the tracer: spec to native executable."""
    asked, source = _load(spec, binary, yes=yes)
    planned, artifact = _build(asked, source, output, verbose=verbose, keep=not no_cache)
    megabytes = artifact.size / 1e6
    functions = f"{planned.func_cnt} function{'s' * (planned.func_cnt != 1)}"
    own = len(planned.runtime_probes)
    where = f"{planned.site_cnt - own} sites" + (f" and {own} in the runtime" if own else "")
    note(f"{functions}, {where}, {megabytes:.1f} MB")
    say(str(artifact.tracer))


@app.command()
def emit(spec: Spec, output: Output = None, binary: Binary = None, *, yes: Yes = False) -> None:
    """Write the tracer's sources, and compile nothing."""
    _, artifact = _build(*_load(spec, binary, yes=yes), output, compile_it=False)
    say(os.path.normpath(artifact.folder))


@app.command()
def explain(spec: Spec, binary: Binary = None, *, yes: Yes = False) -> None:
    """Show the whole plan and what it asks of the kernel's verifier; write nothing."""
    from gogen.plan import pprint  # noqa: PLC0415

    planned = pipeline.plan_probes(*_load(spec, binary, yes=yes))
    say(pprint.dump(planned))
    try:
        programs = pipeline.costs(planned)
    except ToolError as error:
        note(f"programs were not measured: {error}")
        return
    say("\nprograms, as clang compiles them here")
    for program in programs:
        say(f"  {program}")


@app.command()
def check(spec: Spec, binary: Binary = None, *, yes: Yes = False) -> None:
    """Say whether the spec holds for its binary, or for another build of it."""
    asked, source = _load(spec, binary, yes=yes)
    try:
        with working(f"reading {asked.binary}"):
            source = source or pipeline.opened(asked)
            planned = _plan(asked, source)
    except GogenError as error:
        if source and len(asked.functions) > 1:
            _check_each(asked, source)
            note(f"error: {spec}: does not hold for {asked.binary}")
            raise typer.Exit(error.exit_code) from error
        raise
    for found in planned.functions:
        say(f"{found.symbol}: ok, {bool(found.entry_site) + found.ret_cnt} sites")
    say(f"{spec}: holds for {asked.binary} ({planned.go_version})")


def _check_each(asked: TraceSpec, source: Source) -> None:
    for function in asked.functions:
        try:
            pipeline.plan_probes(dataclasses.replace(asked, functions=(function,)), source)
            say(f"{function.symbol}: ok")
        except GogenError as error:
            say(f"{function.symbol}: {error}")


@app.command()
def run(
    spec: Spec,
    options: Annotated[
        list[str] | None, typer.Argument(help="The tracer's own options, after --.")
    ] = None,
    output: Output = None,
    *,
    verbose: Verbose = False,
    no_cache: NoCache = False,
    yes: Yes = False,
) -> None:
    """Build the tracer, then become it."""
    from gogen.toolchain.run import become  # noqa: PLC0415

    asked, source = _load(spec, yes=yes)
    _, artifact = _build(asked, source, output, verbose=verbose, keep=not no_cache)
    assert artifact.tracer
    become([str(artifact.tracer.resolve()), "--binary", str(asked.binary), *(options or [])])


@app.command()
def schema() -> None:
    """Print the JSON Schema of spec.toml, for editors."""
    say(json.dumps(pipeline.schema(), indent=2))
