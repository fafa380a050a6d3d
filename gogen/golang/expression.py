# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Read Go expressions that name a part of a parameter or result: `req.URL.Path`, `len(b[4:])`.

In:   text as a user wrote it
Out:  Expression: where it begins, and each operation in the order it is applied

Upstream: "The Go Programming Language Specification", section "Expressions".
The one convention: only operations of one operand are read, so an expression is no tree but
a path. Nothing here knows types; what an operation means, they decide (plan/path.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gogen.golang.scan import MAX_DEPTH, SyntaxProblem, scan
from gogen.golang.syntax import parse_type
from gogen.golang.tree import Tree

if TYPE_CHECKING:
    from gogen.golang.tree import Node
    from gogen.golang.types import GoType

__all__ = [
    "Assert",
    "Call",
    "Deref",
    "Expression",
    "Index",
    "Part",
    "Select",
    "Step",
    "parse_expression",
]

_MAX_NUMBER = (1 << 31) - 1
_OFFERED = (
    "there are selectors, constant indices and slices, *p, x.(T), len, cap, hex and conversions"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """`x.name`."""

    column: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """`x[index]`."""

    column: int
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`x[low:high]`; `high` is None when it is not written."""

    column: int
    low: int
    high: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deref:
    """`*x`."""

    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`name(x)`: len, cap, hex, or a type's name."""

    column: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assert:
    """`x.(type)`."""

    column: int
    type: GoType


Step = Select | Index | Part | Deref | Call | Assert


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """
    A path from a parameter or result.

    Attributes:
        text: as written, on one line.
        root: the parameter's or result's name.
        column: where that is in `text`, from 1; so are the steps'.
        steps: what is done to it, first things first.
    """

    text: str
    root: str
    column: int
    steps: tuple[Step, ...]


def parse_expression(text: str) -> Expression:
    """
    Read one expression.

    Raises:
        SyntaxProblem: it is not Go, or an expression of more than one operand.
    """
    source = scan(text)
    if source.declaration:
        raise SyntaxProblem("a function, expected an expression")
    return _Reader(Tree(source, expression=True)).expression()


class _Reader:
    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._steps: list[Step] = []

    def expression(self) -> Expression:
        node: Node | None = self._tree.root
        last = self._tree.root
        while node is not None:
            last, node = node, self._step(node)
            if len(self._steps) > MAX_DEPTH:
                raise self._tree.problem(last, f"more than {MAX_DEPTH} operations")
        return Expression(
            text=self._tree.source.one_line,
            root=self._tree.text(last),
            column=self._column(last),
            steps=tuple(reversed(self._steps)),
        )

    def _step(self, node: Node) -> Node | None:
        """Add a node's operation, and give its operand; None for a name, which has none."""
        match node.type:
            case "identifier":
                return None
            case "parenthesized_expression":
                return node.named_children[0]
            case "selector_expression":
                name = self._tree.field(node, "field")
                step = Select(column=self._column(name), name=self._tree.text(name))
                return self._add(step, self._tree.field(node, "operand"))
            case "index_expression":
                index = self._tree.field(node, "index")
                found = Index(column=self._column(index), index=self._number(index))
                return self._add(found, self._tree.field(node, "operand"))
            case "slice_expression":
                return self._add(self._part(node), self._tree.field(node, "operand"))
            case "unary_expression" if self._tree.text(node)[:1] == "*":
                operand = self._tree.field(node, "operand")
                return self._add(Deref(column=self._column(node)), operand)
            case "type_assertion_expression":
                return self._assertion(node)
            case "call_expression":
                return self._call(node)
        shown = self._tree.text(node)
        shown = shown if len(shown) <= 20 else f"{shown[:20]}..."
        raise self._tree.problem(node, f'"{shown}" can\'t be captured', _OFFERED)

    def _add(self, step: Step, operand: Node) -> Node:
        self._steps.append(step)
        return operand

    def _call(self, node: Node) -> Node:
        function = self._tree.field(node, "function")
        while function.type == "parenthesized_expression":
            function = function.named_children[0]
        arguments = self._tree.field(node, "arguments").named_children
        name = self._tree.text(function)
        plain = function.type in ("identifier", "selector_expression")
        if not plain or len(arguments) != 1:
            shown = name if len(name) <= 20 else f"{name[:20]}..."
            problem = f'"{shown}(...)" would have to be called, and nothing is run in the target'
            raise self._tree.problem(function, problem, _OFFERED)
        return self._add(Call(column=self._column(function), name=name), arguments[0])

    def _assertion(self, node: Node) -> Node:
        asserted = self._tree.field(node, "type")
        column = self._column(asserted)
        try:
            found = parse_type(self._tree.text(asserted))
        except SyntaxProblem as problem:
            raise self._tree.problem(asserted, problem.problem, problem.hint) from problem
        return self._add(Assert(column=column, type=found), self._tree.field(node, "operand"))

    def _part(self, node: Node) -> Part:
        if (capacity := node.child_by_field_name("capacity")) is not None:
            raise self._tree.problem(capacity, "a slice's new capacity means nothing here")
        start, end = node.child_by_field_name("start"), node.child_by_field_name("end")
        low = self._number(start) if start is not None else 0
        high = self._number(end) if end is not None else None
        if end is not None and high is not None and high < low:
            raise self._tree.problem(end, f"ends at {high}, before it begins at {low}")
        operand = self._tree.field(node, "operand")
        column = self._column(operand) + len(self._tree.text(operand))
        return Part(column=column, low=low, high=high)

    def _number(self, node: Node) -> int:
        text = self._tree.text(node)
        if node.type == "int_literal":
            digits = text.replace("_", "")
            octal = len(digits) > 1 and digits[0] == "0" and digits.isdigit()
            try:
                number = int(digits, 8 if octal else 0)
            except ValueError:
                number = _MAX_NUMBER + 1
            if number <= _MAX_NUMBER:
                return number
            raise self._tree.problem(node, f"the largest index is {_MAX_NUMBER}")
        raise self._tree.problem(node, "not a whole number", "an index is a constant: x[0]")

    def _column(self, node: Node) -> int:
        return self._tree.problem(node, "").column
