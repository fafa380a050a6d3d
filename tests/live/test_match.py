# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""`match` on a real binary: what it finds is shown and traced, what is too many is refused."""

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

KINDS = gobuild.PROGRAMS / "kinds"


def check(folder: Path, binary: Path, match: str, *options: str) -> tuple[int, str, str]:
    spec = folder / "spec.toml"
    spec.write_text(f"[tracer]\nbinary = '{binary}'\n[[function]]\nmatch = '{match}'\n")
    done = tracing.gogen("check", str(spec), *options)
    return done.returncode, done.stdout, done.stderr


def test_every_function_found_is_traced() -> None:
    binary = gobuild.build(KINDS, version=gobuild.NEWEST)
    tracer = tracing.build_tracer("[[function]]\nmatch = '^main\\.as(Map|Chan|Pointer)$'\n", binary)
    run = tracing.trace(tracer, binary)
    found = {"main.asMap", "main.asChan", "main.asPointer"}
    compare.assert_no_loss(run.traced.summary)
    truth = [call for call in run.program.truth if call["function"] in found]
    assert {call["function"] for call in truth} == found
    compare.assert_records_match(run.traced.records, truth)


def test_the_list_is_shown(tmp_path: Path) -> None:
    binary = gobuild.build(KINDS, version=gobuild.NEWEST)
    status, stdout, stderr = check(tmp_path, binary, "^main.as(Map|Chan)$")
    assert (status, stderr.splitlines()[0]) == (0, "matched 2 functions:")
    assert sorted(stderr.splitlines()[1:]) == ["  main.asChan", "  main.asMap"]
    assert "main.asMap: ok" in stdout


def test_more_than_200_need_yes(tmp_path: Path) -> None:
    binary = gobuild.build(KINDS, version=gobuild.NEWEST)
    status, stdout, stderr = check(tmp_path, binary, "^(fmt|os|strconv|reflect|sync|io|time)[.]")
    assert (status, stdout) == (2, "")
    assert " functions match, more than 200 - narrow the expression, or say --yes" in stderr
    assert "  ... and " in stderr
    assert check(tmp_path, binary, "^(fmt|os|strconv|reflect|sync|io|time)[.]", "--yes")[0] == 0


def test_what_cannot_be_planned_is_left_out_and_said(tmp_path: Path) -> None:
    binary = gobuild.build(gobuild.PROGRAMS / "shapes", version=gobuild.NEWEST)
    status, stdout, stderr = check(tmp_path, binary, "^main[.](Empty|Panics)$")
    assert status == 0
    assert stdout.splitlines()[0] == "main.Panics: ok, 1 sites"
    assert (
        f'left out: {tmp_path}/spec.toml:3: function[0].emit: "main.Empty" begins and ends on the '
        'same instruction - trace its beginning: emit = "entry"'
    ) in stderr.splitlines()


def test_what_holds_for_many_functions_is_said_once(tmp_path: Path) -> None:
    """And of which; where it holds for all of them, it is the error."""
    binary = gobuild.build(KINDS, version=gobuild.NEWEST, flags=("-ldflags=-s -w",))
    why = (
        f"{tmp_path}/spec.toml:3: function[0].signature: is needed: the binary has no DWARF "
        'for "{}" - write its type, "func(a int) error"; its calls and times need none: '
        "capture = []"
    )
    found = ["main.asPointer", "main.asMap", "main.asChan"]
    listed = [f"  {symbol}" for symbol in found]
    status, stdout, stderr = check(tmp_path, binary, "^main.as(Map|Chan|Pointer)$")
    assert (status, stdout) == (2, "")
    assert stderr.splitlines() == [
        "matched 3 functions:",
        *listed,
        f"error: {why.format(found[0])}",
    ]

    spec = tmp_path / "spec.toml"
    spec.write_text(f"{spec.read_text()}[[function]]\nsymbol = 'main.main'\nsignature = 'func()'\n")
    done = tracing.gogen("check", str(spec))
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == [
        "matched 3 functions:",
        *listed,
        f"left out: {why.format(found[0])}",
        "so are 2 functions:",
        *listed[1:],
    ]


def test_a_name_that_no_tracer_can_have_is_said_once(tmp_path: Path) -> None:
    binary = gobuild.build(KINDS, version=gobuild.NEWEST)
    (tmp_path / "spec.toml").write_text(
        f"[tracer]\nname = 'all'\nbinary = '{binary}'\n[[function]]\nmatch = '^main.as'\n"
    )
    done = tracing.gogen("check", str(tmp_path / "spec.toml"))
    assert done.returncode == 5
    assert done.stderr.count('tracer "all": a file of every tracer, or a target of its') == 1


def test_a_stripped_program_is_timed_without_signatures() -> None:
    """Every call of a package's functions, and how long it took; no value, so no types."""
    binary = gobuild.build(KINDS, version=gobuild.NEWEST, flags=("-ldflags=-s -w",))
    spec = "[[function]]\nmatch = '^main\\.as[A-Z]'\ncapture = []\n"
    tracer = tracing.build_tracer(spec, binary)
    run = tracing.trace(tracer, binary)
    compare.assert_no_loss(run.traced.summary)
    truth = Counter(
        call["function"] for call in run.program.truth if call["function"].startswith("main.as")
    )
    assert len(truth) > 16
    assert Counter(record["function"] for record in run.traced.records) == truth
    for record in run.traced.records:
        assert (record["args"], record["results"], record["exit"]) == ({}, {}, "return")
        assert record["duration_ns"] > 0


def test_functions_that_were_never_called_are_counted_together() -> None:
    """They are in JSON, each; the last line has those that were called, and how many were not."""
    binary = gobuild.build(KINDS, version=gobuild.NEWEST, flags=("-ldflags=-s -w",))
    spec = "[[function]]\nmatch = '^(strconv|unicode/utf8|main\\.asMap)'\ncapture = []\n"
    tracer = tracing.build_tracer(spec, binary)
    run = tracing.trace(tracer, binary)
    assert run.traced.summary
    every = run.traced.summary["functions"]
    silent = sum(function["hits"] == 0 for function in every)
    assert silent > 16
    *called, rest = run.traced.stderr.splitlines()[-1].removeprefix("summary: ").split("; ")
    assert rest == f"{silent} more functions: hits 0"
    assert len(called) == len(every) - silent
    assert any(line.startswith("main.asMap: hits ") for line in called)
