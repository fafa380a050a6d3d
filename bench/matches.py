# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Measure attaching and detaching where a `match` finds many functions of a real program.

In:   rounds
Out:  Section

The target is examples/http-server, idle. Without captured values nearly all functions share
their programs; with all of them, as by default, few do.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import gobuild
import tracing
from figures import Goal, Section, in_turn, median, spread
from sites import Ends

if TYPE_CHECKING:
    from pathlib import Path

_FEW = "^(mime/multipart|net/url|bufio|strings|strconv)[.]"
_MANY = "^(net/http|net/http/internal/http2|crypto/tls)[.]"
_NOTHING = "capture = []\n"
_GOAL_MS = 150.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Match:
    """A tracer: of what, how many functions, sites and programs that makes, and its runs."""

    captured: str
    functions: int
    sites: int
    programs: int
    size: int
    ends: Ends


def measure(*, rounds: int) -> Section:
    """Attach and detach each tracer once in each of `rounds` rounds."""
    binary = gobuild.build(gobuild.EXAMPLES / "http-server", version=gobuild.NEWEST)
    with tracing.Target(binary, waits=False) as target:
        target.wait_line(lambda line: line.startswith("listening on"))
        every = [
            _match(binary, target.pid, _FEW, _NOTHING),
            _match(binary, target.pid, _FEW, ""),
            _match(binary, target.pid, _MANY, _NOTHING),
        ]
        for turn in range(rounds):
            print(f"matches: round {turn + 1} of {rounds}", file=sys.stderr)
            for one in in_turn([each.ends for each in every], turn):
                one.again()
    largest = every[-1]
    return Section(
        title="Attach and detach, functions of a match",
        head=(
            *("functions, captured", "sites", "programs", "attach ms", "min", "max"),
            *("detach ms", "min", "max", "resident KiB", "file MB"),
        ),
        rows=tuple(
            (
                *(f"{one.functions}, {one.captured}", str(one.sites), str(one.programs)),
                *(*spread(one.ends.attach_ms, 0), *spread(one.ends.detach_ms, 0)),
                *(str(one.ends.peak_kib), f"{one.size / 1e6:.1f}"),
            )
            for one in every
        ),
        notes=("Calls: each function is probed where it begins, and at each of its ends.",),
        goals=(
            Goal(
                what=f"attach and detach {largest.functions} functions of a match, ms",
                value=median(largest.ends.attach_ms) + median(largest.ends.detach_ms),
                limit=_GOAL_MS,
            ),
        ),
    )


def _match(binary: Path, pid: int, match: str, capture: str) -> _Match:
    spec = f"[[function]]\nmatch = '{match}'\n{capture}"
    tracer = tracing.build_tracer(spec, binary, name="match", yes=True)
    functions = json.loads(tracer.with_suffix(".manifest.json").read_text())["functions"]
    return _Match(
        captured="nothing" if capture else "all",
        functions=len(functions),
        sites=sum(1 + len(f["rets"]) + len(f["tails"]) for f in functions),
        programs=tracer.with_suffix(".bpf.c").read_text().count('SEC("uprobe")'),
        size=tracer.stat().st_size,
        ends=Ends("gogen", len(functions), [str(tracer), "--pid", str(pid)]),
    )
