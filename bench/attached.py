# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Run the target, and attach things to it.

In:   Setting, the running Target
Out:  contexts within which something is attached; each gives the Account it renders afterwards

All of them are in place once their context is entered, and drained once it is left.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import machine
from process import DEADLINE, Process, poll
from tracing import Tracer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from subjects import Floor, Place, Subject

_BPFTRACE = """uprobe:{binary}:main.work {{
    printf("%d %d %d %s\\n", reg("ax"), reg("bx"), reg("cx"), str(reg("di"), reg("si")));
}}"""
_BPFTRACE_HIST = """uprobe:{binary}:main.work {{ @ = hist(reg("ax")); }}"""
_SUMMARY = re.compile(
    r"summary: main\.\w+: hits (\d+), emitted (\d+), filtered 0(?:, throttled \d+)?"
    r", lost (\d+)(?: \([^)]*\))?(?:, unpaired \d+)?"
)
ROOMY = 4 << 20
"""Bytes of ring that outlast what else runs on the processor for a while, at full speed."""
_STRING = b"sixteen bytes ok"


class WrongFiguresError(Exception):
    """What was measured is not what was meant to be; the message says how that was noticed."""


class Target:
    """
    The running target, on a processor of its own.

    Attributes:
        calls: how many it has made so far.
    """

    def __init__(self, binary: Path, cpu: int) -> None:
        self._child = subprocess.Popen(
            ["taskset", "-c", str(cpu), binary],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "GOMAXPROCS": "1"},
        )
        self.pid = self._child.pid
        self.calls = 0
        self._expect("waiting")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        self._child.communicate()

    def call(self, symbol: str, calls: int) -> float:
        """Have it call a function, and give the nanoseconds that each call took."""
        assert self._child.stdin
        self._child.stdin.write(f"{symbol} {calls}\n")
        self._child.stdin.flush()
        took = int(self._expect(""))
        self.calls += calls
        return took / calls

    def call_in_bursts(self, symbol: str, calls: int, burst: int, pause_s: float) -> float:
        """Do the same, but let a tracer catch up after each burst; `calls` is rounded up."""
        took = []
        for _ in range(0, calls, burst):
            took.append(self.call(symbol, burst))
            time.sleep(pause_s)
        return sum(took) / len(took)

    def has_breakpoint(self, place: Place) -> bool:
        """Tell whether a probe is in place."""
        return machine.byte_at(self.pid, place.address) == machine.BREAKPOINT

    def _expect(self, beginning: str) -> str:
        assert self._child.stdout
        line = self._child.stdout.readline()
        if not line or not line.startswith(beginning):
            raise WrongFiguresError(f"the target has ended, or says {line!r}")
        return line


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """
    What every configuration is measured with.

    Attributes:
        cpu: where everything but the target runs.
        mode: auto, multi or perf; of the floor and of gogen's tracers.
        records: the file that records are written to.
    """

    floor: Floor
    cpu: int
    mode: str
    records: Path

    @property
    def here(self) -> tuple[str, ...]:
        """The beginning of a command that is to run on that processor."""
        return ("taskset", "-c", str(self.cpu))


@dataclass(slots=True)
class Account:
    """
    What a tracer says once it has stopped; what it does not say stays None.

    Attributes:
        pid: of the process that is attached.
        lost: calls without a record.
        peak_kib: the most memory ever resident.
    """

    pid: int = 0
    lost: int | None = None
    peak_kib: int | None = None


@contextmanager
def nothing() -> Iterator[Account]:
    """Attach nothing."""
    yield Account()


@contextmanager
def empty(setting: Setting, target: Target, places: tuple[Place, ...]) -> Iterator[Account]:
    """Attach the empty program; the first place is an entry."""
    command = floor_command(setting.floor, setting.mode, target.pid, places)
    with Tracer([*setting.here, *command]) as running:
        running.wait_ready()
        yield Account()
        running.close_stdin()
        running.wait_end(DEADLINE)


