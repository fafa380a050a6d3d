# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
What a tracer is allowed, starts, gives up and finds on kernel 6.1, where probes are perf events.

The scripts *.sh here run there; tests/live has the same for this machine's kernel.
"""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import compare
import pytest
import scenarios
import test_overhead
import test_privileges
import test_whereabouts
import tracing

if TYPE_CHECKING:
    import vm

pytestmark = [pytest.mark.vm, pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

Files = dict[str, str]
Outcomes = dict[str, "vm.Outcome"]


@pytest.fixture(scope="module")
def outcomes() -> dict[str, vm.Outcome]:
    return scenarios.boot()


@pytest.fixture(params=scenarios.MACHINES)
def machine(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


def tried(files: Files, name: str) -> tracing.TraceResult:
    """Give what a tracer printed that a script ran; a command may have printed among it."""
    lines = files[f"{name}.stdout"].splitlines()
    records = "\n".join(line for line in lines if line.startswith("{"))
    return tracing.collect(int(files[f"{name}.status"]), records, files[f"{name}.stderr"])


def pids(traced: tracing.TraceResult) -> set[int]:
    return {record["pid"] for record in traced.records}


@pytest.fixture
def privileges(outcomes: Outcomes, machine: str) -> Files:
    return outcomes[machine].files["privileges"]


EITHER = (
    "run as root, or once: setcap cap_bpf,cap_perfmon+ep tracer, before Linux 6.6 cap_sys_admin"
)
FOR_PROBES = "CAP_SYS_ADMIN is missing, which probes need where there are no uprobe_multi links"


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("none", f"CAP_BPF and CAP_PERFMON are missing - {EITHER}"),
        ("bpf", f"CAP_PERFMON is missing - {EITHER}"),
        ("perfmon", f"CAP_BPF is missing - {EITHER}"),
        ("both", FOR_PROBES),
        ("all-but-sys_admin", FOR_PROBES),
        ("others", "CAP_SYS_PTRACE is missing, which --pid "),
        ("check", FOR_PROBES),
        ("overhead", FOR_PROBES),
    ],
)
def test_the_missing_capability_is_named(privileges: Files, name: str, missing: str) -> None:
    refused = tried(privileges, name)
    assert refused.returncode == 4
    assert refused.stderr.startswith(f"error: not permitted: {missing}"), refused.stderr
    assert refused.records == ()


@pytest.mark.parametrize(("name", "whose"), [("sys_admin", "own"), ("others-sys_ptrace", "others")])
def test_no_capability_more_is_needed(privileges: Files, name: str, whose: str) -> None:
    traced = tried(privileges, name)
    assert traced.returncode == 0, traced.stderr
    assert pids(traced) == {test_whereabouts.numbers(privileges["stdout"])[whose]}
    assert len(traced.records) == 3
    assert tried(privileges, "check-sys_admin").returncode == 0


@pytest.mark.parametrize("name", ["root", "nobody"])
def test_nothing_is_left_once_all_probes_are_in_place(privileges: Files, name: str) -> None:
    left = test_privileges.capabilities(privileges[f"{name}.left"])
    test_privileges.assert_nothing_left(left, of_root=name == "root")
    traced = tried(privileges, name)
    assert traced.returncode == 0, traced.stderr
    assert len(traced.records) > 0
    compare.assert_identity(traced.summary)


def test_a_command_keeps_what_it_would_have_without_us(privileges: Files) -> None:
    assert privileges["without.stdout"].startswith("CapEff:")
    assert privileges["command.stdout"].splitlines()[0] == privileges["without.stdout"].strip()


@pytest.fixture
def command(outcomes: Outcomes, machine: str) -> Files:
    return outcomes[machine].files["command"]


def test_the_first_call_is_traced_and_no_other_process(command: Files) -> None:
    done = tried(command | {"first.stdout": command["first.json"]}, "first")
    assert done.returncode == 0, done.stderr
    assert command["first.stdout"].splitlines() == ['foo(2, 3, 4, "cccccc")'] * 300 + ["300 calls"]
    compare.assert_no_loss(done.summary)
    assert compare.emitted(done.summary) == {"main.foo": 300}
    assert len(pids(done)) == 1


def test_the_exit_status_is_the_commands(command: Files) -> None:
    assert tried(command, "seven").returncode == 7
    assert tried(command, "killed").returncode == 128 + signal.SIGUSR1
    # Go's runtime lets an unhandled SIGTERM kill it.
    signalled = tried(command, "signalled")
    assert signalled.returncode == 128 + signal.SIGTERM
    compare.assert_identity(signalled.summary)


def test_a_missing_command_is_told(command: Files) -> None:
    refused = tried(command, "missing")
    expected = "error: can't run ./no-such-command: No such file or directory\n"
    assert (refused.returncode, refused.stderr) == (1, expected)


def test_the_command_goes_on_when_enough_was_traced(command: Files) -> None:
    counted = tried(command, "counted")
    assert counted.returncode == 0, counted.stderr
    assert len(counted.records) == 5
    assert "50 calls" in command["counted.stdout"].splitlines()


def test_what_the_command_executes_is_traced(command: Files) -> None:
    traced = tried(command, "exec")
    assert traced.returncode == 0, traced.stderr
    assert compare.emitted(traced.summary) == {"main.foo": 3}


def test_the_costliest_function_is_detached_and_the_others_stay(
    outcomes: Outcomes, machine: str
) -> None:
    traced = tried(outcomes[machine].files["overhead"], "detached")
    assert traced.returncode == 0, traced.stderr
    test_overhead.assert_detached(traced)


def test_within_the_budget_nothing_is_detached(outcomes: Outcomes, machine: str) -> None:
    traced = tried(outcomes[machine].files["overhead"], "within")
    assert traced.returncode == 0, traced.stderr
    test_overhead.assert_nothing_detached(traced)


@pytest.fixture
def namespaces(outcomes: Outcomes, machine: str) -> Files:
    return outcomes[machine].files["namespaces"]


@pytest.mark.parametrize("name", ["by-pid", "any"])
def test_a_program_in_a_container(namespaces: Files, name: str) -> None:
    traced = tried(namespaces, name)
    assert traced.returncode == 0, traced.stderr
    assert pids(traced) == {test_whereabouts.numbers(namespaces["stdout"])["pid"]}
    assert len(traced.records) == 5


def test_a_tracer_in_a_container_numbers_processes_as_all_do_there(namespaces: Files) -> None:
    assert namespaces["numbered.status"] == "0\n", namespaces["numbered.stderr"]
    test_whereabouts.assert_numbered(namespaces["numbered.stdout"])


def test_a_command_in_a_container_and_calls_that_end_with_it(namespaces: Files) -> None:
    traced = tried(namespaces, "started")
    assert traced.returncode == 0, traced.stderr
    assert len(traced.records) == 40


def test_what_a_tracer_in_a_container_cannot_number_is_refused(namespaces: Files) -> None:
    assert namespaces["nested.status"] == "1\n"
    assert "is in a PID namespace inside the tracer's" in namespaces["nested.stderr"]


def test_every_line_is_of_the_schema(outcomes: Outcomes, machine: str) -> None:
    """`tried` holds the others against it; this one has several tracers' lines."""
    printed = outcomes[machine].files["namespaces"]["numbered.stdout"].splitlines()
    tracing.validate([json.loads(line) for line in printed if line.startswith("{")])
