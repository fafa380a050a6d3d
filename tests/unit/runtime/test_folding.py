# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The loader and stacks, compiled with sanitizers: where they are, and how calls are summed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gogen.emit.env import templates_dir
from gogen.toolchain.find import find

pytestmark = pytest.mark.toolchain

STACKS = 1 << 14
"""STACKS_MAX of folded.c."""
SOURCES = ("out", "quote", "image", "pclntab", "symbolize", "folded", "locate")


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("runtime") / "stacks"
    include = templates_dir() / "include"
    subprocess.run(
        [
            *(find().cc, "-g", "-O1", "-Wall", "-Wextra", "-Werror", f"-I{include}"),
            *("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fPIE", "-pie"),
            *("-o", program, Path(__file__).parent / "stacks_driver.c"),
            *(include / f"{name}.c" for name in SOURCES),
        ],
        check=True,
    )
    return program


def run(driver: Path, *arguments: object) -> list[str]:
    done = subprocess.run(
        [driver, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        # Stacks are kept until the end, as in a tracer.
        env={"ASAN_OPTIONS": "detect_leaks=0"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()


def test_calls_are_summed_by_stack_and_the_outermost_comes_first(driver: Path) -> None:
    assert run(driver, "fold", 7, 3) == [
        "...;0x20;0x1001;0x10 2",
        "0x20;0x1000;0x10 3",
        "0x20;0x1002;0x10 2",
    ]


def test_nothing_is_printed_of_no_calls(driver: Path) -> None:
    assert run(driver, "fold", 0, 1) == []


def test_calls_of_too_many_stacks_are_one_line(driver: Path) -> None:
    lines = run(driver, "fold", 50_000, 20_000)

    counts = {stack: int(calls) for stack, _, calls in (line.rpartition(" ") for line in lines)}
    assert len(counts) == STACKS + 1
    assert sum(counts.values()) == 50_000
    assert counts["[other stacks]"] > 0


@pytest.mark.parametrize(
    ("pc", "sites", "bias"),
    [
        (0x555500001234, (0x1234,), "0x555500000000"),
        (0x555500401234, (0x401300, 0x401234), "0x555500000000"),
        (0x1234, (0x1234,), "0x0"),
        # No page: another instruction. Below: no process is loaded there.
        (0x555500001235, (0x1234,), "unknown"),
        (0x1234, (0x401234,), "unknown"),
        # Two returns a page apart: it may be either.
        (0x555500001234, (0x1234, 0x2234), "unknown"),
    ],
)
def test_a_stack_is_where_its_first_instruction_is(
    driver: Path, pc: int, sites: tuple[int, ...], bias: str
) -> None:
    assert run(driver, "locate", hex(pc), *map(hex, sites)) == [bias]
