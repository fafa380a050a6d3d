# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Measure what a hit costs the traced program.

In:   Subject, Setting
Out:  Section, one for each version of Go

One configuration is attached at a time: see its breakpoints in the target's memory, make
calls, stop it, see the breakpoints gone. Every configuration has its turn in every round, in
another order each time. Costs are what remains without the target's own time ("none").
"""

from __future__ import annotations

import shutil
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attached import (
    ROOMY,
    Account,
    Setting,
    Target,
    WrongFiguresError,
    bpftrace,
    bpftrace_hist,
    empty,
    gogen,
    nothing,
)
from figures import Goal, Section, in_turn, median, ratios, spread
from process import poll

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from subjects import Place, Subject

# Calls before the measured ones: they warm caches up, and tell how many there is time for.
_WARM_UP = 2000
_CALLS_MAX = 100_000_000
# Bursts are mostly pauses: so many calls are enough.
_BURST_CALLS_MAX = 100_000
_PAUSE_S = 0.004

_NONE = "none"
_FLOOR_ENTRY = "floor, entry"
_FLOOR_CALL = "floor, entry + ret"
_FLOOR_FIRST = "floor, first instruction"
_ENTRY = "gogen, entry record"
_CALL = "gogen, call record"
_COUNT = "gogen, counted"
_BPFTRACE = "bpftrace, first instruction"
_BPFTRACE_HIST = "bpftrace, hist()"

_ENTRY_GOAL = 1.7
_CALL_GOAL = 1.2
_PEAK_GOAL_MB = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """
    One thing to attach.

    Attributes:
        places: where it puts breakpoints.
        floor: the name of the configuration with the empty program there.
        attach: gives the context within which it is attached.
    """

    name: str
    subject: Subject
    places: tuple[Place, ...]
    floor: str | None
    attach: Callable[[Target], AbstractContextManager[Account]]


@dataclass(slots=True)
class Samples:
    """What a configuration's turns gave, a value for each round."""

    configuration: Configuration
    ns: list[float] = field(default_factory=list)
    calls: int = 0
    lost: int | None = None
    peak_kib: int = 0

    def add(self, ns: float, calls: int, account: Account) -> None:
        """Take in one turn."""
        self.ns.append(ns)
        self.calls += calls
        if account.lost is not None:
            self.lost = (self.lost or 0) + account.lost
        self.peak_kib = max(self.peak_kib, account.peak_kib or 0)


def measure(
    subjects: list[Subject], setting: Setting, *, target_cpu: int, rounds: int, budget_ms: int
) -> list[Section]:
    """
    Measure every configuration of every subject, in `rounds` interleaved rounds.

    `budget_ms` is about how long the calls of one turn take together.
    """
    configurations = [made for subject in subjects for made in _configurations(subject, setting)]
    samples = [Samples(made) for made in configurations]
    with ExitStack() as running:
        targets = {
            subject.go: running.enter_context(Target(subject.binary, target_cpu))
            for subject in subjects
        }
        for turn in range(rounds):
            print(f"hits: round {turn + 1} of {rounds}", file=sys.stderr)
            for taken in in_turn(samples, turn):
                made = taken.configuration
                taken.add(*take_turn(made, targets[made.subject.go], budget_ms))
    return [
        _section(
            subject,
            {s.configuration.name: s for s in samples if s.configuration.subject == subject},
        )
        for subject in subjects
    ]


def _configurations(subject: Subject, setting: Setting) -> list[Configuration]:
    assert subject.call_tracer
    assert subject.count_tracer
    entry_tracer, call_tracer = subject.entry_tracer, subject.call_tracer
    count_tracer = subject.count_tracer
    first, entry = (subject.first,), (subject.entry,)
    call = (subject.entry, *subject.rets)

    def make(
        name: str,
        places: tuple[Place, ...],
        floor: str | None,
        attach: Callable[[Target], AbstractContextManager[Account]],
    ) -> Configuration:
        return Configuration(name=name, subject=subject, places=places, floor=floor, attach=attach)

    made = [
        make(_NONE, (), None, lambda _: nothing()),
        make(_FLOOR_ENTRY, entry, _FLOOR_ENTRY, lambda t: empty(setting, t, entry)),
        # A hit that finds the ring full would be a cheap one.
        make(
            _ENTRY,
            entry,
            _FLOOR_ENTRY,
            lambda t: gogen(setting, t, entry_tracer, ring_bytes=ROOMY),
        ),
        make(_COUNT, entry, _FLOOR_ENTRY, lambda t: gogen(setting, t, count_tracer)),
        make(_FLOOR_CALL, call, _FLOOR_CALL, lambda t: empty(setting, t, call)),
        make(_CALL, call, _FLOOR_CALL, lambda t: gogen(setting, t, call_tracer)),
        make(_FLOOR_FIRST, first, _FLOOR_FIRST, lambda t: empty(setting, t, first)),
    ]
    if shutil.which("bpftrace"):
        made += [
            make(_BPFTRACE, first, _FLOOR_FIRST, lambda t: bpftrace(setting, t, subject)),
            make(_BPFTRACE_HIST, first, _FLOOR_FIRST, lambda t: bpftrace_hist(setting, t, subject)),
        ]
    return made


