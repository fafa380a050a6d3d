# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""A thousand goroutines, moving stacks, deep recursion: what belongs together stays together."""

from __future__ import annotations

import compare
import gobuild
import pytest
import tracing

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

FUNCTIONS = """
[[function]]
symbol = "main.work"
signature = "func(id, depthSeed int, s string) (int, string)"

[[function]]
symbol = "main.deep"
signature = "func(n, tag int) int"
"""


@pytest.mark.parametrize("attach", ["multi", "perf"])
@pytest.mark.parametrize("flags", [(), ("-gcflags=all=-N -l",)], ids=["plain", "N-l"])
@pytest.mark.parametrize("version", gobuild.toolchains())
def test_records_belong_together_whatever_the_goroutines_do(
    version: str, flags: tuple[str, ...], attach: str
) -> None:
    binary = gobuild.build(gobuild.PROGRAMS / "crowd", version=version, flags=flags)
    tracer = tracing.build_tracer(FUNCTIONS, binary)

    run = tracing.trace(tracer, binary, options=("--debug-attach", attach))

    assert '"moved":0' not in run.program.lines[-1], "no stack moved: nothing was tested"
    compare.assert_no_loss(run.traced.summary)
    compare.assert_records_match(run.traced.records, run.program.truth)
    assert compare.emitted(run.traced.summary) == run.program.counts
