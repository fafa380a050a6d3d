# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Find the names a user may have meant.

In:   a name, all names there are (tens of thousands)
Out:  up to three of them, the likeliest first

The one convention: cheap comparisons of everything come first, and difflib only sees
the few names that share a package or a last element with the one that was asked for.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LIMIT = 3
_MAX_COMPARED = 2000
_MAX_LENGTH = 200
_CUTOFF = 0.6
_MAX_SLIPS = 2
_LETTERS_PER_SLIP = 3


def nearest(wanted: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return up to three names that are most like `wanted`."""
    key = _key(wanted)
    package, last = _package(key), _last(key)
    ranked: list[tuple[int, int, str]] = []
    compared: list[tuple[bool, str]] = []
    for name in set(names):
        other = _key(name)
        if other == key:
            ranked.append((0, len(name), name))
        elif other.endswith(("/" + key, "." + key)):
            ranked.append((1, len(name), name))
        else:
            elsewhere = not package or _package(other) != package
            if not elsewhere or _last(other) == last:
                compared.append((elsewhere, name))
    if len(ranked) < LIMIT:
        matcher = SequenceMatcher(b=key[:_MAX_LENGTH], autojunk=False)
        for _, name in sorted(compared)[:_MAX_COMPARED]:
            matcher.set_seq1(_key(name)[:_MAX_LENGTH])
            if matcher.real_quick_ratio() < _CUTOFF or matcher.quick_ratio() < _CUTOFF:
                continue
            ratio = matcher.ratio()
            if ratio >= _CUTOFF:
                ranked.append((2, round(1000 * (1 - ratio)), name))
    return tuple(name for _, _, name in sorted(ranked)[:LIMIT])


def is_typo(wanted: str, name: str) -> bool:
    """Tell whether a name can only be what was meant: its package, case, receiver or a slip."""
    key, other = _key(wanted), _key(name)
    if other == key or other.endswith(("/" + key, "." + key)):
        return True
    if max(len(key), len(other)) > _MAX_LENGTH or abs(len(key) - len(other)) > _MAX_SLIPS:
        return False
    allowed = max(len(_last(key)), len(_last(other))) // _LETTERS_PER_SLIP
    return _slips(key, other) <= min(_MAX_SLIPS, allowed)


def _slips(one: str, other: str) -> int:
    """Count the letters to add, leave out, replace or exchange: Damerau's distance."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, its in enumerate(other, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != its))
            if last and j > 1 and letter == other[j - 2] and its == one[i - 2]:
                best = min(best, last[j - 2] + 1)
            row.append(best)
    return row[-1]


def _key(name: str) -> str:
    """Forget what is easily mistaken: case, and whether a receiver is a pointer."""
    return name.lower().replace("(*", "").replace(")", "")


def _package(key: str) -> str:
    folder, slash, rest = key.rpartition("/")
    return folder + slash + rest.partition(".")[0] if "." in rest else ""


def _last(key: str) -> str:
    return key.rpartition(".")[2]
