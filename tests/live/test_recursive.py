# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Types that hold slices of themselves: such slices end by the depth, and say how long they are.

Found in the tests of encoding/xml: their planning had no end.
"""

from __future__ import annotations

from typing import Any

import compare
import gobuild
import pytest
import tracing

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

SPEC = """
[limits]
slice = 2
[[function]]
symbol = "main.walk"
[[function]]
symbol = "main.loop"
[[function]]
symbol = "main.stroll"
limits = { depth = 2 }
[[function]]
symbol = "main.hold"
"""

LEAF = {"Name": "leaf", "Kids": []}
TWIG = {"Name": "twig", "Kids": [LEAF, {"Name": "bud", "Kids": None}]}
BRANCH = {"Name": "branch", "Kids": [TWIG]}
TREE = {"Name": "tree", "Kids": [BRANCH]}

# Three slices deep, or two where a pointer leads to the first: then how long the next one is.
CUT = {"Name": "twig", "Kids": []}
SHORT = {"Name": "tree", "Kids": [{"Name": "branch", "Kids": [CUT]}]}
STREETS = [{"Name": "A", "Houses": [{"Number": 1, "Beside": [[]]}]}]


@pytest.mark.parametrize("version", gobuild.toolchains())
def test_slices_of_a_type_within_itself_end_by_the_depth(version: str) -> None:
    binary = gobuild.build(gobuild.PROGRAMS / "recursive", version=version)
    run = tracing.trace(tracing.build_tracer(SPEC, binary), binary)
    compare.assert_no_loss(run.traced.summary)
    walk, loop, stroll, by_value, by_pointer = run.traced.records

    assert arguments(walk) == ({"n": TREE}, {})
    assert arguments(loop) == (
        {"l": [[[[]]], None], "node": SHORT},
        {"args.node.Kids[0].Kids[0].Kids": 2},
    )
    assert arguments(stroll) == ({"s": STREETS}, {"args.s[0].Houses[0].Beside[0]": 1})
    assert arguments(by_value) == (
        {"v": {"type": "main.Node", "value": SHORT}},
        {"args.v.value.Kids[0].Kids[0].Kids": 2},
    )
    assert arguments(by_pointer) == ({"v": {"type": "*main.Node", "value": TWIG}}, {})


def arguments(record: dict[str, Any]) -> tuple[dict[str, Any], dict[str, int]]:
    assert "unreadable" not in record, record
    return record["args"], record.get("truncated", {})
