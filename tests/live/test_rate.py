# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""`limits.rate`: so many records a second, and the rest counted."""

from __future__ import annotations

import time

import compare
import gobuild
import pytest
import tracing

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

RATE = 100


def functions(emit: str) -> str:
    """main.work as often as it likes, so that only one of the two is bounded."""
    return f"""
[limits]
rate = 0

[[function]]
symbol = "main.work"
signature = "func(id, depthSeed int, s string) (int, string)"
emit = "{emit}"

[[function]]
symbol = "main.deep"
signature = "func(n, tag int) int"
emit = "{emit}"
limits = {{ rate = {RATE} }}
"""


@pytest.mark.parametrize("emit", ["call", "entry", "return", "both"])
def test_a_function_gives_no_more_records_than_its_rate_allows(emit: str) -> None:
    binary = gobuild.build(gobuild.PROGRAMS / "crowd", version=gobuild.NEWEST)
    tracer = tracing.build_tracer(functions(emit), binary)
    began = time.monotonic()
    run = tracing.trace(tracer, binary, options=("--strict",))
    seconds = time.monotonic() - began

    # What was asked for is no loss, and no call that was left out leaves anything behind.
    assert run.traced.returncode == 0, run.traced.stderr
    compare.assert_no_loss(run.traced.summary)
    assert run.traced.summary is not None
    rows = {row["function"]: row for row in run.traced.summary["functions"]}
    work, deep = rows["main.work"], rows["main.deep"]
    each = 2 if emit == "both" else 1
    assert (work["hits"], work["throttled"]) == (each * run.program.counts["main.work"], 0)
    assert deep["emitted"] + deep["throttled"] == deep["hits"]
    recorded = deep["emitted"] // each
    assert recorded + deep["throttled"] == run.program.counts["main.deep"] > 10 * RATE
    # A second's worth at once, and that much each second then.
    assert RATE <= deep["emitted"] <= RATE * (2 + seconds)
    assert f", throttled {deep['throttled']}, lost 0" in run.traced.stderr
    assert len(run.traced.records) == deep["emitted"] + work["emitted"]


def test_what_is_recorded_is_whole_and_right() -> None:
    """Recursion: the end of a call that was left out must not be taken for another's."""
    binary = gobuild.build(gobuild.PROGRAMS / "crowd", version=gobuild.NEWEST)
    tracer = tracing.build_tracer(functions("call"), binary)
    run = tracing.trace(tracer, binary)

    told = {
        (call["goid"], call["args"]["n"], call["args"]["tag"]): call["results"]
        for call in run.program.truth
        if call["function"] == "main.deep"
    }
    records = [r for r in run.traced.records if r["function"] == "main.deep"]
    assert len(records) >= RATE
    for record in records:
        key = (record["goid"], record["args"]["n"], record["args"]["tag"])
        assert (record["exit"], record["results"]) == ("return", told[key])
