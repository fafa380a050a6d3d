# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Measure what following values costs the traced program.

In:   the versions of Go, Setting
Out:  Section

Entry records of functions of the target, beside an empty program at the same place, in turns as
hits.py takes them.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from attached import Setting, Target, empty, gogen, nothing
from figures import Section, in_turn, median, ratios, spread
from hits import Configuration, Samples, goal, take_off, take_turn
from subjects import build_capture

if TYPE_CHECKING:
    from subjects import Subject

_CAPTURES = (
    ("req.Method, req.URL.Path", "main.serve", 'capture = ["req.Method", "req.URL.Path"]\n', 1.6),
    ("struct of ten fields, nested", "main.place", "", 2.0),
)
"""What is captured; the function and lines of its spec; at most so many times the floor."""

_BURST = 500
"""Calls whose records fit into the ring: the loader need not print as fast as nothing is done."""


def measure(
    versions: tuple[str, ...], setting: Setting, *, target_cpu: int, rounds: int, budget_ms: int
) -> Section:
    """Measure every capture with every version of Go, in `rounds` interleaved rounds."""
    measured = [
        (what, limit, [Samples(made) for made in _configurations(subject, setting)])
        for version in versions
        for what, symbol, more, limit in _CAPTURES
        for subject in (build_capture(version, symbol, more),)
    ]
    samples = [one for _, _, three in measured for one in three]
    with ExitStack() as running:
        targets = {
            binary: running.enter_context(Target(binary, target_cpu))
            for binary in {one.configuration.subject.binary for one in samples}
        }
        for turn in range(rounds):
            print(f"captures: round {turn + 1} of {rounds}", file=sys.stderr)
            for taken in in_turn(samples, turn):
                made = taken.configuration
                taken.add(*take_turn(made, targets[made.subject.binary], budget_ms, burst=_BURST))
    rows, goals = [], []
    for what, limit, (none, floor, traced) in measured:
        floor_costs, costs = take_off(floor, none), take_off(traced, none)
        over = ratios(costs, floor_costs)
        go = traced.configuration.subject.go
        lost = f"{traced.lost}/{traced.calls}"
        cost = f"{median(costs):.0f}"
        rows.append(
            (f"Go {go}: {what}", f"{median(floor_costs):.0f}", cost, *spread(over, 2), lost)
        )
        goals.append(goal(traced, over, what, limit))
    return Section(
        title="Entry records of what arguments lead to",
        head=("", "floor", "cost", "x floor", "min", "max", "lost"),
        rows=tuple(rows),
        notes=("The floor and the cost are nanoseconds of one hit.",),
        goals=tuple(goals),
    )


def _configurations(subject: Subject, setting: Setting) -> list[Configuration]:
    entry = (subject.entry,)
    return [
        Configuration(
            name="none", subject=subject, places=(), floor=None, attach=lambda _: nothing()
        ),
        Configuration(
            name="floor",
            subject=subject,
            places=entry,
            floor=None,
            attach=lambda t: empty(setting, t, entry),
        ),
        Configuration(
            name="gogen",
            subject=subject,
            places=entry,
            floor="floor",
            attach=lambda t: gogen(setting, t, subject.entry_tracer),
        ),
    ]
