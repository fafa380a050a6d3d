# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The value of the panic that ended a call, against what the program's own recover() gave."""

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

PROGRAM = gobuild.PROGRAMS / "panics"
SPEC = '[[function]]\nsymbol = "main.call"\nsignature = "func(id int, body uintptr) int"\n'
PANICKING = 512
"""How many goroutines can panic at once."""
CUT = 128
"""Bytes that a panic's text is cut to."""
TOLD = {"main.celsius": "36.6"}
# Types of the program's own: how far their values are told is not this test's matter.
UNTOLD = {"*main.failure", "main.odd", "[]int"}


def values(binary: Path, *arguments: str) -> tuple[dict[int, tracing.Json], ...]:
    """Give the records of calls that panicked by the call's number, and the program's account."""
    tracer = tracing.build_tracer(SPEC, binary)
    run = tracing.trace(tracer, binary, *arguments)
    compare.assert_no_loss(run.traced.summary)
    panicked = {
        record["args"]["id"]: record for record in run.traced.records if record["exit"] == "panic"
    }
    return panicked, {row["id"]: row for row in run.program.truth}


def assert_told(record: tracing.Json, row: tracing.Json) -> None:
    panic = record["panic"]
    assert panic["type"] == row["type"]
    text = str(row["text"])
    if row["type"] in UNTOLD:
        return
    if row["error"]:
        assert panic["error"] == text, row
    elif row["type"] in ("string", "bool"):
        assert str(panic["value"]).lower() == text[:CUT].lower()
        assert record.get("truncated", {}) == (
            {"panic.value": len(text)} if len(text) > CUT else {}
        )
    else:
        assert str(panic["value"]) == TOLD.get(row["type"], text)


@pytest.mark.parametrize("version", gobuild.toolchains())
def test_each_call_is_ended_by_its_own_panic(version: str) -> None:
    binary = gobuild.build(PROGRAM, version=version)

    panicked, truth = values(binary)

    assert len(truth) > 700
    assert panicked.keys() == truth.keys()
    for number, row in truth.items():
        assert_told(panicked[number], row)


def test_they_are_told_in_stripped_and_position_independent_binaries() -> None:
    pie = gobuild.build(PROGRAM, version=gobuild.NEWEST, flags=("-buildmode=pie",))

    panicked, truth = values(gobuild.strip(pie))

    assert panicked.keys() == truth.keys()
    for number, row in truth.items():
        assert_told(panicked[number], row)


def test_too_many_panics_within_panics_are_said_to_be() -> None:
    """Six of them: the calls of the last three can't be told apart."""
    binary = gobuild.build(PROGRAM, version=gobuild.NEWEST)

    panicked, truth = values(binary, "deeper")

    last = sorted(truth)[-6:]
    assert [truth[number]["text"] for number in last] == [f"link {n}" for n in range(6, 0, -1)]
    for number in last[:3]:
        assert_told(panicked[number], truth[number])
    for number in last[3:]:
        assert panicked[number]["panic"] is None
        assert panicked[number]["unreadable"] == {"panic": "one of too many panics within panics"}


def test_panics_of_dead_processes_make_room() -> None:
    """More processes end by a panic than are kept at once; the next one that is caught is told."""
    binary = gobuild.build(PROGRAM, version=gobuild.NEWEST)
    tracer = tracing.build_tracer(SPEC, binary)

    with tracing.run_tracer(tracer, "--format", "json", "--binary", str(binary)) as running:
        with tracing.Target(binary, "crashes", str(PANICKING + 100)) as program:
            program.go()
            program.finish(deadline=120)
            pid = program.pid
        traced = running.stop()

    last = [record for record in traced.records if record["pid"] == pid][-1]
    assert last["panic"] == {"type": "string", "value": "at last"}
    ends = Counter(record["exit"] for record in traced.records if record["pid"] != pid)
    assert ends == {"process-exit": PANICKING + 100}
    compare.assert_no_loss(traced.summary)


def test_text_shows_the_panic() -> None:
    binary = gobuild.build(PROGRAM, version=gobuild.NEWEST)
    tracer = tracing.build_tracer(SPEC, binary)

    with (
        tracing.Target(binary) as program,
        tracing.run_tracer(tracer, "--format", "text", "--pid", str(program.pid)) as running,
    ):
        program.go()
        program.finish()
        text = running.stop().stdout

    for shown in (
        ' [panic(string("a string"))]  ',
        ' [panic(*errors.errorString("an error"))]  ',
        ' [panic(runtime.boundsError("runtime error: index out of range [-1]"))]  ',
        " [goexit]  ",
    ):
        assert shown in text
