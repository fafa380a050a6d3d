# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
The zoo, live: every value of every shape, against the program's account and a table.

The program prints numbers, texts and addresses itself; what a first call hands over besides is
written by hand below, from facts/go-abi.md, section 10, and the program's source.
"""

from __future__ import annotations

import copy
import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import compare
import gobuild
import pytest
import tracing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

PROGRAM = gobuild.PROGRAMS / "zoo"
VERSIONS = ("1.19", "1.21.13", "1.24.11", "1.25.5", "1.27.3")
VARIANTS = {
    "N-l": ("-gcflags=all=-N -l",),
    "pie": ("-buildmode=pie",),
}
SHORTENED = re.compile(r"\[(int|string)\]")

# Of functions that end in no return of their own: how they are traced, and with what.
UNTOLD = {
    "main.AlwaysPanics": ("entry", [101]),
    "main.GoexitFn": ("call", [1, 2, 3]),
}

FLOAT = "register-assigned float: not in pt_regs"
TEN = dict(zip("abcdefghij", range(1, 11), strict=True))
NAMED = {"Name": "zero bob", "Tags": "dGFn", "Age": 30}

# What a first call hands over beside what the program prints. `...` is any value.
BESIDE: dict[str, dict[str, object]] = {
    "main.Variadic": {"args.rest": [3, 4, 5]},
    "main.Arr2Arg": {"args.a": [5, 6, 7], "results.~r1": [7, 6, 5]},
    "main.ArrTop": {"args.a": [2, 3], "args.d": [5, 6, 7], "results.~r1": [2, 3]},
    "main.BigArg": {"args.b": TEN, "results.~r1": TEN | {"a": 10, "j": 1}},
    "main.Arr1Arg": {"args.a": [1], "args.s": ["two"]},
    "main.Arr0Arg": {"args.a": []},
    "main.TrailZero": {"args.t": {"n": 5, "z": {}}},
    "main.Empty": {"args.e": {}},
    "main.BlankArg": {"args.s": {"A": 1, "B": 2, "C": 3}},
    "main.MixF": {"args.x": 2.5, "args.y": 3.5, "results.r": None, "results.err": None},
    "main.Floats16": {f"args.f{n}": n for n in range(15)} | {"args.f15": 15.5},
    "main.NestedArg": {
        "args.v": {
            "P": {"a": 1, "b": 2},
            "E": {},
            "S": "three",
            "F": 4,
            "I": {"type": "int", "value": 5},
        }
    },
    "main.Iface": {
        "args.e": {"type": "int", "value": 1},
        "args.s": {"type": "main.queue2", "value": {}},
        "args.m": {"len": 1},
        "args.c": {"len": 0, "cap": 3},
        "args.f": ...,
    },
    "main.NamedArg": {"args.v": NAMED, "results.~r0": NAMED | {"Age": 31}, "results.~r1": None},
    "main.Pointers": {"args.n": ...},
    "main.TimeArg": {"args.t": "2024-02-29T12:00:00Z"},
    "main.(*Stack[int]).Push": {"args.s": {"items": None}},
    "main.(*T).Ptr": {"args.t": {"n": 6}},
    "main.(*R).Get": {"args.r": {"n": 5}},
    "main.MkClosure": {"results.~r0": ...},
    "main.Recovers": {"results.err": None},
}
# The wrapper of R.Get: before Go 1.22 its receiver has no name.
NAMELESS = ("main.(*R).Get",)
# What float registers hold is read where the function stores it, and else for this reason not.
UNREADABLE: dict[str, dict[str, str]] = {
    "main.MixF": {"args.x": FLOAT, "args.y": FLOAT, "results.r": FLOAT},
    "main.Floats16": {f"args.f{n}": FLOAT for n in range(15)},
    "main.NestedArg": {"args.v.F": FLOAT},
}


def symbol(name: str, version: str) -> str:
    """Give the name that an instantiation has in one Go version."""
    suffix = "_0" if version == "1.19" else ""
    return SHORTENED.sub(rf"[go.shape.\1{suffix}]", name)


def told(binary: Path) -> tuple[str, ...]:
    """Give the functions that the program tells of."""
    with tracing.Target(binary) as program:
        program.go()
        truth = program.finish().truth
    return tuple(dict.fromkeys(call["function"] for call in truth))


def spec(names: Iterable[str], version: str) -> str:
    tables = []
    for name in names:
        emit = UNTOLD[name][0] if name in UNTOLD else "call"
        quoted = json.dumps(symbol(name, version))
        tables.append(f'[[function]]\nsymbol = {quoted}\nemit = "{emit}"\n')
    return "\n".join(tables)


def by_function(calls: Iterable[tracing.Json]) -> dict[tuple[str, int], list[tracing.Json]]:
    found = defaultdict(list)
    for call in calls:
        found[call["function"], call["goid"]].append(call)
    return dict(found)


def without(expected: dict[str, object], paths: Iterable[str]) -> dict[str, object]:
    """Have null for what is unreadable."""
    changed = copy.deepcopy(expected)
    for path in paths:
        section, name, *fields = path.split(".")
        holder: Any = changed
        key = f"{section}.{name}"
        for each in fields:
            holder, key = holder[key], each
        if key in holder:
            holder[key] = None
    return changed


def check(run: tracing.Run, names: set[str], version: str) -> None:
    compare.assert_no_loss(run.traced.summary)
    truth = by_function(run.program.truth)
    records = by_function(r for r in run.traced.records if r.get("exit") == "return")
    first_of: dict[str, tracing.Json] = {}
    for (name, goid), calls in truth.items():
        seen = records.pop((symbol(name, version), goid))
        assert len(seen) == len(calls), name
        first_of.setdefault(name, seen[0])
        for call, record in zip(calls, seen, strict=True):
            for section in ("args", "results"):
                for value, expected in call[section].items():
                    assert record[section][value] == expected, f"{name}: {section}.{value}"
    assert records == {}
    assert first_of.keys() | UNTOLD.keys() == names
    for name, record in first_of.items():
        (call, *_) = next(calls for (each, _), calls in truth.items() if each == name)
        beside = {
            f"{section}.{value}": found
            for section in ("args", "results")
            for value, found in record[section].items()
            if value not in call[section]
        }
        # Of what a closure captured, the compiler keeps a record in some builds.
        if name == "main.MkClosure.func1":
            assert beside.pop("args.step", 3) == 3
        expected = BESIDE.get(name, {})
        if name in NAMELESS and version in ("1.19", "1.21.13"):
            expected = {}
        assert beside.keys() == expected.keys(), name
        unreadable, may_be = record.get("unreadable", {}), UNREADABLE.get(name, {})
        for path, value in without(expected, unreadable).items():
            assert value is ... or beside[path] == value, f"{name}: {path}"
        read = may_be.items() - unreadable.items()
        assert unreadable.items() <= may_be.items(), name
        assert {reason for _, reason in read} <= {FLOAT}, name
    for name, (emit, numbers) in UNTOLD.items():
        mine = [r for r in run.traced.records if r["function"] == name]
        assert sorted({r["args"]["n"] for r in mine}) == numbers
        assert {r.get("exit", "entry") for r in mine} == {"goexit" if emit == "call" else "entry"}


def trace(version: str, flags: tuple[str, ...] = ()) -> tuple[tracing.Run, set[str]]:
    binary = gobuild.build(PROGRAM, version=version, flags=flags)
    names = (*told(binary), *UNTOLD)
    tracer = tracing.build_tracer(spec(names, version), binary)
    return tracing.trace(tracer, binary), set(names)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_shape_is_captured(version: str) -> None:
    run, names = trace(version)

    assert len(names) > 35
    check(run, names, version)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_shape_is_captured_however_it_is_built(variant: str) -> None:
    run, names = trace(gobuild.NEWEST, VARIANTS[variant])

    check(run, names, gobuild.NEWEST)
