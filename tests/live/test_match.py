# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""`match` on a real binary: what it finds is shown and traced, what is too many is refused."""

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
