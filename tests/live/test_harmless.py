# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The traced program computes, prints and ends as if nobody watched."""

from __future__ import annotations

import re
import signal
from contextlib import suppress
from pathlib import Path

import compare
import gobuild
import pytest
import tracing
from process import DEADLINE, poll

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

FUNCTIONS = """
[[function]]
symbol = "main.mix"
signature = "func(worker, task int, seed string) (int, string)"
"""


# By perf events each takes half a second, the kernel's; it knows nothing of Go's versions.
@pytest.mark.parametrize(
    ("version", "attach"),
    [*((version, "multi") for version in gobuild.toolchains()), (gobuild.NEWEST, "perf")],
)
def test_fifty_attaches_leave_output_and_exit_status_alone(version: str, attach: str) -> None:
    binary = gobuild.build(gobuild.PROGRAMS / "steady", version=version)
    tracer = tracing.build_tracer(FUNCTIONS, binary)
    with tracing.Target(binary) as unwatched:
        unwatched.go()
        expected = unwatched.finish()
    assert expected.returncode == 7
    assert expected.lines[0].startswith("digest ")

    options = ("--format", "json", "--debug-attach", attach)
    seen = 0
    with tracing.Target(binary) as program:
        program.go()
        for _ in range(50):
            pid = ("--pid", str(program.pid), "--count", "5")
            with tracing.run_tracer(tracer, *options, *pid) as running:
                traced = running.wait()
            assert traced.returncode == 0, traced.stderr
            compare.assert_identity(traced.summary)
            seen += len(traced.records)
        watched = program.finish()

    assert seen == 250
    assert (watched.returncode, watched.lines) == (expected.returncode, expected.lines)


def _children(pid: int) -> list[str]:
    """Name the state of every child, the dead ones as well."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):  # it has ended meanwhile
            text = status.read_text()
            if re.search(rf"^PPid:\t{pid}$", text, re.MULTILINE):
                found += re.findall(r"^State:\t(\w)", text, re.MULTILINE)
    return found


def test_the_helpers_of_perf_events_are_gone_once_probes_are_in_place() -> None:
    """Neither do they stay as zombies, nor hold the pipes that the tracer's reader waits for."""
    binary = gobuild.build(gobuild.PROGRAMS / "steady", version=gobuild.NEWEST)
    tracer = tracing.build_tracer(FUNCTIONS, binary)
    with tracing.Target(binary) as program:
        pid = ("--pid", str(program.pid), "--debug-attach", "perf")
        with tracing.run_tracer(tracer, *pid) as running:
            running.wait_ready()
            poll(lambda: not _children(running.pid), "the helpers to be gone")
            running.signal(signal.SIGKILL)
            assert running.wait_end(DEADLINE) == -signal.SIGKILL
        program.go()
        assert program.finish().returncode == 7
