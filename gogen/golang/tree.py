# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Parse Go text into tree-sitter's syntax tree, or say where it stops being Go.

In:   Source
Out:  Tree

Upstream: tree-sitter-go's grammar.js names the nodes and fields.
A type or an expression alone is no program, so it is wrapped in a statement; positions are
given back in the text as it was before. This is golang's only importer of tree-sitter.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import tree_sitter_go
from tree_sitter import Language, Node, Parser  # noqa: TID251 - golang's one importer

if TYPE_CHECKING:
    from gogen.golang.scan import Source, SyntaxProblem

__all__ = ["Node", "Tree"]

_LANGUAGE = Language(tree_sitter_go.language())
_TYPE_PREFIX = b"var _ "  # makes a type a statement
_VALUE_PREFIX = b"var _ = "
_UNNAMED = re.compile(rb"~(?=r\d)")


class Tree:
    """
    One text, parsed.

    Attributes:
        source: the text.
        root: of a declaration its node; of anything else the type's, or the expression's.
    """

    def __init__(self, source: Source, *, expression: bool = False) -> None:
        """Raise SyntaxProblem unless the text is one declaration, type or expression."""
        self.source = source
        self._what = "expression" if expression else "type or signature"
        prefix, masked = _TYPE_PREFIX, source.masked
        if expression:
            # The name of an unnamed result is none to the grammar.
            prefix, masked = _VALUE_PREFIX, _UNNAMED.sub(b"_", masked)
        elif source.declaration:
            prefix = b""
        self._shift = len(prefix)
        statement = self._only_statement(Parser(_LANGUAGE).parse(prefix + masked + b"\n").root_node)
        if expression:
            self.root = self._only_value(statement)
        else:
            self.root = statement if source.declaration else self._declared_type(statement)

    def text(self, node: Node) -> str:
        """Give the user's own text."""
        start, end = node.start_byte - self._shift, node.end_byte - self._shift
        return self.source.data[max(start, 0) : end].decode(errors="replace")

    def field(self, node: Node, name: str) -> Node:
        """Give the child that the grammar calls `name`."""
        child = node.child_by_field_name(name)
        if child is None:
            raise self.problem(node, f"a {node.type} without its {name}")
        return child

    def problem(self, node: Node, problem: str, hint: str = "") -> SyntaxProblem:
        """Give the problem at the start of a node."""
        return self._problem_at(node.start_byte, problem, hint)

    def _problem_at(self, byte: int, problem: str, hint: str = "") -> SyntaxProblem:
        return self.source.problem(max(byte - self._shift, 0), problem, hint)

    def _only_statement(self, program: Node) -> Node:
        if program.has_error:
            raise self._syntax_error(program)
        first, *rest = (child for child in program.children if child.end_byte > child.start_byte)
        if rest:
            raise self._unexpected(rest[0])
        return first

    def _declared_type(self, statement: Node) -> Node:
        spec = statement.named_children[0]
        if (value := spec.child_by_field_name("value")) is not None:
            raise self.problem(value, "unexpected value, expected only a type")
        return self.field(spec, "type")

    def _only_value(self, statement: Node) -> Node:
        values = self.field(statement.named_children[0], "value").named_children
        if len(values) > 1:
            raise self._unexpected(values[1])
        return values[0]

    def _syntax_error(self, program: Node) -> SyntaxProblem:
        """Give the first ERROR or MISSING node; one around it all is where its parse stopped."""
        pending = [program]
        while pending:
            node = pending.pop()
            if node.is_missing:
                missing = node.type.replace("_", " ")
                return self._problem_at(node.start_byte, f'expected "{missing}"')
            whole = node.is_error and node.start_byte < max(self._shift, 1)
            if node.is_error and not whole:
                return self._unexpected(node)
            inside = [child for child in node.children if child.has_error or child.is_missing]
            if whole and not inside:
                return self._stopped(node)
            pending.extend(reversed(inside))
        return self._problem_at(program.end_byte, "not Go")

    def _stopped(self, error: Node) -> SyntaxProblem:
        first, *rest = error.children or [error]
        if first.is_named and first.end_byte > self._shift and rest:
            return self._unexpected(rest[0])
        for child in error.children:
            if child.type.endswith("literal"):
                return self._unexpected(child)
        return self._problem_at(
            self._shift + len(self.source.data), f"not a complete Go {self._what}"
        )

    def _unexpected(self, node: Node) -> SyntaxProblem:
        line = self.text(node).splitlines() or [""]
        shown = line[0] if len(line[0]) <= 20 else f"{line[0][:20]}..."
        return self.problem(node, f'unexpected "{shown}"')
