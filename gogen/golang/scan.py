# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Check and prepare Go text before the grammar sees it.

In:   text as a user wrote it
Out:  Source: the same text, with what the grammar cannot read masked, every byte in its place

Upstream: "The Go Programming Language Specification", section "Lexical elements".
Masking keeps byte positions, so a node's position is a position in the user's own text and
names are read from there. Masked are comments, and the import path of a name as `go tool nm`
prints it: `net/http.Request`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gogen.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_LENGTH = 1 << 16
"""Characters in one type or signature."""

MAX_DEPTH = 100
"""Types within types; what reads them recurses, and no program's own types come near."""

GENERIC = (
    "type parameters in a signature are not supported",
    "write the types of the instance that is to be traced",
)
"""Problem and hint."""


class SyntaxProblem(SpecError):  # noqa: N818 - a problem in the user's text; spec/ adds the file
    """
    Text that is not the Go asked for.

    Attributes:
        line, column: where, both from 1, in characters of the text that was parsed.
    """

    def __init__(self, problem: str, hint: str = "", *, line: int = 1, column: int = 1) -> None:
        where = f"column {column}" if line == 1 else f"line {line}, column {column}"
        super().__init__(where, problem, hint)
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """
    Text that is safe to parse.

    Attributes:
        text: as written.
        data: as written, UTF-8: names are read from here.
        masked: as long as `data`: what to parse.
        one_line: as written, without comments, each run of white space one space.
        declaration: `func (r T) Name(...)` or `func Name(...)` rather than a type.
    """

    text: str
    data: bytes
    masked: bytes
    one_line: str
    declaration: bool

    def problem(self, byte: int, problem: str, hint: str = "") -> SyntaxProblem:
        """Give the problem at a byte of `data`."""
        return _problem(self.text, len(self.data[:byte].decode(errors="ignore")), problem, hint)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    index: int


_TOKEN = re.compile(
    r"""
      (?P<comment> //[^\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<string>  "(?:[^"\\\n]|\\.)*+"? | `[^`]*`? )
    | (?P<word>    \w[\w.~%+-]*+(?:/[\w.~%+-]++)*+ )   # with the import path, if any
    | (?P<open>    [(\[{] )
    | (?P<close>   [)\]}] )
    | (?P<space>   \s+ )
    | (?P<other>   . )
    """,
    re.VERBOSE | re.DOTALL,
)
_CLOSES = {"(": ")", "[": "]", "{": "}"}
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_TYPE_KEYWORDS = frozenset({"chan", "func", "interface", "map", "struct"})


def scan(text: str) -> Source:
    """Prepare text; raises SyntaxProblem when it is empty, unbounded or unbalanced."""
    if len(text) > MAX_LENGTH:
        raise SyntaxProblem(f"{len(text)} characters, more than {MAX_LENGTH}")
    if found := _UNPRINTABLE.search(text):
        raise _problem(text, found.start(), f"character U+{ord(found[0]):04X} is not Go")
    tokens = tuple(_tokens(text))
    code = [token for token in tokens if token.kind not in ("comment", "space")]
    if not code:
        raise SyntaxProblem("empty, expected Go", "write a signature such as func(a int) error")
    if [token.text for token in code[:2]] == ["func", "["]:
        raise _problem(text, code[1].index, *GENERIC)
    _check_brackets(text, code)
    return Source(
        text=text,
        data=text.encode(),
        masked=b"".join(_mask(token, leading=token.index < code[0].index) for token in tokens),
        one_line=" ".join(
            "".join(" " if token.kind == "comment" else token.text for token in tokens).split()
        ),
        declaration=_is_declaration(code),
    )


def _problem(text: str, index: int, problem: str, hint: str = "") -> SyntaxProblem:
    start = text.rfind("\n", 0, index) + 1
    line = text.count("\n", 0, index) + 1
    return SyntaxProblem(problem, hint, line=line, column=index - start + 1)


def _tokens(text: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(text):
        assert found.lastgroup is not None
        token = _Token(found.lastgroup, found[0], found.start())
        if token.text.startswith("/*") and (len(token.text) < 4 or token.text[-2:] != "*/"):
            raise _problem(text, token.index, "this comment is never closed")
        if token.kind == "string" and (len(token.text) < 2 or token.text[-1] != token.text[0]):
            raise _problem(text, token.index, "this string is never closed")
        yield token


def _check_brackets(text: str, code: list[_Token]) -> None:
    opened: list[_Token] = []
    before = ""
    for token in code:
        if token.kind == "open":
            if token.text == "{" and before not in ("struct", "interface") and not opened:
                raise _problem(text, token.index, "a signature ends before the function's body")
            opened.append(token)
            if len(opened) > MAX_DEPTH:
                raise _problem(text, token.index, f"nested more than {MAX_DEPTH} deep")
        elif token.kind == "close":
            if not opened:
                raise _problem(text, token.index, f'unexpected "{token.text}"')
            expected = _CLOSES[opened.pop().text]
            if token.text != expected:
                problem = f'unexpected "{token.text}", expected "{expected}"'
                raise _problem(text, token.index, problem)
        before = token.text
    if opened:
        raise _problem(text, opened[-1].index, f'"{opened[-1].text}" is never closed')


def _mask(token: _Token, *, leading: bool) -> bytes:
    data = token.text.encode()
    if token.kind == "comment":
        return bytes(byte if byte in b"\r\n" else ord(" ") for byte in data)
    if token.kind == "space" and leading:  # a line break here would end the wrapping statement
        return b" " * len(data)
    path, dot, name = token.text.rpartition(".")
    if token.kind == "word" and "/" in path and "/" not in name:
        return b"p" * len(path.encode()) + dot.encode() + name.encode()
    return data


def _is_declaration(code: list[_Token]) -> bool:
    if len(code) < 2 or code[0].text != "func":
        return False
    if code[1].kind == "word":
        return True
    if code[1].text != "(":
        return False
    depth = 0
    for position, token in enumerate(code):
        depth += (token.kind == "open") - (token.kind == "close")
        if token.kind == "close" and depth == 0:
            after = code[position + 1 : position + 3]
            return (
                len(after) == 2
                and after[0].kind == "word"
                and after[0].text not in _TYPE_KEYWORDS
                and after[1].text == "("
            )
    return False
