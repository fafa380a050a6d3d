# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Run the cases of *.test: a spec and facts about its functions in, the dump of the plan out.

    [case name]
    arm64                                     (optional: the machine)
    code SYMBOL key=value ...                 (optional: rets, tails, unsure, args, size,
                                              choice, warning)
    func SIGNATURE                            one function main.f, or a whole spec.toml
    [out]
    the dump, without its banner

`pytest tests/plan --update-golden` rewrites the dumps.
"""

from __future__ import annotations

import difflib
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from plancase import code, one, plan

from gogen.binary.model import EntryChoice, FunctionCode, Machine
from gogen.errors import GogenError
from gogen.plan.pprint import dump

HERE = Path(__file__).parent


@dataclass
class Case:
    """One [case]: its lines, the dump it should give, and where it is written."""

    path: Path
    name: str
    given: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)


def read_cases() -> list[Case]:
    cases: list[Case] = []
    for path in sorted(HERE.glob("*.test")):
        lines: list[str] = []
        for line in path.read_text().splitlines():
            if found := re.fullmatch(r"\[case (\w+)\]", line):
                cases.append(Case(path, found[1]))
                lines = cases[-1].given
            elif line == "[out]":
                lines = cases[-1].expected
            elif not line.startswith("--"):
                lines.append(line)
    return cases


CASES = read_cases()


def code_of(line: str, machine: Machine) -> FunctionCode:
    symbol, *pairs = shlex.split(line.removeprefix("code "))
    given = dict(pair.split("=", 1) for pair in pairs)
    return code(
        symbol,
        rets=int(given.get("rets", "1")),
        tails=int(given.get("tails", "0")),
        unsure=int(given.get("unsure", "0")),
        size=int(given.get("size", "256")),
        args=int(given["args"]) if "args" in given else None,
        choice=EntryChoice[given.get("choice", "AFTER_CHECK_EMULATED")],
        warnings=(given["warning"],) if "warning" in given else (),
        machine=machine,
    )


def dump_of(case: Case) -> list[str]:
    lines = list(case.given)
    machine = Machine.AMD64
    if lines[0] == "arm64":
        machine = Machine(lines.pop(0))
    codes = [code_of(line, machine) for line in lines if line.startswith("code ")]
    lines = [line for line in lines if not line.startswith("code ")]
    text = "\n".join(lines)
    if text.startswith("func"):
        signature, _, extra = text.partition("\n")
        text = one(signature, extra=extra)
    try:
        dumped = dump(plan(text, *codes, machine=machine))
    except GogenError as error:
        # the spec's folder is a temporary one
        return [f"{type(error).__name__}: {re.sub(r'^.*/spec.toml', 'spec.toml', str(error))}"]
    banner = (
        r"tracer .*\n(?:  (?:spec|binary|build ID|Go build ID|runtime): ?.*\n|  runtime: .*\n)*"
    )
    return re.sub(rf"\A{banner}", "", dumped).splitlines()


def test_case_names_are_unique() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
    assert len(names) >= 15


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_plan_dump(case: Case, request: pytest.FixtureRequest) -> None:
    expected = [line for line in case.expected if line]
    observed = [line for line in dump_of(case) if line]
    if observed == expected:
        return
    if request.config.getoption("--update-golden"):
        old = "\n".join([f"[case {case.name}]", *case.given, "[out]", *case.expected])
        new = "\n".join([f"[case {case.name}]", *case.given, "[out]", *observed, ""])
        text = case.path.read_text()
        assert text.count(old) == 1
        case.path.write_text(text.replace(old, new))
        return
    difference = difflib.unified_diff(expected, observed, "expected", "observed", lineterm="")
    pytest.fail(
        "\n".join(difference) + f"\nto accept it: make golden CASE={case.name}", pytrace=False
    )
