# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
The tests of Go's own packages, traced: every call once, as Go's coverage counts them.

Each function of a package is traced while the package's tests run: thousands of functions
that nobody wrote for a tracer, with their panics, goroutines, closures and recursion. The
tests have to pass, and each function's hits to be the passes through its first block.
GOGEN_OWN_TESTS=all traces more packages, built by more versions of Go.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
from collections import Counter
from typing import TYPE_CHECKING

import compare
import gobuild
import pytest
import tracing

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

ALL = os.environ.get("GOGEN_OWN_TESTS") == "all"

PACKAGES = (
    "archive/zip",
    "database/sql",
    "encoding/xml",
    "go/parser",
    "html/template",
    "text/template",
)
VERSIONS = (gobuild.DEBIAN, "1.21.13", "1.24.11", "1.26.6", gobuild.NEWEST)
NO_VALUES = "capture = []\n"
EVERY_VALUE = ""

CASES = [("text/template", gobuild.NEWEST, NO_VALUES), ("archive/zip", gobuild.NEWEST, EVERY_VALUE)]
if ALL:
    CASES = [
        *itertools.product(PACKAGES, VERSIONS, [NO_VALUES]),
        *itertools.product(PACKAGES, [gobuild.DEBIAN, gobuild.NEWEST], [EVERY_VALUE]),
    ]
RING_BYTES = 64 << 20


def covered(package: str, profile: Path, folder: Path) -> dict[str, int]:
    """Give the calls of a package's functions by their symbols, as a profile tells them."""
    sources = sorted(str(path) for path in folder.glob("*.go") if "_test." not in path.name)
    command = gobuild.build(gobuild.PROGRAMS / "covered", version=gobuild.NEWEST)
    done = subprocess.run(
        [command, package, profile, *sources], capture_output=True, text=True, check=True
    )
    calls: dict[str, int] = json.loads(done.stdout)
    return calls


@pytest.mark.parametrize(
    ("package", "version", "capture"),
    CASES,
    ids=[" ".join((*case[:2], case[2].strip() or "every value")) for case in CASES],
)
def test_every_call_is_counted_once(
    package: str, version: str, capture: str, tmp_path: Path
) -> None:
    # Calls that are inlined are counted by the profile, and pass no probe.
    flags = ("-cover", "-covermode=atomic", f"-gcflags={package}=-l")
    binary, folder = gobuild.build_own_test(package, version=version, flags=flags)
    functions = f"[limits]\nrate = 0\n[[function]]\nmatch = '^{package}[.]'\n{capture}"
    tracer = tracing.build_tracer(functions, binary, yes=True)
    records, profile = tmp_path / "records", tmp_path / "profile"

    command = ["env", "-C", str(folder), str(tracer), "--format", "json", "--output", str(records)]
    command += ["--ring-bytes", str(RING_BYTES), "--", str(binary)]
    command += ["-test.short", f"-test.coverprofile={profile}"]
    with tracing.Tracer(command, None) as running:
        traced = running.wait(300)

    assert traced.returncode == 0, traced.stdout + traced.stderr
    assert "PASS" in traced.stdout
    seen = tracing.collect(0, records.read_text(), "")
    compare.assert_identity(seen.summary)
    assert seen.summary is not None
    hits = {row["function"]: row["hits"] for row in seen.summary["functions"]}
    truth = {name: n for name, n in covered(package, profile, folder).items() if name in hits}
    assert len(truth) > 80
    assert {name: hits[name] for name in truth} == truth
    ends = Counter(record["exit"] for record in seen.records)
    assert ends["return"] > 1000
    # Values fill the ring faster than it is emptied, and encoding/xml's recursion is deeper than
    # there is room for open calls: hits are counted nevertheless.
    ring_full = sum(row["lost"]["ring_full"] for row in seen.summary["functions"])
    assert capture == EVERY_VALUE or not ring_full
