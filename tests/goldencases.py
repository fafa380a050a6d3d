# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Find the cases of tests/golden: each folder's plan_CASE.py says what it is about and plans it."""

from __future__ import annotations

import functools
import runpy
from pathlib import Path
from typing import TYPE_CHECKING

from gogen.emit.render import render

if TYPE_CHECKING:
    from gogen.emit.model import SourceTree
    from gogen.plan.model import ProbePlan

FOLDER = Path(__file__).resolve().parent / "golden"
CASES = tuple(sorted(path.parent.name for path in FOLDER.glob("*/plan_*.py")))


@functools.cache
def plan_of(case: str) -> ProbePlan:
    planned: ProbePlan = runpy.run_path(str(FOLDER / case / f"plan_{case}.py"))["PLAN"]
    return planned


@functools.cache
def tree_of(case: str) -> SourceTree:
    return render(plan_of(case))


def write(tree: SourceTree, folder: Path) -> None:
    """Write a tree's files, as gogen emit does."""
    for file in tree.files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text)
