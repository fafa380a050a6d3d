# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Run commands: the one place that does."""

from __future__ import annotations

import os
import shlex
import subprocess  # noqa: TID251 - this is the one place
from typing import TYPE_CHECKING, NoReturn

from gogen.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_TIMEOUT_S = 300


def run(argv: Sequence[str], *, folder: Path | None = None) -> bytes:
    """
    Run a command to its end, without a shell.

    Args:
        argv: the command.
        folder: where to run it.

    Returns:
        its standard output.

    Raises:
        ToolError: it cannot be started, fails, or takes longer than 300 s.
    """
    try:
        done = subprocess.run(
            argv,
            cwd=folder,
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
            # Products and messages must not depend on the user's language.
            env=os.environ | {"LC_ALL": "C.UTF-8"},
        )
    except OSError as error:
        raise ToolError(argv[0], f"cannot be run: {error.strerror}", "see gogen doctor") from error
    except subprocess.TimeoutExpired as error:
        raise ToolError(argv[0], f"did not end within {_TIMEOUT_S} s") from error
    if done.returncode:
        printed = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise ToolError(
            argv[0],
            f"ended with status {done.returncode}: {shlex.join(argv)}\n{printed}",
        )
    return done.stdout


def become(argv: Sequence[str]) -> NoReturn:
    """
    Replace this process by a command.

    Raises:
        ToolError: it cannot be started.
    """
    try:
        os.execv(argv[0], list(argv))  # noqa: S606 - no shell is the point
    except OSError as error:
        raise ToolError(argv[0], f"cannot be run: {error.strerror}") from error
