# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Floats that are handed over in registers, bit for bit, while goroutines are moved about."""

from __future__ import annotations

import json
import re
import struct

import compare
import gobuild
import pytest
import tracing

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

PROGRAM = gobuild.PROGRAMS / "floats"
PLAIN: tuple[str, ...] = ()
UNOPTIMISED = ("-gcflags=all=-N -l",)
CALLS = 200
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

_COMPLEX = re.compile(r"\((.+?)([+-][^+-]+(?:e[+-]\d+)?)i\)")


def spec(more: str = "") -> str:
    return "\n".join(f"[[function]]\nsymbol = 'main.{name}'\n{more}\n" for name in FUNCTIONS)


def trace(version: str, flags: tuple[str, ...], more: str = "") -> tracing.Run:
    binary = gobuild.build(PROGRAM, version=version, flags=flags)
    tracer = tracing.build_tracer(spec(more), binary)
    run = tracing.trace(tracer, binary, str(CALLS))
    assert run.program.returncode == 0
    compare.assert_no_loss(run.traced.summary)
    return run


def same_bits(found: object, bits: str) -> bool:
    """Compare what JSON says of a float with its bits; of a NaN it says no more than that."""
    words = bits.split()
    if len(words) == 2:
        parts = _COMPLEX.fullmatch(str(found))
        assert parts, found
        return all(map(same_bits, parts.groups(), words))
    size = len(bits) // 2
    form = ">f" if size == 4 else ">d"
    (told,) = struct.unpack(form, bytes.fromhex(bits))
    if told != told:  # noqa: PLR0124 - a NaN is not equal to itself
        return str(found).lstrip("+") == "NaN"
    return struct.pack(form, float(str(found))) == bytes.fromhex(bits)


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
    assert len(records) == len(run.program.truth)
    checked = 0
    for call in run.program.truth:
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
            assert same_bits(value_at(record, path), bits), (path, bits, record)
            checked += 1
    assert checked >= sum(
        len(paths) * sum(call["function"] == name for call in run.program.truth)
        for name, paths in expected.items()
    )


@pytest.mark.parametrize("version", gobuild.toolchains())
def test_unoptimised_code_stores_them_all(version: str) -> None:
    check(trace(version, UNOPTIMISED), ARGUMENTS)


@pytest.mark.parametrize("version", gobuild.toolchains())
def test_optimised_code_stores_what_it_needs_after_a_call(version: str) -> None:
    run = trace(version, PLAIN)

    check(run, {name: ARGUMENTS[name] for name in STORED})


@pytest.mark.parametrize("emit", ["entry", "both"])
def test_the_record_of_the_beginning_waits_for_its_floats(emit: str) -> None:
    run = trace(gobuild.NEWEST, UNOPTIMISED, f'emit = "{emit}"')

    check(run, ARGUMENTS, "entry")
    ends = [record for record in run.traced.records if record["event"] == "return"]
    assert len(ends) == (len(run.program.truth) if emit == "both" else 0)
    assert all(record["duration_ns"] > 0 for record in ends)


def test_only_what_is_captured_is_waited_for() -> None:
    run = trace(gobuild.NEWEST, UNOPTIMISED, 'capture = ["n"]')

    assert all(record["args"].keys() == {"n"} for record in run.traced.records)
    assert "5 functions" in run.traced.stderr
