# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""scripts/make-tracer: builds when something changed, and only then."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "make-tracer"
GOGEN = """
from pathlib import Path
tracer = Path("generated/mt/mt")
tracer.parent.mkdir(parents=True, exist_ok=True)
tracer.write_text("a tracer")
print("built")
"""


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """Lay out a checkout whose gogen writes a file and says so."""
    for folder in ("gogen", "scripts", "templates"):
        (tmp_path / folder).mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts")
    (tmp_path / "gogen" / "__init__.py").write_text("")
    (tmp_path / "gogen" / "__main__.py").write_text(GOGEN)
    (tmp_path / "templates" / "tracer.c").write_text("")
    (tmp_path / "mt.toml").write_text("[tracer]\nbinary = 'program'\n")
    (tmp_path / "program").write_text("a program")
    return tmp_path


def make(top: Path, *arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "scripts/make-tracer", *arguments],
        cwd=top,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_it_builds_what_changed_or_was_damaged(top: Path) -> None:
    built, kept = (0, "built\n", ""), (0, "generated/mt/mt is up to date\n", "")
    tracer = top / "generated" / "mt" / "mt"
    assert make(top, "mt.toml") == built
    assert make(top, "mt.toml") == kept
    for changed in (top / "program", top / "templates" / "tracer.c", tracer):
        changed.write_text("x\n")
        assert make(top, "mt.toml") == built, changed
        assert make(top, "mt.toml") == kept, changed
    tracer.unlink()
    assert make(top, "mt.toml") == built
    assert tracer.read_text() == "a tracer"


@pytest.mark.parametrize("arguments", [[], ["mt.toml", "more"]])
def test_wrong_usage_is_one_line(top: Path, arguments: list[str]) -> None:
    assert make(top, *arguments) == (2, "", "usage: make-tracer SPEC\n")
