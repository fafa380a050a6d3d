# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Floats that are handed over in registers, bit for bit, while goroutines are moved about."""

from __future__ import annotations

import json
import math
import re
import struct
from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING

import compare
import gobuild
import pytest
import tracing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

PROGRAM = gobuild.PROGRAMS / "floats"
PLAIN: tuple[str, ...] = ()
PIE = ("-buildmode=pie",)
UNOPTIMISED = ("-gcflags=all=-N -l",)
CALLS = 150
"""Of each of the program's eight goroutines."""

FUNCTIONS = ("Scalars", "InStruct", "Spilled", "(*Point).Branches", "Deep")
NOT_IN_PT_REGS = "register-assigned float: not in pt_regs"
ARGUMENTS = {
    "main.Scalars": {"args.x", "args.y", "args.c", "args.d"},
    "main.InStruct": {"args.p.X", "args.p.In.F", "args.p.Z"},
    "main.Spilled": {"args.x", "args.y"},
    "main.(*Point).Branches": {"args.x"},
    "main.Deep": {"args.x"},
}
# Scalars returns at once, Deep clears its frame first: there the proof ends.
STORED = {"main.InStruct", "main.Spilled", "main.(*Point).Branches"}

_FORMS = {8: ">f", 16: ">d"}
_COMPLEX = re.compile(r"\((.+?)([+-][^+-]+(?:e[+-]\d+)?)i\)")


def spec(more: Mapping[str, str]) -> str:
    tables = (f"[[function]]\nsymbol = 'main.{n}'\n{more.get(n, '')}\n" for n in FUNCTIONS)
    return "\n".join(tables)


def trace(
    version: str, flags: tuple[str, ...], more: Mapping[str, str] = MappingProxyType({})
) -> tracing.Run:
    """Trace the program; `more`: lines of the spec, by function."""
    binary = gobuild.build(PROGRAM, version=version, flags=flags)
    tracer = tracing.build_tracer(spec(more), binary)
    run = tracing.trace(tracer, binary, str(CALLS))
    assert run.program.returncode == 0
    compare.assert_no_loss(run.traced.summary)
    return run


def bits_of(found: object, like: str) -> str:
    """Give the bits of what JSON says of a float; of a NaN it says no more than that."""
    words = like.split()
    if len(words) == 2:
        parts = _COMPLEX.fullmatch(str(found))
        assert parts, found
        return " ".join(map(bits_of, parts.groups(), words))
    value = float(str(found))
    return "NaN" if math.isnan(value) else struct.pack(_FORMS[len(like)], value).hex()


def told_bits(bits: str) -> str:
    """Give what the program printed, with no more said of NaNs."""
    words = (
        (word, *struct.unpack(_FORMS[len(word)], bytes.fromhex(word))) for word in bits.split()
    )
    return " ".join("NaN" if math.isnan(value) else word for word, value in words)


def value_at(record: tracing.Json, path: str) -> object:
    found: object = record
    for step in path.split("."):
        assert isinstance(found, dict), path
        found = found[step]
    return found


def lines(run: tracing.Run) -> list[tracing.Json]:
    """Read the records again: -0 is an integer to Python, and then 0."""
    every = (json.loads(line, parse_int=str) for line in run.traced.stdout.splitlines())
    return [record for record in every if record["event"] != "summary"]


def check(run: tracing.Run, expected: dict[str, set[str]], event: str = "call") -> None:
    """Hold every record against the program's own account; `expected` must be readable."""
    records = {
        (record["function"], int(record["args"]["n"])): record
        for record in lines(run)
        if record["event"] == event
    }
    truth = [c for c in run.program.truth if event == "call" or c["function"] in expected]
    assert len(records) == len(truth)
    checked = 0
    for call in truth:
        record = records[call["function"], call["n"]]
        unreadable = record.get("unreadable", {})
        assert set(unreadable.values()) <= {NOT_IN_PT_REGS}, unreadable
        for path, bits in call["bits"].items():
            if path.startswith("results.") and event == "entry":
                continue
            if path in unreadable:
                assert path not in expected.get(call["function"], set()), path
                assert value_at(record, path) is None
                continue
            assert bits_of(value_at(record, path), bits) == told_bits(bits), (path, record)
            checked += 1
    assert checked >= sum(
        len(paths) * sum(call["function"] == name for call in truth)
        for name, paths in expected.items()
    )


@pytest.mark.parametrize("version", gobuild.toolchains())
def test_unoptimised_code_stores_them_all(version: str) -> None:
    check(trace(version, UNOPTIMISED), ARGUMENTS)


def test_optimised_code_stores_what_it_needs_after_a_call() -> None:
    run = trace(gobuild.NEWEST, PLAIN)

    check(run, {name: ARGUMENTS[name] for name in STORED})


def test_the_record_of_the_beginning_waits_for_its_floats() -> None:
    emits = dict.fromkeys(FUNCTIONS, 'emit = "both"') | {"Scalars": 'emit = "entry"'}
    run = trace(gobuild.NEWEST, UNOPTIMISED, emits)

    check(run, ARGUMENTS, "entry")
    ended = [record for record in run.traced.records if record["event"] == "return"]
    assert len(ended) == sum(call["function"] != "main.Scalars" for call in run.program.truth)
    assert all(record["duration_ns"] > 0 for record in ended)


