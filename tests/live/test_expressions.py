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


VARIANTS = [
    *((version, ()) for version in gobuild.toolchains()),
    (gobuild.NEWEST, ("-buildmode=pie",)),
]


@pytest.mark.parametrize(("version", "flags"), VARIANTS)
def test_expressions_are_what_go_makes_of_them(version: str, flags: tuple[str, ...]) -> None:
    binary = gobuild.build(PROGRAM, version=version, flags=flags)
    tracer = tracing.build_tracer(spec(), binary)

    run = tracing.trace(tracer, binary)

    truth = run.program.truth
    assert len(truth) == 16 + 3
    assert sum(len(call["args"]) for call in truth) > 600
    compare.assert_no_loss(run.traced.summary)
    compare.assert_records_match(run.traced.records, truth)

    why = {reason for record in run.traced.records for reason in record["unreadable"].values()}
    assert {
        "err is *errors.errorString, not *main.missing",
        "err is nil",
        "o.Err is main.code, not main.place",
        "o.Extra is *main.item, not string",
        "o is nil",
    } <= why


def test_a_stripped_binary_still_tells_what_an_interface_holds() -> None:
    """Its types come from the spec, and their descriptors are found by name."""
    binary = gobuild.strip(gobuild.build(PROGRAM, version=gobuild.NEWEST))
    spec = """
[types]
"main.missing" = "struct { Count int; SKU string }"

[[function]]
symbol = "main.take"
signature = "func(o uintptr, b []byte, s string) (last uintptr, err error)"
capture = ["err.(*main.missing).SKU"]
"""
    tracer = tracing.build_tracer(spec, binary)

    run = tracing.trace(tracer, binary)

    truth = [c for c in run.program.truth if c["function"] == "main.take"]
    name = "err.(*main.missing).SKU"
    assert [r["results"][name] for r in run.traced.records] == [c["results"][name] for c in truth]
    assert {c["results"][name] for c in truth} == {"a st", None}
