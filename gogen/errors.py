# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Every error a user can see, and the exit status each one ends in.

    GogenError              1
    |-- SpecError           2   the spec: file, line and key
    |-- BinaryError         3   not ELF, not Go, truncated, contradicting
    |   `-- SymbolNotFound  3   nearest names offered
    |-- UnsupportedError    4   Go version, machine, type
    |-- PlanError           5   name collision, event too large
    `-- ToolError           6   a command: status and stderr, or missing

A message reads `CONTEXT: PROBLEM - HINT`: where it is, what is wrong and what was near,
and one thing to do. Nothing else raises across a stage; third-party exceptions are
caught in the one module that imports the package and chained with `from`.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator


class GogenError(Exception):
    """
    The base: a message in three parts.

    Args:
        context: where: `spec.toml:4: function[0].signature`, a path, a quoted symbol.
        problem: what is wrong, what was expected, what was near.
        hint: one thing to do; may be empty.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, context: str, problem: str, hint: str = "") -> None:
        super().__init__(context, problem, hint)
        self.context = context
        self.problem = problem
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.context}: {self.problem}"
        return f"{text} - {self.hint}" if self.hint else text


class SpecError(GogenError):
    """The spec says something that cannot be meant."""

    exit_code = 2


class BinaryError(GogenError):
    """The file is not what it should be, or contradicts itself or the spec."""

    exit_code = 3


class SymbolNotFound(BinaryError):  # noqa: N818 - the field's word, without a suffix
    """No function of that name, `symbol`; the hint offers the nearest."""

    def __init__(self, context: str, problem: str, hint: str = "", *, symbol: str = "") -> None:
        super().__init__(context, problem, hint)
        self.symbol = symbol


class UnsupportedError(GogenError):
    """Valid, but not something gogen can do; the message says what it can."""

    exit_code = 4


class PlanError(GogenError):
    """The parts are right and do not fit together."""

    exit_code = 5


class ToolError(GogenError):
    """A command is missing, too old, or failed."""

    exit_code = 6


@contextmanager
def located(context: str) -> Iterator[None]:
    """Say where in the spec an error comes from that a later stage found."""
    try:
        yield
    except GogenError as error:
        error.context = f"{context}: {error.context}"
        raise