RESULTS = {
    "main.Scalars": {"results.rx", "results.ry", "results.rc", "results.rd"},
    "main.InStruct": {"results.~r0.X", "results.~r0.In.F", "results.~r0.Z"},
    "main.Spilled": {"results.~r0"},
    "main.(*Point).Branches": {"results.~r0"},
    "main.Deep": {"results.~r0"},
}
SIGNAL = 'floats = "signal"'
NO_SIGNAL = "register-assigned float: no signal showed it"
BOTH_ENDS = {name: ARGUMENTS[name] | RESULTS[name] for name in ARGUMENTS}


@pytest.mark.parametrize(
    ("version", "flags"),
    [*((version, PLAIN) for version in gobuild.toolchains()[:-1]), (gobuild.NEWEST, PIE)],
)
def test_a_signal_shows_arguments_and_results(version: str, flags: tuple[str, ...]) -> None:
    check(trace(version, flags, dict.fromkeys(FUNCTIONS, SIGNAL)), BOTH_ENDS)


def test_a_signal_completes_records_of_one_end() -> None:
    entry = ("Scalars", "Spilled", "Deep")
    emits = {name: "entry" if name in entry else "return" for name in FUNCTIONS}
    run = trace(
        gobuild.NEWEST, PLAIN, {name: f'emit = "{emits[name]}"\n{SIGNAL}' for name in FUNCTIONS}
    )

    begun = {f"main.{name}": ARGUMENTS[f"main.{name}"] for name in entry}
    check(run, begun, "entry")
    # Without arguments there is no number: the sets of results must be equal.
    for name, paths in RESULTS.items():
        if name in begun:
            continue
        records = [record for record in lines(run) if record["function"] == name]
        truth = [call["bits"] for call in run.program.truth if call["function"] == name]
        assert len(records) == len(truth) > 0
        for path in paths:
            like = truth[0][path]
            found = Counter(bits_of(value_at(record, path), like) for record in records)
            assert found == Counter(told_bits(bits[path]) for bits in truth), path


def trace_with(doing: str, env: dict[str, str] | None = None) -> tuple[tracing.Run, int]:
    """Trace a program that does something with signals; give how many it was sent, too."""
    binary = gobuild.build(PROGRAM, version=gobuild.NEWEST, flags=("-tags=notify",))
    tracer = tracing.build_tracer(spec(dict.fromkeys(FUNCTIONS, SIGNAL)), binary)
    with (
        tracing.Target(binary, "20", doing, env=env) as program,
        tracing.run_tracer(tracer, "--format", "json", "--pid", str(program.pid)) as running,
    ):
        program.go()
        finished = program.finish()
        run = tracing.Run(traced=running.stop(), program=finished)
    compare.assert_no_loss(run.traced.summary)
    (line,) = (line for line in finished.stderr.splitlines() if line.startswith("signals:"))
    return run, int(line.split()[1])


@pytest.mark.parametrize("doing", ["other", "nothing"])
def test_a_program_that_waits_for_other_signals_gets_none_of_ours(doing: str) -> None:
    run, signals = trace_with(doing)

    check(run, BOTH_ENDS)
    assert signals == 0


@pytest.mark.parametrize("doing", ["urg", "every", "ignored"])
def test_a_program_that_has_sigurg_for_itself_is_sent_none(doing: str) -> None:
    run, _ = trace_with(doing)

    for record in run.traced.records:
        told = BOTH_ENDS[record["function"]]
        # A struct is unread as a whole.
        wholes = {".".join(path.split(".")[:2]) for path in told}
        assert record["unreadable"] == dict.fromkeys(wholes, NO_SIGNAL)


def test_go_ignores_the_signal_without_preemption_too() -> None:
    run, signals = trace_with("nothing", {"GODEBUG": "asyncpreemptoff=1"})

    check(run, BOTH_ENDS)
    assert signals == 0


@pytest.mark.parametrize(
    ("flags", "env", "said"),
    [
        (("-buildmode=pie", "-tags=notify"), {}, "and it is position-independent"),
        (("-ldflags=-s", "-tags=notify"), {}, "no symbol tells what it waits for"),
        (("-buildmode=c-shared",), {"CGO_ENABLED": "1"}, "the program has cgo"),
    ],
    ids=["pie", "stripped", "cgo"],
)
def test_what_is_not_known_to_be_safe_is_refused(
    tmp_path: Path, flags: tuple[str, ...], env: dict[str, str], said: str
) -> None:
    binary = gobuild.build(PROGRAM, version=gobuild.NEWEST, flags=flags, env=env)
    path = tmp_path / "spec.toml"
    signature = 'signature = "func(n int, x float64, y float32) float64"'
    path.write_text(
        f'[tracer]\nbinary = "{binary}"\n\n[[function]]\nsymbol = "main.Spilled"\n{signature}\n'
        f"{SIGNAL}\n"
    )

    done = tracing.gogen("explain", str(path))

    assert done.returncode == 5
    assert "function[0].floats: " in done.stderr
    assert said in done.stderr
