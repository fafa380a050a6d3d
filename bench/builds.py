# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Measure how long building the example's tracer takes, beside building its program.

In:   examples/blog
Out:  Section

Both are warm: one build of each comes first. Go's cache then holds everything but the link, and
gogen's the objects of the runtime; without it, all of a tracer is compiled.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import gobuild
from figures import Goal, Section, median, ratios, spread

if TYPE_CHECKING:
    from collections.abc import Callable

_BLOG = gobuild.EXAMPLES / "blog"
_BUILD_GOAL_S = 2.0


def measure(folder: Path, *, rounds: int) -> Section:
    """Build both in each of `rounds` rounds."""
    makes: dict[str, Callable[[Path], None]] = {
        "gogen build": _gogen_build,
        "gogen build --no-cache": lambda out: _gogen_build(out, "--no-cache"),
        "go build": _go_build,
    }
    seconds: dict[str, list[float]] = {name: [] for name in makes}
    processor: dict[str, list[float]] = {name: [] for name in makes}
    for turn in range(rounds + 1):
        print(f"builds: round {turn} of {rounds}", file=sys.stderr)
        for name, make in makes.items():
            out = folder / f"{name}-{turn}"
            out.mkdir()
            begin, used = time.perf_counter(), _used()
            make(out)
            if turn:
                seconds[name].append(time.perf_counter() - begin)
                processor[name].append(_used() - used)
    over = median(ratios(seconds["gogen build"], seconds["go build"]))
    return Section(
        title="Building examples/blog, warm",
        head=("", "seconds", "min", "max", "processor", "min", "max"),
        rows=tuple(
            (name, *spread(taken, 2), *spread(processor[name], 2))
            for name, taken in seconds.items()
        ),
        notes=(f"gogen takes {over:.1f} times as long as Go, which only links.",),
        goals=(
            Goal(
                what="gogen build examples/blog, s",
                value=median(seconds["gogen build"]),
                limit=_BUILD_GOAL_S,
            ),
        ),
    )


def _used() -> float:
    """Give the processor time of all that has ended so far, in seconds."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def _gogen_build(out: Path, *options: str) -> None:
    gogen = str(Path(sys.executable).with_name("gogen"))
    command = [gogen, "build", *options, str(_BLOG / "spec.toml")]
    # A user's Python keeps what it has compiled.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    _run([*command, "-o", str(out)], env=env)


def _go_build(out: Path) -> None:
    go = gobuild.go(gobuild.NEWEST)
    caches = gobuild.TOP / ".cache" / "gohome"
    settings = {
        "CGO_ENABLED": "0",
        "GOCACHE": str(caches / "build"),
        "GOENV": "off",
        "GOFLAGS": "",
        "GOPATH": str(caches / "path"),
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    command = [str(go), "build", "-buildvcs=false", "-o", str(out / "blog"), "."]
    _run(command, env={**os.environ, **settings})


def _run(command: list[str], *, env: dict[str, str]) -> None:
    done = subprocess.run(command, check=False, cwd=_BLOG, env=env, capture_output=True, text=True)
    if done.returncode:
        raise gobuild.BuildFailedError(f"{command[0]}: exit {done.returncode}\n{done.stderr}")
