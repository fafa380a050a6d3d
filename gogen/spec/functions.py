# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Turn each [[function]] into a FunctionSpec: its signature read, its captures checked.

In:   RawFunction of every function, the file's Limits, Source
Out:  FunctionSpec, in file order

A function without a signature waits for the binary's own (complete.py).
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from gogen.spec.capture import check
from gogen.spec.gotext import signature
from gogen.spec.model import Emit, FunctionSpec, Limits
from gogen.spec.raw import MAX_TEXT
from gogen.spec.source import Key, Source, is_hidden, quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gogen.errors import SpecError
    from gogen.spec.raw import RawFunction


def functions(
    raws: Sequence[RawFunction], limits: Limits, source: Source
) -> tuple[FunctionSpec, ...]:
    """
    Check and convert every function.

    Raises:
        SpecError: an impossible or repeated symbol, a signature that does not parse, a
            capture that names nothing.
    """
    lines: dict[str, int] = {}
    result: list[FunctionSpec] = []
    for index, raw in enumerate(raws):
        key = ("function", index)
        _check_symbol(raw.symbol, (*key, "symbol"), source)
        if raw.symbol in lines:
            problem = f"{quote(raw.symbol)} is already traced on line {lines[raw.symbol]}"
            raise source.error((*key, "symbol"), problem, "write one [[function]] for a symbol")
        lines[raw.symbol] = source.line((*key, "symbol"))
        result.append(_function(raw, key, limits, source))
    return tuple(result)


def _function(raw: RawFunction, key: Key, limits: Limits, source: Source) -> FunctionSpec:
    parsed = (
        None if raw.signature is None else signature(raw.signature, (*key, "signature"), source)
    )
    emit = Emit(raw.emit)

    def fail(index: int, problem: str, hint: str) -> SpecError:
        return source.error((*key, "capture", index), problem, hint)

    if raw.capture is not None:
        check(raw.capture, parsed, emit, fail)
    own = raw.limits.model_dump(exclude_unset=True) if raw.limits else {}
    return FunctionSpec(
        symbol=raw.symbol,
        signature=parsed,
        emit=emit,
        capture=None if raw.capture is None else tuple(raw.capture),
        limits=dataclasses.replace(limits, **own),
        where=source.where(key),
    )


def _check_symbol(symbol: str, key: Key, source: Source) -> None:
    if any(is_hidden(char) for char in symbol):
        hint = "write it as `go tool nm` prints it"
        raise source.error(key, f"{quote(symbol)} has a control character", hint)
    if len(symbol.encode()) > MAX_TEXT:
        raise source.error(key, f"is longer than {MAX_TEXT} bytes")
