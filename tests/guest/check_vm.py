# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Kernel 6.1, on amd64 and on arm64: the records there are what the programs say, as they are here.

Not collected by `make test`: `make test-vm` boots the machines.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

import compare
import gobuild
import pytest
import tracing
import vm

sys.path.append(str(gobuild.TOP / "tests" / "live"))
import test_ends
import test_expressions
import test_stacks

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

KINDS = gobuild.PROGRAMS / "kinds"
MACHINES = ("amd64", "arm64")
# The program says of these what holds on amd64: on arm64 one value more is in a register.
PLACED_OTHERWISE = {"arm64": {"main.stackFloats", "main.floatResults"}}


def scenario(name: str, program: Path, spec: str, machine: str) -> vm.Scenario:
    binary = gobuild.build(program, version=gobuild.NEWEST, env={"GOARCH": machine})
    return vm.Scenario(name=name, tracer=tracing.build_tracer(spec, binary), program=binary)


@pytest.fixture(scope="module", params=MACHINES)
def guest(request: pytest.FixtureRequest) -> tuple[str, vm.Outcome]:
    machine: str = request.param
    scenarios = (
        scenario("ends", test_ends.PROGRAM, test_ends.spec(*test_ends.COUNTED), machine),
        scenario("expressions", test_expressions.PROGRAM, test_expressions.spec(), machine),
        scenario("stacks", test_stacks.PROGRAM, test_stacks.FUNCTIONS, machine),
        scenario("kinds", KINDS, (KINDS / "functions.toml").read_text(), machine),
    )
    return machine, vm.run(machine, scenarios)


def test_the_kernel_is_another(guest: tuple[str, vm.Outcome]) -> None:
    machine, outcome = guest
    assert outcome.uname.startswith("6.1.")
    assert outcome.uname.endswith({"amd64": "x86_64", "arm64": "aarch64"}[machine])


def test_every_end_is_told(guest: tuple[str, vm.Outcome]) -> None:
    run = guest[1].runs["ends"]
    truth: dict[str, Counter[str]] = {
        row["function"]: Counter(row["ends"]) for row in run.program.truth
    }
    assert truth["main.deep"]["panic"] > 1000
    assert test_ends.ends(run.traced.records) == truth
    compare.assert_no_loss(run.traced.summary)


def test_expressions_are_what_go_makes_of_them(guest: tuple[str, vm.Outcome]) -> None:
    run = guest[1].runs["expressions"]
    assert len(run.program.truth) == 19
    compare.assert_no_loss(run.traced.summary)
    compare.assert_records_match(run.traced.records, run.program.truth)


def test_stacks_are_what_the_program_sees(guest: tuple[str, vm.Outcome]) -> None:
    test_stacks.assert_every_frame(guest[1].runs["stacks"])


def test_every_kind_of_value_is_what_the_program_says(guest: tuple[str, vm.Outcome]) -> None:
    machine, outcome = guest
    run = outcome.runs["kinds"]
    left = PLACED_OTHERWISE.get(machine, set()) | {"main.empty"}
    truth = [call for call in run.program.truth if call["function"] not in left]
    assert len(truth) > 200
    compare.assert_no_loss(run.traced.summary)
    compare.assert_records_match(
        [record for record in run.traced.records if record["function"] not in left], truth
    )
