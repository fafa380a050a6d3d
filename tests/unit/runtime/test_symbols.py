# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
The loader's reader of pclntab, compiled with sanitizers: against Go's addr2line, and damaged.

tests/live/test_stacks.py has the other second opinion, the program's own runtime.
"""

from __future__ import annotations

import random
import re
import struct
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import gobuild
import pytest

from gogen.binary import image, pclntab, tracebacks
from gogen.emit.env import templates_dir
from gogen.toolchain.find import find

if TYPE_CHECKING:
    from gogen.binary.model import Tracebacks

pytestmark = [pytest.mark.toolchain, pytest.mark.golang]

MINOR = {"1.19": 19, "1.27.3": 27}
DAMAGED = 60
"""Files of each version."""


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("runtime") / "symbols"
    include = templates_dir() / "include"
    subprocess.run(
        [
            *(find().cc, "-g", "-O1", "-Wall", "-Wextra", "-Werror", f"-I{include}"),
            *("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-o", program),
            Path(__file__).parent / "symbols_driver.c",
            *(include / name for name in ("image.c", "pclntab.c")),
        ],
        check=True,
    )
    return program


def ask(reader: Path, binary: Path, tables: Tracebacks, addresses: list[int]) -> list[list[str]]:
    """Give the lines of each address."""
    numbers = (tables.pclntab, tables.text, tables.gofunc, tables.wrapper)
    done = subprocess.run(
        [reader, binary, *map(str, numbers)],
        input="".join(f"{address:#x}\n" for address in addresses),
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=20,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    if done.stdout == "refused\n":
        return []
    answers = re.findall(r"((?:.*\n)*?)\.\n", done.stdout)
    assert len(answers) == len(addresses)
    return [answer.splitlines() for answer in answers]


def known(version: str) -> tuple[Path, pclntab.Pclntab, Tracebacks]:
    binary = gobuild.build(gobuild.PROGRAMS / "stacks", version=version)
    file = image.load(binary)
    table = pclntab.read(file)
    assert table is not None
    return binary, table, tracebacks.find(file, table, MINOR[version])


def some_addresses(table: pclntab.Pclntab, count: int) -> list[int]:
    chosen = random.Random(5)  # noqa: S311 - cases, not secrets
    functions = [func for func in table.all() if func.end > func.address]
    return [chosen.randrange(func.address, func.end) for func in chosen.choices(functions, k=count)]


def first_of_instructions(version: str, binary: Path, count: int) -> list[int]:
    """Give addresses that Go's tools have lines for: between instructions they differ."""
    listed = subprocess.run(
        [gobuild.go(version), "tool", "objdump", "-s", r"^(main|fmt|sort|os)\.", binary],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    addresses = [
        int(each, 16) for each in re.findall(r"^  \S+\t+0x([0-9a-f]+)", listed, re.MULTILINE)
    ]
    return random.Random(6).sample(addresses, count)  # noqa: S311 - cases, not secrets


@pytest.mark.parametrize("version", sorted(MINOR))
def test_places_are_those_of_addr2line(version: str, reader: Path) -> None:
    binary, _, tables = known(version)
    addresses = first_of_instructions(version, binary, 2000)
    said = subprocess.run(
        [gobuild.go(version), "tool", "addr2line", binary],
        input="".join(f"{address:#x}\n" for address in addresses),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()

    answers = ask(reader, binary, tables, addresses)

    inlined = 0
    for address, answer, function, place in zip(
        addresses, answers, said[::2], said[1::2], strict=True
    ):
        # It names the function whose code it is, and the place in what was compiled into it.
        assert answer[-1].split("\t")[0] == function, hex(address)
        assert answer[0].split("\t")[1] == place, hex(address)
        inlined += len(answer) > 1
    assert inlined > 100


@pytest.mark.parametrize("version", sorted(MINOR))
def test_no_table_makes_it_read_what_is_not_there(
    version: str, reader: Path, tmp_path: Path
) -> None:
    binary, table, tables = known(version)
    addresses = some_addresses(table, 40)
    data, start = binary.read_bytes(), table.file_offset
    chosen = random.Random(7)  # noqa: S311 - cases, not secrets
    damaged = tmp_path / "damaged"
    answers = 0
    for _ in range(DAMAGED):
        changed = bytearray(data[: chosen.choice((len(data), chosen.randrange(len(data))))])
        for _ in range(chosen.choice((1, 10, 1000))):
            at = chosen.choice(
                (
                    start + 8 * chosen.randrange(9),
                    chosen.randrange(start, start + len(table.data)),
                    start + table.functab + chosen.choice(table.funcs) + 4 * chosen.randrange(12),
                )
            )
            word = chosen.choice((0, 1, 0x7F, 0xFFFFFFFF, chosen.getrandbits(32)))
            changed[at : at + 4] = struct.pack("<I", word)[: max(0, len(changed) - at)]
        damaged.write_bytes(changed)
        answers += bool(ask(reader, damaged, tables, addresses))
    assert answers > DAMAGED // 10, "nothing was read"


def test_an_address_that_is_no_functions_has_no_symbol(reader: Path) -> None:
    binary, table, tables = known("1.27.3")
    end = table.text + table.entries[-1]

    assert ask(reader, binary, tables, [0, table.text - 1, end, 2**64 - 1]) == [[], [], [], []]
