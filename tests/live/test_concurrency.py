# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""A thousand goroutines, moving stacks, deep recursion: what belongs together stays together."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import compare
import gobuild
import pytest
import tracing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tracing import Json

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


@pytest.mark.parametrize("version", [gobuild.NEWEST, gobuild.DEBIAN])
def test_large_records_of_one_hit_belong_to_it(version: str) -> None:
    """They are put together in places that processors share: none must show up in another's."""
    binary = gobuild.build(gobuild.PROGRAMS / "crowd", version=version)
    spec = FUNCTIONS.replace("signature", 'emit = "both"\nlimits = { string = 600 }\nsignature')
    tracer = tracing.build_tracer(spec, binary)
    assert "STAGED" in tracer.with_suffix(".bpf.c").read_text()

    run = tracing.trace(tracer, binary)

    compare.assert_no_loss(run.traced.summary)
    for event, section in (("entry", "args"), ("return", "results")):
        seen = [record for record in run.traced.records if record["event"] == event]
        assert counted(seen, section) == counted(run.program.truth, section)


def counted(calls: Iterable[Json], section: str) -> Counter[str]:
    """Count what is alike: of which function and goroutine, with which values."""
    return Counter(
        json.dumps([call["function"], call["goid"], call[section]], sort_keys=True)
        for call in calls
    )
