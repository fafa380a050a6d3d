# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Print a list of functions: one per line for pipes, by package for people, JSON for programs.

In:   FunctionInfos
Out:  text without a newline at its end; or plain values for json.dumps
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gogen.binary.model import FunctionInfo


def lines(infos: Sequence[FunctionInfo]) -> str:
    """Give symbol, `traceable` or why not, inlined calls, ABI and kinds, separated by tabs."""
    return "\n".join(
        f"{symbol}\t{why_not or 'traceable'}\t{'-' if inlined is None else inlined}\t{abi}\t"
        f"{','.join(kinds) or '-'}"
        for symbol, _, _, abi, kinds, why_not, inlined in infos
    )


def tree(infos: Sequence[FunctionInfo]) -> str:
    """Give each package and, below it, its functions and what is special about them."""
    shown: list[str] = []
    ordered = sorted((package(info.symbol), info) for info in infos)
    for name, members in groupby(ordered, key=itemgetter(0)):
        shown.append(name)
        for _, info in members:
            rest = info.symbol.removeprefix(name).removeprefix(".")
            notes = "; ".join(_notes(info))
            shown.append(f"  {rest}  ({notes})" if notes else f"  {rest}")
    traceable = sum(not info.why_not for info in infos)
    shown.append(f"{len(infos)} functions, {traceable} traceable with their results")
    return "\n".join(shown)


def _notes(info: FunctionInfo) -> Iterator[str]:
    if info.kinds:
        yield ", ".join(info.kinds)
    if info.inlined:
        yield f"{info.inlined} calls inlined" if info.inlined > 1 else "1 call inlined"
    if info.why_not:
        yield info.why_not


def listed(infos: Sequence[FunctionInfo]) -> list[dict[str, object]]:
    """Give one object per function; `why_not` is null for what can be traced."""
    return [
        {
            "symbol": info.symbol,
            "traceable": not info.why_not,
            "why_not": info.why_not or None,
            "inlined": info.inlined,
            "abi": info.abi,
            "kinds": list(info.kinds),
            "address": info.address,
            "size": info.size,
        }
        for info in infos
    ]


def package(symbol: str) -> str:
    """Give a symbol's import path; `go` for what the compiler made without a package."""
    start = symbol.split("[", 1)[0].split("(", 1)[0]
    head, slash, last = start.rpartition("/")
    name, dot, _ = last.partition(".")
    return f"{head}{slash}{name}" if dot and name and ":" not in name else "go"
