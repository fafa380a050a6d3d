# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Check the live harness against a tracer that is a shell script: no kernel needed."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
import tracing

if TYPE_CHECKING:
    from pathlib import Path

RECORD = '{"event":"call","function":"main.f","args":{"s":"line\u2028separator"}}'
SUMMARY = '{"event":"summary","functions":[]}'


@pytest.fixture(autouse=True)
def _any_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the scripts print is shorter than the contract has it."""
    monkeypatch.setattr(tracing, "validate", lambda _: None)


def script(folder: Path, text: str) -> Path:
    path = folder / "tracer"
    path.write_text(f"#!/bin/sh\n{text}")
    path.chmod(0o755)
    return path


def test_a_tracer_is_stopped_by_an_interrupt_and_its_output_is_taken_apart(tmp_path: Path) -> None:
    tracer = script(
        tmp_path,
        f"""
        trap 'echo '"'"'{SUMMARY}'"'"'; echo done >&2; exit 5' INT
        echo noise >&2
        echo '{RECORD}'
        echo 'ready: 1 functions, 2 sites' >&2
        while :; do read -r line || sleep 0.01; done
        """,
    )
    with tracing.run_tracer(tracer, "--format", "json") as running:
        assert running.wait_ready() == "ready: 1 functions, 2 sites"
        assert running.running()
        result = running.stop()

    assert result.returncode == 5
    assert [record["args"]["s"] for record in result.records] == ["line\u2028separator"]
    assert result.summary == {"event": "summary", "functions": []}
    assert result.stderr == "noise\nready: 1 functions, 2 sites\ndone\n"


def test_a_stopped_tracer_is_continued_to_be_stopped(tmp_path: Path) -> None:
    tracer = script(
        tmp_path,
        "trap 'exit 0' INT; echo ready: >&2; while :; do read -r line || sleep 0.01; done",
    )
    with tracing.run_tracer(tracer) as running:
        running.signal(signal.SIGSTOP)
        assert running.stop().returncode == 0


def test_a_tracer_that_does_not_get_ready_fails_with_its_own_words(tmp_path: Path) -> None:
    tracer = script(tmp_path, "echo 'error: no rights' >&2; exit 4")
    with (
        pytest.raises(AssertionError, match=r"did not get ready.*\n*error: no rights"),
        tracing.run_tracer(tracer),
    ):
        pass


def test_a_tracer_that_hangs_is_killed(tmp_path: Path) -> None:
    tracer = script(tmp_path, "trap '' INT; echo ready: >&2; exec sleep 1000")
    with (
        pytest.raises(AssertionError, match=r"did not end within 0.1 s"),
        tracing.run_tracer(tracer) as running,
    ):
        running.stop(deadline=0.1)
    assert not running.running()


@pytest.mark.parametrize("output", [f"{SUMMARY}\n{RECORD}", f"{SUMMARY}\n{SUMMARY}"])
def test_a_summary_that_is_not_last_or_not_alone_is_refused(tmp_path: Path, output: str) -> None:
    tracer = script(tmp_path, f"cat <<'END'\n{output}\nEND\n")
    with pytest.raises(AssertionError, match="summary is not the last"):
        tracing.run_tracer_to_end(tracer)


def test_a_tracer_that_ends_by_itself(tmp_path: Path) -> None:
    tracer = script(tmp_path, 'echo "$1 $WHAT"; exit 3')
    result = tracing.run_tracer_to_end(tracer, "--check", env={"WHAT": "given"})

    assert (result.returncode, result.stdout) == (3, "--check given\n")
    assert (result.records, result.summary) == ((), None)
