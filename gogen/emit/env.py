# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Set Jinja up: where templates are, and the few filters they may use.

Output is clang-format clean as it is written. Nested text goes through `block(n)`, which
indents by n tabs and breaks what is wider than 100 columns the way clang-format would, so
that no template needs a whitespace dash.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2  # noqa: TID251 - this is the one place

from gogen.emit.cliteral import c_bytes, c_comment, c_hex, c_string
from gogen.errors import GogenError

if TYPE_CHECKING:
    from collections.abc import Iterator

_COLUMNS = 100
_TAB = 8


def _width(line: str) -> int:
    return len(line.expandtabs(_TAB))


def _arguments(line: str) -> tuple[str, list[str]] | None:
    """Split `name(a, b(c, d), "e, f");` into what precedes its arguments, and them."""
    code = line.lstrip("\t")
    start = len(line) - len(code)
    if code.startswith("if ("):
        start += len("if (")
    start = line.find("(", start) + 1
    if not start or '"' in line[:start]:
        return None
    args, depth, quoted, at = [], 0, False, start
    i = start
    while i < len(line):
        char = line[i]
        if quoted:
            if char == "\\":
                i += 1
            quoted = char != '"'
        elif char == '"':
            quoted = True
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth < 0:
                break
        elif char == "," and not depth:
            args.append(line[at : i + 1].strip())
            at = i + 1
        i += 1
    args.append(line[at:].strip())
    return line[:start], args


def _fill(first: str, args: list[str], pad: str) -> list[str]:
    """Put as many arguments on each line as fit."""
    lines = [first + args[0]]
    for arg in args[1:]:
        longer = f"{lines[-1]} {arg}"
        if _width(longer) <= _COLUMNS:
            lines[-1] = longer
        else:
            lines.append(pad + arg)
    return lines


def _excess(lines: list[str]) -> int:
    return sum(max(0, _width(line) - _COLUMNS) for line in lines)


def _wrap_call(line: str, tabs: int) -> list[str]:
    """Align a call's arguments to its parenthesis; if that is too narrow, indent them."""
    parts = _arguments(line)
    if not parts or len(parts[1]) == 1:
        return [line]
    head, args = parts
    column = _width(head)
    pad = "\t" * (column // _TAB) + " " * (column % _TAB)
    aligned = _fill(head, args, pad)
    pad = "\t" * (tabs + 1)
    indented = [head, *_fill(pad, args, pad)]
    return indented if _excess(indented) < _excess(aligned) else aligned


def _wrap_head(line: str) -> list[str]:
    """Break a function's head, of one parameter, after what it returns, then before that."""
    returned, _, rest = line.partition("(")[0].rpartition(" ")
    name, parameter = f"{rest}(", line.partition("(")[2]
    if _width(name + parameter) <= _COLUMNS:
        return [returned, name + parameter]
    together = f"{returned} {name}"
    first = [together] if _width(together) <= _COLUMNS else [returned, name]
    return [*first, "\t" + parameter]


def _wrap(line: str) -> list[str]:
    """Break one statement where clang-format would: arguments first, then after `=`."""
    if _width(line) <= _COLUMNS:
        return [line]
    tabs = len(line) - len(line.lstrip("\t"))
    if line.startswith("static ") and line.endswith(")") and "," not in line:
        return _wrap_head(line)
    lines = _wrap_call(line, tabs)
    if not _excess(lines):
        return lines
    name, equals, value = line.partition(" = ")
    if equals and "(" not in name:
        return [f"{name} =", *_wrap("\t" * (tabs + 1) + value)]
    if "(" in line or not line.endswith(";"):
        return lines
    declared, _, name = line.rpartition(" ")
    return [declared, "\t" * (tabs + 1) + name]


def block(text: str, tabs: int) -> str:
    """Indent nested text by tabs, without its final newlines."""
    lines: list[str] = []
    for line in text.rstrip("\n").split("\n"):
        lines.extend(_wrap("\t" * tabs + line if line else line))
    return "\n".join(lines)


def c_member(text: str, name: str) -> str:
    """Initialise a member with a string."""
    return f".{name} = {c_string(text)},"


def comment_box(signature: str, notation: tuple[tuple[str, str, str], ...]) -> str:
    """Write the comment that heads a handler: the signature, then each value's place and type."""
    lines = textwrap.wrap(
        c_comment(signature),
        _COLUMNS - 4,
        subsequent_indent="        ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    columns = [[c_comment(part) for part in row] for row in notation]
    name_width = max((len(row[0]) for row in columns), default=0)
    place_width = max((len(row[1]) for row in columns), default=0)
    for name, place, go_type in columns:
        row = f"  {name:{name_width}}  {place:{place_width}}  {go_type}"
        lines.extend(
            textwrap.wrap(
                row,
                _COLUMNS - 4,
                subsequent_indent="          ",
                break_long_words=False,
                break_on_hyphens=False,
            )
            if len(row) > _COLUMNS - 4
            else [row]
        )
    body = "\n".join(f" * {line}".rstrip() for line in lines)
    return f"/*\n{body}\n */"


def _finalize(value: object) -> object:
    if value is None:
        raise jinja2.UndefinedError("a template printed None: the plan lacks a decision")
    return value


def templates_dir() -> Path:
    """Find templates/: inside the package when installed from a wheel, beside it otherwise."""
    package = Path(__file__).resolve().parent.parent
    for candidate in (package / "templates", package.parent / "templates"):
        if (candidate / "tracer.bpf.c.j2").is_file():
            return candidate
    raise GogenError("templates", "not found beside the package", "reinstall gogen")


@cache
def environment() -> jinja2.Environment:
    """Give the one environment; StrictUndefined, and nothing prints None."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates_dir()),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - C, not HTML: cliteral escapes
        finalize=_finalize,
    )
    env.filters |= {
        "block": block,
        "c_bytes": c_bytes,
        "c_comment": c_comment,
        "c_member": c_member,
        "c_string": c_string,
        "comment_box": comment_box,
        "hex": c_hex,
    }
    return env


class Kinds(Mapping[str, Any]):
    """
    templates/kinds: kind -> its three macros. Files that begin with `_` are shared.

    A kind is compiled when it is asked for: a tracer has a few of them.
    """

    def __getitem__(self, name: str) -> Any:
        return environment().get_template(f"kinds/{name}.j2").module

    def __iter__(self) -> Iterator[str]:
        names = [Path(name) for name in environment().list_templates()]
        own = [name.stem for name in names if name.parent.name == "kinds"]
        return iter(sorted(name for name in own if not name.startswith("_")))

    def __len__(self) -> int:
        return len(list(iter(self)))


def kinds() -> Kinds:
    """Give what reads and shows each kind of value."""
    return Kinds()


def render(template: str, **values: object) -> str:
    """
    Render one template.

    Raises:
        GogenError: the template and the plan do not fit; a bug in gogen.
    """
    try:
        return environment().get_template(template).render(kinds=kinds(), **values)
    except jinja2.TemplateError as error:
        raise GogenError(f"templates/{template}", str(error), "this is a bug in gogen") from error
