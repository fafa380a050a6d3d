# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Kernel 6.1, on amd64 and on arm64: the records there are those of this machine's kernel.

GOGEN_VM=all traces more there, as `make test-vm` does: expressions, closures, floats.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import compare
import pytest
import scenarios
import test_ends
import test_floats
import test_special
import test_stacks
import test_tailcalls

if TYPE_CHECKING:
    import tracing
    import vm

pytestmark = [pytest.mark.vm, pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

# The program says of these what holds on amd64: on arm64 one value more is in a register.
PLACED_OTHERWISE = {"arm64": {"main.stackFloats", "main.floatResults"}}

Runs = dict[str, "tracing.Run"]


@pytest.fixture(scope="module")
def outcomes() -> dict[str, vm.Outcome]:
    return scenarios.boot()


@pytest.fixture(scope="module")
def here(outcomes: dict[str, vm.Outcome]) -> Runs:
    """Trace the same on this machine, when the others no longer take its time."""
    del outcomes
    return {
        scenario.name: scenario.here()
        for scenario in scenarios.make("amd64", everything=False)
        if scenario.name in scenarios.IDENTICAL
    }


@pytest.fixture(params=scenarios.MACHINES)
def machine(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


def test_the_kernel_is_another(outcomes: dict[str, vm.Outcome], machine: str) -> None:
    uname = outcomes[machine].uname
    assert uname.startswith("6.1.")
    assert uname.endswith(scenarios.MACHINES[machine])


@pytest.mark.parametrize("name", scenarios.IDENTICAL)
def test_records_are_those_of_this_machine(
    outcomes: dict[str, vm.Outcome], here: Runs, machine: str, name: str
) -> None:
    there, this = outcomes[machine].runs[name], here[name]

    assert len(this.traced.records) >= 20
    compare.assert_no_loss(there.traced.summary)
    compare.assert_no_loss(this.traced.summary)
    assert scenarios.comparable(there.traced.records) == scenarios.comparable(this.traced.records)


def test_every_end_is_told(outcomes: dict[str, vm.Outcome], machine: str) -> None:
    run = outcomes[machine].runs["ends"]
    truth: dict[str, Counter[str]] = {
        row["function"]: Counter(row["ends"]) for row in run.program.truth
    }
    assert truth["main.deep"]["panic"] > 1000
    assert test_ends.ends(run.traced.records) == truth


def test_tail_jumps_are_told(outcomes: dict[str, vm.Outcome], machine: str) -> None:
    """On arm64 the jump through an interface is a `ret` to another register than x30."""
    run = outcomes[machine].runs["tails"]
    truth = {row["function"]: row["calls"] for row in run.program.truth}
    assert Counter((record["function"], record["exit"]) for record in run.traced.records) == {
        (symbol, test_tailcalls.WAYS[symbol]): truth[symbol]
        for symbol in test_tailcalls.WAYS
        if symbol.startswith("main.(")
    }


def test_stacks_are_what_the_program_sees(outcomes: dict[str, vm.Outcome], machine: str) -> None:
    test_stacks.assert_every_frame(outcomes[machine].runs["stacks"])


def test_every_kind_of_value_is_what_the_program_says(
    outcomes: dict[str, vm.Outcome], machine: str
) -> None:
    run = outcomes[machine].runs["kinds"]
    left = PLACED_OTHERWISE.get(machine, set()) | {"main.empty"}
    truth = [call for call in run.program.truth if call["function"] not in left]
    assert len(truth) > 200
    compare.assert_no_loss(run.traced.summary)
    compare.assert_records_match(
        [record for record in run.traced.records if record["function"] not in left], truth
    )


if scenarios.EVERYTHING:

    def test_expressions_are_what_go_makes_of_them(
        outcomes: dict[str, vm.Outcome], machine: str
    ) -> None:
        run = outcomes[machine].runs["expressions"]
        assert len(run.program.truth) == 19
        compare.assert_no_loss(run.traced.summary)
        compare.assert_records_match(run.traced.records, run.program.truth)

    def test_closures_instances_and_addresses_are_told(
        outcomes: dict[str, vm.Outcome], machine: str
    ) -> None:
        run = outcomes[machine].runs["special"]
        test_special.assert_told(run)

    def test_floats_are_read_where_the_function_stores_them(
        outcomes: dict[str, vm.Outcome], machine: str
    ) -> None:
        run = outcomes[machine].runs["floats"]
        compare.assert_no_loss(run.traced.summary)
        stored = {name: test_floats.ARGUMENTS[name] for name in test_floats.STORED}
        test_floats.check(run, stored)
