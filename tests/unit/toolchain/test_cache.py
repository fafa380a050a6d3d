# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Objects kept between builds: used when nothing changed, and never otherwise."""

from __future__ import annotations

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from goldencases import tree_of

from gogen.errors import ToolError
from gogen.toolchain import cache as module
from gogen.toolchain.build import build
from gogen.toolchain.cache import ObjectCache
from gogen.toolchain.model import Command
from gogen.toolchain.run import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

pytestmark = pytest.mark.toolchain

CC = shutil.which("cc") or "cc"


def step(*flags: str) -> Command:
    argv = (CC, "-O2", *flags, "-c", "a.c", "-o", "a.o")
    return Command(verb="CC", product="a.o", argv=argv, reusable=True)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with a source and its header, and a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = tmp_path / "made"
    made.mkdir()
    (made / "a.c").write_text('#include "a.h"\n#include <stdio.h>\nint f(void) { return A; }\n')
    (made / "a.h").write_text("#define A 1\n")
    return made


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """Count what is really compiled."""
    commands: list[Sequence[str]] = []

    def counting(argv: Sequence[str], *, folder: Path | None = None) -> bytes:
        if "-c" in argv:
            commands.append(argv)
        return run(argv, folder=folder)

    monkeypatch.setattr(module, "run", counting)
    return commands


def take(folder: Path, *flags: str) -> bytes:
    """Build the object as a new process of gogen would."""
    (folder / "a.o").unlink(missing_ok=True)
    ObjectCache(wanted=True).take(step(*flags), folder)
    return (folder / "a.o").read_bytes()


def entries() -> list[Path]:
    return sorted(Path(os.environ["XDG_CACHE_HOME"], "gogen", "objects").iterdir())


def test_what_did_not_change_is_compiled_once(folder: Path, compiled: list[Sequence[str]]) -> None:
    first = take(folder)

    assert take(folder) == first
    assert len(compiled) == len(entries()) == 1
    assert entries()[0].stat().st_mode & 0o077 == 0


def test_without_a_cache_nothing_is_kept(folder: Path, compiled: list[Sequence[str]]) -> None:
    for _ in range(2):
        ObjectCache(wanted=False).take(step(), folder)

    assert len(compiled) == 2
    assert not Path(os.environ["XDG_CACHE_HOME"]).exists()


def _edit_source(folder: Path) -> None:
    (folder / "a.c").write_text('#include "a.h"\nint f(void) { return A + 1; }\n')


def _edit_header(folder: Path) -> None:
    (folder / "a.h").write_text("#define A 2\n")


def _hide_a_system_header(folder: Path) -> None:
    """A header that was not there before now stands before the system's."""
    hiding = folder / "hiding"
    hiding.mkdir()
    (hiding / "stdio.h").write_text("#undef A\n#define A 3\n")
    os.environ["CPATH"] = str(hiding)


@pytest.mark.parametrize("change", [_edit_source, _edit_header, _hide_a_system_header])
def test_what_the_compiler_reads_is_asked_each_time(
    folder: Path,
    compiled: list[Sequence[str]],
    change: Callable[[Path], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CPATH", "")  # and so what a change sets is taken back
    first = take(folder)
    change(folder)
    second = take(folder)

    assert len(compiled) == 2
    assert second != first
    run(step().argv, folder=folder)
    assert second == (folder / "a.o").read_bytes()


def test_other_flags_make_another_object(folder: Path, compiled: list[Sequence[str]]) -> None:
    take(folder)
    take(folder, "-fno-ident")

    assert len(compiled) == len(entries()) == 2


def test_another_compiler_makes_another_object(
    folder: Path, tmp_path: Path, compiled: list[Sequence[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It differs in nothing but what it says, then in nothing but its file."""
    fake = tmp_path / "cc"
    monkeypatch.setattr("test_cache.CC", str(fake))

    def become(version: str) -> None:
        says = f'[ "$1" = --version ] && echo {version} && exit'
        fake.write_text(f'#!/bin/sh\n{says}\nexec {shutil.which("cc")} "$@"\n')
        fake.chmod(0o755)
        os.utime(fake, (1, 1))

    become("1.0")
    take(folder)
    become("1.1")
    take(folder)
    assert len(compiled) == 2
    os.utime(fake, (2, 2))
    take(folder)
    assert len(compiled) == 3


def _flip(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


@pytest.mark.parametrize(
    "damage", [_flip, lambda data: data[:-1], lambda data: data[:40], lambda _: b""]
)
def test_a_damaged_entry_is_made_again(
    folder: Path, compiled: list[Sequence[str]], damage: Callable[[bytes], bytes]
) -> None:
    first = take(folder)
    (entry,) = entries()
    kept = entry.read_bytes()
    entry.write_bytes(damage(kept))

    assert take(folder) == first
    assert len(compiled) == 2
    assert entry.read_bytes() == kept


def test_a_folder_that_others_may_write_to_is_not_trusted(
    folder: Path, compiled: list[Sequence[str]]
) -> None:
    take(folder)
    (entry,) = entries()
    entry.parent.chmod(0o777)

    take(folder)
    assert len(compiled) == 2


def test_a_relative_path_is_ignored_and_no_home_is_no_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    monkeypatch.setenv("HOME", "")

    assert ObjectCache(wanted=True).folder is None
    take(folder)
    assert not (folder / "here").exists()


def test_what_fails_is_not_kept(folder: Path) -> None:
    (folder / "a.c").write_text("int f(void) { return no_such_name; }\n")

    with pytest.raises(ToolError, match="no_such_name"):
        take(folder)
    assert entries() == []


def test_builds_at_the_same_time_find_whole_entries_or_none(folder: Path, tmp_path: Path) -> None:
    whole = take(folder)
    entries()[0].unlink()
    copies = []
    for number in range(16):
        copies.append(tmp_path / f"copy{number}")
        shutil.copytree(folder, copies[-1])
    with ThreadPoolExecutor(8) as workers:
        made = list(workers.map(take, copies))

    assert made == [whole] * 16
    assert len(entries()) == 1


def test_entries_that_nobody_asks_for_are_removed(folder: Path) -> None:
    take(folder)
    (old,) = entries()
    long_ago = time.time() - 40 * 24 * 3600
    os.utime(old, (long_ago, long_ago))
    _edit_header(folder)
    take(folder)

    assert len(entries()) == 1
    assert not old.exists()


def test_a_tracer_of_kept_objects_is_the_same_tracer(folder: Path, tmp_path: Path) -> None:
    assert folder
    tree = tree_of("scalar_one_reg")
    runtime = {f.path for f in tree.files if f.path.startswith("include/") and f.path[-2:] == ".c"}
    made = [
        build(tree, tmp_path / str(number), keep=keep)
        for number, keep in enumerate((False, True, True))
    ]

    assert len({one.tracer.read_bytes() for one in made if one.tracer}) == 1
    assert len(entries()) == len(runtime)


def test_a_file_that_vanishes_while_unused_ones_are_looked_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another build took it away: the folder was left open, and the rest was never looked at."""
    for name in ("gone", "unused"):
        (folder / name).touch()
        os.utime(folder / name, (0, 0))
    real = os.scandir

    @contextmanager
    def vanishing(path: Path) -> Iterator[list[os.DirEntry[str]]]:
        with real(path) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
        (folder / "gone").unlink(missing_ok=True)
        yield listed

    monkeypatch.setattr(os, "scandir", vanishing)
    module._forget_unused(folder)
    assert not (folder / "unused").exists()
