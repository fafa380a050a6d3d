# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Keep the objects of the hand-written runtime from one build to the next.

In:   Command, the folder it runs in
Out:  its product in that folder, compiled or copied

An object is kept under the hash of all that makes it: the preprocessed source, so every header
as the compiler reads it today, the flags, and the compiler with its parts. Nothing else is
trusted: a folder that others may write to is not used, and an entry says its own hash.

Source of where caches go: XDG Base Directory Specification, `$XDG_CACHE_HOME`.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gogen.toolchain.run import run

if TYPE_CHECKING:
    from gogen.toolchain.model import Command

_FORMAT = b"gogen object 1\n"
"""Begins every entry and every key: entries of another layout are never looked at."""
_DIGEST = hashlib.sha256().digest_size
_UNUSED_S = 30 * 24 * 3600
"""Entries that nobody asked for this long are removed."""


class ObjectCache:
    """
    The kept objects; safe for any number of builds at a time, for entries appear by a rename.

    Attributes:
        folder: where they are; None when nothing is kept.
    """

    def __init__(self, *, wanted: bool) -> None:
        self.folder = _own_folder() if wanted else None
        self._compilers: dict[str, bytes] = {}

    def take(self, step: Command, folder: Path) -> None:
        """
        Compile, or copy what the same compilation made before.

        Args:
            step: `cc FLAGS -c SOURCE -o PRODUCT`.
            folder: where it runs.

        Raises:
            ToolError: the compiler fails.
        """
        if self.folder is None:
            run(step.argv, folder=folder)
            return
        entry = self.folder / f"{self._key(step, folder)}.o"
        made = _read(entry)
        if made is not None:
            (folder / step.product).write_bytes(made)
            return
        run(step.argv, folder=folder)
        # A full disk is no reason to fail: the object is there.
        with suppress(OSError):
            _write(entry, (folder / step.product).read_bytes())
            _forget_unused(self.folder)

    def _key(self, step: Command, folder: Path) -> str:
        flags = step.argv[1 : step.argv.index("-c")]
        source = step.argv[step.argv.index("-c") + 1]
        # With its line markers: they say which headers are the system's, and so may not warn.
        text = run((step.argv[0], *flags, "-E", source), folder=folder)
        parts = (_FORMAT, self._compiler(step.argv[0]), "\0".join(step.argv).encode(), text)
        total = hashlib.sha256()
        for part in parts:
            total.update(hashlib.sha256(part).digest())
        return total.hexdigest()

    def _compiler(self, cc: str) -> bytes:
        """Name a compiler by its own words, and by the files that do its work."""
        if cc not in self._compilers:
            said = [run((cc, "--version"))]
            for program in ("cc1", "as"):
                # A name without a folder comes back as it was: this compiler has no such part.
                path = os.fsdecode(run((cc, f"-print-prog-name={program}"))).strip()
                said.append(_identity(Path(path)))
            self._compilers[cc] = b"\0".join((*said, _identity(Path(cc))))
        return self._compilers[cc]


def _identity(path: Path) -> bytes:
    """Give a file's real name, size and time, as a package's upgrade changes them."""
    if not path.is_absolute() or not path.exists():
        return b""
    found = path.stat()
    return os.fsencode(f"{path.resolve()} {found.st_size} {found.st_mtime_ns}")


def _own_folder() -> Path | None:
    """Give the folder, made if need be; None when it is not ours alone, or cannot be made."""
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    # The specification: a relative path is to be ignored.
    if not base.is_absolute():
        base = Path(os.environ.get("HOME", ""), ".cache")
    if not base.is_absolute():
        return None
    folder = base / "gogen" / "objects"
    try:
        if not base.exists() and not _is_ours(base.parent):
            return None
        # In the home of another user, as sudo may leave it, nothing is written.
        for path in (base, folder.parent, folder):
            path.mkdir(mode=0o700, exist_ok=True)
            if not _is_ours(path):
                return None
    except OSError:
        return None
    return folder


def _is_ours(path: Path) -> bool:
    """Tell whether a folder is this user's, and nobody else may write to it."""
    found = path.stat()
    writable = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not writable


def _read(entry: Path) -> bytes | None:
    """Give a kept object; None when there is none, or when it is not what was written."""
    try:
        data = entry.read_bytes()
        os.utime(entry)
    except OSError:
        return None
    head = len(_FORMAT) + _DIGEST
    made = data[head:]
    whole = data[:head] == _FORMAT + hashlib.sha256(made).digest()
    return made if whole else None


def _write(entry: Path, made: bytes) -> None:
    descriptor, aside = tempfile.mkstemp(prefix=".", dir=entry.parent)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
            file.write(_FORMAT + hashlib.sha256(made).digest() + made)
        os.rename(aside, entry)  # noqa: PTH104 - names, as mkstemp gives them
    except BaseException:
        with suppress(OSError):
            os.unlink(aside)  # noqa: PTH108 - as above
        raise


def _forget_unused(folder: Path) -> None:
    before = time.time() - _UNUSED_S
    with os.scandir(folder) as entries:
        for entry in entries:
            # Others who build at this moment rename and remove files, too.
            with suppress(FileNotFoundError):
                if entry.is_file(follow_symlinks=False) and entry.stat().st_mtime < before:
                    Path(entry).unlink(missing_ok=True)
