# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Check that what a function captures are its parameters and results.

In:   the names of a `capture` list, the Signature as far as it is known
Out:  -, or the first name that cannot be meant

Upstream: "The Go Programming Language Specification", section "Identifiers"; results
without a name are `~r0`, `~r1`, as cmd/compile names them. Names that no source has,
`.dict`, are the compiler's own and not offered.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from gogen.spec.model import Emit
from gogen.spec.source import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gogen.errors import SpecError
    from gogen.golang.types import Param, Signature

    Fail = Callable[[int, str, str], SpecError]

_PLAIN = re.compile(r"[^\W\d]\w*|~r\d+")


def check(names: Sequence[str], signature: Signature | None, emit: Emit, fail: Fail) -> None:
    """
    Check that each name is a parameter or result, once.

    Args:
        names: as written.
        signature: None while nothing tells it; then only the form of a name is checked.
        emit: which values there are to record.
        fail: makes the error for the name of an index: its problem and hint.

    Raises:
        SpecError: as `fail` makes it.
    """
    params = _named(signature.params) if signature else []
    results = _named(signature.results) if signature else []
    first: dict[str, int] = {}
    for index, name in enumerate(names):
        if name == "_":
            raise fail(index, '"_" has no value to capture', "name the parameter")
        if not _PLAIN.fullmatch(name):
            problem = f"{quote(name)}: expressions are not supported yet"
            raise fail(index, problem, _offer("", params + results) if signature else "")
        if signature and name not in params + results:
            problem = f"{quote(name)} is not a parameter or result of the signature"
            raise fail(index, problem, _offer(name, params + results))
        if name in first:
            problem = f"{quote(name)} is already captured by capture[{first[name]}]"
            raise fail(index, problem, "name it once")
        if emit is Emit.ENTRY and name in results:
            problem = f'{quote(name)} is a result, and emit = "entry" records no results'
            raise fail(index, problem, 'write emit = "call"')
        first[name] = index


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
