# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""What gogen is measured beside is built from the tracers' own runtime: it must go along."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import gobuild
import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.toolchain


def test_the_floor_is_built_from_the_runtime(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(gobuild.TOP / "bench"), *sys.path])
    from subjects import build_floor  # noqa: PLC0415 - bench/ is not on the tests' path

    floor = build_floor(tmp_path)

    assert all(path.stat().st_size for path in (floor.loader, floor.program, floor.nothing))
