# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Every form of an expression, against what Go itself makes of it."""

from __future__ import annotations

import re

import compare
import gobuild
import pytest
import tracing

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

PROGRAM = gobuild.PROGRAMS / "expressions"
ALIASES = {"count": "len(s)", "text": "~r1[:5]"}


def spec() -> str:
    """Give a spec that captures what the program prints; its source lists the expressions."""
    source = (PROGRAM / "main.go").read_text()
    take, split = source.split("func callSplit")
    functions = []
    for name, body in (("take", take.split("func callTake")[1]), ("split", split)):
        names = re.findall(r'^\t\t"(.+?)":', body, re.MULTILINE)
        written = ", ".join(
            f'{{ {each} = "{ALIASES[each]}" }}' if each in ALIASES else f'"{each}"'
            for each in names
        )
        functions.append(f'[[function]]\nsymbol = "main.{name}"\ncapture = [{written}]\n')
    return "\n".join(functions)


@pytest.mark.parametrize("version", gobuild.toolchains())
def test_expressions_are_what_go_makes_of_them(version: str) -> None:
    binary = gobuild.build(PROGRAM, version=version)
    tracer = tracing.build_tracer(spec(), binary)

    run = tracing.trace(tracer, binary)

    truth = run.program.truth
    assert len(truth) == 16 + 3
    assert sum(len(call["args"]) for call in truth) > 600
    compare.assert_no_loss(run.traced.summary)
    compare.assert_records_match(run.traced.records, truth)
