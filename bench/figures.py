# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Hold what was measured, and lay it out as tables.

In:   samples, one of each configuration in each round
Out:  text that reads the same on a terminal and as Markdown

A ratio is taken within a round, between neighbours in time, and only then summed up by its
median: the machine's speed drifts from round to round, and both sides drift together.
"""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """
    A limit, and what was measured.

    Attributes:
        what: the quantity, with its unit.
        value: a median, unless `what` says otherwise.
        limit: the largest value that meets the goal, or with `at_least` the smallest.
        spoiled: why the value says nothing; empty when it does.
    """

    what: str
    value: float
    limit: float
    spoiled: str = ""
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """Say whether the value is within the limit."""
        if self.spoiled:
            return self.spoiled
        met = self.value >= self.limit if self.at_least else self.value <= self.limit
        return "met" if met else "not met"

    @property
    def bound(self) -> str:
        """Say what the limit is."""
        return f"{'at least' if self.at_least else 'at most'} {self.limit:.2f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """
    One table and what follows from it.

    Attributes:
        head: the columns' names; the first column is text, the others are numbers.
        rows: cells as text, as many as there are columns.
        notes: what a reader must know to read the table, a sentence each.
        grows_with: what the first cells count, so that plot.py draws a line for each other
            column; empty when they are names.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    goals: tuple[Goal, ...] = ()
    grows_with: str = ""


def in_turn(every: Sequence[T], turn: int) -> list[T]:
    """Rotate, and turn around every other time, so that no one always follows the same one."""
    at = turn % len(every)
    rotated = [*every[at:], *every[:at]]
    return rotated[::-1] if turn % 2 else rotated


def median(values: Sequence[float]) -> float:
    """Give the median of at least one value."""
    return statistics.median(values)


def ratios(values: Sequence[float], against: Sequence[float]) -> list[float]:
    """Divide round by round."""
    return [value / other for value, other in zip(values, against, strict=True)]


def spread(values: Sequence[float], digits: int) -> tuple[str, str, str]:
    """Give median, smallest and largest value as cells."""
    return tuple(  # type: ignore[return-value]  # mypy does not count a generator's items
        f"{value:.{digits}f}" for value in (median(values), min(values), max(values))
    )


def render(section: Section) -> str:
    """Lay out a section, its notes after its table."""
    lines = [f"## {section.title}", "", *_table(section.head, section.rows)]
    if section.notes:
        lines += ["", *section.notes]
    return "\n".join(lines) + "\n"


def render_goals(goals: Sequence[Goal]) -> str:
    """Lay out goals in one table."""
    rows = tuple((goal.what, f"{goal.value:.2f}", goal.bound, goal.verdict) for goal in goals)
    return "\n".join(["## Goals", "", *_table(("goal", "measured", "limit", ""), rows)]) + "\n"


def as_json(machine: str, sections: Sequence[Section]) -> str:
    """Keep the tables, for plot.py and whoever wants to compare."""
    document = {"machine": machine, "sections": [asdict(section) for section in sections]}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _table(head: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> list[str]:
    widths = [max(3, *map(len, column)) for column in zip(head, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        text, *numbers = (
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return f"| {' | '.join((text, *numbers))} |"

    rule = [
        "-" * width if index == 0 else "-" * (width - 1) + ":" for index, width in enumerate(widths)
    ]
    return [line(head), line(rule), *map(line, rows)]
