# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Damaged copies of real binaries: our errors only, and soon."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import gobuild
import pytest

from gogen.binary import image
from gogen.binary.analyze import analyze
from gogen.errors import GogenError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.golang

SHAPES = gobuild.PROGRAMS / "shapes"
SECONDS_EACH = 2.0
"""Far above what one takes, far below what a runaway loop over a lying table would."""

versions = pytest.mark.parametrize("version", gobuild.toolchains())


def refusal(path: Path) -> str:
    begin = time.process_time()
    try:
        analyze(path, ("main.Small",))
    except GogenError as error:
        return str(error)
    finally:
        assert time.process_time() - begin < SECONDS_EACH
    return ""


@versions
@pytest.mark.parametrize("stripped", [False, True])
def test_truncated_at_every_4_kib(version: str, stripped: bool, tmp_path: Path) -> None:
    binary = gobuild.build(SHAPES, version=version)
    data = (gobuild.strip(binary) if stripped else binary).read_bytes()
    cut = tmp_path / "shapes"
    cut.write_bytes(data)
    sizes = list(range(0, len(data), 4096))

    assert len(sizes) > 200
    for size in reversed(sizes):
        with cut.open("r+b") as file:
            file.truncate(size)
        assert ("truncated" if size else "empty") in refusal(cut)


@versions
def test_damaged_tables(version: str, tmp_path: Path) -> None:
    binary = gobuild.build(SHAPES, version=version)
    data = binary.read_bytes()
    heads = {".gopclntab": 72, ".go.buildinfo": 64, ".go.module": 184, ".symtab": 48}
    file = image.load(binary)
    tables = [(0, 64), (64, 56 * 6), (int.from_bytes(data[40:48], "little"), 64 * 20)] + [
        (section.file_offset, size)
        for name, size in heads.items()
        if (section := file.section(name)) is not None
    ]
    dice = random.Random(version)  # noqa: S311 - the same damage every time
    path = tmp_path / "shapes"
    outcomes = []
    for _ in range(150):
        damaged = bytearray(data)
        at, size = dice.choice(tables)
        for _ in range(dice.choice((1, 4, 16))):
            where = at + dice.randrange(size)
            damaged[where] = dice.choice((0, 0xFF, dice.randrange(256)))
        path.write_bytes(damaged)
        outcomes.append(refusal(path))
    assert 20 < sum(map(bool, outcomes)) < 150
