# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Read parts of a file when they are asked for.

In:   a path
Out:  Contents: its size, and bytes by file offset

The one convention: the file is read by pread(2), never mapped. A build may overwrite or
shorten a binary while it is looked at, and a page that is no longer there would end the
process without a word; here it is an error.
"""

from __future__ import annotations

import os
import stat
import weakref
from functools import partial
from typing import TYPE_CHECKING

from gogen.errors import BinaryError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_MAX_SIZE = 4 << 30
_WINDOW = 4 << 20
"""Bytes that are searched at a time."""


class Contents:
    """
    The bytes of a file.

    Attributes:
        path: the context of every error.
        size: in bytes, when the file was opened.
    """

    __slots__ = ("__weakref__", "_read", "_unchanged", "path", "size")

    def __init__(
        self,
        path: str,
        size: int,
        read: Callable[[int, int], bytes],
        unchanged: Callable[[], bool] = lambda: True,
    ) -> None:
        """Take `read(size, offset)`, which may return less, and what tells of a change."""
        self.path = path
        self.size = size
        self._read = read
        self._unchanged = unchanged

    def read(self, at: int, size: int) -> bytes:
        """
        Return `size` bytes at a file offset.

        Raises:
            BinaryError: there are not so many, or they can't be read.
        """
        if at < 0 or size < 0 or at + size > self.size:
            raise BinaryError(
                self.path, f"truncated: no {size} bytes at {at:#x}, the file ends at {self.size:#x}"
            )
        found = self._part(size, at)
        while len(found) < size:  # pread(2) gives 2 GiB at most
            more = self._part(size - len(found), at + len(found))
            if not more:
                raise BinaryError(self.path, "became shorter while it was read", _AGAIN)
            found += more
        return found

    def occurrences(self, needle: bytes, at: int, end: int) -> Iterator[int]:
        """Yield each file offset in [at, end) at which these bytes are, overlapping ones too."""
        end = min(end, self.size)
        while at + len(needle) <= end:
            window = self.read(at, min(end - at, _WINDOW + len(needle) - 1))
            found = -1
            while (found := window.find(needle, found + 1)) >= 0:
                yield at + found
            at += _WINDOW

    def check(self) -> None:
        """
        Raises:
            BinaryError: the file was written to since it was opened.
        """
        if not self._unchanged():
            raise BinaryError(self.path, "was changed while it was read", _AGAIN)

    def _part(self, size: int, at: int) -> bytes:
        try:
            return self._read(size, at)
        except OSError as error:
            raise _unreadable(self.path, error) from error


_AGAIN = "wait until whoever writes it is done, and try again"


def of(path: Path) -> Contents:
    """
    Open a file; it is closed when the last reference to it goes.

    Raises:
        BinaryError: no such file, a directory, or another thing that is no regular file.
        UnsupportedError: larger than any program.
    """
    context = str(path)
    try:
        # A pipe without a writer must not keep us waiting.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        raise _unreadable(context, error) from error
    status = os.fstat(descriptor)
    stamp = _stamp(status)
    found = Contents(
        context,
        status.st_size,
        partial(os.pread, descriptor),
        lambda: _stamp(os.fstat(descriptor)) == stamp,
    )
    weakref.finalize(found, os.close, descriptor)
    if stat.S_ISDIR(status.st_mode):
        raise BinaryError(context, "a directory, expected a Go program")
    if not stat.S_ISREG(status.st_mode):
        raise BinaryError(context, "not a regular file, expected a Go program")
    if status.st_size > _MAX_SIZE:
        raise UnsupportedError(context, "larger than 4 GiB")
    return found


def _stamp(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns


def _unreadable(context: str, error: Exception) -> BinaryError:
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return BinaryError(context, f"cannot be read: {reason.lower()}")
