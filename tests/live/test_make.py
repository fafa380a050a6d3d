# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The Makefile's own promises: the README's first command, and tracers built when needed."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import gobuild
import pytest
from gobuild import TOP

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

NAME = "made-by-test"
CALL = 'main.foo(a1=2, a2=3, a3=4, b="cccccc") = (220, "cccccc")  '


def make(*arguments: str) -> str:
    """Run make as a user would, even when the tests themselves run under make."""
    hidden = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    done = subprocess.run(
        ["make", *arguments],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name not in hidden},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_demo_prints_real_records() -> None:
    printed = make("demo")

    assert "ready: 1 functions, 3 sites, and 2 in the runtime" in printed
    records = [line for line in printed.splitlines() if CALL in line]
    assert len(records) >= 3
    assert f"summary: main.foo: hits {len(records)}, emitted {len(records)}, " in printed


@pytest.fixture
def spec(tmp_path: Path) -> Iterator[Path]:
    binary = tmp_path / "blog"
    shutil.copy(gobuild.build(gobuild.EXAMPLES / "blog", version=gobuild.NEWEST), binary)
    path = tmp_path / "spec.toml"
    path.write_text(
        f'[tracer]\nname = "{NAME}"\nbinary = "blog"\n\n'
        '[[function]]\nsymbol = "main.foo"\n'
        'signature = "func(a1, a2, a3 int64, b []byte) (int64, []byte)"\n'
    )
    yield path
    shutil.rmtree(TOP / "generated" / NAME, ignore_errors=True)


def test_a_tracer_is_built_again_only_when_its_inputs_changed(spec: Path) -> None:
    tracer = TOP / "generated" / NAME / NAME

    make("tracer", f"SPEC={spec}")
    first = tracer.stat().st_ino
    spec.touch()
    assert "is up to date" in make("tracer", f"SPEC={spec}")
    assert tracer.stat().st_ino == first

    spec.write_text(spec.read_text() + 'emit = "entry"\n')
    assert "is up to date" not in make("tracer", f"SPEC={spec}")
    second = tracer.stat().st_ino
    assert second != first

    other = gobuild.build(gobuild.EXAMPLES / "blog", version=gobuild.DEBIAN)
    shutil.copy(other, spec.parent / "blog")
    make("tracer", f"SPEC={spec}")
    assert tracer.stat().st_ino != second
    listed = subprocess.run([tracer, "--version"], capture_output=True, text=True, check=True)
    assert "go1.19" in listed.stdout


def test_every_example_builds() -> None:
    make("examples")
    for spec_path in sorted(gobuild.EXAMPLES.glob("*/spec.toml")):
        name = spec_path.parent.name
        assert (TOP / "generated" / name / name).is_file()
