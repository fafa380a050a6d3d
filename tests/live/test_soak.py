# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
A server under load, traced for a while: every call and every way it ends, and no growth.

GOGEN_SOAK is for how many seconds; `make soak` takes half an hour.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from pathlib import Path

import compare
import gobuild
import pytest
import tracing

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

SECONDS = float(os.environ.get("GOGEN_SOAK", "20"))
SPEC = """
[limits]
string = 32
rate = 0

[[function]]
symbol = "main.handle"
capture = ["r.ID", "r.Path", "status", "err"]

[[function]]
symbol = "main.parse"
capture = ["r.ID", "len(r.Body)", "~r0"]

[[function]]
symbol = "main.walk"
capture = ["depth"]

[[function]]
symbol = "main.work"
capture = ["n"]

[[function]]
symbol = "main.(*outer).count"
signature = "func(o uintptr, n int) int"

[[function]]
symbol = "main.(*inner).count"
"""


def resident(pid: int) -> int:
    """Give a process's own memory, KiB; files that are mapped are not its own."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("RssAnon:")[1].split()[0])


def count_ends(path: Path) -> tuple[dict[str, Counter[str]], dict[str, Counter[str]]]:
    """Count by function how calls ended, and by panics of which type."""
    found: dict[str, Counter[str]] = {}
    panics: dict[str, Counter[str]] = {}
    with path.open() as lines:
        for line in lines:
            record = json.loads(line)
            if record["event"] == "call":
                found.setdefault(record["function"], Counter())[record["exit"]] += 1
            if record.get("exit") == "panic":
                panics.setdefault(record["function"], Counter())[record["panic"]["type"]] += 1
    return found, panics


def test_a_server_under_load_is_counted_exactly(tmp_path: Path) -> None:
    binary = gobuild.build(gobuild.PROGRAMS / "soak", version=gobuild.NEWEST)
    tracer = tracing.build_tracer(SPEC, binary)
    output = tmp_path / "records.json"
    memory: dict[str, list[int]] = {"tracer": [], "target": []}
    with tracing.Target(binary, "-pause", "200ms" if SECONDS > 600 else "20ms") as program:
        options = ("--format", "json", "--pid", str(program.pid), "--output", str(output))
        with tracing.run_tracer(tracer, *options) as running:
            program.go()
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                time.sleep(min(1.0, SECONDS / 20))
                memory["tracer"].append(resident(running.pid))
                memory["target"].append(resident(program.pid))
            finished = program.finish()
            traced = running.stop()

    assert finished.returncode == 0, finished.stderr
    assert traced.returncode == 0, traced.stderr
    truth: dict[str, Counter[str]] = {
        row["function"]: Counter(row["ends"]) for row in finished.truth
    }
    found, panics = count_ends(output)
    assert found == truth
    assert panics == {
        row["function"]: Counter(row["panics"]) for row in finished.truth if row["panics"]
    }
    assert panics["main.walk"]["runtime.boundsError"] > SECONDS
    assert truth["main.(*outer).count"]["tailcall"] > SECONDS
    assert truth["main.work"]["goexit"] > SECONDS
    assert truth["main.walk"]["panic"] > SECONDS
    summary = json.loads(output.read_text().splitlines()[-1])
    compare.assert_no_loss(summary)
    # The collector lets the target breathe; the tracer allocates nothing as it goes.
    half = len(memory["tracer"]) // 2
    assert max(memory["tracer"][half:]) <= memory["tracer"][half // 2] + 256
    assert max(memory["target"][half:]) <= 2 * max(memory["target"][:half])
