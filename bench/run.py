#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Measure gogen beside its peers, and print tables.

In:   the command line
Out:  tables on standard output; with --save bench/results.md, .json, .png and .svg

`make bench` runs this. What is not met is printed, not failed: the exit status is 0 unless
something could not be measured. README.md has the method.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

import builds  # noqa: E402 - it imports from there, as the others do
import captures  # noqa: E402
import gobuild  # noqa: E402
import growth  # noqa: E402
import hits  # noqa: E402
import idle  # noqa: E402
import machine  # noqa: E402
import matches  # noqa: E402
import records  # noqa: E402
import sites  # noqa: E402
import startup  # noqa: E402
import subjects  # noqa: E402
from attached import Setting, WrongFiguresError  # noqa: E402
from figures import Section, as_json, render, render_goals  # noqa: E402
from gobuild import BuildFailedError  # noqa: E402
from machine import UnfitMachineError  # noqa: E402

from gogen.errors import GogenError  # noqa: E402

# The newest Go probes a push, Debian's a branch and its flags.
VERSIONS = (gobuild.NEWEST, gobuild.DEBIAN)
SECTIONS = ("hits", "captures", "records", "startup", "sites", "matches", "idle", "builds")
ONLY_ASKED = ("growth",)
"""Takes minutes to build, once."""

_LICENCE = "<!-- SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much time to spend: rounds of each section, and the length of a turn."""

    hits: int
    hits_ms: int
    records: int
    records_ms: int
    starts: int
    sites: tuple[int, ...]
    site_rounds: int
    idles: int
    idle_s: float
    builds: int


FULL = Effort(
    hits=9,
    hits_ms=300,
    records=5,
    records_ms=1000,
    starts=15,
    sites=(1, 10, 100, 1000, 5000),
    site_rounds=3,
    idles=3,
    idle_s=5,
    builds=5,
)
QUICK = Effort(
    hits=1,
    hits_ms=30,
    records=1,
    records_ms=100,
    starts=2,
    sites=(1, 10),
    site_rounds=1,
    idles=1,
    idle_s=1,
    builds=1,
)


def main() -> int:
    """Measure, print, save; give the exit status."""
    asked = _parse()
    try:
        machine.check_rights()
        head, sections = _measure(asked)
    except (UnfitMachineError, WrongFiguresError, BuildFailedError, GogenError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    goals = [goal for section in sections for goal in section.goals]
    text = "\n".join([head, *map(render, sections), *([render_goals(goals)] if goals else [])])
    print(text)
    if asked.save:
        (HERE / "results.md").write_text(f"{_LICENCE}\n# Results\n\n{text}")
        (HERE / "results.json").write_text(as_json(machine.describe(), sections))
        subprocess.run([sys.executable, HERE / "plot.py"], check=True)
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure gogen beside its peers.")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="smoke run: the figures mean nothing")
    length.add_argument(
        "--save", action="store_true", help="write bench/results.* and draw the plot"
    )
    parser.add_argument("--rounds", type=int, help=f"rounds of hits (default: {FULL.hits})")
    parser.add_argument(
        "--attach",
        choices=("auto", "multi", "perf"),
        default="auto",
        help="how the floor and gogen attach for hits and idle (default: auto)",
    )
    parser.add_argument(
        "section",
        nargs="*",
        help=f"of {', '.join(SECTIONS)} (default: these), or {', '.join(ONLY_ASKED)}",
    )
    asked = parser.parse_args()
    for name in asked.section:
        if name not in SECTIONS + ONLY_ASKED:
            parser.error(f"{name}: expected one of {', '.join(SECTIONS + ONLY_ASKED)}")
    if asked.rounds is not None and asked.rounds < 1:
        parser.error(f"--rounds {asked.rounds}: expected at least 1")
    return asked


def _measure(asked: argparse.Namespace) -> tuple[str, list[Section]]:
    effort = QUICK if asked.quick else FULL
    rounds = asked.rounds or effort.hits
    wanted = asked.section or SECTIONS
    target_cpu, other_cpu = machine.two_cpus()
    load = machine.load()
    sections: list[Section] = []
    with machine.scratch() as folder:
        setting = Setting(
            floor=subjects.build_floor(Path(folder)),
            cpu=other_cpu,
            mode=asked.attach,
            records=Path(folder) / "records",
        )
        every = [subjects.build_subject(version) for version in VERSIONS]
        newest = every[0]
        if "hits" in wanted:
            sections += hits.measure(
                every, setting, target_cpu=target_cpu, rounds=rounds, budget_ms=effort.hits_ms
            )
        if "captures" in wanted:
            sections.append(
                captures.measure(
                    VERSIONS,
                    setting,
                    target_cpu=target_cpu,
                    rounds=rounds,
                    budget_ms=effort.hits_ms,
                )
            )
        if "records" in wanted:
            sections.append(
                records.measure(
                    newest,
                    setting,
                    target_cpu=target_cpu,
                    rounds=effort.records,
                    budget_ms=effort.records_ms,
                )
            )
        if "startup" in wanted:
            sections.append(
                startup.measure(newest, setting, target_cpu=target_cpu, rounds=effort.starts)
            )
        if "sites" in wanted:
            sections.append(
                sites.measure(setting.floor, numbers=effort.sites, rounds=effort.site_rounds)
            )
        if "matches" in wanted:
            sections.append(matches.measure(rounds=effort.site_rounds))
        if "idle" in wanted:
            sections.append(
                idle.measure(
                    newest,
                    setting,
                    target_cpu=target_cpu,
                    rounds=effort.idles,
                    seconds=effort.idle_s,
                )
            )
        if "builds" in wanted:
            sections.append(builds.measure(Path(folder), rounds=effort.builds))
        if "growth" in wanted:
            sections.append(growth.measure(rounds=effort.builds))
    head = (
        f"Medians of interleaved rounds ({rounds} of hits, {effort.records} of records, "
        f"{effort.starts} of starts, {effort.site_rounds} of sites, "
        f"{effort.idles} of idling, {effort.builds} of builds).\n"
        f"{machine.describe()}; load {load:.2f} when this began.\n"
    )
    return head, sections


sys.exit(main())
