# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The commands that need no spec: what is in a binary, and what is on this machine."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer  # noqa: TID251 - the command line is its place

from gogen.cli.app import app
from gogen.cli.console import say, working
from gogen.errors import GogenError, SymbolNotFound


def _complete(context: typer.Context, incomplete: str) -> list[str]:
    """Give the symbols of the binary that was named before; none when it can't be read."""
    from gogen import explore  # noqa: PLC0415 - as below

    binary = context.params.get("binary")
    try:
        return explore.completions(Path(binary), incomplete) if binary else []
    except GogenError:
        return []


GoBinary = Annotated[Path, typer.Argument(help="The Go binary.", metavar="BINARY")]
GoVersion = Annotated[str, typer.Option("--go", help="Go version, if the binary does not say.")]


@app.command("list")
def list_(
    binary: GoBinary,
    pattern: Annotated[
        str,
        typer.Argument(
            help="Part of a name, a glob, or a /regexp/.",
            metavar="[PATTERN]",
            autocompletion=_complete,
        ),
    ] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array.")] = False,
) -> None:
    """List the functions of a binary, and which of them can be traced."""
    from gogen import explore  # noqa: PLC0415 - building needs none of it
    from gogen.binary import pprint  # noqa: PLC0415

    with working(f"reading {binary}"):
        infos = explore.functions(binary, pattern)
    if as_json:
        say(json.dumps(pprint.listed(infos), indent=2))
    elif infos:
        say(pprint.tree(infos) if sys.stdout.isatty() else pprint.lines(infos))
    else:
        whole = "*" in pattern and not pattern.startswith(("*", "/"))
        hint = f'a glob is of the whole name, with its package: "*{pattern}"' if whole else ""
        raise SymbolNotFound(str(binary), f'no function matches "{pattern}"', hint)


@app.command()
def inspect(
    binary: GoBinary,
    symbol: Annotated[
        str,
        typer.Argument(
            help="As `go tool nm` prints it.", metavar="SYMBOL", autocompletion=_complete
        ),
    ],
    signature: Annotated[
        str | None,
        typer.Option("--signature", help="In Go syntax: func(a int) error.", metavar="GO"),
    ] = None,
    go: GoVersion = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show a function's signature, registers, entry site, exits and types."""
    from gogen import explore  # noqa: PLC0415 - building needs none of it

    with working(f"reading {binary}"):
        found = explore.inspect(binary, symbol, signature=signature, go=go)
    say(json.dumps(found.json, indent=2) if as_json else found.text)


@app.command()
def init(
    binary: GoBinary,
    symbols: Annotated[
        list[str],
        typer.Argument(
            help="Symbols, globs or /regexps/.", metavar="SYMBOL...", autocompletion=_complete
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write it here.", metavar="SPEC")
    ] = None,
    go: GoVersion = "",
) -> None:
    """Write a spec for functions of a binary, from what the binary says of them."""
    from gogen import explore  # noqa: PLC0415 - building needs none of it

    with working(f"reading {binary}"):
        text = explore.init(binary, tuple(symbols), go=go, output=output)
    if output is None:
        say(text.rstrip("\n"))
        return
    explore.save(text, output)
    say(str(output))


@app.command()
def doctor() -> None:
    """Say what is missing for building tracers here, and for running them."""
    from gogen.errors import ToolError  # noqa: PLC0415
    from gogen.toolchain import find, host  # noqa: PLC0415

    say("to build tracers:")
    building = find.survey()
    for tool in building:
        say(f"  {tool.line}")
    for machine in find.others():
        say(f"to build tracers for {machine} here, which only binaries for {machine} need:")
        crossing = find.survey_cross(machine)
        for tool in crossing:
            say(f"  {tool.line}")
        if missing := find.install(crossing):
            say(f"  {missing}")
    say("to run tracers on this host:")
    for tool in host.survey():
        say(f"  {tool.line}")
    if missing := find.install(building):
        raise ToolError("cannot build", "something is missing", missing)
