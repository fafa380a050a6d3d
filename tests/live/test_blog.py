# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The blog program: every call recorded once, on every kind of build."""

from __future__ import annotations

import base64
import tomllib
from typing import TYPE_CHECKING

import compare
import gobuild
import pytest
import tracing

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

CALLS = 25
C6 = base64.b64encode(b"cccccc").decode()


def blog_functions() -> str:
    """The example's own [[function]], so that the shipped spec is what is tested."""
    text = (gobuild.EXAMPLES / "blog" / "spec.toml").read_text()
    assert tomllib.loads(text)["function"][0]["symbol"] == "main.foo"
    return text[text.index("[[function]]") :]


def blog(version: str, flags: tuple[str, ...], *, stripped: bool) -> Path:
    binary = gobuild.build(gobuild.EXAMPLES / "blog", version=version, flags=flags)
    return gobuild.strip(binary) if stripped else binary


@pytest.mark.parametrize("flags", [(), ("-gcflags=all=-N -l",)], ids=["plain", "N-l"])
@pytest.mark.parametrize("version", gobuild.toolchains())
def test_dwarf_tells_the_signature(version: str, flags: tuple[str, ...]) -> None:
    binary = blog(version, flags, stripped=False)
    tracer = tracing.build_tracer('[[function]]\nsymbol = "main.foo"\n', binary)

    options = ("--format", "json", "--binary", str(binary))
    with tracing.run_tracer(tracer, *options) as running:
        with tracing.Target(binary, "-calls", str(CALLS), "-every", "1ms", waits=False) as program:
            program.finish()
        traced = running.stop()

    assert len(traced.records) == CALLS
    for record in traced.records:
        assert record["args"] == {"a1": 2, "a2": 3, "a3": 4, "b": C6}
        assert record["results"] == {"~r0": 220, "~r1": C6}


@pytest.mark.parametrize("attach", ["multi", "perf"])
@pytest.mark.parametrize("stripped", [False, True], ids=["symbols", "stripped"])
@pytest.mark.parametrize("flags", [(), ("-gcflags=all=-N -l",)], ids=["plain", "N-l"])
@pytest.mark.parametrize("version", gobuild.toolchains())
def test_every_call_is_recorded_once(
    version: str, flags: tuple[str, ...], *, stripped: bool, attach: str
) -> None:
    binary = blog(version, flags, stripped=stripped)
    tracer = tracing.build_tracer(blog_functions(), binary)

    options = ("--format", "json", "--binary", str(binary), "--debug-attach", attach)
    with tracing.run_tracer(tracer, *options) as running:
        arguments = ("-calls", str(CALLS), "-every", "1ms")
        with tracing.Target(binary, *arguments, waits=False) as program:
            finished = program.finish()
        traced = running.stop()

    printed = [line for line in finished.lines if line == 'foo(2, 3, 4, "cccccc")']
    assert (finished.returncode, finished.lines[-1]) == (0, f"{CALLS} calls")
    assert len(traced.records) == len(printed) == CALLS
    for record in traced.records:
        assert record["args"] == {"a1": 2, "a2": 3, "a3": 4, "b": C6}
        assert record["results"] == {"~r0": 220, "~r1": C6}
        assert (record["event"], record["exit"], record["comm"]) == ("call", "return", "blog")
        assert record["pid"] == program.pid
        assert record["duration_ns"] > 0
        assert record.keys() & {"truncated", "unreadable"} == set()
    goids = [record["goid"] for record in traced.records]
    assert len(set(goids)) == CALLS, "each call had a goroutine of its own"
    compare.assert_no_loss(traced.summary)
    assert compare.emitted(traced.summary) == {"main.foo": CALLS}
    assert traced.returncode == 0


@pytest.mark.parametrize(
    "flags",
    [
        ("-buildmode=pie",),
        ("-ldflags=-linkmode=external",),
        ("-buildmode=pie", "-ldflags=-linkmode=external"),
    ],
    ids=["pie", "external", "external-pie"],
)
@pytest.mark.parametrize("stripped", [False, True], ids=["symbols", "stripped"])
@pytest.mark.parametrize("version", gobuild.toolchains())
def test_addresses_are_told_from_file_offsets(
    version: str, flags: tuple[str, ...], *, stripped: bool
) -> None:
    """Where the file is loaded, and where in it the code begins, differ between these builds."""
    env = {"CGO_ENABLED": "1"}
    binary = gobuild.build(gobuild.EXAMPLES / "blog", version=version, flags=flags, env=env)
    if stripped:
        binary = gobuild.strip(binary)
    tracer = tracing.build_tracer(blog_functions(), binary)

    with tracing.run_tracer(tracer, "--format", "json", "--binary", str(binary)) as running:
        arguments = ("-calls", "5", "-every", "1ms")
        with tracing.Target(binary, *arguments, waits=False) as program:
            finished = program.finish()
        traced = running.stop()

    assert finished.returncode == 0
    assert [record["results"] for record in traced.records] == [{"~r0": 220, "~r1": C6}] * 5
    compare.assert_no_loss(traced.summary)


def test_a_tracer_of_the_unstripped_twin_traces_the_stripped_one() -> None:
    binary = blog(gobuild.NEWEST, (), stripped=False)
    tracer = tracing.build_tracer(blog_functions(), binary)
    stripped = gobuild.strip(binary)

    with tracing.run_tracer(tracer, "--format", "json", "--binary", str(stripped)) as running:
        arguments = ("-calls", "3", "-every", "1ms")
        with tracing.Target(stripped, *arguments, waits=False) as program:
            program.finish()
        traced = running.stop()

    assert [record["results"]["~r0"] for record in traced.records] == [220] * 3


@pytest.mark.parametrize(
    ("capture", "call"),
    [
        ("", 'main.foo(a1=2, a2=3, a3=4, b="cccccc") = (220, "cccccc")'),
        ('capture = ["~r0"]\n', "main.foo(...) = (220)"),
        ("capture = []\n", "main.foo(...)"),
    ],
)
def test_text_reads_as_a_go_programmer_would_write_it(capture: str, call: str) -> None:
    binary = blog(gobuild.NEWEST, (), stripped=False)
    tracer = tracing.build_tracer(blog_functions() + capture, binary)

    with tracing.run_tracer(tracer, "--format", "text", "--binary", str(binary)) as running:
        arguments = ("-calls", "1", "-every", "1ms")
        with tracing.Target(binary, *arguments, waits=False) as program:
            program.finish()
        traced = running.stop()

    line = traced.stdout.splitlines()[0]
    time, who, goid, rest = line.split(" ", 3)
    assert time.count(":") == 2
    assert who == f"blog[{program.pid}]"
    assert goid[0] == "g"
    assert rest.lstrip().startswith(f"{call}  ")
    assert line.endswith("s")
    last = traced.stderr.splitlines()[-1]
    assert last == "summary: main.foo: hits 1, emitted 1, filtered 0, lost 0"
