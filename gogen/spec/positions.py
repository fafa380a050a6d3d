# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Find the line of every key of a TOML document.

In:   the document's bytes, already known to be valid TOML
Out:  {("function", 0, "signature"): 7, ...}, lines counted from 1

Upstream: "TOML v1.0.0", sections "Keys", "Table" and "Array of Tables"; node names are
those of the tree-sitter-toml grammar. tomllib gives values but no positions, and this
gives positions but no values: a node this module does not know costs a line number,
never a wrong value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import tree_sitter  # noqa: TID251 - the importer for TOML; golang.syntax is the one for Go
import tree_sitter_toml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gogen.spec.source import Key

_ESCAPE = re.compile(r"\\(?:([btnfre\"\\])|u(\w{4})|U(\w{8})|x(\w{2}))", re.ASCII)
_ESCAPES = dict(zip('btnfre"\\', '\b\t\n\f\r\x1b"\\', strict=True))


def lines(document: bytes) -> dict[Key, int]:
    """
    Map each key to the line it is written on.

    A table's line is that of its header; one that no header names has the line of the
    first key inside it. `[function.limits]` after `[[function]]` belongs to the last
    element, as in TOML.
    """
    language = tree_sitter.Language(tree_sitter_toml.language())
    tree = tree_sitter.Parser(language).parse(document)
    found: dict[Key, int] = {}
    lengths: dict[Key, int] = {}
    for node in tree.root_node.named_children:
        if node.type == "pair":
            _pair(node, (), found)
        elif node.type in {"table", "table_array_element"} and node.named_children:
            header, *body = node.named_children
            key = _header(_names(header), lengths, found, _line(node))
            if node.type == "table_array_element":
                lengths[key] = lengths.get(key, 0) + 1
                found.setdefault(key, _line(node))
                key = (*key, lengths[key] - 1)
            found[key] = _line(node)
            for pair in body:
                _pair(pair, key, found)
    return found


def _line(node: tree_sitter.Node) -> int:
    return node.start_point.row + 1


def _header(names: list[str], lengths: dict[Key, int], found: dict[Key, int], line: int) -> Key:
    """Resolve a header's name, entering the last element of each array of tables on the way."""
    key: Key = ()
    for name in names:
        if key in lengths:
            key = (*key, lengths[key] - 1)
        elif key:
            found.setdefault(key, line)
        key = (*key, name)
    return key


def _pair(node: tree_sitter.Node, table: Key, found: dict[Key, int]) -> None:
    if node.type != "pair" or len(node.named_children) < 2:
        return
    name, value = node.named_children[0], node.named_children[-1]
    key = table
    for part in _names(name):
        key = (*key, part)
        found.setdefault(key, _line(name))
    _value(value, key, found)


def _value(node: tree_sitter.Node, key: Key, found: dict[Key, int]) -> None:
    """Enter inline tables and arrays; recursion is bounded by spec.nesting."""
    if node.type == "inline_table":
        for pair in node.named_children:
            _pair(pair, key, found)
    elif node.type == "array":
        items = [item for item in node.named_children if item.type != "comment"]
        for index, item in enumerate(items):
            found[*key, index] = _line(item)
            _value(item, (*key, index), found)


def _names(node: tree_sitter.Node) -> list[str]:
    """The names of a bare, quoted or dotted key."""
    return [_name(leaf) for leaf in _leaves(node)]


def _leaves(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    if node.type == "dotted_key":
        for child in node.named_children:
            yield from _leaves(child)
    else:
        yield node


def _name(node: tree_sitter.Node) -> str:
    text = (node.text or b"").decode(errors="replace")
    if text.startswith('"'):
        return _ESCAPE.sub(_unescape, text[1:-1])
    if text.startswith("'"):
        return text[1:-1]
    return text


def _unescape(match: re.Match[str]) -> str:
    letter, *digits = match.groups()
    return _ESCAPES[letter] if letter else chr(int("".join(filter(None, digits)), 16))
