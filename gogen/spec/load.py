# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Read a spec.toml, check all of it, and answer with what the user asked for.

In:   the path of a spec.toml
Out:  TraceSpec

Upstream: "TOML v1.0.0"; "The Go Programming Language Specification", section "Types",
for signatures and types, which golang.syntax parses.
Every refusal is a SpecError that starts with `FILE:LINE: KEY: `. Paths in the spec are
relative to the spec's folder; whether they exist is for later stages to find out.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from typing import TYPE_CHECKING, Any

from gogen.errors import SpecError
from gogen.spec.functions import functions
from gogen.spec.gotext import types
from gogen.spec.model import Limits, TraceSpec
from gogen.spec.nesting import MAX_DEPTH, too_deep
from gogen.spec.positions import lines
from gogen.spec.raw import MAX_TEXT, NAME
from gogen.spec.source import Source, is_hidden, quote, visible
from gogen.spec.validate import validate

if TYPE_CHECKING:
    from pathlib import Path

    from gogen.spec.source import Key

MAX_BYTES = 1 << 20
"""A spec is written by hand; what is larger is some other file."""

_TOML_ERROR = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)

_DIGITS = re.compile(r"[0-9_]{4000,}")

_DUPLICATES = {
    "Cannot declare": "this table is already defined above",
    "Cannot overwrite": "this key already has a value",
    "Cannot mutate": "this table is already complete",
    "Cannot redefine": "this name is already a table",
    "Duplicate inline table key": "this key is already in the inline table",
}
"""Tomllib's words for what is there twice, some of them with a Python tuple in them."""


def load(path: Path) -> TraceSpec:
    """
    Read and check one spec.

    Raises:
        SpecError: unreadable, not UTF-8, not TOML, or not a spec.
    """
    name = str(path)
    document = _read(path)
    tables = _tables(name, document)
    source = Source(name=name, lines=lines(document))
    raw = validate(tables, source)
    limits = Limits(**raw.limits.model_dump()) if raw.limits else Limits()
    return TraceSpec(
        name=_tracer_name(raw.tracer.name, path, source),
        path=path,
        binary=_relative(path, ("tracer", "binary"), raw.tracer.binary, source),
        go=raw.tracer.go or "",
        output=(
            _relative(path, ("tracer", "output"), raw.tracer.output, source)
            if raw.tracer.output
            else None
        ),
        types=types(raw.types or {}, source),
        functions=functions(raw.function, limits, source),
        digest=hashlib.sha256(document).hexdigest(),
    )


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            document = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise SpecError(str(path), "no such file", "give the path of a spec.toml") from error
    except IsADirectoryError as error:
        hint = "give the path of the spec.toml in it"
        raise SpecError(str(path), "is a directory", hint) from error
    except OSError as error:
        raise SpecError(str(path), f"can't be read: {(error.strerror or '').lower()}") from error
    except ValueError as error:  # a NUL in the path
        raise SpecError(quote(str(path)), "is not a path") from error
    if len(document) > MAX_BYTES:
        raise SpecError(str(path), "is larger than 1 MiB", "a spec is a short text file")
    return document


def _tables(name: str, document: bytes) -> dict[str, Any]:
    try:
        text = document.decode()
    except UnicodeDecodeError as error:
        line = document.count(b"\n", 0, error.start) + 1
        problem = f"not UTF-8: byte 0x{document[error.start]:02x}"
        raise SpecError(f"{name}:{line}", problem, "save the file as UTF-8") from error
    deep = too_deep(text)
    if deep is not None:
        problem = f"nested more than {MAX_DEPTH} levels deep"
        raise SpecError(f"{name}:{deep}", problem, "no key of a spec is that deep")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(name, text, str(error)) from error
    except RecursionError as error:
        raise SpecError(name, "nested too deep") from error
    except ValueError as error:  # more digits than Python agrees to convert
        digits = _DIGITS.search(text)
        line = text.count("\n", 0, digits.start()) + 1 if digits else 1
        raise SpecError(f"{name}:{line}", "not TOML: a number has too many digits") from error


def _not_toml(name: str, text: str, message: str) -> SpecError:
    """Tomllib's message with its line where ours goes: `spec.toml:3: not TOML: ... (column 5)`."""
    match = _TOML_ERROR.fullmatch(message)
    if match is None:
        return SpecError(name, f"not TOML: {message}")
    what, line, column = match.groups()
    known = (ours for theirs, ours in _DUPLICATES.items() if what.startswith(theirs))
    what = next(known, visible(what[0].lower() + what[1:]))
    if line is None:
        last = max(1, len(text.splitlines()))
        return SpecError(f"{name}:{last}", f"not TOML: {what} at the end of the file")
    hint = "save the file without a byte order mark" if text.startswith("\ufeff") else ""
    return SpecError(f"{name}:{line}", f"not TOML: {what} (column {column})", hint)


def _tracer_name(given: str | None, path: Path, source: Source) -> str:
    if given is not None:
        return given
    if re.fullmatch(NAME, path.stem):
        return path.stem
    usable = re.sub(r"[^A-Za-z0-9_-]+", "-", path.stem).strip("-_0123456789")[:63] or "tracer"
    raise source.error(
        ("tracer", "name"),
        f"is needed: the spec's own name, {quote(path.stem)}, can't name files and C identifiers",
        f'write name = "{usable}"',
    )


def _relative(spec: Path, key: Key, text: str, source: Source) -> Path:
    if any(is_hidden(char) for char in text):
        raise source.error(key, f"{quote(text)} has a control character")
    if len(text.encode()) > MAX_TEXT:
        raise source.error(key, f"is longer than {MAX_TEXT} bytes")
    return spec.parent / text
