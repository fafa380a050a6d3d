# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Build a tracer aside, and put it in place when it is whole.

In:   SourceTree, the folder to write NAME/ into
Out:  Artifact

Whatever fails, the folder that was there before is still there, and nothing else is.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gogen.errors import ToolError
from gogen.toolchain.commands import commands
from gogen.toolchain.find import find
from gogen.toolchain.model import Artifact, Command
from gogen.toolchain.run import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from gogen.emit.model import SourceTree


def build(
    tree: SourceTree,
    output: Path,
    *,
    compile_it: bool = True,
    report: Callable[[Command], None] = lambda _: None,
) -> Artifact:
    """
    Write the sources to `output/NAME` and build them there.

    Args:
        tree: what to write.
        output: the folder above; made when it is missing.
        compile_it: False stops after the sources.
        report: told of every command before it runs.

    Raises:
        ToolError: a tool is missing or fails, or the folder cannot be written.
    """
    groups = commands(tree, find()) if compile_it else ()
    folder = output / tree.name
    _check_replaceable(folder, tree.name)
    made = [path for path in (output, *output.parents) if not path.exists()]
    try:
        output.mkdir(parents=True, exist_ok=True)
        # Beside its destination, so that the last step is a rename.
        aside = Path(tempfile.mkdtemp(prefix=f".{tree.name}.", dir=output))
    except OSError as error:
        raise _cannot_write(output, error) from error
    try:
        _write(tree, aside)
        with ThreadPoolExecutor(os.cpu_count()) as workers:
            for group in groups:
                for step in group:
                    report(step)
                list(workers.map(partial(_take, folder=aside), group))
        for leftover in aside.rglob("*.o"):
            leftover.unlink()
        aside.chmod(0o755)
        _replace(folder, aside)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        _remove_empty(made)
    tracer = folder / tree.name if compile_it else None
    return Artifact(folder=folder, tracer=tracer, size=tracer.stat().st_size if tracer else 0)


def _take(step: Command, folder: Path) -> None:
    printed = run(step.argv, folder=folder)
    if step.to_stdout:
        (folder / step.product).write_bytes(printed)


def _cannot_write(path: Path, error: OSError) -> ToolError:
    return ToolError(str(path), f"cannot be written: {error.strerror}", "choose another with -o")


def _check_replaceable(folder: Path, name: str) -> None:
    """Only a folder that gogen made, or an empty one, is replaced."""
    if not folder.exists() and not folder.is_symlink():
        return
    ours = (folder / f"{name}.manifest.json").is_file()
    if not folder.is_symlink() and folder.is_dir() and (ours or not any(folder.iterdir())):
        return
    raise ToolError(str(folder), "exists and was not made by gogen", "choose another with -o")


def _remove_empty(folders: list[Path]) -> None:
    """Take back the folders made for a build that failed, innermost first."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()


def _write(tree: SourceTree, folder: Path) -> None:
    for file in tree.files:
        path = folder / file.path
        path.parent.mkdir(exist_ok=True)
        path.write_text(file.text, encoding="utf-8", newline="\n")


def _replace(folder: Path, new: Path) -> None:
    """Rename the new folder into place; the old one comes back if that fails."""
    if not folder.exists():
        new.rename(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.old.", dir=folder.parent))
    kept = old / folder.name
    folder.rename(kept)
    try:
        new.rename(folder)
    except OSError:
        kept.rename(folder)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)
