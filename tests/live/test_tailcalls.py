# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Calls that leave by a jump into another function, against the program's own count of them."""

from __future__ import annotations

from collections import Counter

import compare
import gobuild
import pytest
import tracing

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

PROGRAM = gobuild.PROGRAMS / "tails"
SIGNATURES = {
    "main.(*ByPointer).Add": "func(b uintptr, n int) int",
    "main.(*ByInterface).Add": "func(b uintptr, n int) int",
    "main.(*Tally).Add": "func(t uintptr, n int) int",
    "main.tick": "func()",
    "main.landed": "func()",
}
WAYS = {
    "main.(*ByPointer).Add": "tailcall",
    # Before Go 1.27 the method of an embedded interface is called, and returns.
    "main.(*ByInterface).Add": "tailcall",
    "main.(*Tally).Add": "return",
    "main.tick": "return",
    "main.landed": "return",
}


def ways(version: str) -> dict[str, str]:
    older = {"main.(*ByInterface).Add": "return"} if version != gobuild.NEWEST else {}
    return {**WAYS, **older}


def spec(emit: str) -> str:
    return "\n".join(
        f'[[function]]\nsymbol = "{symbol}"\nsignature = "{signature}"\nemit = "{emit}"\n'
        for symbol, signature in SIGNATURES.items()
    )


@pytest.mark.parametrize(
    ("version", "emit"),
    [
        *((version, "call") for version in gobuild.toolchains()),
        *((gobuild.NEWEST, emit) for emit in ("both", "return")),
    ],
)
def test_a_tail_jump_is_the_end_of_a_call(version: str, emit: str) -> None:
    binary = gobuild.build(PROGRAM, version=version)
    tracer = tracing.build_tracer(spec(emit), binary)

    run = tracing.trace(tracer, binary)

    ended = [record for record in run.traced.records if record["event"] != "entry"]
    truth = {row["function"]: row["calls"] for row in run.program.truth}
    assert len(truth) == len(SIGNATURES)
    assert min(truth.values()) == 800
    assert Counter((record["function"], record["exit"]) for record in ended) == {
        (symbol, ways(version)[symbol]): calls for symbol, calls in truth.items()
    }
    compare.assert_no_loss(run.traced.summary)
    for record in ended:
        assert ("results" in record) == (record["exit"] == "return")
        assert ("args" in record) == (emit == "call")
        assert ("duration_ns" in record) == (emit != "return")


def test_text_says_how_a_call_ended() -> None:
    binary = gobuild.build(PROGRAM, version=gobuild.NEWEST)
    tracer = tracing.build_tracer(spec("call"), binary)

    with (
        tracing.Target(binary) as program,
        tracing.run_tracer(tracer, "--format", "text", "--pid", str(program.pid)) as running,
    ):
        program.go()
        program.finish()
        text = running.stop().stdout

    wrapped = [line for line in text.splitlines() if "main.(*ByPointer).Add(" in line]
    assert len(wrapped) == 1600
    assert all(" [tailcall]  " in line for line in wrapped)


def test_what_shows_a_function_shows_its_tail_jumps() -> None:
    binary = gobuild.build(PROGRAM, version=gobuild.NEWEST)
    tracer = tracing.build_tracer(spec("call"), binary)

    listed = tracing.run_tracer_to_end(tracer, "--list")
    inspected = tracing.gogen("inspect", str(binary), "main.(*ByPointer).Add")
    explained = tracing.gogen("explain", str(tracer.parent.parent / "spec.toml"))

    assert listed.stdout.count("  tail   address 0x") == 2
    assert "  tail  0x" in inspected.stdout
    assert 'into "main.(*Tally).Add": a call that leaves there has no results' in inspected.stdout
    assert explained.stdout.count("\n  tail   0x") == 2
