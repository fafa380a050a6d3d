# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
The command line: the only place that prints, and the only map from error to exit status.

Every command is a prefix of the pipeline, stopped somewhere and shown.
"""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import shlex
import signal
import sys
import traceback
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer  # noqa: TID251 - this is the one place

from gogen import __version__, explore, pipeline
from gogen.errors import GogenError, SymbolNotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gogen.plan.model import ProbePlan
    from gogen.spec.model import TraceSpec
    from gogen.toolchain.model import Artifact, Command

app = typer.Typer(
    name="gogen",
    help="Compile a Go binary and a spec of functions into one static native tracer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

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


def _visible(text: str) -> str:
    """Names come from binaries: nothing that a terminal would obey gets through."""
    return "".join(c if c.isprintable() or c in "\n\t" else f"<U+{ord(c):04X}>" for c in text)


def _say(text: str) -> None:
    # Unwritten output would fail at exit, where nobody can say why.
    print(_visible(text), flush=True)


def _note(text: str) -> None:
    print(_visible(text), file=sys.stderr)


def _load(path: Path, binary: Path | None = None) -> TraceSpec:
    asked = pipeline.load(path)
    return dataclasses.replace(asked, binary=binary) if binary else asked


def _plan(asked: TraceSpec) -> ProbePlan:
    planned = pipeline.plan_probes(asked)
    for function in planned.functions:
        for warning in function.warnings:
            _note(f'warning: "{function.symbol}": {warning}')
        for record in function.records:
            for field in record.fields:
                if field.reason:
                    _note(f'warning: "{function.symbol}": {field.name} is {field.reason}')
    return planned


@contextmanager
def _progress(*, verbose: bool) -> Iterator[Callable[[Command], None]]:
    """Show the running step on a terminal, or every command with -v; nothing otherwise."""

    def show(command: Command) -> None:
        _note(shlex.join(command.argv))

    if verbose or not sys.stderr.isatty():
        yield show if verbose else lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415, TID251 - only a terminal pays

    with Console(stderr=True).status("analyzing") as status:
        yield lambda command: status.update(f"{command.verb} {command.product}")


def _build(
    asked: TraceSpec, output: Path | None, *, verbose: bool, compile_it: bool = True
) -> tuple[ProbePlan, Artifact]:
    folder = output or asked.output or Path("generated")
    planned = _plan(asked)
    with _progress(verbose=verbose) as report:
        tree = pipeline.write(planned)
        artifact = pipeline.build(tree, folder, compile_it=compile_it, report=report)
    return planned, artifact


@app.command()
def build(
    spec: Spec, output: Output = None, binary: Binary = None, *, verbose: Verbose = False
) -> None:
    """Build the tracer: spec to native executable."""
    planned, artifact = _build(_load(spec, binary), output, verbose=verbose)
    megabytes = artifact.size / 1e6
    functions = f"{planned.func_cnt} function{'s' * (planned.func_cnt != 1)}"
    _note(f"{functions}, {planned.site_cnt} sites, {megabytes:.1f} MB")
    _say(str(artifact.tracer))


@app.command()
def emit(spec: Spec, output: Output = None, binary: Binary = None) -> None:
    """Write the tracer's sources, and compile nothing."""
    _, artifact = _build(_load(spec, binary), output, verbose=False, compile_it=False)
    _say(str(artifact.folder))


@app.command()
def explain(spec: Spec, binary: Binary = None) -> None:
    """Show the whole plan, and write nothing."""
    from gogen.plan import pprint  # noqa: PLC0415

    _say(pprint.dump(pipeline.plan_probes(_load(spec, binary))))


@app.command()
def check(spec: Spec, binary: Binary = None) -> None:
    """Say whether the spec holds for its binary, or for another build of it."""
    asked = _load(spec, binary)
    try:
        planned = _plan(asked)
    except GogenError as error:
        if len(asked.functions) > 1:
            _check_each(asked)
            _note(f"error: {spec}: does not hold for {asked.binary}")
            raise typer.Exit(error.exit_code) from error
        raise
    for found in planned.functions:
        _say(f"{found.symbol}: ok, {bool(found.entry_site) + found.ret_cnt} sites")
    _say(f"{spec}: holds for {asked.binary} ({planned.go_version})")


def _check_each(asked: TraceSpec) -> None:
    for function in asked.functions:
        try:
            pipeline.plan_probes(dataclasses.replace(asked, functions=(function,)))
            _say(f"{function.symbol}: ok")
        except GogenError as error:
            _say(f"{function.symbol}: {error}")


GoBinary = Annotated[Path, typer.Argument(help="The Go binary.", metavar="BINARY")]
GoVersion = Annotated[str, typer.Option("--go", help="Go version, if the binary does not say.")]