@contextmanager
def gogen(
    setting: Setting, target: Target, tracer: Path, *, ring_bytes: int = 0
) -> Iterator[Account]:
    """Attach a tracer that writes JSON to a file; `ring_bytes` 0 is the size it has by default."""
    command = tracer_command(tracer, setting.mode, target.pid, setting.records)
    command += ["--ring-bytes", str(ring_bytes)] if ring_bytes else []
    with Tracer([*setting.here, *command]) as running:
        account = Account(pid=running.pid)
        running.wait_ready()
        before = target.calls
        yield account
        account.peak_kib = machine.peak_kib(running.pid)
        stderr = running.stop().stderr
    summary = _SUMMARY.fullmatch(stderr.splitlines()[-1])
    if not summary:
        raise WrongFiguresError(f"not the summary that was expected:\n{stderr}")
    hits, emitted, account.lost = map(int, summary.groups())
    written = setting.records.read_bytes().count(b"\n") - 1  # the last line is the summary
    if (hits, emitted) != (target.calls - before, written):
        raise WrongFiguresError(f"{target.calls - before} calls, {written} records\n{stderr}")


@contextmanager
def bpftrace(setting: Setting, target: Target, subject: Subject) -> Iterator[Account]:
    """Attach bpftrace, printing the values of an entry record to a file."""
    with _bpftrace(setting, target, subject, _BPFTRACE) as (account, said):
        before = target.calls
        yield account
    written = setting.records.read_bytes()
    reports = re.findall(r"Lost (\d+) events", said() + written.decode(errors="replace"))
    # It also sees calls twice, when stacks grow, so the reports can exceed what is missing.
    missing = target.calls - before - written.count(_STRING)
    account.lost = max(0, missing, sum(map(int, reports)))


@contextmanager
def bpftrace_hist(setting: Setting, target: Target, subject: Subject) -> Iterator[Account]:
    """Attach bpftrace, counting calls by their first argument."""
    with _bpftrace(setting, target, subject, _BPFTRACE_HIST) as (account, _):
        before = target.calls
        yield account
    counted = sum(map(int, re.findall(rb"\)\s+(\d+) \|", setting.records.read_bytes())))
    if counted < target.calls - before:
        raise WrongFiguresError(f"{target.calls - before} calls, bpftrace counted {counted}")


@contextmanager
def _bpftrace(
    setting: Setting, target: Target, subject: Subject, script: str
) -> Iterator[tuple[Account, Callable[[], str]]]:
    account = Account()
    command = ["bpftrace", "-o", str(setting.records), "-e", script.format(binary=subject.binary)]
    with Process([*setting.here, *command]) as running:

        def ready() -> bool:
            # It does not say so, but waits for events only after all has been set up.
            waits = "epoll_wait" in machine.waits_in(running.pid)
            return waits and target.has_breakpoint(subject.first)

        poll(ready, "bpftrace to get ready")
        yield account, lambda: running.stdout.text() + running.stderr.text()
        account.peak_kib = machine.peak_kib(running.pid)
        _interrupt(running)


def _interrupt(running: Process) -> None:
    """Stop bpftrace, which misses a signal that comes while it is not waiting for events."""
    for _ in range(10):
        running.signal(signal.SIGINT)
        with suppress(AssertionError):
            running.wait_end(1.0)
            return
    raise WrongFiguresError(running.account("does not end"))


def floor_command(floor: Floor, mode: str, pid: int, places: tuple[Place, ...]) -> list[str]:
    """Write down how the empty program is attached; it ends with its standard input."""
    offsets = [hex(place.file_offset) for place in places]
    return [str(floor.loader), mode, str(pid), str(floor.program), *offsets]


def tracer_command(tracer: Path, mode: str, pid: int, records: Path) -> list[str]:
    """Write down how a tracer is attached; it ends when interrupted."""
    options = [] if mode == "auto" else ["--debug-attach", mode]
    output = ["--format", "json", "--output", str(records)]
    return [str(tracer), "--pid", str(pid), *output, *options]
