# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Loss is impossible to miss: it is counted by cause, printed, and an exit status."""

from __future__ import annotations

import shutil
import signal
from collections import Counter
from typing import TYPE_CHECKING

import compare
import gobuild
import pytest
import tracing

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]


def functions(emit: str) -> str:
    return f"""
[[function]]
symbol = "main.work"
signature = "func(id, depthSeed int, s string) (int, string)"
emit = "{emit}"

[[function]]
symbol = "main.deep"
signature = "func(n, tag int) int"
emit = "{emit}"
"""


@pytest.mark.parametrize("emit", ["call", "entry", "return", "both"])
def test_a_stopped_consumer_and_a_tiny_ring_lose_only_what_is_counted(emit: str) -> None:
    binary = gobuild.build(gobuild.PROGRAMS / "crowd", version=gobuild.NEWEST)
    tracer = tracing.build_tracer(functions(emit), binary)
    options = ("--format", "json", "--strict", "--ring-bytes", "4096")

    with (
        tracing.Target(binary) as program,
        tracing.run_tracer(tracer, *options, "--pid", str(program.pid)) as running,
    ):
        running.signal(signal.SIGSTOP)
        program.go()
        finished = program.finish()
        traced = running.stop()

    assert traced.returncode == 5
    compare.assert_identity(traced.summary)
    assert traced.summary is not None
    expected = {name: n * (2 if emit == "both" else 1) for name, n in finished.counts.items()}
    rows = {row["function"]: row for row in traced.summary["functions"]}
    assert {name: row["hits"] for name, row in rows.items()} == expected
    assert sum(row["lost"]["ring_full"] for row in rows.values()) > 0
    assert sum(row["emitted"] for row in rows.values()) == len(traced.records)
    last = traced.stderr.splitlines()[-1]
    assert last.startswith("summary: main.work: hits ")
    assert "ring full" in last


def test_without_strict_a_loss_is_reported_and_the_exit_is_clean() -> None:
    binary = gobuild.build(gobuild.PROGRAMS / "crowd", version=gobuild.NEWEST)
    tracer = tracing.build_tracer(functions("call"), binary)

    with tracing.Target(binary) as program:
        options = ("--format", "json", "--ring-bytes", "4096", "--pid", str(program.pid))
        with tracing.run_tracer(tracer, *options) as running:
            running.signal(signal.SIGSTOP)
            program.go()
            program.finish()
            traced = running.stop()

    assert traced.returncode == 0
    assert "ring full" in traced.stderr


def test_more_open_calls_than_the_map_holds_are_counted_as_map_full() -> None:
    """deep recurses 1,000 levels in each of 20 goroutines: more calls than 16,384 are open."""
    binary = gobuild.build(gobuild.PROGRAMS / "crowd", version=gobuild.NEWEST)
    tracer = tracing.build_tracer(functions("call"), binary)

    run = tracing.trace(tracer, binary, "-divers", "20")

    compare.assert_identity(run.traced.summary)
    assert run.traced.summary is not None
    row = next(r for r in run.traced.summary["functions"] if r["function"] == "main.deep")
    assert row["hits"] == run.program.counts["main.deep"] == 20_000
    assert row["unpaired"] == 0
    told = {
        (call["goid"], call["args"]["n"]): call["results"]
        for call in run.program.truth
        if call["function"] == "main.deep"
    }
    kept = [r for r in run.traced.records if r["function"] == "main.deep"]
    assert len(kept) == row["emitted"]
    for record in kept:
        assert record["results"] == told[record["goid"], record["args"]["n"]]


def test_a_call_that_is_given_up_as_it_ends_is_counted_once(tmp_path: Path) -> None:
    """By a loader that gives up every call it finds, as often as it can: once in thousands."""
    binary = gobuild.build(gobuild.PROGRAMS / "crowd", version=gobuild.NEWEST)
    built = tracing.build_tracer(functions("call"), binary)
    folder = tmp_path / "hasty"
    shutil.copytree(built.parent, folder)
    source = folder / "include" / "sweep.c"
    text = source.read_text()
    for patient, hasty in (
        ("SWEEP_INTERVAL_NS 100000000ULL", "SWEEP_INTERVAL_NS 1ULL"),
        ("open < c->open_calls.max_entries / 4 * 3", "!open"),
        ("left <= m->max_entries / 2", "!left"),
        ("left - m->max_entries / 2", "left"),
    ):
        assert text.count(patient) == 1, patient
        text = text.replace(patient, hasty)
    source.write_text(text)
    tracing.run_command("make", "-C", str(folder))

    for _ in range(4):
        run = tracing.trace(folder / built.name, binary, "-divers", "20", "-rounds", "20")
        compare.assert_identity(run.traced.summary)
        assert run.traced.summary is not None
        rows = {row["function"]: row for row in run.traced.summary["functions"]}
        assert rows["main.deep"]["lost"]["map_full"] > 0
        assert {name: row["hits"] for name, row in rows.items()} == run.program.counts
        kept = Counter(record["function"] for record in run.traced.records)
        assert kept == {name: row["emitted"] for name, row in rows.items() if row["emitted"]}


def test_a_debug_build_asserts_that_every_hit_is_accounted_for(tmp_path: Path) -> None:
    binary = gobuild.build(gobuild.PROGRAMS / "crowd", version=gobuild.NEWEST)
    built = tracing.build_tracer(functions("call"), binary)
    folder = tmp_path / "debug"
    shutil.copytree(built.parent, folder)
    tracing.run_command("make", "-C", str(folder), "clean")
    tracing.run_command("make", "-C", str(folder), "DEBUG=1")
    tracer = folder / built.name
    assert b"accounted(c)" in tracer.read_bytes(), "the assertion is not compiled in"

    run = tracing.trace(tracer, binary, "-divers", "20")

    compare.assert_identity(run.traced.summary)
    assert run.traced.returncode == 0
