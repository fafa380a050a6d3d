# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Thousands of damaged binaries: read or refused in our own words, soon, and in little memory.

GOGEN_FUZZ is how many files; `make fuzz` takes 20,000.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gobuild
import pytest
from mutate import MUTATORS

pytestmark = pytest.mark.golang

FILES = int(os.environ.get("GOGEN_FUZZ", "240"))
WORKERS = os.cpu_count() or 1
PATIENCE = 60.0
"""Seconds until a file counts as a hang."""
SLOW = 5.0
"""Seconds of its own processor time that no file may take; others may use the machine, too."""

PLAIN_DWARF = "-ldflags=-compressdwarf=false"
EXTERNAL = {"CGO_ENABLED": "1"}


def subjects() -> dict[str, Path]:
    zoo = gobuild.PROGRAMS / "zoo"
    newest = gobuild.NEWEST
    return {
        "dwarf4": gobuild.build(zoo, version="1.19", flags=(PLAIN_DWARF,)),
        "dwarf5": gobuild.build(zoo, version=newest, flags=(PLAIN_DWARF,)),
        "compressed": gobuild.build(zoo, version=newest),
        "stripped": gobuild.strip(gobuild.build(zoo, version=newest)),
        "pie": gobuild.build(zoo, version=newest, flags=("-buildmode=pie", PLAIN_DWARF)),
        "arm64": gobuild.build(zoo, version=newest, flags=(PLAIN_DWARF,), env={"GOARCH": "arm64"}),
        "old-stripped": gobuild.strip(gobuild.build(zoo, version="1.19")),
    }


@dataclass(slots=True)
class Report:
    """What came of the files."""

    outcomes: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")


class Worker:
    """A process that reads damaged files; a new one when it is lost."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def ask(self, task: dict[str, str]) -> dict[str, Any]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__).parent / "worker.py")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(task) + "\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
        line = process.stdout.readline() if ready else ""
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        self.close()
        what = "the process was lost" if ready else f"no answer in {PATIENCE} s"
        return {"outcome": "failed", "seconds": PATIENCE, "what": what}

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def run(tasks: list[dict[str, str]]) -> Report:
    report = Report()
    worker = Worker()
    try:
        for task in tasks:
            answer = worker.ask(task)
            name = f"{Path(task['subject']).parent.name} {task['mutator']} {task['seed']}"
            report.outcomes[answer["outcome"]] += 1
            report.slowest = max(report.slowest, (answer["seconds"], name))
            if answer["outcome"] == "failed" or answer["seconds"] > SLOW:
                report.findings.append(f"{name}: {answer['seconds']:.1f} s: {answer['what']}")
    finally:
        worker.close()
    return report


def test_damaged_binaries_are_read_or_refused() -> None:
    made = list(subjects().items())
    tasks = [
        {
            "subject": str(made[number % len(made)][1]),
            "mutator": list(MUTATORS)[number // len(made) % len(MUTATORS)],
            "seed": f"{made[number % len(made)][0]} {number}",
        }
        for number in range(FILES)
    ]
    with ThreadPoolExecutor(WORKERS) as pool:
        reports = list(pool.map(run, (tasks[start::WORKERS] for start in range(WORKERS))))
    outcomes = sum((report.outcomes for report in reports), Counter[str]())
    sys.stderr.write(f"{dict(outcomes)}, slowest {max(r.slowest for r in reports)}\n")
    findings = [finding for report in reports for finding in report.findings]
    assert findings == [], "\n\n".join(findings[:20])
    assert sum(outcomes.values()) == FILES
    assert min(outcomes["read"], outcomes["refused"]) > FILES // 20


def test_location_lists_without_end_take_no_time() -> None:
    """Found by `swap`: 450 entries of up to 64 KiB each, for every parameter."""
    binary = subjects()["dwarf4"]
    report = run([{"subject": str(binary), "mutator": "swap", "seed": "dwarf4 4186"}])
    assert report.findings == []
    assert report.slowest[0] < SLOW / 2
