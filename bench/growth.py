# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Measure how `gogen list` and `gogen inspect` grow with the binary, beside its peers.

In:   four generated programs (large.py), 5 to 140 MB
Out:  Section

A figure is the processor time of one process from its start to its end, user and system, and
the most memory it had. The peers do what one would do without gogen: pyelftools iterates over
all DIEs, which a search for one function by hand takes; Delve loads the program and lists
one function. Each runs once per program; what takes longer than two minutes is ended.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import large
from figures import Goal, Section, median

if TYPE_CHECKING:
    from collections.abc import Sequence

_SYMBOL = "large/p1.(*T7).Merge"
_PATIENCE_S = 120
_NAIVE = """
import sys
from elftools.elf.elffile import ELFFile
with open(sys.argv[1], "rb") as file:
    count = 0
    for unit in ELFFile(file).get_dwarf_info().iter_CUs():
        for die in unit.iter_DIEs():
            count += die.attributes.get("DW_AT_name") is not None
print(count)
"""
# A process begins with the peak of the one it was forked from, and by now that is a large one.
_IN_BETWEEN = """
import os, sys
quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, used = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss)
"""
_DELVE = "funcs ^main.main$\\nexit\\n"
# Of a program of about 40 MB, and of the largest: seconds of inspect and list, and memory.
_GOALS = {2: (0.6, 1.0, 120), 3: (1.2, 2.0, 240)}


@dataclass(frozen=True, slots=True)
class _Used:
    seconds: float
    megabytes: float


def measure(*, rounds: int) -> Section:
    """Build what is missing, and run each command `rounds` times on each program."""
    delve = shutil.which("dlv")
    rows, goals = [], []
    for index, packages in enumerate(large.SIZES):
        print(f"growth: {packages} packages, built once", file=sys.stderr)
        binary = large.build(packages)
        listed = [_run([*_gogen(), "list", binary]) for _ in range(rounds)]
        inspected = [_run([*_gogen(), "inspect", binary, _SYMBOL]) for _ in range(rounds)]
        naive = _run([sys.executable, "-c", _NAIVE, binary])
        loaded = _run(_debugger(delve, binary), said=_DELVE) if delve else None
        size = Path(binary).stat().st_size / 1e6
        rows.append(
            (f"{size:.0f} MB", str(_functions(binary)), *_both(listed), *_both(inspected),
             _seconds(naive), _seconds(loaded))
        )  # fmt: skip
        goals += _judged(size, _GOALS.get(index), listed, inspected)
    return Section(
        title="Reading binaries",
        head=(
            *("binary", "functions", "list, s", "MB", "inspect, s", "MB"),
            *("all DIEs by pyelftools, s", "dlv, s"),
        ),
        rows=tuple(rows),
        notes=(
            f"Processor time of a whole process, medians of {rounds}; the peers ran once.",
            f"More than {_PATIENCE_S} s were not waited for."
            + ("" if delve else " There is no dlv here: Debian's package is delve."),
        ),
        goals=tuple(goals),
    )


def _gogen() -> list[str]:
    return [str(Path(sys.executable).with_name("gogen"))]


def _debugger(delve: str, binary: str) -> list[str]:
    options = ["--check-go-version=false", "--allow-non-terminal-interactive"]
    return [delve, "exec", *options, binary]


def _run(command: list[str], *, said: str = "") -> _Used | None:
    """Run a command to its end, and say what it used; None when it took too long."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryFile("w+") as given:
        given.write(said)
        given.seek(0)
        limited = ["timeout", "-k", "5", str(_PATIENCE_S), *command]
        done = subprocess.run(
            [sys.executable, "-c", _IN_BETWEEN, *limited],
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=env,
            check=True,
        )
    status, seconds, peak_kib = done.stdout.split()
    if int(status) in (124, 128 + signal.SIGKILL, -signal.SIGKILL):
        return None
    if int(status):
        raise subprocess.CalledProcessError(int(status), command)
    return _Used(float(seconds), int(peak_kib) / 1024)


def _functions(binary: str) -> int:
    done = subprocess.run([*_gogen(), "list", binary], stdout=subprocess.PIPE, check=True)
    return done.stdout.count(b"\n")


def _both(used: Sequence[_Used | None]) -> tuple[str, str]:
    known = [each for each in used if each]
    if not known:
        return f"> {_PATIENCE_S}", "-"
    seconds = median([each.seconds for each in known])
    return f"{seconds:.2f}", f"{max(each.megabytes for each in known):.0f}"


def _seconds(used: _Used | None) -> str:
    return f"{used.seconds:.1f}" if used else "-"


def _judged(
    size: float,
    limits: tuple[float, float, float] | None,
    listed: Sequence[_Used | None],
    inspected: Sequence[_Used | None],
) -> list[Goal]:
    if limits is None:
        return []
    inspect_s, list_s, memory = limits
    what = f"of {size:.0f} MB"
    times = [each.seconds if each else _PATIENCE_S for each in inspected]
    lists = [each.seconds if each else _PATIENCE_S for each in listed]
    most = max(each.megabytes if each else 0 for each in inspected)
    return [
        Goal(what=f"gogen inspect {what}, s", value=median(times), limit=inspect_s),
        Goal(what=f"gogen inspect {what}, MB at most", value=most, limit=memory),
        Goal(what=f"gogen list {what}, s", value=median(lists), limit=list_s),
    ]
