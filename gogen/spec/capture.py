# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Read what a function captures, and check that each value begins at a parameter or result.

In:   the `capture` list, the Signature as far as it is known
Out:  Captures, or the first that cannot be meant

Upstream: "The Go Programming Language Specification", section "Identifiers"; results
without a name are `~r0`, `~r1`, as cmd/compile names them. Names that no source has,
`.dict`, are the compiler's own and not offered.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from gogen.spec.gotext import expression
from gogen.spec.model import Capture, Emit
from gogen.spec.source import Key, Source, is_hidden, quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gogen.errors import SpecError
    from gogen.golang.types import Param, Signature

    Fail = Callable[[int, str, str], SpecError]

_ALIAS = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def read(
    written: Sequence[str | Mapping[str, str]], key: Key, source: Source
) -> tuple[Capture, ...]:
    """
    Read a `capture` list.

    Args:
        written: expressions, or tables of alias and expression.
        key: of the list.
        source: where that is.

    Raises:
        SpecError: no expression gogen knows, an alias that is no name, a name that is there twice.
    """
    first: dict[str, int] = {}
    captures: list[Capture] = []
    for index, alias, text in _entries(written):
        where = (*key, index)
        if alias is not None and not _ALIAS.fullmatch(alias):
            problem = f"{quote(alias)} is no name for a value"
            raise source.error(where, problem, "letters, digits and _, no digit first")
        if any(is_hidden(char) for char in text):
            raise source.error(where, f"{quote(text)} has a control character")
        if text == "_":
            raise source.error(where, '"_" has no value to capture', "name the parameter")
        found = expression(text, where, source)
        name = alias or found.text
        if name in first:
            problem = f"{quote(name)} is already captured by capture[{first[name]}]"
            hint = "name it once" if alias is None else "choose another name"
            raise source.error(where, problem, hint)
        first[name] = index
        captures.append(Capture(name=name, expression=found))
    return tuple(captures)


def check(
    captures: Sequence[Capture],
    signature: Signature | None,
    emit: Emit,
    fail: Fail,
    variables: tuple[str, ...] = (),
) -> None:
    """
    Check that each expression begins at a parameter or result that is recorded.

    Args:
        captures: what to record.
        signature: None while nothing tells it; then nothing is checked.
        emit: which values there are to record.
        fail: makes the error for the name of an index: its problem and hint.
        variables: what a closure captured; recorded where parameters are.

    Raises:
        SpecError: as `fail` makes it.
    """
    if signature is None:
        return
    params, results = [*_named(signature.params), *variables], _named(signature.results)
    for index, capture in enumerate(captures):
        root = capture.expression.root
        at = f"column {capture.expression.column}: " if capture.expression.steps else ""
        if root not in params + results:
            problem = f"{at}{quote(root)} is not a parameter or result of the signature"
            raise fail(index, problem, _offer(root, params + results))
        if emit is Emit.ENTRY and root in results:
            problem = f'{quote(root)} is a result, and emit = "entry" records no results'
            raise fail(index, problem, 'write emit = "call"')
        if emit is Emit.RETURN and root in params:
            problem = f'{quote(root)} is a parameter, and emit = "return" records no arguments'
            raise fail(index, problem, 'write emit = "call"')


def _entries(written: Sequence[str | Mapping[str, str]]) -> Iterator[tuple[int, str | None, str]]:
    for index, item in enumerate(written):
        if isinstance(item, str):
            yield index, None, item
        else:
            ((alias, text),) = item.items()
            yield index, alias, text


def _named(params: tuple[Param, ...]) -> list[str]:
    return [param.name for param in params if param.name != "_" and param.name[0] != "."]


def _offer(name: str, names: list[str]) -> str:
    """The names there are; the one that was probably meant when there is one."""
    near = difflib.get_close_matches(name[:64], names, n=1) if name else []
    if near:
        return f"did you mean {quote(near[0])}? There are: {_listed(names)}"
    return f"there are: {_listed(names)}" if names else "the signature names none"


def _listed(names: list[str]) -> str:
    shown = [quote(name) for name in names[:20]]
    return ", ".join(shown) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
