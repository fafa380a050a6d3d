# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Check that golden comparisons see every difference, say how to accept it, and accept it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import conftest
import pytest

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"a.c": "int a;\n", "include/b.h": "/* ünï */\n"}


@pytest.fixture
def expected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(conftest, "TOP", tmp_path)
    monkeypatch.setattr(conftest, "OBSERVED", tmp_path / "tests" / "observed")
    folder = tmp_path / "tests" / "golden" / "some_case" / "expected"
    conftest.Golden(update=True).tree(folder, FILES)
    return folder


def test_equal_trees_pass_and_leave_nothing(expected: Path, tmp_path: Path) -> None:
    conftest.Golden(update=False).tree(expected, FILES)

    assert (expected / "include" / "b.h").read_text() == "/* ünï */\n"
    assert not (tmp_path / "tests" / "observed").exists()


@pytest.mark.parametrize(
    ("produced", "seen"),
    [
        ({**FILES, "a.c": "int b;\n"}, "-int a;\n+int b;"),
        ({**FILES, "a.c": "int a;"}, "no newline at the end of observed/a.c"),
        ({**FILES, "c.c": "int c;\n"}, "--- absent\n+++ observed/c.c\n@@ -0,0 +1 @@\n+int c;"),
        ({"a.c": "int a;\n"}, "--- expected/include/b.h\n+++ absent"),
    ],
)
def test_each_difference_fails_and_says_how_to_accept_it(
    expected: Path, tmp_path: Path, produced: dict[str, str], seen: str
) -> None:
    with pytest.raises(pytest.fail.Exception) as failure:
        conftest.Golden(update=False).tree(expected, produced)

    message = str(failure.value)
    assert seen in message
    assert "to accept it: make golden CASE=some_case" in message
    assert "observed: tests/observed/golden/some_case/expected" in message
    observed = tmp_path / "tests/observed/golden/some_case/expected"
    assert (observed / "a.c").read_text() == produced["a.c"]


def test_an_update_makes_the_tree_what_was_produced(expected: Path) -> None:
    conftest.Golden(update=True).tree(expected, {"a.c": "int z;\n"})

    assert [path.name for path in expected.rglob("*") if path.is_file()] == ["a.c"]
    conftest.Golden(update=False).tree(expected, {"a.c": "int z;\n"})


def test_one_text_does_not_mind_its_neighbours(expected: Path) -> None:
    conftest.Golden(update=False).text(expected / "a.c", "int a;\n")
    with pytest.raises(pytest.fail.Exception, match=r"\+int b;"):
        conftest.Golden(update=False).text(expected / "a.c", "int b;\n")


@pytest.mark.parametrize(
    ("value", "strict"), [("true", True), ("1", True), ("", False), ("0", False), ("false", False)]
)
def test_ci_is_told_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, value: str, *, strict: bool
) -> None:
    monkeypatch.setenv("CI", value)

    assert conftest.in_ci() is strict
