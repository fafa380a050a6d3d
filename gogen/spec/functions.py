# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Turn each [[function]] into a FunctionSpec: its signature read, its captures resolved.

In:   RawFunction of every function, the file's Limits, Source
Out:  FunctionSpec, in file order

Upstream: "The Go Programming Language Specification", section "Identifiers"; results
without a name are `~r0`, `~r1`, as cmd/compile names them.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from typing import TYPE_CHECKING

from gogen.spec.gotext import signature
from gogen.spec.model import Emit, FunctionSpec, Limits
from gogen.spec.raw import MAX_TEXT
from gogen.spec.source import Key, Source, is_hidden, quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gogen.golang.types import Signature
    from gogen.spec.raw import RawFunction

_PLAIN = re.compile(r"[^\W\d]\w*|~r\d+")


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
    parsed = signature(raw.signature, (*key, "signature"), source)
    emit = Emit(raw.emit)
    own = raw.limits.model_dump(exclude_unset=True) if raw.limits else {}
    return FunctionSpec(
        symbol=raw.symbol,
        signature=parsed,
        emit=emit,
        capture=_capture(raw.capture, parsed, emit, (*key, "capture"), source),
        limits=dataclasses.replace(limits, **own),
        where=source.where(key),
    )


def _check_symbol(symbol: str, key: Key, source: Source) -> None:
    if any(is_hidden(char) for char in symbol):
        hint = "write it as `go tool nm` prints it"
        raise source.error(key, f"{quote(symbol)} has a control character", hint)
    if len(symbol.encode()) > MAX_TEXT:
        raise source.error(key, f"is longer than {MAX_TEXT} bytes")


def _capture(
    names: Sequence[str] | None, parsed: Signature, emit: Emit, key: Key, source: Source
) -> tuple[str, ...] | None:
    """Check that each name is a parameter or result, once; None (everything) passes through."""
    if names is None:
        return None
    params = [param.name for param in parsed.params if param.name != "_"]
    results = [param.name for param in parsed.results if param.name != "_"]
    first: dict[str, int] = {}
    for index, name in enumerate(names):
        here = (*key, index)
        if name == "_":
            raise source.error(here, '"_" has no value to capture', "name the parameter")
        if not _PLAIN.fullmatch(name):
            problem = f"{quote(name)}: expressions are not supported yet"
            raise source.error(here, problem, _offer("", params + results))
        if name not in params + results:
            problem = f"{quote(name)} is not a parameter or result of the signature"
            raise source.error(here, problem, _offer(name, params + results))
        if name in first:
            problem = f"{quote(name)} is already captured by capture[{first[name]}]"
            raise source.error(here, problem, "name it once")
        if emit is Emit.ENTRY and name in results:
            problem = f'{quote(name)} is a result, and emit = "entry" records no results'
            raise source.error(here, problem, 'write emit = "call"')
        first[name] = index
    return tuple(names)


def _offer(name: str, names: list[str]) -> str:
    """The names there are; the one that was probably meant when there is one."""
    near = difflib.get_close_matches(name[:64], names, n=1) if name else []
    if near:
        return f"did you mean {quote(near[0])}? There are: {_listed(names)}"
    return f"there are: {_listed(names)}" if names else "the signature names none"


def _listed(names: list[str]) -> str:
    shown = [quote(name) for name in names[:20]]
    return ", ".join(shown) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
