# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
What people see: text on standard output, notes and progress on standard error.

The one convention: nothing else in gogen prints, and nothing that is printed reaches a
terminal with a control character in it.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import threading
from contextlib import contextmanager
from itertools import cycle
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gogen.toolchain.model import Command


def visible(text: str) -> str:
    """Names come from binaries: nothing that a terminal would obey gets through."""
    if text.replace("\n", "").replace("\t", "").isprintable():  # so is nearly all text, and at once
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else f"<U+{ord(c):04X}>" for c in text)


def say(text: str) -> None:
    """Print what was asked for."""
    # Unwritten output would fail at exit, where nobody can say why.
    print(visible(text), flush=True)


def note(text: str) -> None:
    """Print what is said beside it."""
    print(visible(text), file=sys.stderr)


@contextmanager
def progress(*, verbose: bool) -> Iterator[Callable[[Command], None]]:
    """Show the running step on a terminal, or every command with -v; nothing otherwise."""

    def show(command: Command) -> None:
        note(shlex.join(command.argv))

    if verbose or not sys.stderr.isatty():
        yield show if verbose else lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415, TID251 - only a terminal pays

    with Console(stderr=True).status("analyzing") as status:
        yield lambda command: status.update(f"{command.verb} {command.product}")


@contextmanager
def working(what: str) -> Iterator[None]:
    """Turn a wheel on a terminal while something takes long; write nothing elsewhere."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    done = threading.Event()
    wheel = threading.Thread(target=_turn, args=(visible(what).replace("\n", " "), done))
    wheel.start()
    try:
        yield
    finally:
        done.set()
        wheel.join()


_PATIENCE = 0.4
"""Seconds that nobody wonders about: most commands are done by then."""
_TURN = 0.1


def _turn(what: str, done: threading.Event) -> None:
    if done.wait(_PATIENCE):
        return
    # A line that is wrapped cannot be taken back.
    text = what[: max(1, shutil.get_terminal_size().columns - 3)]
    for spoke in cycle("|/-\\"):
        print(f"\r{spoke} {text}", end="", file=sys.stderr, flush=True)
        if done.wait(_TURN):
            break
    print("\r\x1b[K", end="", file=sys.stderr, flush=True)
