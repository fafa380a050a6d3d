# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Parse Go text into tree-sitter's syntax tree, or say where it stops being Go.

In:   Source
Out:  Tree

Upstream: tree-sitter-go's grammar.js names the nodes and fields.
A type alone is no program, so it is wrapped in a statement; positions are given back in the
text as it was before. This is golang's only importer of tree-sitter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import tree_sitter_go
from tree_sitter import Language, Node, Parser  # noqa: TID251 - golang's one importer

if TYPE_CHECKING:
    from gogen.golang.scan import Source, SyntaxProblem

__all__ = ["Node", "Tree"]

_LANGUAGE = Language(tree_sitter_go.language())
_PREFIX = b"var _ "  # makes a type a statement


class Tree:
    """
    One text, parsed.

    Attributes:
        source: the text.
        root: of a declaration its node; of anything else the type's.
    """

    def __init__(self, source: Source) -> None:
        """Raise SyntaxProblem unless the text is one declaration or one type."""
        self.source = source
        self._shift = 0 if source.declaration else len(_PREFIX)
        wrapped = _PREFIX[: self._shift] + source.masked + b"\n"
        statement = self._only_statement(Parser(_LANGUAGE).parse(wrapped).root_node)
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
            self._shift + len(self.source.data), "not a complete Go type or signature"
        )

    def _unexpected(self, node: Node) -> SyntaxProblem:
        line = self.text(node).splitlines() or [""]
        shown = line[0] if len(line[0]) <= 20 else f"{line[0][:20]}..."
        return self.problem(node, f'unexpected "{shown}"')
