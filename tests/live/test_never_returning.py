# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Calls that never return fill nothing up, and calls at the edges of a trace are no losses."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import compare
import gobuild
import process
import pytest
import tracing

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

OPEN_CALLS = 16384


def tracer_of(name: str, functions: str) -> tuple[Path, Path]:
    binary = gobuild.build(gobuild.PROGRAMS / name, version=gobuild.NEWEST)
    return tracing.build_tracer(functions, binary), binary


@pytest.mark.parametrize("emit", ["call", "both"])
def test_calls_that_never_return_do_not_blind_the_tracer(emit: str) -> None:
    """More calls stay than the map of open calls holds; the ordinary ones after them are seen."""
    functions = (
        f'[[function]]\nsymbol = "main.call"\nsignature = "func(n int) int"\nemit = "{emit}"\n'
    )
    tracer, binary = tracer_of("departed", functions)

    with (
        tracing.Target(binary, "-staying", str(OPEN_CALLS + 3000)) as program,
        tracing.run_tracer(tracer, "--format", "json", "--pid", str(program.pid)) as running,
    ):
        program.go()
        program.wait_line(lambda line: line == "departed\n", deadline=120)
        # The map was full before the last one, so the warning comes; then there is room.
        warned = running.stderr.wait_for(lambda line: line.startswith("warning: "), 60)
        program.go()
        program.finish()
        traced = running.stop()

    assert warned is not None
    assert "the oldest are given up" in warned
    ends = [r for r in traced.records if "results" in r]
    assert [r["results"]["~r0"] for r in ends] == list(range(1, 101))
    compare.assert_identity(traced.summary)
    assert traced.summary is not None
    (row,) = traced.summary["functions"]
    assert row["lost"]["map_full"] > 0
    left = [r for r in traced.records if r.get("exit") in ("in-flight", "process-exit")]
    assert len(left) + row["lost"]["map_full"] == OPEN_CALLS + 3000
    assert row["unpaired"] == 0


def test_calls_of_dead_processes_make_room() -> None:
    """Each of three processes leaves calls open: more than fit, but none need be given up."""
    functions = '[[function]]\nsymbol = "main.call"\nsignature = "func(n int) int"\n'
    tracer, binary = tracer_of("departed", functions)
    staying = OPEN_CALLS * 3 // 7

    with tracing.run_tracer(tracer, "--format", "json", "--binary", str(binary)) as running:
        for number in range(3):
            with tracing.Target(binary, "-staying", str(staying)) as program:
                program.go()
                program.wait_line(lambda line: line == "departed\n", deadline=120)
                program.go()
                program.finish()
            if number == 1:  # the map is nearly full: those of the first are printed, and go
                process.poll(
                    lambda: running.stdout.text().count('"process-exit"') >= staying,
                    "calls of a dead process stayed",
                )
        traced = running.stop()

    ends = Counter(record["exit"] for record in traced.records)
    assert ends == {"process-exit": 3 * staying, "return": 300}
    compare.assert_no_loss(traced.summary)
    assert "warning" not in traced.stderr


@pytest.mark.parametrize("emit", ["call", "both"])
def test_panics_leave_nothing_behind(emit: str) -> None:
    """More calls panic than the map of open calls holds, and none of them stays in it."""
    functions = (
        f'[[function]]\nsymbol = "main.call"\nsignature = "func(n int) int"\nemit = "{emit}"\n'
    )
    tracer, binary = tracer_of("departed", functions)

    run = tracing.trace(tracer, binary, "-departed", str(OPEN_CALLS + 3000))

    ends = Counter(r["exit"] for r in run.traced.records if r["event"] != "entry")
    assert ends == {"panic": OPEN_CALLS + 3000, "return": 100}
    compare.assert_no_loss(run.traced.summary)
    assert "warning" not in run.traced.stderr


def test_a_call_that_is_open_at_the_edges_is_no_loss() -> None:
    """main.main is running before, during and after the trace."""
    functions = (
        '[[function]]\nsymbol = "time.Sleep"\nsignature = "func(d int64)"\n'
        '[[function]]\nsymbol = "main.foo"\n'
        'signature = "func(a1, a2, a3 int64, b []byte) (int64, []byte)"\n'
    )
    binary = gobuild.build(gobuild.EXAMPLES / "blog", version=gobuild.NEWEST)
    tracer = tracing.build_tracer(functions, binary)

    with tracing.Target(binary, "-every", "50ms", waits=False) as program:
        program.wait_line(lambda line: line.startswith("foo("))
        options = ("--format", "json", "--strict", "--duration", "0.5")
        traced = tracing.run_tracer_to_end(tracer, "--pid", str(program.pid), *options)

    assert traced.returncode == 0, traced.stderr
    compare.assert_identity(traced.summary)
    assert traced.summary is not None
    assert all(sum(row["lost"].values()) == 0 for row in traced.summary["functions"])
    assert traced.stderr.splitlines()[-1].startswith("summary: time.Sleep: hits ")


def test_system_stack_calls_have_the_goroutine_s_number() -> None:
    """On a system stack g is g0; newproc1 runs there on behalf of main, goroutine 1."""
    functions = (
        '[[function]]\nsymbol = "runtime.newproc1"\n'
        'signature = "func(fn *funcval, callergp *g, callerpc uintptr, parked bool, '
        'waitreason uint8) *g"\ncapture = []\n'
    )
    binary = gobuild.build(gobuild.EXAMPLES / "blog", version=gobuild.NEWEST)
    tracer = tracing.build_tracer(functions, binary)

    with tracing.run_tracer(tracer, "--format", "json", "--binary", str(binary)) as running:
        with tracing.Target(binary, "-calls", "9", "-every", "1ms", waits=False) as program:
            program.finish()
        traced = running.stop()

    compare.assert_no_loss(traced.summary)
    assert [r["goid"] for r in traced.records].count(1) >= 9
