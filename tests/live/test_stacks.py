# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Stacks, frame by frame, against what the program's own runtime.CallersFrames says."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import compare
import gobuild
import pytest
import tracing

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

PROGRAM = gobuild.PROGRAMS / "stacks"
FRAMES = 64
"""As many as a record holds: GO_STACK_MAX."""

FUNCTIONS = """
[[function]]
symbol = "main.leaf"
signature = "func(n int) int"
stack = true

[[function]]
symbol = "main.back"
signature = "func(n int) int"
emit = "return"
stack = true

[[function]]
symbol = "main.bare"
signature = "func(n int) int"
emit = "both"
stack = true

[[function]]
symbol = "main.(*base).Hit"
signature = "func(b *base, n int)"
emit = "entry"
stack = true

[types]
base = "struct { hits int }"
"""

Line = tuple[str, str, int]


def printed(function: str) -> str:
    """Go prints an instance of a generic function without its type arguments."""
    return re.sub(r"\[.*\]", "[...]", function)


def lines_of(stack: list[tracing.Json]) -> list[Line]:
    return [(printed(each["function"]), each["file"], each["line"]) for each in stack]


def binaries() -> list[tuple[str, tuple[str, ...], bool]]:
    unoptimised, pie = "-gcflags=all=-N -l", "-buildmode=pie"
    return [
        *((version, (), False) for version in gobuild.toolchains()),
        (gobuild.DEBIAN, (unoptimised, pie), True),
        (gobuild.NEWEST, (unoptimised,), True),
        (gobuild.NEWEST, (pie,), True),
    ]


def built(version: str, flags: tuple[str, ...], *, stripped: bool) -> Path:
    binary = gobuild.build(PROGRAM, version=version, flags=flags)
    return gobuild.strip(binary) if stripped else binary


@pytest.mark.parametrize(("version", "flags", "stripped"), binaries())
def test_every_frame_is_the_one_the_program_sees(
    version: str, flags: tuple[str, ...], stripped: bool
) -> None:
    binary = built(version, flags, stripped=stripped)
    tracer = tracing.build_tracer(FUNCTIONS, binary)

    run = tracing.trace(tracer, binary)

    assert_every_frame(run)


def assert_every_frame(run: tracing.Run) -> None:
    """Compare each record's stack with what the program saw from the same place."""
    expected = [row for row in run.program.truth if row["function"] != "main.none"]
    records = [record for record in run.traced.records if "stack" in record]
    compare.assert_no_loss(run.traced.summary)
    assert len(expected) > 30
    assert len(records) == len(expected)
    cut = 0
    for record, truth in zip(by_call(records), by_call(expected), strict=True):
        where = f"{truth['function']}, call {truth['n']}"
        (first, *callers) = record["stack"]
        assert first["function"] == record["function"] == truth["function"]
        want = [(printed(f["function"]), f["file"], f["line"]) for f in truth["stack"]]
        got = lines_of(callers)
        if record.get("stack_cut"):
            cut += 1
            physical = [each for each in record["stack"] if not each.get("inlined")]
            assert len(physical) == FRAMES, where
            want = want[: len(got)]
        assert got == want, where
    assert cut == 2, "the deep recursion's two"


def by_call(rows: list[tracing.Json]) -> list[tracing.Json]:
    """Order by function; one function's calls follow one another, in the order printed."""
    return sorted(rows, key=lambda row: row["function"])


def test_folded_stacks_count_every_call() -> None:
    binary = built(gobuild.NEWEST, (), stripped=False)
    tracer = tracing.build_tracer(FUNCTIONS, binary)

    run = tracing.trace(tracer, binary, options=("--format", "folded"))

    expected: Counter[str] = Counter()
    for row in run.program.truth:
        names = [row["function"], *(frame["function"] for frame in row["stack"])]
        if row["function"] != "main.none" and len(names) < FRAMES:
            expected[";".join(map(printed, reversed(names)))] += 1
    found: Counter[str] = Counter()
    lines = run.traced.stdout.splitlines()
    assert len(lines) == len(set(lines))
    for line in lines:
        stack, _, calls = line.rpartition(" ")
        names = stack.split(";")
        if names[0] == "...":
            assert len(names) == 1 + FRAMES
        else:
            found[";".join(map(printed, names))] += int(calls)
    assert found == expected
    assert sum(line.startswith("...;") for line in lines) == 2
    assert "emitted" in run.traced.stderr


def test_a_stack_ends_where_the_runtime_changed_stacks() -> None:
    binary = built(gobuild.NEWEST, (), stripped=False)
    functions = '[[function]]\nsymbol = "runtime.newproc1"\ncapture = []\nstack = true\n'
    tracer = tracing.build_tracer(functions, binary)

    run = tracing.trace(tracer, binary)

    switched = [
        record
        for record in run.traced.records
        if record["stack"][-1]["function"] == "runtime.systemstack"
    ]
    assert len(switched) >= 3, "one for each go statement"
    for record in switched:
        assert record["stack_cut"]
        names = [frame["function"] for frame in record["stack"]]
        assert names == ["runtime.newproc1", "runtime.newproc.func1", "runtime.systemstack"]
