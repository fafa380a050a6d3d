# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Turn each [[function]] into a FunctionSpec: its signature read, its captures checked.

In:   RawFunction of every function, the file's Limits, Source
Out:  FunctionSpec, in file order

A function without a signature waits for the binary's own (complete.py).
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from gogen.spec.capture import check, read
from gogen.spec.gotext import signature
from gogen.spec.model import Emit, FunctionSpec, Limits
from gogen.spec.raw import MAX_PATTERN, MAX_TEXT
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
        if raw.symbol is None:
            _check_match(raw, key, source)
            result.append(_function(raw, key, limits, source))
            continue
        if raw.match is not None:
            problem = "symbol and match are both there"
            raise source.error((*key, "match"), problem, "write one [[function]] for each")
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

    captures = None
    if raw.capture is not None:
        captures = read(raw.capture, (*key, "capture"), source)
        check(captures, parsed, emit, fail)
    own = raw.limits.model_dump(exclude_unset=True) if raw.limits else {}
    return FunctionSpec(
        symbol=raw.symbol or "",
        match=raw.match or "",
        signature=parsed,
        emit=emit,
        capture=captures,
        limits=dataclasses.replace(limits, **own),
        stack=raw.stack,
        by_signal=raw.floats == "signal",
        where=source.where(key),
    )


def _check_match(raw: RawFunction, key: Key, source: Source) -> None:
    if raw.match is None:
        hint = "the function's name as `go tool nm` prints it, or match for many"
        raise source.error((*key, "symbol"), "is needed", hint)
    if raw.signature is not None:
        problem = "one signature can't be that of every function that match finds"
        raise source.error((*key, "signature"), problem, "leave it out, or write symbol")
    if len(raw.match) > MAX_PATTERN:
        raise source.error((*key, "match"), f"is longer than {MAX_PATTERN} characters")
    try:
        re.compile(raw.match)
    except (re.error, RecursionError, OverflowError) as error:
        problem = f"{quote(raw.match)} is not a regular expression: {error}"
        raise source.error((*key, "match"), problem) from error


def _check_symbol(symbol: str, key: Key, source: Source) -> None:
    if any(is_hidden(char) for char in symbol):
        hint = "write it as `go tool nm` prints it"
        raise source.error(key, f"{quote(symbol)} has a control character", hint)
    if len(symbol.encode()) > MAX_TEXT:
        raise source.error(key, f"is longer than {MAX_TEXT} bytes")
