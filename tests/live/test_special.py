# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Values that have a text of their own, against what encoding/json and fmt make of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import compare
import gobuild
import pytest
import tracing

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

PROGRAM = gobuild.PROGRAMS / "special"
CLOSURES = tuple(f"enclose.func{number}" for number in range(1, 6))
NAMES = (
    *CLOSURES,
    "times",
    "addresses",
    "others",
    "sockets",
    "hosts",
    "peers",
    "numbers",
    "call",
    "arrays",
    "empties",
)
GENERIC = ("add[go.shape.string{0},go.shape.int{1}]", "(*stack[go.shape.int{0}]).push")
SPEC = "[limits]\nslice = 20\ndepth = 4\n" + "".join(
    f'[[function]]\nsymbol = "main.{name}"\n' for name in NAMES
)


def spec(version: str) -> str:
    """Name instances as that version of Go does."""
    numbers = ("_0", "_1") if version == "1.19" else ("", "")
    names = (f"main.{name.format(*numbers)}" for name in GENERIC)
    return SPEC + "".join(f'[[function]]\nsymbol = "{name}"\n' for name in names)


def assert_told(run: tracing.Run) -> None:
    """Every record is what the program says."""
    truth = run.program.truth
    assert len(truth) == 14 + 10 + 1 + 2 + 10 + 1 + 11 + 20 + 3 + 4 + 2
    compare.assert_no_loss(run.traced.summary)
    compare.assert_records_match(run.traced.records, truth)
    instances = [record["type_args"] for record in run.traced.records if "type_args" in record]
    assert [f"[{' '.join(args)}]" for args in instances] == [
        call["text"] for call in truth if call["text"][0] == "["
    ]


BUILDS = [(version, ()) for version in gobuild.toolchains()]
PLAIN = ("-gcflags=all=-N -l",)


@pytest.mark.parametrize(("version", "flags"), [*BUILDS, (gobuild.NEWEST, PLAIN)])
def test_special_values_are_what_go_prints(version: str, flags: tuple[str, ...]) -> None:
    binary = gobuild.build(PROGRAM, version=version, flags=flags)
    tracer = tracing.build_tracer(spec(version), binary)

    run = tracing.trace(tracer, binary)

    assert_told(run)


def test_an_old_program_that_moves_does_not_tell_ipv4() -> None:
    """Before Go 1.23 a pointer that the program makes marks IPv4, and nothing says where it is."""
    binary = gobuild.build(PROGRAM, version=gobuild.DEBIAN, flags=("-buildmode=pie",))
    tracer = tracing.build_tracer("[[function]]\nsymbol = 'main.hosts'\n", binary)

    run = tracing.trace(tracer, binary)

    told = [call["args"]["a"] for call in run.program.truth if call["function"] == "main.hosts"]
    reason = (
        "IPv4, or the same in IPv6: before Go 1.23 only the address of net/netip.z4 tells, "
        "and the program is loaded anywhere"
    )
    assert [record["args"]["a"] for record in run.traced.records] == [*told[:-3], None, None, None]
    assert all(record["unreadable"]["args.a"] == reason for record in run.traced.records[-3:])
    assert told[-1] == "::ffff:1.2.3.4"


@pytest.mark.parametrize("version", gobuild.toolchains())
def test_functions_are_told_wherever_the_program_is_loaded(version: str) -> None:
    binary = gobuild.build(PROGRAM, version=version, flags=("-buildmode=pie",))
    spec = "[[function]]\nsymbol = 'main.call'\nemit = 'both'\n"
    tracer = tracing.build_tracer(spec, binary)
    stripped = gobuild.strip(binary)

    run = tracing.trace(tracer, stripped, options=("--binary", str(stripped)))

    truth = [call for call in run.program.truth if call["function"] == "main.call"]
    entries, returns = run.traced.records[::2], run.traced.records[1::2]
    assert len(truth) == 3
    assert [record["args"] for record in entries] == [call["args"] for call in truth]
    assert [record["results"] for record in returns] == [call["results"] for call in truth]


def test_their_text_is_what_fmt_prints() -> None:
    binary = gobuild.build(PROGRAM, version=gobuild.NEWEST)
    tracer = tracing.build_tracer(spec(gobuild.NEWEST), binary)
    with (
        tracing.Target(binary) as program,
        tracing.run_tracer(tracer, "--format", "text", "--pid", str(program.pid)) as running,
    ):
        program.go()
        truth = program.finish().truth
        lines = running.stop().stdout.splitlines()

    assert len(lines) == len(truth)
    assert [line.split("  ")[1].partition(" = ")[0] for line in lines[-6:-2]] == [
        'main.add[string,int](m=map[go.shape.string]go.shape.int(len 1), k="a")',
        'main.add[string,main.price](m=map[go.shape.string]go.shape.int(len 1), k="b")',
        "main.(*stack[int]).push(s=&{items:nil}, v=7)",
        "main.(*stack[main.price]).push(s=&{items:nil}, v=8)",
    ]
    told = [
        (
            call["text"].replace("a=<nil>, b=0)", "a=nil, b=0)"),
            re.sub(r"^.*?  (main\..*) = .*", r"\1", line),
        )
        for call, line in zip(truth, lines, strict=True)
        if not call["function"].endswith(
            ("others", "sockets", "peers", "call", "arrays", "empties", "]", "push", *CLOSURES)
        )
        and "unreadable" not in call
    ]
    assert len(told) == 14 + 10 + 10 + 10
    assert [seen for _, seen in told] == [text for text, _ in told]


def test_a_variable_that_may_be_held_either_way_is_left_out_or_refused(tmp_path: Path) -> None:
    binary = gobuild.build(PROGRAM, version=gobuild.NEWEST, flags=PLAIN)
    spec = tmp_path / "spec.toml"
    text = f"[tracer]\nbinary = '{binary}'\n[[function]]\nsymbol = 'main.enclose.func5'\n"
    problem = '"table" is captured by value or by reference: the binary does not tell which'

    spec.write_text(text)
    assert f"{problem}; it is left out" in tracing.gogen("check", str(spec)).stderr
    spec.write_text(f"{text}capture = ['i', 'table[1]', 'changed.X']\n")
    refused = tracing.gogen("check", str(spec))
    assert refused.returncode == 4
    assert refused.stderr.endswith(f"function[0].capture[1]: {problem}\n")
