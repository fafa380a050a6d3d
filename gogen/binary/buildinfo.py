# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Read which Go built the binary, and with which settings.

In:   Image
Out:  BuildInfo, or None when the binary carries none

Upstream: Go's debug/buildinfo, func readRawBuildInfo, and runtime/debug, type BuildInfo.
The one convention: only the format of Go 1.18 and later is read, where both strings
follow the header inline; the older one holds pointers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gogen.errors import BinaryError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gogen.binary.image import Image

MAGIC = b"\xff Go buildinf:"
_ALIGN = 16
_HEADER_SIZE = 32
_FLAG_INLINE = 0x2
_MAX_STRING = 16 << 20
_MAX_BLOB = 1 << 20
_SENTINEL_SIZE = 16
"""The linker frames the module text by two 16-byte marks, so that it can be found in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildInfo:
    """
    Attributes:
        go_version: `go1.27.3`, `go1.25.5 X:boringcrypto`, `devel go1.28-0123abc ...`.
        settings: pairs such as ("GOARCH", "amd64"), in file order.
    """

    go_version: str
    settings: tuple[tuple[str, str], ...]


def read(image: Image) -> BuildInfo | None:
    """
    Find and read the build info.

    Raises:
        UnsupportedError: the pointer format of Go 1.17 and earlier.
        BinaryError: a .go.buildinfo section that holds something else.
    """
    section = image.section(".go.buildinfo")
    if section is not None:
        info = _at(image, section.file_offset)
        if info is None:
            raise BinaryError(image.path, "section .go.buildinfo holds no build info")
        return info
    for at in _candidates(image):
        info = _at(image, at)
        if info is not None:
            return info
    return None


def _at(image: Image, at: int) -> BuildInfo | None:
    size = min(_MAX_BLOB, image.data.size - at)
    return parse(image.path, image.data.read(at, size), 0)


def _candidates(image: Image) -> Iterator[int]:
    """Yield where the magic is, in segments of data, at the alignment the linker gives it."""
    for segment in image.loads(executable=False):
        end = segment.file_offset + segment.file_size
        for at in image.data.occurrences(MAGIC, segment.file_offset, end):
            if (at - segment.file_offset + segment.address) % _ALIGN == 0:
                yield at


def parse(context: str, data: bytes, at: int) -> BuildInfo | None:
    """
    Read a build info blob at a place in `data`; None when it is not one.

    Raises:
        UnsupportedError: the pointer format of Go 1.17 and earlier.
    """
    header = data[at : at + _HEADER_SIZE]
    if len(header) < _HEADER_SIZE or not header.startswith(MAGIC):
        return None
    if not header[15] & _FLAG_INLINE:
        raise UnsupportedError(
            context, "built by Go 1.17 or earlier (old build info); gogen knows Go 1.19 to 1.27"
        )
    version, at = _string(data, at + _HEADER_SIZE)
    if not version.startswith(("go", "devel")) or not version.isprintable():
        return None
    modinfo, _ = _string(data, at)
    return BuildInfo(go_version=version, settings=tuple(_settings(modinfo)))


def _string(data: bytes, at: int) -> tuple[str, int]:
    """Read a uvarint length and as many bytes; an impossible length reads as empty."""
    size = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            return "", at
        byte = data[at]
        at += 1
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    if size > min(_MAX_STRING, len(data) - at):
        return "", at
    # latin-1 keeps the sentinels' length; the text between them is decoded when it is known.
    return data[at : at + size].decode("latin-1"), at + size


def _settings(modinfo: str) -> Iterator[tuple[str, str]]:
    framed = len(modinfo) > 2 * _SENTINEL_SIZE and modinfo[-_SENTINEL_SIZE - 1] == "\n"
    if not framed:
        return
    text = modinfo[_SENTINEL_SIZE:-_SENTINEL_SIZE].encode("latin-1").decode("utf-8", "replace")
    for line in text.split("\n"):
        key, tab, setting = line.partition("\t")
        if key == "build" and tab:
            match = _SETTING.fullmatch(setting)
            if match is not None:
                yield _unquote(match[1]), _unquote(match[2])


_STRING = r'"(?:[^"\\]|\\.)*"|`[^`]*`'
_SETTING = re.compile(f"({_STRING}|[^=]*)=({_STRING}|.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))")
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def _unquote(text: str) -> str:
    """Read a string that may be written as Go's strconv.Quote does."""
    if text.startswith("`"):
        return text[1:-1]
    return _ESCAPE.sub(_unescape, text[1:-1]) if text.startswith('"') else text


def _unescape(match: re.Match[str]) -> str:
    *numbers, simple = match.groups()
    if simple is not None:
        return _SIMPLE.get(simple, simple)
    code = int(next(n for n in numbers if n is not None), 16)
    return chr(code) if code < 0x110000 else "\ufffd"
