# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Check a document's tables against the shape of a spec, and say what is wrong in TOML's words.

In:   the values tomllib read, Source
Out:  RawSpec

pydantic finds every violation; the one that is reported is the first in the file, a
missing key after all others, because a misspelt key is usually why one is missing.
Upstream: pydantic's "Validation Errors", whose `type` strings are the cases below.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from gogen.spec.model import Emit
from gogen.spec.raw import (
    BOUNDS,
    CAPTURE_TAGS,
    NOT_YET,
    RawFunction,
    RawLimits,
    RawSpec,
    RawTracer,
)
from gogen.spec.source import Key, Source, quote

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from gogen.errors import SpecError

_TABLES: dict[Key, type[BaseModel]] = {
    (): RawSpec,
    ("tracer",): RawTracer,
    ("limits",): RawLimits,
    ("function",): RawFunction,
    ("function", "limits"): RawLimits,
}
"""The tables of a spec, by key without indices."""

_KINDS: dict[type, str] = {
    bool: "a boolean",
    int: "an integer",
    float: "a float",
    str: "a string",
    list: "an array",
    dict: "a table",
}

_EXPECTED = {
    "string_type": "a string",
    "bool_type": "true or false",
    "int_type": "an integer",
    "list_type": "an array",
    "dict_type": "a table",
    "model_type": "a table",
}

_MISSING: dict[Key, tuple[str, str]] = {
    ("tracer",): ("is needed", 'write [tracer] with binary = "PATH"'),
    ("tracer", "binary"): ("is needed", "the path of the Go program, relative to the spec"),
    ("function",): ("is needed: there is nothing to trace", "write a [[function]] with its symbol"),
}

_PATTERNS: dict[Key, tuple[str, str]] = {
    ("tracer", "name"): (
        "can't name files and C identifiers",
        "a letter, then letters, digits, _ and -, 63 characters at most",
    ),
    ("tracer", "go"): ("is not a Go version", 'write it like "1.26.1"'),
}


def validate(tables: dict[str, Any], source: Source) -> RawSpec:
    """
    Check keys, types and bounds.

    Raises:
        SpecError: the first violation.
    """
    try:
        return RawSpec.model_validate(tables)
    except ValidationError as error:
        details = error.errors(include_url=False)
        first = min(details, key=lambda d: (d["type"] == "missing", source.line(d["loc"])))
        raise _explain(first, source) from error


def _explain(detail: ErrorDetails, source: Source) -> SpecError:
    key: Key = detail["loc"]
    if key[2:3] == ("capture",):
        # No key of the file: which form pydantic took it for.
        key = key[:4] + tuple(part for part in key[4:] if part not in CAPTURE_TAGS)
    kind, value = detail["type"], detail["input"]
    place = tuple(part for part in key if isinstance(part, str))
    if kind == "missing":
        return source.error(key, *_MISSING[place])
    if kind == "extra_forbidden":
        return _unknown(key, source)
    if kind in _EXPECTED:
        return source.error(key, *_wrong_type(place, _EXPECTED[kind], value, key))
    if kind in {"less_than_equal", "greater_than_equal"}:
        least, most, why = BOUNDS[str(key[-1])]
        # An integer past TOML's 64 bits may have more digits than Python agrees to print.
        number = str(value) if abs(value) < 1 << 63 else "a number of more than 64 bits"
        return source.error(key, f"must be {least} to {most}, not {number}", why)
    if kind == "literal_error":
        return source.error(key, *_wrong_choice(str(key[-1]), value))
    if kind == "string_pattern_mismatch":
        problem, hint = _PATTERNS[place]
        return source.error(key, f"{quote(value)} {problem}", hint)
    if kind == "string_too_short":
        return source.error(key, "is empty")
    if kind == "too_short" and place in _MISSING:
        return source.error(key, *_MISSING[place])
    if kind == "too_short":
        return source.error(key, "is empty")
    if kind == "too_long":
        return source.error(key, "names more than one value", 'write { a = "x" }, { b = "y" }')
    return source.error(key, detail["msg"])


def _unknown(key: Key, source: Source) -> SpecError:
    *parents, last = key
    table = tuple(part for part in parents if isinstance(part, str))
    name = str(last)
    later = NOT_YET.get(table, ())
    if name in later:
        return source.error(key, "is not supported yet")
    known = list(_TABLES[table].model_fields)
    near = difflib.get_close_matches(name[:64], [*known, *later], n=1)
    hint = f"did you mean {quote(near[0])}?" if near else f"known here: {', '.join(known)}"
    return source.error(key, f"unknown key {quote(name)}", hint)


def _wrong_type(place: Key, expected: str, value: object, key: Key) -> tuple[str, str]:
    problem = f"must be {expected}, not {_kind(value)}"
    if place == ("function", "capture") and isinstance(value, dict):
        return problem, 'write ["a", { alias = "b.c" }]'
    if place[:2] == ("function", "capture") and len(place) > 2:
        return problem, 'write { alias = "b.c" }'
    if place == ("function",) and isinstance(value, dict) and len(key) == 1:
        return problem, "write [[function]], in double brackets"
    if place in {("tracer",), ("limits",)} and isinstance(value, list):
        return problem, f"write [{place[0]}], in single brackets"
    if place[:1] == ("types",) and len(place) == 2 and isinstance(value, dict):
        return problem, 'quote a name that has a dot: "main.ID" = "int64"'
    return problem, ""


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a date or time")


def _wrong_choice(name: str, value: object) -> tuple[str, str]:
    """Only `emit` and `floats` have a fixed set of values."""
    words = ["signal"] if name == "floats" else [emit.value for emit in Emit]
    most = ", ".join(map(quote, words[:-1]))
    choices = f"{most} or {quote(words[-1])}" if most else quote(words[-1])
    if not isinstance(value, str):
        return f"must be {choices}, not {_kind(value)}", ""
    near = difflib.get_close_matches(value[:64], words, n=1)
    hint = f"did you mean {quote(near[0])}?" if near else ""
    return f"must be {choices}, not {quote(value)}", hint
