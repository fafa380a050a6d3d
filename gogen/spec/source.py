# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Name a place in a spec as its reader sees it: file, line and key.

In:   the spec's path as given, the lines of its keys (spec.positions)
Out:  Source, which makes every SpecError of this stage

Upstream: "TOML v1.0.0", section "Keys".
A key is a path of table keys and array indices: ("function", 0, "signature").
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gogen.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Mapping

Key = tuple[str | int, ...]
"""From the top of the document: table keys and 0-based array indices."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SHOWN = 80  # characters of the user's own text that a message repeats


def is_hidden(char: str) -> bool:
    """Whether a character breaks a line, controls a terminal or changes the reading order."""
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def visible(text: str) -> str:
    """The text with every hidden character as its escape, such as a line feed's."""
    return "".join(c.encode("unicode_escape").decode() if is_hidden(c) else c for c in text)


def quote(text: str) -> str:
    """User text for a message: in double quotes, one line, cut when it is long."""
    return f'"{visible(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")}"'


def dotted(key: Key) -> str:
    """A key as TOML writes it, indices in brackets: `function[0].limits`, `types."main.T"`."""
    parts = ""
    for part in key:
        if isinstance(part, int):
            parts += f"[{part}]"
        else:
            parts += "." if parts else ""
            parts += part if _BARE.fullmatch(part) and len(part) <= _SHOWN else quote(part)
    return parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """
    One spec file, for messages.

    Attributes:
        name: the path as the user gave it.
        lines: 1-based line of every key.
    """

    name: str
    lines: Mapping[Key, int]

    def line(self, key: Key) -> int:
        """The key's 1-based line; the nearest enclosing table's when the key is absent."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key, 1)

    def where(self, key: Key) -> str:
        """`spec.toml:7: function[0].signature`."""
        return f"{self.name}:{self.line(key)}: {dotted(key)}"

    def error(self, key: Key, problem: str, hint: str = "") -> SpecError:
        """A SpecError about one key."""
        return SpecError(self.where(key), problem, hint)
