# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Every way a call ends, against the program's own count of each."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import compare
import gobuild
import pytest
import tracing

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

PROGRAM = gobuild.PROGRAMS / "ends"
COUNTED = ("leaf", "middle", "caught", "deep", "again", "goes", "fails", "loops", "turn")


def spec(*names: str, emit: str = "call") -> str:
    return "\n".join(f'[[function]]\nsymbol = "main.{name}"\nemit = "{emit}"\n' for name in names)


def ends(records: tuple[tracing.Json, ...]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for record in records:
        if record["event"] != "entry":
            found.setdefault(record["function"], Counter())[record["exit"]] += 1
    return found


@pytest.mark.parametrize("emit", ["call", "both"])
@pytest.mark.parametrize("version", gobuild.toolchains())
def test_every_end_is_told(version: str, emit: str) -> None:
    binary = gobuild.build(PROGRAM, version=version)
    tracer = tracing.build_tracer(spec(*COUNTED, emit=emit), binary)

    run = tracing.trace(tracer, binary)

    truth: dict[str, Counter[str]] = {
        row["function"]: Counter(row["ends"]) for row in run.program.truth
    }
    assert set(truth) == {f"main.{name}" for name in COUNTED}
    assert truth["main.deep"]["panic"] > 1000
    assert truth["main.goes"]["goexit"] > 100
    assert truth["main.fails"] == {"panic": 400}
    assert truth["main.loops"] == {"panic": 400, "goexit": 200}
    assert ends(run.traced.records) == truth
    compare.assert_no_loss(run.traced.summary)
    for record in run.traced.records:
        if record["event"] == "entry":
            continue
        assert record["duration_ns"] > 0
        assert ("results" in record) == (record["exit"] == "return")


def open_calls(*, kill: bool) -> tuple[tuple[tracing.Json, ...], tracing.Json]:
    binary = gobuild.build(PROGRAM, version=gobuild.NEWEST)
    tracer = tracing.build_tracer(spec("stays"), binary)
    with tracing.Target(binary, "stay") as program:
        options = ("--format", "json", "--pid", str(program.pid))
        with tracing.run_tracer(tracer, *options) as running:
            program.go()
            program.wait_line(lambda line: line == "staying\n")
            if kill:
                program.go()
                program.finish()
            traced = running.stop()
    assert traced.summary is not None
    return traced.records, traced.summary


def test_calls_that_are_open_at_the_end_are_listed() -> None:
    records, summary = open_calls(kill=False)

    assert sorted(record["args"]["n"] for record in records) == [0, 1, 2, 3, 4]
    assert {record["exit"] for record in records} == {"in-flight"}
    assert all(record["duration_ns"] > 0 for record in records)
    assert all("results" not in record for record in records)
    compare.assert_no_loss(summary)


def test_calls_of_a_process_that_ended_are_listed() -> None:
    records, summary = open_calls(kill=True)

    assert sorted(record["args"]["n"] for record in records) == [0, 1, 2, 3, 4]
    assert {record["exit"] for record in records} == {"process-exit"}
    compare.assert_no_loss(summary)


def test_ends_are_seen_in_stripped_and_position_independent_binaries() -> None:
    binary = gobuild.build(PROGRAM, version=gobuild.NEWEST, flags=("-buildmode=pie",))
    stripped: Path = gobuild.strip(binary)
    functions = '[[function]]\nsymbol = "main.leaf"\nsignature = "func(n int) int"\n'
    tracer = tracing.build_tracer(functions, stripped)

    run = tracing.trace(tracer, stripped)

    (truth,) = (row["ends"] for row in run.program.truth if row["function"] == "main.leaf")
    assert ends(run.traced.records) == {"main.leaf": Counter(truth)}
    compare.assert_no_loss(run.traced.summary)
