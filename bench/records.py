# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Measure how many entry records a second arrive, and what becomes of them when nobody reads.

In:   Subject, Setting
Out:  Section

The target calls as fast as it can for longer than any buffer lasts, so what arrives is what the
tracer keeps up with. Then once more, while the tracer is stopped for a second: what is lost
must be what it counts.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attached import ROOMY, Setting, Target, WrongFiguresError, bpftrace, gogen
from figures import Goal, Section, in_turn, median, ratios, spread
from hits import Configuration, take_turn

if TYPE_CHECKING:
    from subjects import Subject

_GOGEN = "gogen"
_BPFTRACE = "bpftrace"
_WARM_UP = 20_000
_BEFORE_S = 0.2
_STOPPED_S = 1.0
_AFTER_S = 0.3

_OVER_GOAL = 15.0


@dataclass(slots=True)
class Rates:
    """What one tracer's turns gave: records a second in each, and all that were lost."""

    configuration: Configuration
    per_second: list[float] = field(default_factory=list)
    calls: int = 0
    lost: int = 0

    def take(self, target: Target, budget_ms: int) -> None:
        """Have a turn."""
        ns, calls, account = take_turn(self.configuration, target, budget_ms)
        lost = account.lost or 0
        self.per_second.append(1e9 / ns * (1 - lost / calls))
        self.calls += calls
        self.lost += lost


def measure(
    subject: Subject, setting: Setting, *, target_cpu: int, rounds: int, budget_ms: int
) -> Section:
    """Measure both tracers in each of `rounds` rounds, for about `budget_ms` each time."""
    first, entry = (subject.first,), (subject.entry,)
    rates = {
        _GOGEN: Rates(
            Configuration(
                name=_GOGEN,
                subject=subject,
                places=entry,
                floor=None,
                attach=lambda target: gogen(
                    setting, target, subject.entry_tracer, ring_bytes=ROOMY
                ),
            )
        )
    }
    if shutil.which(_BPFTRACE):
        rates[_BPFTRACE] = Rates(
            Configuration(
                name=_BPFTRACE,
                subject=subject,
                places=first,
                floor=None,
                attach=lambda target: bpftrace(setting, target, subject),
            )
        )
    with Target(subject.binary, target_cpu) as target:
        for turn in range(rounds):
            print(f"records: round {turn + 1} of {rounds}", file=sys.stderr)
            for one in in_turn(list(rates.values()), turn):
                one.take(target, budget_ms)
        print("records: stopped", file=sys.stderr)
        calls, lost = _stopped(subject, setting, target)
    return _section(subject, rates, calls, lost)


def _stopped(subject: Subject, setting: Setting, target: Target) -> tuple[int, int]:
    """Stop the tracer for a while amid calls; give the calls, and those without a record."""
    before = target.calls
    with gogen(setting, target, subject.entry_tracer) as account, ThreadPoolExecutor(1) as pool:
        ns = target.call(subject.symbol, _WARM_UP)
        many = int((_BEFORE_S + _STOPPED_S + _AFTER_S) * 1e9 / ns)
        calling = pool.submit(target.call, subject.symbol, many)
        time.sleep(_BEFORE_S)
        os.kill(account.pid, signal.SIGSTOP)
        time.sleep(_STOPPED_S)
        os.kill(account.pid, signal.SIGCONT)
        calling.result()
    calls, lost = target.calls - before, account.lost or 0
    # The last line is the summary.
    written = setting.records.read_bytes().count(b"\n") - 1
    if written + lost != calls:
        raise WrongFiguresError(f"{calls} calls, but {written} records and {lost} counted as lost")
    return calls, lost


def _section(subject: Subject, rates: dict[str, Rates], calls: int, lost: int) -> Section:
    rows, goals = [], []
    for name, taken in rates.items():
        compared: tuple[str, ...] = ("", "", "")
        if name == _GOGEN and _BPFTRACE in rates:
            over = ratios(taken.per_second, rates[_BPFTRACE].per_second)
            compared = spread(over, 1)
            goals.append(
                Goal(
                    what="entry records a second, x bpftrace",
                    value=median(over),
                    limit=_OVER_GOAL,
                    at_least=True,
                )
            )
        rows.append((name, *spread(taken.per_second, 0), *compared, f"{taken.lost}/{taken.calls}"))
    rows.append((f"gogen, stopped for {_STOPPED_S:g} s", *[""] * 6, f"{lost}/{calls}"))
    goals.append(Goal(what="entry records lost at full speed", value=rates[_GOGEN].lost, limit=0))
    return Section(
        title=f"Entry records a second, Go {subject.go}",
        head=("", "records/s", "min", "max", "x bpftrace", "min", "max", "lost"),
        rows=tuple(rows),
        notes=("Stopped, it lost as many records as it counted, and no other.",),
        goals=tuple(goals),
    )
