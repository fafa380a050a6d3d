# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
The command line: the only place that prints, and the only map from error to exit status.

Every command is a prefix of the pipeline, stopped somewhere and shown.
"""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
import traceback
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

from gogen.cli import exploring
from gogen.cli.app import app
from gogen.cli.console import note
from gogen.errors import GogenError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["exploring", "main"]


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


def _prepare(arguments: list[str]) -> None:
    """Import the commands for specs, unless it is clear that another one is meant."""
    if not arguments:  # a shell asks what may come next
        asked = os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS", "")
        arguments = asked.split()[1:]
    known = [(each.name, each.callback) for each in app.registered_commands]
    names = [name or getattr(callback, "__name__", None) for name, callback in known]
    if next((word for word in arguments if not word.startswith("-")), "") not in names:
        from gogen.cli import building  # noqa: F401, PLC0415 - more than all `list` needs


def main() -> None:
    """Run a command; the errors of every stage end here."""
    debug, arguments = _arguments(sys.argv[1:])
    try:
        # A list of a hundred thousand functions is no garbage, however often one looks.
        gc.set_threshold(100_000)
        with _stoppable():
            _prepare(arguments)
            app(arguments)
    except GogenError as error:
        if debug:
            traceback.print_exc()
        note(f"error: {error}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - the last resort of a command line
        if debug:
            traceback.print_exc()
        if refusal := _refusal(error):
            note(f"error: standard output: {refusal}")
        else:
            note(f"error: internal: {error!r} - this is a bug in gogen; --debug shows where")
        sys.exit(1)
