# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Measure how long a tracer takes to get ready, and how large it is.

In:   Subject, Setting
Out:  Section

The clock runs from before fork to the arrival of the line `ready:`. What that takes for a
static program that does nothing is measured beside it, and part of every other figure.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import machine
from attached import Setting, Target, floor_command, tracer_command
from figures import Goal, Section, in_turn, median, spread

if TYPE_CHECKING:
    from subjects import Subject

# Whoever attaches while the kernel still waits for the last one's grace period, or just has,
# waits for less or more than on an idle machine.
_SETTLE_S = 0.2

_NOTHING = "static C program"
_READY_GOAL_MS = {"perf": 10.0, "multi": 40.0}
_PEAK_GOAL_MB = 5.0
_SIZE_GOAL_MB = 1.6


@dataclass(slots=True)
class Starts:
    """
    The starts of one program.

    Attributes:
        interrupt: it ends when interrupted, the others when their standard input does.
        ms: until it was ready, a value for each round.
    """

    command: list[str]
    interrupt: bool = False
    ms: list[float] = field(default_factory=list)
    peak_kib: int = 0

    def again(self) -> None:
        """Start it, wait until it is ready, end it."""
        begin = time.perf_counter_ns()
        with subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            bufsize=0,
        ) as child:
            assert child.stderr
            line = child.stderr.readline()
            self.ms.append((time.perf_counter_ns() - begin) / 1e6)
            if not line.startswith(b"ready:"):
                raise machine.UnfitMachineError(f"{self.command[0]} says {line!r}")
            self.peak_kib = max(self.peak_kib, machine.peak_kib(child.pid))
            if self.interrupt:
                child.send_signal(signal.SIGINT)


def measure(subject: Subject, setting: Setting, *, target_cpu: int, rounds: int) -> Section:
    """Start everything once in each of `rounds` rounds."""
    assert subject.call_tracer
    call = (subject.entry, *subject.rets)
    with Target(subject.binary, target_cpu) as target:
        starts = {_NOTHING: Starts([str(setting.floor.nothing)])}
        for mode in _READY_GOAL_MS:
            empty = floor_command(setting.floor, mode, target.pid, call)
            tracer = tracer_command(subject.call_tracer, mode, target.pid, setting.records)
            starts[f"floor, {mode}"] = Starts(empty)
            starts[f"gogen, {mode}"] = Starts(tracer, interrupt=True)
        for turn in range(rounds):
            print(f"start-up: round {turn + 1} of {rounds}", file=sys.stderr)
            for one in in_turn(list(starts.values()), turn):
                time.sleep(_SETTLE_S)
                one.again()
    peak_mb = max(starts[f"gogen, {mode}"].peak_kib for mode in _READY_GOAL_MS) * 1024 / 1e6
    size_mb = subject.call_tracer.stat().st_size / 1e6
    rows = []
    for name, one in starts.items():
        tool, _, mode = name.partition(", ")
        floor = starts[f"floor, {mode}"].ms if tool == "gogen" else []
        own = [ms - least for ms, least in zip(one.ms, floor, strict=False)]
        rows.append(
            (name, *spread(one.ms, 1), f"{median(own):.1f}" if own else "", str(one.peak_kib))
        )
    return Section(
        title=f"Start-up, {len(call)} sites",
        head=("", "ms to ready", "min", "max", "above floor", "resident KiB"),
        rows=tuple(rows),
        notes=(f"The tracer is one static file of {size_mb:.2f} MB.",),
        goals=(
            *(
                Goal(
                    what=f"tracer ready, {mode}, ms",
                    value=median(starts[f"gogen, {mode}"].ms),
                    limit=limit,
                )
                for mode, limit in _READY_GOAL_MS.items()
            ),
            Goal(
                what="tracer's largest resident size, ready, MB", value=peak_mb, limit=_PEAK_GOAL_MB
            ),
            Goal(what="tracer's file, stripped, MB", value=size_mb, limit=_SIZE_GOAL_MB),
        ),
    )
