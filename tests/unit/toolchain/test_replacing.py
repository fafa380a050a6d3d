# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The folder of an earlier build: replaced at once or not at all, and never a user's files."""

from __future__ import annotations

import dataclasses
import errno
import fcntl
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from goldencases import tree_of

from gogen.errors import ToolError
from gogen.toolchain import build as module
from gogen.toolchain.build import build

if TYPE_CHECKING:
    from gogen.emit.model import SourceTree

TREE = tree_of("scalar_one_reg")
OLDER = dataclasses.replace(
    TREE, files=tuple(dataclasses.replace(f, text="// older\n") for f in TREE.files)
)


def listing(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
    }


def test_builds_at_the_same_time_all_succeed(tmp_path: Path) -> None:
    output = tmp_path / "new" / "out"
    with ThreadPoolExecutor(8) as workers:
        trees = [TREE, OLDER] * 50
        built = list(workers.map(lambda tree: build(tree, output, compile_it=False), trees))
    assert {artifact.folder for artifact in built} == {output / "shop"}
    assert [path.name for path in output.iterdir()] == ["shop"]
    left = listing(output / "shop")
    expected = [
        {file.path: file.text.encode() for file in tree.files} | {"include": b""}
        for tree in (TREE, OLDER)
    ]
    assert left in expected


def test_nobody_else_looks_while_the_folder_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each check and each rename happens with the folder above locked; compiling does not."""
    locked: list[tuple[str, bool]] = []

    def watch(owner: object, name: str) -> None:
        original = getattr(owner, name)

        def watched(*arguments: object) -> object:
            descriptor = os.open(tmp_path, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                locked.append((name, False))
            except BlockingIOError:
                locked.append((name, True))
            finally:
                os.close(descriptor)
            return original(*arguments)

        monkeypatch.setattr(owner, name, watched)

    build(OLDER, tmp_path, compile_it=False)
    watch(module, "_check_replaceable")
    watch(module, "_write")
    watch(Path, "rename")
    build(TREE, tmp_path, compile_it=False)
    check, rename = ("_check_replaceable", True), ("rename", True)
    assert locked == [check, ("_write", False), check, rename, rename, rename]


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), SystemExit(143), OSError(errno.EIO, "Input/output error")]
)
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_interrupted_replacement_leaves_one_whole_folder(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    after: bool,
    error: BaseException,
) -> None:
    build(OLDER, tmp_path / "out", compile_it=False)
    build(TREE, tmp_path / "expected", compile_it=False)
    older, newer = listing(tmp_path / "out"), listing(tmp_path / "expected")
    rename, calls = Path.rename, 0

    def interrupted(self: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls == number and not after:
            raise error
        renamed = rename(self, target)
        if calls == number:
            raise error
        return renamed

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(ToolError if isinstance(error, OSError) else type(error)):
        build(TREE, tmp_path / "out", compile_it=False)
    assert calls >= number
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["shop"]
    assert listing(tmp_path / "out") == (newer if number + after > 2 else older)


def test_an_interrupt_while_the_old_folder_comes_back_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C twice may leave the folder aside, never nowhere."""
    build(OLDER, tmp_path, compile_it=False)
    older = listing(tmp_path / "shop")
    rename, calls = Path.rename, 0

    def interrupted(self: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build(TREE, tmp_path, compile_it=False)
    (aside,) = tmp_path.iterdir()
    assert listing(aside / "old") == older


@pytest.mark.parametrize(
    ("added", "named"),
    [
        (["calls.json"], "calls.json"),
        (["d", "c", "b", "a", "include/notes"], "a, b, c and 2 more"),
        (["logs/today"], "logs/"),
        (["include/more/own.h"], "include/more"),
        (["Makefile.orig", "shop.txt"], "Makefile.orig, shop.txt"),
    ],
)
def test_files_that_gogen_did_not_write_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, added: list[str], named: str
) -> None:
    """And said before anything is compiled, or even written."""
    folder = build(TREE, tmp_path, compile_it=False).folder
    for name in added:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("mine")
    before = listing(tmp_path)
    monkeypatch.setattr(module, "_write", lambda *_: pytest.fail("too late"))
    with pytest.raises(ToolError) as raised:
        build(TREE, tmp_path, compile_it=False)
    assert str(raised.value) == (
        f"{folder}: holds files that gogen did not write: {named}"
        " - move them, or choose another folder with -o"
    )
    assert listing(tmp_path) == before


def test_a_link_is_a_users(tmp_path: Path) -> None:
    folder = build(TREE, tmp_path / "out", compile_it=False).folder
    shutil.move(folder / "include", tmp_path / "moved")
    (folder / "include").symlink_to(tmp_path / "moved")
    with pytest.raises(ToolError, match="did not write: include -"):
        build(TREE, tmp_path / "out", compile_it=False)
    assert (folder / "include").is_symlink()


def test_a_file_that_appears_during_the_build_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = build(TREE, tmp_path, compile_it=False).folder
    write = module._write

    def slow(tree: SourceTree, into: Path) -> None:
        write(tree, into)
        (folder / "calls.json").write_text("[]")

    monkeypatch.setattr(module, "_write", slow)
    with pytest.raises(ToolError, match=r"did not write: calls\.json - "):
        build(TREE, tmp_path, compile_it=False)
    assert (folder / "calls.json").read_text() == "[]"
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


def test_what_an_older_gogen_and_make_left_is_replaced(tmp_path: Path) -> None:
    folder = build(TREE, tmp_path, compile_it=False).folder
    expected = listing(folder)
    for name in ("shop", "shop.skel.h", "shop.o", "shop.tmp.bpf.o"):
        (folder / name).write_bytes(b"old")
    for name in ("old.c", "old.h", "old.o"):
        (folder / "include" / name).write_bytes(b"old")
    build(TREE, tmp_path, compile_it=False)
    assert listing(folder) == expected


def test_a_folder_above_that_another_build_takes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, calls = tempfile.mkdtemp, 0

    def late(*, prefix: str, dir: Path) -> str:  # noqa: A002 - mkdtemp's own word
        nonlocal calls
        calls += 1
        if calls == 1:
            dir.rmdir()
        return make(prefix=prefix, dir=dir)

    monkeypatch.setattr(tempfile, "mkdtemp", late)
    assert build(TREE, tmp_path / "out", compile_it=False).folder.is_dir()
    assert calls == 2