def take_turn(
    made: Configuration, target: Target, budget_ms: int, *, burst: int = 0
) -> tuple[float, int, Account]:
    """
    Give the nanoseconds of one call, the calls made, and what the tracer says of them.

    With `burst`, that many calls at a time, and a pause in which a tracer takes their records.
    """
    symbol = made.subject.symbol
    with made.attach(target) as account:
        if not all(target.has_breakpoint(place) for place in made.places):
            raise WrongFiguresError(f"{made.name}: not all probes are in place")
        before = target.calls
        estimate = target.call_in_bursts(symbol, _WARM_UP, burst or _WARM_UP, _PAUSE_S)
        calls = max(_WARM_UP, min(_CALLS_MAX, int(budget_ms * 1e6 / estimate)))
        if burst:
            ns = target.call_in_bursts(symbol, min(calls, _BURST_CALLS_MAX), burst, _PAUSE_S)
        else:
            ns = target.call(symbol, calls)
        calls = target.calls - before
    poll(
        lambda: not any(target.has_breakpoint(place) for place in made.places),
        f"{made.name} to be detached",
    )
    return ns, calls, account


def _section(subject: Subject, samples: dict[str, Samples]) -> Section:
    costs = {name: take_off(taken, samples[_NONE]) for name, taken in samples.items()}
    over = {
        name: ratios(costs[name], costs[taken.configuration.floor])
        for name, taken in samples.items()
        if taken.configuration.floor
    }
    rows = []
    for name, taken in samples.items():
        compared = spread(over[name], 2) if name in over else ("", "", "")
        lost = "" if taken.lost is None else f"{taken.lost}/{taken.calls}"
        cost = "" if name == _NONE else f"{median(costs[name]):.0f}"
        rows.append((name, *spread(taken.ns, 0), cost, *compared, lost))
    notes = [
        "A ratio compares with the floor at the same places, in the same round.",
        f"Most memory resident, in KiB: {_peaks(samples)}.",
    ]
    if _BPFTRACE in samples:
        times = median(ratios(costs[_BPFTRACE], costs[_ENTRY]))
        counted = median(ratios(costs[_BPFTRACE_HIST], costs[_COUNT]))
        notes.append(
            f"The same values cost {times:.1f} times as much with bpftrace, and a histogram "
            f"{counted:.1f} times as much as the count."
        )
    # The others have the ring that a tracer has by default.
    peak_mb = max(samples[name].peak_kib for name in (_COUNT, _CALL)) * 1024 / 1e6
    return Section(
        title=f"One hit, Go {subject.go}, entry at {subject.instruction}",
        head=("", "ns/call", "min", "max", "cost", "x floor", "min", "max", "lost"),
        rows=tuple(rows),
        notes=tuple(notes),
        goals=(
            goal(samples[_ENTRY], over[_ENTRY], "entry record", _ENTRY_GOAL),
            goal(samples[_CALL], over[_CALL], "call record", _CALL_GOAL),
            Goal(
                what=f"Go {subject.go}: tracer's largest resident size, busy, MB",
                value=peak_mb,
                limit=_PEAK_GOAL_MB,
            ),
        ),
    )


def goal(taken: Samples, over: list[float], what: str, limit: float) -> Goal:
    """Judge the ratios to the floor, unless records were lost."""
    go = taken.configuration.subject.go
    # A hit whose record finds no room costs less than one that is recorded.
    spoiled = "no result: records were lost" if taken.lost else ""
    return Goal(what=f"Go {go}: {what}, x floor", value=median(over), limit=limit, spoiled=spoiled)


def take_off(taken: Samples, nothing: Samples) -> list[float]:
    """Give what a hit costs: a call's time less that of a call without one."""
    return [with_it - without for with_it, without in zip(taken.ns, nothing.ns, strict=True)]


def _peaks(samples: dict[str, Samples]) -> str:
    peaks = {name: taken.peak_kib for name, taken in samples.items() if taken.peak_kib}
    return ", ".join(f"{name} {peak}" for name, peak in peaks.items())
