# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Find the file that a stripped binary's DWARF and symbol table were put into.

In:   the path of a Go binary
Out:  Image, with the debug file that belongs to it

Upstream: GDB's manual, "Debugging Information in Separate Files", for where they are.
The one convention: a file belongs to a binary when their build IDs say so, wherever it
lies and whatever it is called; Go's linker gives each binary at least one of the two.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gogen.binary import image
from gogen.errors import BinaryError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gogen.binary.image import Image

GNU_BUILD_ID = (b"GNU\0", 3)
GO_BUILD_ID = (b"Go\0\0", 4)
"""Owner and type of the notes."""

DWARF = (".debug_info", ".zdebug_info")
"""The section that DWARF begins with, compressed in the old way or not."""

GLOBAL = Path("/usr/lib/debug")
"""Where distributions' packages put debug files."""

_MAX_LINK = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class DebugFile:
    """
    A debug file that was found.

    Attributes:
        path: where.
        why_not: why nothing is read of it; empty when it is read.
    """

    path: str
    why_not: str = ""


def load(path: Path) -> Image:
    """
    Open a binary, and its debug file where it has no DWARF of its own.

    Raises:
        BinaryError, UnsupportedError: as `image.load` for the binary; what can't be opened is
            no debug file.
    """
    file = image.load(path)
    if file.section(*DWARF):
        return file
    other_build = ""
    for candidate in _candidates(file, path):
        try:
            found = image.load(candidate) if candidate.is_file() else None
        except (OSError, BinaryError, UnsupportedError):
            continue
        if found is None or not found.section(*DWARF):
            continue
        if _of_one_build(file, found):
            return replace(file, debug_file=found)
        other_build = other_build or found.path
    return replace(file, other_build=other_build)


def told(file: Image) -> DebugFile | None:
    """Say which debug file a binary has, or which one might be taken for its own."""
    if file.debug_file:
        return DebugFile(path=file.debug_file.path)
    if file.other_build:
        return DebugFile(path=file.other_build, why_not="of another build")
    return None


def _candidates(file: Image, path: Path) -> Iterator[Path]:
    """Yield where it may be: what is beside the binary is likelier to be meant."""
    folders = dict.fromkeys((path.parent, path.resolve().parent))
    linked = _linked(file)
    for folder in folders:
        if linked:
            yield folder / linked
            yield folder / ".debug" / linked
        yield folder / f"{path.name}.debug"
    build_id = file.note(*GNU_BUILD_ID).hex()
    if len(build_id) > 2:
        yield GLOBAL / ".build-id" / build_id[:2] / f"{build_id[2:]}.debug"
    if linked:
        for folder in folders:
            yield GLOBAL / folder.absolute().relative_to("/") / linked


def _linked(file: Image) -> str:
    """Return the name in .gnu_debuglink; empty when there is none, or it leads elsewhere."""
    section = file.section(".gnu_debuglink")
    if section is None:
        return ""
    content = file.data.read(section.file_offset, min(section.file_size, _MAX_LINK))
    name, end, _ = content.partition(b"\0")
    text = name.decode("utf-8", "replace")
    plain = end and text.isprintable() and Path(text).name == text
    return text if plain else ""


def _of_one_build(file: Image, other: Image) -> bool:
    """Compare the build IDs that both have: there has to be one, and none that differs."""
    pairs = [(file.note(*kind), other.note(*kind)) for kind in (GNU_BUILD_ID, GO_BUILD_ID)]
    both = [(ours, theirs) for ours, theirs in pairs if ours and theirs]
    same = all(ours == theirs for ours, theirs in both)
    return bool(both) and same and file.machine is other.machine
