# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""generated/example is what gogen emits now, from a binary that is the same bytes everywhere."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import gobuild
import pytest
from conftest import TOP

from gogen import pipeline

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.golang

EXAMPLE = TOP / "generated" / "example"


def blog(source: Path) -> Path:
    return gobuild.build(source, version=gobuild.NEWEST, flags=("-trimpath",))


def test_generated_example_is_current() -> None:
    asked = pipeline.load(gobuild.EXAMPLES / "blog" / "example.toml")
    binary = blog(gobuild.EXAMPLES / "blog")
    tree = pipeline.write(pipeline.plan_probes(replace(asked, binary=binary)))
    assert tree.name == "example"
    expected = {file.path: file.text for file in tree.files}
    committed = {
        str(path.relative_to(EXAMPLE)): path.read_text()
        for path in EXAMPLE.rglob("*")
        if path.is_file() and path.name not in {"example", "example.skel.h"}
    }
    stale = sorted(
        name
        for name in expected.keys() | committed.keys()
        if expected.get(name) != committed.get(name)
    )
    assert stale == [], "make check-generated brings them up to date"


def test_the_example_s_binary_is_reproducible(tmp_path: Path) -> None:
    """The same source in another folder: build IDs go into what is committed."""
    copy = tmp_path / "blog"
    copy.mkdir()
    for name in ("main.go", "go.mod"):
        (copy / name).write_bytes((gobuild.EXAMPLES / "blog" / name).read_bytes())
    # a variable nobody reads makes it another build for the cache
    other = gobuild.build(
        copy, version=gobuild.NEWEST, flags=("-trimpath",), env={"GOGEN_COPY": "1"}
    )
    first = blog(gobuild.EXAMPLES / "blog")
    assert first != other
    assert (
        hashlib.sha256(first.read_bytes()).digest() == hashlib.sha256(other.read_bytes()).digest()
    )
