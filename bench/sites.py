# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Measure how attaching and detaching grow with the number of sites.

In:   Floor, the numbers of sites, rounds
Out:  Section

The target has thousands of functions, all alike, and waits. A tracer has one program for eight
and more of them; the floor attaches one empty program to as many sites by one link; bpftrace
has a perf event each, and is left out where its end would take minutes.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import gobuild
import machine
import tracing
from attached import floor_command
from figures import Goal, Section, in_turn, median, spread
from process import poll
from subjects import Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from subjects import Floor

FUNCTIONS = 5000
_TRACER_MAX = 1000
_BPFTRACE_MAX = 100
_GOAL_SITES = 1000
_GOAL_MS = 150.0
_WILDCARDS = {1: "f0000", 10: "f000*", 100: "f00*"}
_DEADLINE_S = 60.0


@dataclass(slots=True)
class Ends:
    """
    One tool at one number of sites.

    Attributes:
        interrupted: it ends when interrupted, the others with their standard input.
        ready: tells when it is, of a process that does not say so itself.
        attach_ms, detach_ms: from start to ready, and from there to its end; one for each round.
        peak_kib: its largest resident size, ready.
    """

    name: str
    sites: int
    command: list[str]
    interrupted: bool = True
    ready: Callable[[int], bool] | None = None
    attach_ms: list[float] = field(default_factory=list)
    detach_ms: list[float] = field(default_factory=list)
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
            assert child.stdin
            self._wait(child)
            there = time.perf_counter_ns()
            self.peak_kib = max(self.peak_kib, machine.peak_kib(child.pid))
            child.stdin.close()
            # The summary of a thousand functions is more than a pipe holds.
            threading.Thread(target=child.stderr.read, daemon=True).start()
            # bpftrace misses a signal that comes while it is not waiting for events.
            while self.interrupted and child.poll() is None:
                child.send_signal(signal.SIGINT)
                try:
                    child.wait(_DEADLINE_S)
                except subprocess.TimeoutExpired:
                    continue
            child.wait()
            self.attach_ms.append((there - begin) / 1e6)
            self.detach_ms.append((time.perf_counter_ns() - there) / 1e6)

    def _wait(self, child: subprocess.Popen[bytes]) -> None:
        if self.ready:
            ready = self.ready
            poll(lambda: ready(child.pid), f"{self.name} to get ready", _DEADLINE_S)
            return
        assert child.stderr
        line = child.stderr.readline()
        if not line.startswith(b"ready:"):
            raise machine.UnfitMachineError(f"{self.command[0]} says {line!r}")


def measure(floor: Floor, *, numbers: tuple[int, ...], rounds: int) -> Section:
    """Attach to each number of sites once in each of `rounds` rounds, smallest number first."""
    binary = gobuild.build_text(
        {"main.go": _program(), "go.mod": "module many\n\ngo 1.19\n"},
        name="many",
        version=gobuild.NEWEST,
    )
    places = _places(binary)
    with tracing.Target(binary) as target:
        every = [
            each for cnt in numbers for each in _configurations(floor, binary, target, places, cnt)
        ]
        for turn in range(rounds):
            print(f"sites: round {turn + 1} of {rounds}", file=sys.stderr)
            for one in in_turn(every, turn):
                one.again()
    rows = tuple(
        (f"{one.name}, {one.sites}", *spread(one.attach_ms, 0), *spread(one.detach_ms, 0))
        for one in sorted(every, key=lambda one: (one.name, one.sites))
    )
    goals = tuple(
        Goal(
            what=f"attach and detach {one.sites} sites by one link, ms",
            value=median(one.attach_ms) + median(one.detach_ms),
            limit=_GOAL_MS,
        )
        for one in every
        if one.sites == _GOAL_SITES and one.name == "one program"
    )
    return Section(
        title="Attach and detach",
        head=("sites", "attach ms", "min", "max", "detach ms", "min", "max"),
        rows=rows,
        notes=(
            "Attach: from start until ready, loading included; detach: from then to the end.",
            "The functions are alike: from eight on, gogen has one program and one link for all.",
        ),
        goals=goals,
    )


def _configurations(
    floor: Floor, binary: Path, target: tracing.Target, places: tuple[Place, ...], cnt: int
) -> list[Ends]:
    command = floor_command(floor, "multi", target.pid, places[:cnt])
    found = [Ends("one program", cnt, command, interrupted=False)]
    if cnt <= _TRACER_MAX:
        spec = "\n".join(
            f'[[function]]\nsymbol = "main.f{n:04}"\nemit = "entry"' for n in range(cnt)
        )
        tracer = tracing.build_tracer(f"{spec}\n", binary, name="many")
        found.append(Ends("gogen", cnt, [str(tracer), "--pid", str(target.pid)]))
    if cnt <= _BPFTRACE_MAX:
        script = f"uprobe:{binary}:main.{_WILDCARDS[cnt]} {{ @ = count(); }}"
        found.append(Ends("bpftrace", cnt, ["bpftrace", "-e", script], ready=_waits_for_events))
    return found


def _waits_for_events(pid: int) -> bool:
    return "epoll_wait" in machine.waits_in(pid) or "ep_poll" in machine.waits_in(pid)


def _program() -> str:
    functions = "\n".join(
        f"//go:noinline\nfunc f{n:04}(n int) int {{ return leaf(n) + {n} }}\n"
        for n in range(FUNCTIONS)
    )
    calls = "\n".join(f"\t\tsum += f{n:04}(sum)" for n in range(FUNCTIONS))
    return (
        'package main\n\nimport (\n\t"bufio"\n\t"fmt"\n\t"os"\n)\n\n'
        "//go:noinline\nfunc leaf(n int) int { return n ^ 1 }\n\n"
        f"{functions}\nfunc main() {{\n"
        '\tfmt.Println("waiting")\n\tfor in := bufio.NewScanner(os.Stdin); in.Scan(); {\n'
        f"\t\tsum := 0\n{calls}\n\t\tfmt.Println(sum)\n\t}}\n}}\n"
    )


def _places(binary: Path) -> tuple[Place, ...]:
    """Give the first instruction of each function, by nm; Go's text is mapped as it lies."""
    symbols = tracing.run_command("nm", str(binary)).splitlines()
    headers = tracing.run_command("readelf", "-SW", str(binary)).splitlines()
    fields = next(line for line in headers if " .text " in line).partition(" .text ")[2].split()
    start, offset = int(fields[1], 16), int(fields[2], 16)
    addresses = sorted(
        (name, int(address, 16))
        for address, _, name in (line.split(maxsplit=2) for line in symbols)
        if name.startswith("main.f") and name[6:].isdigit()
    )
    return tuple(
        Place(address=address, file_offset=address - start + offset) for _, address in addresses
    )
