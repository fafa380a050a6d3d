# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""A tracer that is killed at any moment takes its probes along, and the target never notices."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path

import gobuild
import process
import pytest
import tracing

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

KILLS = int(os.environ.get("GOGEN_KILLS", "40"))

FUNCTIONS = """
[[function]]
symbol = "main.mix"
signature = "func(worker, task int, seed string) (int, string)"
"""


def sites(tracer: Path) -> dict[int, bytes]:
    """Give the instruction that belongs at each probed address, as the manifest has it."""
    manifest = json.loads((tracer.parent / f"{tracer.name}.manifest.json").read_text())
    (function,) = manifest["functions"]
    return {
        int(site["address"], 16): bytes.fromhex(site["code"])
        for site in (function["entry"], *function["rets"])
    }


def probed(pid: int, expected: dict[int, bytes]) -> bool:
    """Whether any instruction in the target's memory is not its own."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for address, code in expected.items():
            memory.seek(address)
            if memory.read(len(code)) != code:
                return True
    return False


@pytest.mark.parametrize("attach", ["multi", "perf"])
def test_a_killed_tracer_leaves_nothing_behind(attach: str) -> None:
    binary = gobuild.build(gobuild.PROGRAMS / "steady", version=gobuild.NEWEST)
    tracer = tracing.build_tracer(FUNCTIONS, binary)
    expected = sites(tracer)
    moments = random.Random(attach)  # noqa: S311 - to be repeated
    with tracing.Target(binary) as unwatched:
        unwatched.go()
        alone = unwatched.finish()

    seen_probed = 0
    with tracing.Target(binary) as program:
        program.go()
        options = ("--format", "json", "--debug-attach", attach, "--pid", str(program.pid))
        began = time.monotonic()
        with tracing.run_tracer(tracer, *options) as running:
            longest = 2 * (time.monotonic() - began)
            running.stop()
        for number in range(KILLS // 2):
            with tracing.Tracer([str(tracer), *options]) as running:
                # The first one at once, the second with all probes in place. How long the others
                # take to attach depends on what the kernel still does for the one before.
                if number == 1:
                    running.wait_ready()
                elif number > 1:
                    time.sleep(moments.uniform(0, longest))
                seen_probed += probed(program.pid, expected)
                running.signal(signal.SIGKILL)
                running.wait_end(process.DEADLINE)
            process.poll(lambda: not probed(program.pid, expected), "a probe stayed behind")
        watched = program.finish()

    # Some moments came before the probes, some after.
    assert 0 < seen_probed < KILLS // 2
    assert (watched.returncode, watched.lines) == (alone.returncode, alone.lines)
    assert alone.returncode == 7
