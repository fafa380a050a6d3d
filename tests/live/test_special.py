# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Values that have a text of their own, against what encoding/json and fmt make of them."""

from __future__ import annotations

import re

import compare
import gobuild
import pytest
import tracing

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

PROGRAM = gobuild.PROGRAMS / "special"
NAMES = ("times", "addresses", "others", "sockets", "hosts", "peers", "numbers")
SPEC = "[limits]\nslice = 4\n" + "".join(
    f'[[function]]\nsymbol = "main.{name}"\n' for name in NAMES
)


@pytest.mark.parametrize("version", gobuild.toolchains())
def test_special_values_are_what_go_prints(version: str) -> None:
    binary = gobuild.build(PROGRAM, version=version)
    tracer = tracing.build_tracer(SPEC, binary)

    run = tracing.trace(tracer, binary)

    truth = run.program.truth
    assert len(truth) == 14 + 10 + 1 + 2 + 10 + 1 + 11
    compare.assert_no_loss(run.traced.summary)
    compare.assert_records_match(run.traced.records, truth)


def test_their_text_is_what_fmt_prints() -> None:
    binary = gobuild.build(PROGRAM, version=gobuild.NEWEST)
    tracer = tracing.build_tracer(SPEC, binary)
    with (
        tracing.Target(binary) as program,
        tracing.run_tracer(tracer, "--format", "text", "--pid", str(program.pid)) as running,
    ):
        program.go()
        truth = program.finish().truth
        lines = running.stop().stdout.splitlines()

    assert len(lines) == len(truth)
    told = [
        (
            call["text"].replace("a=<nil>, b=0)", "a=nil, b=0)"),
            re.sub(r"^.*?  (main\..*) = .*", r"\1", line),
        )
        for call, line in zip(truth, lines, strict=True)
        if not call["function"].endswith(("others", "sockets", "peers"))
        and "unreadable" not in call
    ]
    assert len(told) == 14 + 10 + 10 + 10
    assert [seen for _, seen in told] == [text for text, _ in told]
