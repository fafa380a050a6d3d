# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Run the cases of *.test: a Go signature in, Go's own dump of its assignment out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gogen.abi.assign import ABI0, AMD64, ARM64, assign
from gogen.abi.pprint import dump
from gogen.golang.syntax import parse_signature, parse_type

CONFIGS = {"amd64": AMD64, "arm64": ARM64, "abi0": ABI0}


@dataclass
class Case:
    """One [case]: its lines, and the dump expected under each convention."""

    name: str
    lines: list[str] = field(default_factory=list)
    expected: dict[str, list[str]] = field(default_factory=dict)


def read_cases() -> list[Case]:
    cases: list[Case] = []
    sections: list[list[str]] = []
    for path in sorted(Path(__file__).parent.glob("*.test")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if not line or line.startswith("--"):
                continue
            if found := re.fullmatch(r"\[case (\w+)\]", line):
                cases.append(Case(found[1]))
                sections = [cases[-1].lines]
            elif found := re.fullmatch(r"\[out(?: (\w+))?\]", line):
                names = [found[1]] if found[1] else ["amd64", "arm64"]
                sections = [cases[-1].expected.setdefault(name, []) for name in names]
            elif line.startswith("["):
                raise ValueError(f"{path.name}:{number}: {line}")
            else:
                for section in sections:
                    section.append(line)
    return cases


CASES = read_cases()


def test_case_names_are_unique() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
    assert len(names) >= 30


@pytest.mark.parametrize(
    ("case", "convention"),
    [(case, convention) for case in CASES for convention in case.expected],
    ids=lambda value: value.name if isinstance(value, Case) else value,
)
def test_dump(case: Case, convention: str) -> None:
    signature, *declarations = case.lines
    types = {}
    for declaration in declarations:
        name, text = declaration.removeprefix("type ").split(" = ", 1)
        types[name] = parse_type(text)
    assignment = assign(parse_signature(signature), types, CONFIGS[convention])
    assert dump(assignment).splitlines() == case.expected[convention]
