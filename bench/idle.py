# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Measure what an attached tracer costs while nothing happens.

In:   Subject, Setting
Out:  Section

The tracer polls its ring buffer on a timer; beside it sleeps a program that does not.
"""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import machine
from attached import Setting, Target, tracer_command
from figures import Section, spread
from process import Process, poll
from tracing import run_tracer

if TYPE_CHECKING:
    from subjects import Subject


def measure(
    subject: Subject, setting: Setting, *, target_cpu: int, rounds: int, seconds: float
) -> Section:
    """Let a tracer and sleep(1) do nothing side by side, `rounds` times for `seconds`."""
    ms: dict[str, list[float]] = {}
    wakeups: dict[str, list[float]] = {}
    assert subject.call_tracer
    with ExitStack() as running:
        target = running.enter_context(Target(subject.binary, target_cpu))
        _, *options = tracer_command(subject.call_tracer, setting.mode, target.pid, setting.records)
        traced = running.enter_context(run_tracer(subject.call_tracer, *options))
        asleep = running.enter_context(Process(["sleep", "1000000"]))
        # Not what starting it costs.
        poll(lambda: "nanosleep" in machine.waits_in(asleep.pid), "sleep to sleep")
        pids = {"gogen": traced.pid, "sleep": asleep.pid}
        for turn in range(rounds):
            print(f"idle: round {turn + 1} of {rounds}", file=sys.stderr)
            before = {
                name: (machine.cpu_ns(pid), machine.wakeups(pid)) for name, pid in pids.items()
            }
            time.sleep(seconds)
            for name, pid in pids.items():
                used, woken = before[name]
                ms.setdefault(name, []).append((machine.cpu_ns(pid) - used) / 1e6 / seconds)
                wakeups.setdefault(name, []).append((machine.wakeups(pid) - woken) / seconds)
        traced.stop()
    return Section(
        title=f"Idle, {seconds:g} s at a time",
        head=("", "CPU ms/s", "min", "max", "wakeups/s", "min", "max"),
        rows=tuple((name, *spread(ms[name], 3), *spread(wakeups[name], 1)) for name in pids),
    )