@app.command("list")
def list_(
    binary: GoBinary,
    pattern: Annotated[
        str,
        typer.Argument(help="Part of a name, a glob, or a /regexp/.", metavar="[PATTERN]"),
    ] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array.")] = False,
) -> None:
    """List the functions of a binary, and which of them can be traced."""
    from gogen.binary import pprint  # noqa: PLC0415

    infos = explore.functions(binary, pattern)
    if as_json:
        _say(json.dumps(pprint.listed(infos), indent=2))
    elif infos:
        _say(pprint.tree(infos) if sys.stdout.isatty() else pprint.lines(infos))
    else:
        raise SymbolNotFound(str(binary), f'no function matches "{pattern}"')


@app.command()
def inspect(
    binary: GoBinary,
    symbol: Annotated[str, typer.Argument(help="As `go tool nm` prints it.", metavar="SYMBOL")],
    signature: Annotated[
        str | None,
        typer.Option("--signature", help="In Go syntax: func(a int) error.", metavar="GO"),
    ] = None,
    go: GoVersion = "",
) -> None:
    """Show a function's signature, registers, entry site, exits and types."""
    _say(explore.inspect(binary, symbol, signature=signature, go=go))


@app.command()
def init(
    binary: GoBinary,
    symbols: Annotated[
        list[str], typer.Argument(help="Symbols, globs or /regexps/.", metavar="SYMBOL...")
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write it here.", metavar="SPEC")
    ] = None,
    go: GoVersion = "",
) -> None:
    """Write a spec for functions of a binary, from what the binary says of them."""
    text = explore.init(binary, tuple(symbols), go=go, output=output)
    if output is None:
        _say(text.rstrip("\n"))
        return
    explore.save(text, output)
    _say(str(output))


@app.command()
def run(
    spec: Spec,
    options: Annotated[
        list[str] | None, typer.Argument(help="The tracer's own options, after --.")
    ] = None,
    output: Output = None,
    *,
    verbose: Verbose = False,
) -> None:
    """Build the tracer, then become it."""
    from gogen.toolchain.run import become  # noqa: PLC0415

    asked = _load(spec)
    _, artifact = _build(asked, output, verbose=verbose)
    assert artifact.tracer
    become([str(artifact.tracer.resolve()), "--binary", str(asked.binary), *(options or [])])


@app.command()
def doctor() -> None:
    """Say what is missing for building tracers here, and for running them."""
    from gogen.errors import ToolError  # noqa: PLC0415
    from gogen.toolchain import find, host  # noqa: PLC0415

    _say("to build tracers:")
    building = find.survey()
    for tool in building:
        _say(f"  {tool.line}")
    _say("to run tracers on this host:")
    for tool in host.survey():
        _say(f"  {tool.line}")
    packages = sorted({tool.package for tool in building if tool.problem})
    if packages:
        raise ToolError(
            "cannot build", "something is missing", f"apt-get install {' '.join(packages)}"
        )


@app.command()
def schema() -> None:
    """Print the JSON Schema of spec.toml, for editors."""
    _say(json.dumps(pipeline.schema(), indent=2))


def _version(*, wanted: bool) -> None:
    if wanted:
        _say(f"gogen {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    del debug, version


def _stop(number: int, _: object) -> NoReturn:
    sys.exit(128 + number)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Turn signals that would kill into an exception, so that a build takes back its files."""
    numbers = (signal.SIGTERM, signal.SIGHUP)
    # Under nohup a hangup stays ignored.
    before = {number: signal.getsignal(number) for number in numbers}
    replaced = [number for number in numbers if before[number] == signal.SIG_DFL]
    for number in replaced:
        signal.signal(number, _stop)
    try:
        yield
    finally:
        for number in replaced:
            signal.signal(number, before[number])


def _refusal(error: Exception) -> str:
    """Give why standard output is full, or nothing: errors of a named file carry its name."""
    full = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    if not isinstance(error, OSError) or error.filename or error.errno not in full:
        return ""
    with suppress(OSError, ValueError):
        # Python writes out the rest at exit, and would complain once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return os.strerror(error.errno or 0)


def _arguments(given: list[str]) -> tuple[bool, list[str]]:
    """Take --debug from wherever it stands; behind `--` it is the tracer's."""
    end = given.index("--") if "--" in given else len(given)
    rest = [argument for argument in given[:end] if argument != "--debug"]
    return len(rest) < end, rest + given[end:]


def main() -> None:
    """Run a command; the errors of every stage end here."""
    debug, arguments = _arguments(sys.argv[1:])
    try:
        with _stoppable():
            app(arguments)
    except GogenError as error:
        if debug:
            traceback.print_exc()
        _note(f"error: {error}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - the last resort of a command line
        if debug:
            traceback.print_exc()
        if refusal := _refusal(error):
            _note(f"error: standard output: {refusal}")
        else:
            _note(f"error: internal: {error!r} - this is a bug in gogen; --debug shows where")
        sys.exit(1)
