# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""A large, stripped, externally linked program: Debian's prometheus, built by Go 1.19."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import gobuild
import pytest

from gogen.binary import image
from gogen.binary.analyze import analyze
from gogen.binary.model import EntryChoice
from gogen.errors import SymbolNotFound

QUERY = "github.com/prometheus/prometheus/promql.(*Engine).NewInstantQuery"
SECONDS = 5.0
"""Ten times what it takes; a scan that is not linear would take minutes."""


@pytest.fixture(scope="module")
def prometheus() -> Path:
    got = subprocess.run(
        [gobuild.TOP / "scripts" / "get-prometheus"], capture_output=True, text=True, check=False
    )
    if got.returncode != 0:
        pytest.skip(f"no prometheus to read: {got.stderr.strip()}")
    return Path(got.stdout.strip())


def test_a_function_of_prometheus(prometheus: Path) -> None:
    begin = time.process_time()
    answer = analyze(prometheus, (QUERY,))
    took = time.process_time() - begin
    [function] = answer.functions

    assert image.load(prometheus).section(".symtab") is None
    assert answer.go_version.startswith("go1.19")
    assert function.entry_choice is EntryChoice.CHECK_BRANCH
    assert function.entry.text.startswith("jbe ")
    assert {site.code for site in function.ret_sites} == {b"\xc3"}
    # (*Engine, storage.Queryable, *QueryOpts, string, time.Time): nine words to spill.
    assert function.args == 72
    assert took < SECONDS


def test_the_short_name_finds_the_long_one(prometheus: Path) -> None:
    begin = time.process_time()
    with pytest.raises(SymbolNotFound, match="did you mean") as caught:
        analyze(prometheus, ("promql.(*Engine).NewInstantQuery",))

    assert caught.value.hint == f'did you mean "{QUERY}"?'
    assert time.process_time() - begin < SECONDS
