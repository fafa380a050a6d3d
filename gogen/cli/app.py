# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The command line itself: its name, and the options that stand before a command."""

from __future__ import annotations

from typing import Annotated

import typer  # noqa: TID251 - the command line is its place

from gogen import __version__
from gogen.cli.console import say

app = typer.Typer(
    name="gogen",
    help="Compile a Go binary and a spec of functions into one static native tracer.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(*, wanted: bool) -> None:
    if wanted:
        say(f"gogen {__version__}")
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
