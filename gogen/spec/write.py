# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Write a spec for functions of a binary: what `gogen init` prints.

In:   the binary's path, each function's symbol, signature and what can be captured
Out:  the text of a spec.toml that `load` reads

Upstream: "TOML v1.0.0"; tomlkit writes every string, so that no symbol breaks out of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import tomlkit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gogen.spec.model import Offered

_MAX_STRINGS = 8
_STRING, _SHORT_STRING = 64, 32


def write(binary: str, name: str, offered: Sequence[Offered]) -> str:
    """Return the spec as text; `binary` is written as given, `name` names the tracer."""
    document = tomlkit.document()
    document.add(tomlkit.comment("gogen build turns this into a tracer of the functions below."))
    tracer = tomlkit.table()
    tracer.add("name", name)
    tracer.add("binary", binary)
    document.add("tracer", tracer)
    most = max((function.string_cnt for function in offered), default=0)
    limits = tomlkit.table()
    limits.add("string", _SHORT_STRING if most > _MAX_STRINGS else _STRING)
    limits["string"].comment("bytes recorded of a string or []byte")
    document.add("limits", limits)
    functions = tomlkit.aot()
    for function in offered:
        functions.append(_function(function))
    document.add("function", functions)
    return tomlkit.dumps(document)


def _function(function: Offered) -> tomlkit.items.Table:
    table = tomlkit.table()
    table.add(tomlkit.comment(_one_line(function.signature)))
    table.add("symbol", function.symbol)
    if not function.ends:
        table.add("emit", "entry")
        table["emit"].comment("its end cannot be seen")
    for sentence in function.left_out:
        table.add(tomlkit.comment(_one_line(sentence)))
    table.add("capture", list(function.captured))
    return table


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
