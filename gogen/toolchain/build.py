# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Build a tracer aside, and put it in place when it is whole.

In:   SourceTree, the folder to write NAME/ into
Out:  Artifact

Whatever fails, the folder that was there before is still there, and nothing else is. Builds of
one tracer may run at the same time: the last to end wins.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gogen.errors import ToolError
from gogen.toolchain import programs
from gogen.toolchain.cache import ObjectCache
from gogen.toolchain.commands import commands
from gogen.toolchain.find import find
from gogen.toolchain.model import Artifact, Command
from gogen.toolchain.run import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gogen.emit.model import SourceTree
    from gogen.toolchain.model import Program


def build(
    tree: SourceTree,
    output: Path,
    *,
    compile_it: bool = True,
    keep: bool = False,
    report: Callable[[Command], None] = lambda _: None,
    accept: Callable[[tuple[Program, ...]], None] = lambda _: None,
) -> Artifact:
    """
    Write the sources to `output/NAME` and build them there.

    Args:
        tree: what to write.
        output: the folder above; made when it is missing.
        compile_it: False stops after the sources.
        keep: take objects of the runtime from the user's cache, and leave them there.
        report: told of every command before it runs.
        accept: shown the programs once they are compiled; what it raises ends the build.

    Raises:
        ToolError: a tool is missing or fails, the folder cannot be written, or it holds what
            gogen did not make.
    """
    groups = commands(tree, find(tree.machine)) if compile_it else ()
    folder = output / tree.name
    made = [path for path in (output, *output.parents) if not path.exists()]
    try:
        aside = _make_aside(output, tree.name)
    except OSError as error:
        raise _cannot_write(output, error) from error
    try:
        with _locked(output):
            _check_replaceable(folder, tree)  # before anyone waits for a compiler
        new = aside / "new"
        _write(tree, new)
        cache = ObjectCache(wanted=keep)
        with ThreadPoolExecutor(os.cpu_count()) as workers:
            for group in groups:
                for step in group:
                    report(step)
                list(workers.map(partial(_take, folder=new, cache=cache), group))
                if group[0].verb == "BPF":
                    accept(programs.of(new / group[0].product))
        for leftover in new.rglob("*.o"):
            leftover.unlink()
        size = (new / tree.name).stat().st_size if compile_it else 0
        with _locked(output):
            _check_replaceable(folder, tree)
            _replace(folder, aside)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    finally:
        if folder.exists() or not _kept(aside).exists():
            shutil.rmtree(aside, ignore_errors=True)
        _remove_empty(made)
    return Artifact(folder=folder, tracer=folder / tree.name if compile_it else None, size=size)


def measure(tree: SourceTree) -> tuple[Program, ...]:
    """
    Compile the programs alone, aside, and measure them.

    Raises:
        ToolError: a tool is missing or fails.
    """
    step = commands(tree, find(tree.machine))[0][0]
    with tempfile.TemporaryDirectory() as folder:
        new = Path(folder) / tree.name
        _write(tree, new)
        _take(step, new)
        return programs.of(new / step.product)


def _make_aside(output: Path, name: str) -> Path:
    """Make a folder beside the destination, so that the last step is a rename."""
    for _ in range(10):
        output.mkdir(parents=True, exist_ok=True)
        # Another build that made the folder above takes it back when it fails.
        with suppress(FileNotFoundError):
            return Path(tempfile.mkdtemp(prefix=f".{name}.", dir=output))
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other builds out of a folder; the lock is on the folder itself and leaves no file."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # NFS locks no folders: one build at a time still works there
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _take(step: Command, folder: Path, cache: ObjectCache | None = None) -> None:
    if step.reusable and cache:
        cache.take(step, folder)
        return
    printed = run(step.argv, folder=folder)
    if step.to_stdout:
        (folder / step.product).write_bytes(printed)


def _cannot_write(path: Path, error: OSError) -> ToolError:
    return ToolError(str(path), f"cannot be written: {error.strerror}", "choose another with -o")


def _check_replaceable(folder: Path, tree: SourceTree) -> None:
    """Only a folder that holds nothing but what gogen made, or nothing, is replaced."""
    if not folder.exists() and not folder.is_symlink():
        return
    ours = (folder / f"{tree.name}.manifest.json").is_file()
    if folder.is_symlink() or not folder.is_dir() or not (ours or not any(folder.iterdir())):
        raise ToolError(str(folder), "exists and was not made by gogen", "choose another with -o")
    strangers = _strangers(folder, tree)
    if strangers:
        more = f" and {len(strangers) - 3} more" if len(strangers) > 3 else ""
        raise ToolError(
            str(folder),
            f"holds files that gogen did not write: {', '.join(strangers[:3])}{more}",
            "move them, or choose another folder with -o",
        )


def _strangers(folder: Path, tree: SourceTree) -> list[str]:
    """
    List what neither gogen nor the Makefile wrote; a folder is named with a slash.

    Other versions of gogen have other files in include/, so there the suffix decides.
    """
    ours = {file.path for file in tree.files} | {tree.name, f"{tree.name}.skel.h"}
    found = []
    for path in folder.iterdir():
        real_folder = path.is_dir() and not path.is_symlink()
        if real_folder and path.name == "include":
            found += [
                f"include/{below.name}"
                for below in path.iterdir()
                if below.suffix not in {".c", ".h", ".o"} or below.is_dir()
            ]
        elif real_folder:
            found.append(f"{path.name}/")
        elif path.name not in ours and path.suffix != ".o":
            found.append(path.name)
    return sorted(found)


def _remove_empty(folders: list[Path]) -> None:
    """Take back the folders made for a build that failed, innermost first."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()


def _write(tree: SourceTree, folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o755)
    for file in tree.files:
        path = folder / file.path
        path.parent.mkdir(exist_ok=True)
        path.write_text(file.text, encoding="utf-8", newline="\n")


def _kept(aside: Path) -> Path:
    """Give where the old folder waits while the new one takes its place."""
    return aside / "old"


def _replace(folder: Path, aside: Path) -> None:
    """Rename the new folder into place; the old one comes back if that fails."""
    kept = _kept(aside)
    try:
        with suppress(FileNotFoundError):
            folder.rename(kept)
        (aside / "new").rename(folder)
    finally:
        # An interrupt comes before a rename or after it: only what is there tells, and only under
        # the lock. What is still called "old" afterwards is the user's last copy.
        if kept.exists():
            kept.rename(aside / "replaced" if folder.exists() else folder)
