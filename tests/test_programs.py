# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Check the test programs themselves: their truth must be true before tracers are held to it."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import gobuild
import promserver
import pytest
import tracing

pytestmark = pytest.mark.golang

both = pytest.mark.parametrize("version", gobuild.toolchains())


def run(name: str, version: str, *arguments: str) -> tracing.Finished:
    binary = gobuild.build(gobuild.PROGRAMS / name, version=version)
    with tracing.Target(binary, *arguments) as target:
        target.go()
        return target.finish()


@both
def test_blog_counts_the_calls_it_printed(version: str) -> None:
    binary = gobuild.build(gobuild.EXAMPLES / "blog", version=version)
    with tracing.Target(binary, "-calls", "20", "-every", "1ms", waits=False) as target:
        finished = target.finish()

    assert finished.returncode == 0
    assert finished.lines == ('foo(2, 3, 4, "cccccc")',) * 20 + ("20 calls",)


@both
def test_kinds_counts_its_truth_and_its_spec_names_all_but_two_functions(version: str) -> None:
    finished = run("kinds", version)
    spec = tomllib.loads((gobuild.PROGRAMS / "kinds" / "functions.toml").read_text())
    specified = {function["symbol"] for function in spec["function"]}

    assert finished.counts == Counter(call["function"] for call in finished.truth)
    assert set(finished.counts) == specified | {"main.empty"}
    assert {call["goid"] for call in finished.truth} == {1}


@both
def test_crowd_moves_stacks_and_tells_every_call_apart(version: str) -> None:
    finished = run("crowd", version)
    work = [call for call in finished.truth if call["function"] == "main.work"]
    deep = [call for call in finished.truth if call["function"] == "main.deep"]

    assert finished.counts == {"main.work": 3000, "main.deep": 4000}
    assert len({call["goid"] for call in work}) == 1000
    assert len({call["args"]["id"] for call in work}) == 3000
    assert len({call["results"]["~r1"] for call in work}) == 3000
    assert len({(call["goid"], call["args"]["n"]) for call in deep}) == 4000
    # The last line says how many calls of work returned on a stack that had moved.
    assert '"moved":0' not in finished.lines[-1]


@both
def test_steady_says_the_same_whenever_it_is_stopped(version: str) -> None:
    binary = gobuild.build(gobuild.PROGRAMS / "steady", version=version)
    at_once = run("steady", version)
    with tracing.Target(binary) as target:
        target.go()
        target.wait_line(lambda line: line == "100 rounds\n", error=True)
        later = target.finish()

    assert (later.lines, later.returncode) == (at_once.lines, at_once.returncode)
    assert later.returncode == 7
    assert later.stderr != at_once.stderr


@both
def test_a_changed_constant_changes_the_binary(version: str) -> None:
    files = gobuild.read_sources(gobuild.PROGRAMS / "rebuild")
    old = gobuild.build_text(files, name="rebuild", version=version)
    files["main.go"] = files["main.go"].replace("const step = 1000", "const step = 1001")
    new = gobuild.build_text(files, name="rebuild", version=version)

    assert old != new
    assert old.read_bytes() != new.read_bytes()
    assert gobuild.build_text(files, name="rebuild", version=version) == new


@both
def test_strip_leaves_a_program_that_runs(version: str) -> None:
    binary = gobuild.build(gobuild.PROGRAMS / "rebuild", version=version)
    stripped = gobuild.strip(binary)

    assert stripped.stat().st_size < binary.stat().st_size
    assert b"\0.symtab\0" not in stripped.read_bytes()
    with tracing.Target(stripped) as target:
        assert target.finish().lines[-1] == "9001"


def test_a_program_that_does_not_compile_says_why() -> None:
    files = {
        "go.mod": "module broken\n\ngo 1.19\n",
        "main.go": "package main\n\nfunc main() { x }\n",
    }
    with pytest.raises(gobuild.BuildFailedError, match=r"main\.go:3:15: undefined: x"):
        gobuild.build_text(files, name="broken", version=gobuild.DEBIAN)


def test_a_program_that_does_not_wait_is_told() -> None:
    with pytest.raises(AssertionError, match="did not wait"):
        tracing.Target(Path("/bin/true"))


def test_prometheus_answers_on_the_loopback_address() -> None:
    with promserver.serve() as server:
        assert server.query("6 * 7")["result"][1] == "42"
