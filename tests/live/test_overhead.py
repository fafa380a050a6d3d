# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""`--max-overhead`: what costs too much is detached, and nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import compare
import gobuild
import pytest
import tracing

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

FUNCTIONS = """
[limits]
rate = 1000

[[function]]
symbol = "main.work"

[[function]]
symbol = "main.serve"
capture = ["req.Method"]
"""


@pytest.fixture(scope="module")
def binary() -> Path:
    return gobuild.build(gobuild.TOP / "bench" / "target", version=gobuild.NEWEST)


@pytest.fixture(scope="module")
def tracer(binary: Path) -> Path:
    return tracing.build_tracer(FUNCTIONS, binary)


def is_detached(line: str) -> bool:
    return bool(re.match(r"warning: main\.work is traced no more: .*--max-overhead is 5$", line))


def call(program: tracing.Target, symbol: str, times: int) -> None:
    program.send(f"{symbol} {times}\n")


def assert_detached(traced: tracing.TraceResult) -> None:
    """Hold against what was asked: main.work detached at 5 %, main.serve called seven times."""
    assert traced.summary is not None
    compare.assert_identity(traced.summary)
    rows = {row["function"]: row for row in traced.summary["functions"]}
    assert rows["main.work"]["detached"]["percent"] > 5
    assert "detached" not in rows["main.serve"]
    assert (rows["main.serve"]["hits"], rows["main.serve"]["emitted"]) == (7, 7)
    assert re.search(r"main\.work: hits .* detached at [\d.]+ % of a processor", traced.stderr)
    assert min(trap_times(traced)) > 0


def trap_times(traced: tracing.TraceResult) -> tuple[int, int]:
    """Give what a probe takes where its instruction is emulated, and where it is stepped over."""
    told = re.search(r"overhead: a probe takes (\d+) ns where it is emulated, (\d+)", traced.stderr)
    assert told
    return int(told[1]), int(told[2])


def assert_nothing_detached(traced: tracing.TraceResult) -> None:
    assert "is traced no more" not in traced.stderr
    assert traced.summary is not None
    assert all("detached" not in row for row in traced.summary["functions"])


@pytest.mark.parametrize("attach", ["multi", "perf"])
def test_the_costliest_function_is_detached_and_the_others_stay(
    tracer: Path, binary: Path, attach: str
) -> None:
    options = ("--format", "json", "--max-overhead", "5", "--debug-attach", attach)
    with (
        tracing.Target(binary) as program,
        tracing.run_tracer(tracer, *options, "--pid", str(program.pid)) as running,
    ):
        # Until it is noticed, and then as many again.
        detached = None
        while detached is None:
            call(program, "main.work", 20_000)
            detached = running.stderr.wait_for(is_detached, 0.3)
            assert running.running(), running.account("ended")
        call(program, "main.work", 20_000)
        call(program, "main.serve", 7)
        served = '"function":"main.serve"'
        assert running.stdout.wait_for(lambda line: served in line, 30)
        program.finish()
        traced = running.stop()

    assert_detached(traced)
    # Stepping over an instruction takes more than emulating it, or as long.
    emulated, stepped = trap_times(traced)
    assert emulated <= stepped * 1.5


def test_within_the_budget_nothing_is_detached(tracer: Path, binary: Path) -> None:
    options = ("--format", "json", "--max-overhead", "900", "--duration", "2.5")
    with tracing.Target(binary) as program:
        with tracing.run_tracer(tracer, *options, "--pid", str(program.pid)) as running:
            call(program, "main.work", 100_000)
            call(program, "main.serve", 3)
            traced = running.wait()
        program.finish()

    assert_nothing_detached(traced)


def test_who_may_not_ask_for_programs_times_is_told(tracer: Path, binary: Path) -> None:
    drop = ("setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-all")
    options = (str(tracer), "--binary", str(binary), "--max-overhead", "5", "--duration", "0.1")
    with tracing.Tracer([*drop, *options]) as running:
        refused = running.wait()

    assert refused.returncode == 4
    assert "--max-overhead: the kernel does not tell how long programs run" in refused.stderr
    assert "CAP_SYS_ADMIN is missing" in refused.stderr
