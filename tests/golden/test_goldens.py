# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Whole tracers, byte for byte, from plans that no binary had a part in."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from goldencases import CASES, FOLDER, plan_of, tree_of, write
from plancase import plan

from gogen.emit.env import templates_dir
from gogen.emit.render import render

if TYPE_CHECKING:
    from conftest import Golden

TOP = FOLDER.parent.parent


@pytest.mark.parametrize("case", CASES)
def test_golden(case: str, golden: Golden) -> None:
    tree = tree_of(case)
    produced = {file.path: file.text for file in tree.files}
    runtime = {path: text for path, text in produced.items() if path.startswith("include/")}
    assert runtime == {
        f"include/{path.name}": path.read_text()
        for path in (templates_dir() / "include").iterdir()
        if path.suffix in {".c", ".h"}
    }
    own = {path: text for path, text in produced.items() if path not in runtime}
    assert sorted(own) == sorted(
        ["Makefile", *(f"{tree.name}{end}" for end in (".bpf.c", ".c", ".h", ".manifest.json"))]
    )
    golden.tree(FOLDER / case / "expected", own)


def test_every_folder_is_a_case_that_says_what_it_is_about() -> None:
    folders = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
    assert [name for name in folders if name != "__pycache__"] == list(CASES)
    for case in CASES:
        text = (FOLDER / case / f"plan_{case}.py").read_text()
        assert re.match(r'# SPDX-.*\n"""\n?[A-Z]', text), case


def assert_formatted(folder: Path) -> None:
    """Let the pinned clang-format judge every file outside include/, and one include/."""
    (folder / ".clang-format").write_text((TOP / ".clang-format").read_text())
    sources = [path for path in folder.rglob("*.[ch]") if path.parent.name != "include"]
    sources += next(iter(sorted(folder.glob("*/include")))).iterdir()
    assert len(sources) > 40
    command = Path(sys.executable).parent / "clang-format"
    done = subprocess.run(
        [command, "--dry-run", "-Werror", *sources], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[:4000]


def test_emitted_c_is_clang_format_clean(tmp_path: Path) -> None:
    for case in CASES:
        write(tree_of(case), tmp_path / case)
    assert_formatted(tmp_path)


def test_names_of_every_length_are_broken_as_clang_format_would(tmp_path: Path) -> None:
    """No formatter runs when C is emitted: each line that a name widens is met at each width."""
    for length in range(1, 50):
        text = f"[tracer]\nname = 't{'x' * length}'\nbinary = 'shop'\n"
        for emit in ("call", "both", "entry", "return"):
            member = "p" * (length * 7 % 30 + 1)
            text += (
                f"[[function]]\nsymbol = 'm.{emit[0]}{'x' * length}'\nemit = '{emit}'\n"
                f"signature = 'func({member} string, a, b, c, d, e, f int, {member}q []byte, "
                f"g, h int, {member}r string, {member}s int, {member}t bool, {member}u float64)"
                f" ({member}v string, {member}w int8)'\n"
                f"limits = {{ string = {(1, 64, 999, 4096)[length % 4]} }}\n"
            )
        write(render(plan(text)), tmp_path / str(length))
    assert_formatted(tmp_path)


def test_lines_end_alike_and_nothing_trails() -> None:
    for case in CASES:
        for file in tree_of(case).files:
            assert file.text.endswith("\n"), file.path
            assert not file.text.endswith("\n\n"), file.path
            assert "\r" not in file.text
            assert file.text.isascii() or file.path.startswith("include/")
            assert not re.search(r"[ \t]$", file.text, re.MULTILINE), (case, file.path)


def test_files_of_a_tree_are_sorted() -> None:
    paths = [file.path for file in tree_of("kitchen_sink").files]
    assert paths == sorted(paths)


def test_equal_plans_give_equal_bytes() -> None:
    assert render(plan_of("kitchen_sink")) == tree_of("kitchen_sink")


def test_bytes_do_not_depend_on_the_hash_seed() -> None:
    """Spec, plan and C made by three processes whose sets and dicts are ordered differently."""
    program = (
        "import hashlib, goldencases\n"
        "for case in goldencases.CASES:\n"
        "    text = repr(goldencases.tree_of(case)).encode()\n"
        "    print(case, hashlib.sha256(text).hexdigest())\n"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": f"{TOP}:{FOLDER.parent}"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("0", "1", "2026")
    }
    assert len(printed) == 1
    assert len(next(iter(printed)).splitlines()) == len(CASES)


def test_bytes_do_not_depend_on_the_folder_s_order(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = Path.iterdir

    def shuffled(self: Path) -> list[Path]:
        paths = list(listed(self))
        random.Random(3).shuffle(paths)  # noqa: S311 - an order, not a secret
        return paths

    monkeypatch.setattr(Path, "iterdir", shuffled)
    assert render(plan_of("scalar_one_reg")) == tree_of("scalar_one_reg")


def test_nothing_of_this_machine_is_in_the_sources() -> None:
    """No date, no host, no path of the checkout or of the spec."""
    words = (os.uname().nodename, str(TOP), str(Path.home()), tempfile.gettempdir())
    machine = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in words))
    for case in CASES:
        for file in tree_of(case).files:
            if file.path.startswith("include/"):
                continue
            assert not machine.search(file.text), (case, file.path)
            assert not re.search(r"\b20[2-9]\d-\d\d-\d\d", file.text), (case, file.path)
