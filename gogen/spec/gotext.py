# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Read the Go in a spec, and show the place when it can't be read.

In:   strings of the spec, Source
Out:  Signature; Expression; the [types] table as sorted (name, type) pairs

Upstream: "The Go Programming Language Specification", sections "Types", "Type
definitions" and "Expressions". A type's name is the text golang.pprint gives for it: its key
in a Types table.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from gogen.golang.expression import parse_expression
from gogen.golang.pprint import format_type
from gogen.golang.syntax import SyntaxProblem, parse_signature, parse_type
from gogen.golang.types import GoType, Named, Signature
from gogen.spec.source import Key, Source, is_hidden, quote, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gogen.errors import SpecError
    from gogen.golang.expression import Expression

_WINDOW = 76  # columns of the user's text shown around a caret


def signature(text: str, key: Key, source: Source) -> Signature:
    """
    Read one function's signature.

    Raises:
        SpecError: with the column, and a caret under the place on the lines that follow.
    """
    try:
        return parse_signature(text)
    except SyntaxProblem as problem:
        raise _pointed(problem, text, key, source) from problem


def expression(text: str, key: Key, source: Source) -> Expression:
    """
    Read one capture.

    Raises:
        SpecError: with the column, and a caret under the place on the lines that follow.
    """
    try:
        return parse_expression(text)
    except SyntaxProblem as problem:
        raise _pointed(problem, text, key, source) from problem


def types(table: Mapping[str, str], source: Source) -> tuple[tuple[str, GoType], ...]:
    """
    Read [types]: named types, sorted by name.

    Raises:
        SpecError: a key that names no type, a value that is none, a name defined twice
            or only by itself.
    """
    defined: dict[str, GoType] = {}
    keys: dict[str, Key] = {}
    for written, text in table.items():
        key: Key = ("types", written)
        name = _type_name(written, key, source)
        if name in defined:
            problem = f"is already defined on line {source.line(keys[name])}"
            raise source.error(key, problem, "keep one of them")
        try:
            defined[name] = parse_type(text)
        except SyntaxProblem as problem:
            raise _pointed(problem, text, key, source) from problem
        keys[name] = key
    _check_ends(defined, keys, source)
    return tuple(sorted(defined.items()))


def _type_name(text: str, key: Key, source: Source) -> str:
    try:
        named = parse_type(text)
    except SyntaxProblem as problem:
        raise _not_a_name(text, key, source) from problem
    if not isinstance(named, Named):
        raise _not_a_name(text, key, source)
    return format_type(named)


def _not_a_name(text: str, key: Key, source: Source) -> SpecError:
    hint = "write a type's name as source code does: main.Order, Pair[int]"
    return source.error(key, f"{quote(text)} is not a name that can be defined", hint)


def _check_ends(defined: Mapping[str, GoType], keys: Mapping[str, Key], source: Source) -> None:
    """Follow names that stand for names; a struct that holds itself is for golang.sizes."""
    ends: set[str] = set()
    for start, key in keys.items():
        chain: set[str] = set()
        name, type_ = start, defined.get(start)
        while isinstance(type_, Named) and name not in ends:
            if name in chain:
                raise source.error(key, "is defined only by itself", "write the type it stands for")
            chain.add(name)
            name = format_type(type_)
            type_ = defined.get(name)
        ends |= chain


def _pointed(problem: SyntaxProblem, text: str, key: Key, source: Source) -> SpecError:
    excerpt = _excerpt(text.split("\n")[problem.line - 1], problem.column)
    message = f"{problem.context}: {visible(problem.problem)}"
    if problem.hint:
        return source.error(key, message, problem.hint + excerpt)
    return source.error(key, message + excerpt)


def _excerpt(line: str, column: int) -> str:
    """Give the line and a caret below it, both indented, cut to a window around the caret."""
    start = max(0, column - 1 - _WINDOW * 3 // 4)
    shown = "".join(_one_cell(char) for char in line[start : start + _WINDOW])
    before = shown[: column - 1 - start]
    wide = sum(unicodedata.east_asian_width(char) in {"W", "F"} for char in before)
    return f"\n    {shown.rstrip()}\n    {' ' * (column - 1 - start + wide)}^"


def _one_cell(char: str) -> str:
    return " " if char == "\t" else "?" if is_hidden(char) else char
