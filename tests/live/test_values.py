# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Every kind of value, in every place, against the program's own account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import compare
import gobuild
import pytest
import tracing

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

KINDS = gobuild.PROGRAMS / "kinds"


@pytest.mark.parametrize("flags", [(), ("-gcflags=all=-N -l",)], ids=["plain", "N-l"])
@pytest.mark.parametrize("version", gobuild.toolchains())
def test_every_kind_of_value_is_what_the_program_says(version: str, flags: tuple[str, ...]) -> None:
    binary = gobuild.build(KINDS, version=version, flags=flags)
    tracer = tracing.build_tracer((KINDS / "functions.toml").read_text(), binary)

    run = tracing.trace(tracer, binary)

    # main.empty may be a single RET, which no call record can be made of.
    truth = [call for call in run.program.truth if call["function"] != "main.empty"]
    compare.assert_no_loss(run.traced.summary)
    compare.assert_records_match(run.traced.records, truth)


def emit_modes(emit: str) -> tuple[Path, Path]:
    binary = gobuild.build(KINDS, version=gobuild.NEWEST)
    functions = f"""
[[function]]
symbol = "main.asString"
signature = "func(s, t string) (head, tail string)"
emit = "{emit}"

[[function]]
symbol = "main.recovers"
signature = "func(n int) (value int, text string)"
emit = "{emit}"
"""
    return tracing.build_tracer(functions, binary), binary


def test_entry_records_hold_arguments_only() -> None:
    run = tracing.trace(*emit_modes("entry"))

    truth = [c for c in run.program.truth if c["function"] in {"main.asString", "main.recovers"}]
    assert [r["function"] for r in run.traced.records] == [c["function"] for c in truth]
    for record, call in zip(run.traced.records, truth, strict=True):
        assert record["event"] == "entry"
        assert record.keys() & {"exit", "results", "duration_ns"} == set()
        assert record["args"].keys() == call["args"].keys()
    numbers = [r["args"]["n"] for r in run.traced.records if r["function"] == "main.recovers"]
    assert numbers == [1, 101, 2, 102]
    compare.assert_no_loss(run.traced.summary)


def test_return_records_hold_results_only() -> None:
    run = tracing.trace(*emit_modes("return"))

    recovered = [r for r in run.traced.records if r["function"] == "main.recovers"]
    assert [r["results"] for r in recovered] == [
        {"value": 2, "text": "fine"},
        {"value": -1, "text": "101 is too much"},
        {"value": 4, "text": "fine"},
        {"value": -1, "text": "102 is too much"},
    ]
    for record in run.traced.records:
        assert (record["event"], record["exit"]) == ("return", "return")
        assert record.keys() & {"args", "duration_ns"} == set()
    compare.assert_no_loss(run.traced.summary)


def test_both_gives_a_record_at_entry_and_another_at_the_end() -> None:
    run = tracing.trace(*emit_modes("both"))

    calls = [c for c in run.program.truth if c["function"] in {"main.asString", "main.recovers"}]
    entries = [r for r in run.traced.records if r["event"] == "entry"]
    returns = [r for r in run.traced.records if r["event"] == "return"]
    assert len(entries) == len(returns) == len(calls)
    for began, ended in zip(entries, returns, strict=True):
        assert began["function"] == ended["function"]
        assert began["goid"] == ended["goid"]
        assert ended["duration_ns"] > 0
        assert "args" not in ended
    compare.assert_no_loss(run.traced.summary)
    assert sum(compare.emitted(run.traced.summary).values()) == 2 * len(calls)


def test_a_call_that_panics_through_has_a_record() -> None:
    binary = gobuild.build(KINDS, version=gobuild.NEWEST)
    functions = '[[function]]\nsymbol = "main.mayPanic"\nsignature = "func(n int) int"\n'
    tracer = tracing.build_tracer(functions, binary)

    run = tracing.trace(tracer, binary)

    # mayPanic is called with 1, 101, 2, 102, 5 and 103: three calls never return.
    ends = [(r["args"]["n"], r["exit"], "results" in r) for r in run.traced.records]
    returned, panicked = ("return", True), ("panic", False)
    assert ends == [
        (1, *returned),
        (101, *panicked),
        (2, *returned),
        (102, *panicked),
        (5, *returned),
        (103, *panicked),
    ]
    compare.assert_no_loss(run.traced.summary)
