# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Read Go signatures and types from text.

In:   text as a user wrote it
Out:  Signature, GoType

Upstream: "The Go Programming Language Specification", sections "Types" and "Function
declarations"; names of unnamed results (`~r0`) as cmd/compile gives them.
Every error is a SyntaxProblem at a line and column of the user's own text. Array lengths
must be literals: a constant's value is not in the text.
"""

from __future__ import annotations

from gogen.golang.pprint import format_parameters, format_type
from gogen.golang.scan import GENERIC, MAX_DEPTH, SyntaxProblem, scan
from gogen.golang.tree import Node, Tree
from gogen.golang.types import (
    PREDECLARED,
    Array,
    Basic,
    Chan,
    Field,
    Func,
    GoType,
    Interface,
    Map,
    Named,
    Param,
    Pointer,
    Signature,
    Slice,
    Struct,
)

__all__ = ["SyntaxProblem", "parse_signature", "parse_type"]

_EXAMPLE = "func(a int, b []byte) error"
_MIXED = ("named and unnamed parameters are mixed", "name all of them or none")


def parse_signature(text: str) -> Signature:
    """
    Read `func(a int, b []byte) error`, or a declaration's head: `func (s *T) Name(a int) error`.

    A receiver becomes the first parameter and the function's name is dropped. Raises
    SyntaxProblem, also for type parameters, a body, and names declared twice.
    """
    tree = Tree(scan(text))
    if tree.root.type not in ("function_type", "function_declaration", "method_declaration"):
        raise tree.problem(tree.root, "not a function signature", f"write {_EXAMPLE}")
    return _Reader(tree).signature()


def parse_type(text: str) -> GoType:
    """Read one type; raises SyntaxProblem."""
    tree = Tree(scan(text))
    return _Reader(tree).type(tree.root, 0)


class _Reader:
    """Builds models from one tree; `depth` counts the types around a node."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._text = tree.text
        self._field = tree.field
        self._problem = tree.problem

    def signature(self) -> Signature:
        node = self._tree.root
        if (generic := node.child_by_field_name("type_parameters")) is not None:
            raise self._problem(generic, *GENERIC)
        names: set[str] = set()
        receiver: tuple[Param, ...] = ()
        if (written := node.child_by_field_name("receiver")) is not None:
            receiver, variadic = self._parameters(written, 0, names)
            if len(receiver) != 1 or variadic:
                raise self._problem(written, "a method has exactly one receiver")
        params, results, variadic = self._function(node, 0, names)
        return Signature(
            text=self._tree.source.one_line,
            params=receiver + params,
            results=results,
            variadic=variadic,
        )

    def _function(
        self, node: Node, depth: int, names: set[str]
    ) -> tuple[tuple[Param, ...], tuple[Param, ...], bool]:
        params, variadic = self._parameters(self._field(node, "parameters"), depth, names)
        result = node.child_by_field_name("result")
        if result is None:
            return params, (), variadic
        if result.type != "parameter_list":
            return params, (Param(name="~r0", type=self.type(result, depth)),), variadic
        written, variadic_result = self._parameters(result, depth, names)
        if variadic_result:
            raise self._problem(result, "a result cannot be variadic")
        results = tuple(
            Param(name=f"~r{index}" if param.name == "_" else param.name, type=param.type)
            for index, param in enumerate(written)
        )
        return params, results, variadic

    def _parameters(self, node: Node, depth: int, seen: set[str]) -> tuple[tuple[Param, ...], bool]:
        """
        Read a list as Go's own parser does: where any entry has a name, a lone identifier
        is a name that shares the next entry's type. The grammar sees that only for a few.
        """
        params: list[Param] = []
        lone: list[Node] = []
        variadic = False
        declarations = node.named_children
        named = any(each.child_by_field_name("name") for each in declarations)
        for declaration in declarations:
            if variadic:
                raise self._problem(declaration, "only the last parameter can be variadic")
            variadic = declaration.type == "variadic_parameter_declaration"
            names = declaration.children_by_field_name("name")
            written = self._field(declaration, "type")
            if named and not names and written.type == "type_identifier" and not variadic:
                lone.append(written)
                continue
            if named and (not names or (lone and variadic)):
                raise self._problem(declaration, *_MIXED)
            type_ = self.type(written, depth)
            if variadic:
                type_ = Slice(elem=type_)
            params += [
                Param(name=name, type=type_) for name in self._names(lone + names, seen) or ["_"]
            ]
            lone = []
        if lone:
            raise self._problem(lone[0], *_MIXED)
        return tuple(params), variadic

    def _names(self, nodes: list[Node], seen: set[str]) -> list[str]:
        return [self._declare(node, self._text(node), seen) for node in nodes]

    def _declare(self, node: Node, name: str, seen: set[str]) -> str:
        if name in seen and name != "_":
            raise self._problem(node, f'"{name}" is declared twice')
        seen.add(name)
        return name

    def type(self, node: Node, depth: int) -> GoType:
        if depth > MAX_DEPTH:
            raise self._problem(node, f"nested more than {MAX_DEPTH} deep")
        depth += 1
        match node.type:
            case "type_identifier":
                return self._identifier(node)
            case "qualified_type":
                name = "".join(self._text(node).split())
                return Basic.UNSAFE_POINTER if name == "unsafe.Pointer" else Named(name=name)
            case "generic_type":
                return self._instance(node, depth)
            case "parenthesized_type":
                return self.type(node.named_children[0], depth)
            case "pointer_type":
                return Pointer(elem=self.type(node.named_children[0], depth))
            case "slice_type":
                return Slice(elem=self.type(self._field(node, "element"), depth))
            case "array_type":
                length = self._length(self._field(node, "length"))
                return Array(length=length, elem=self.type(self._field(node, "element"), depth))
            case "map_type":
                key = self.type(self._field(node, "key"), depth)
                return Map(key=key, elem=self.type(self._field(node, "value"), depth))
            case "channel_type":
                return self._chan(node, depth, "".join(c.type for c in node.children[:-1]))
            case "function_type":
                return self._func(node, depth)
            case "struct_type":
                return self._struct(node, depth)
            case "interface_type":
                return self._interface(node, depth)
        raise self._problem(node, f'"{self._text(node)[:20]}" is not a type')

    def _identifier(self, node: Node) -> GoType:
        name = self._text(node)
        if name == "_":
            raise self._problem(node, '"_" is not a type')
        return PREDECLARED.get(name, Named(name=name))

    def _instance(self, node: Node, depth: int) -> GoType:
        generic = self.type(self._field(node, "type"), depth)
        if not isinstance(generic, Named):
            raise self._problem(node, "this type takes no type arguments")
        args = []
        for argument in self._field(node, "type_arguments").named_children:
            if len(argument.named_children) != 1:
                raise self._problem(argument, "expected one type as type argument")
            args.append(self.type(argument.named_children[0], depth))
        return Named(name=generic.name, args=tuple(args))

    def _length(self, node: Node) -> int:
        text = self._text(node)
        if node.type != "int_literal":
            problem = f'array length "{text[:20]}" is not an integer literal'
            raise self._problem(node, problem, "write the constant's value")
        digits = text.replace("_", "").lower()
        if len(digits) <= 66:  # 0b and 64 bits
            if digits.isdigit() and digits.startswith("0"):
                digits = f"0o{digits}"
            try:
                length = int(digits, 0)
            except ValueError as error:
                raise self._problem(node, f'"{text}" is not an integer') from error
            if length < 1 << 63:
                return length
        raise self._problem(node, "this array length does not fit in an int")

    def _chan(self, node: Node, depth: int, direction: str) -> Chan:
        """Give the arrow to the leftmost chan: the grammar reads `chan<- chan T` the other way."""
        value = self._field(node, "value")
        if direction == "chan" and value.type == "channel_type" and value.children[0].type == "<-":
            if depth > MAX_DEPTH:
                raise self._problem(node, f"nested more than {MAX_DEPTH} deep")
            return Chan(elem=self._chan(value, depth + 1, "chan"), direction="chan<-")
        return Chan(elem=self.type(value, depth), direction=direction)

    def _func(self, node: Node, depth: int) -> Func:
        params, results, variadic = self._function(node, depth, set())
        return Func(
            params=tuple(param.type for param in params),
            results=tuple(param.type for param in results),
            variadic=variadic,
        )

    def _struct(self, node: Node, depth: int) -> Struct:
        fields: list[Field] = []
        seen: set[str] = set()
        for declaration in node.named_children[0].named_children:
            type_ = self.type(self._field(declaration, "type"), depth)
            names = self._names(declaration.children_by_field_name("name"), seen)
            if names:
                fields += [Field(name=name, type=type_) for name in names]
            else:
                fields.append(self._embedded(declaration, type_, seen))
        return Struct(fields=tuple(fields))

    def _embedded(self, node: Node, type_: GoType, seen: set[str]) -> Field:
        if type_ is Basic.UNSAFE_POINTER:
            raise self._problem(node, "unsafe.Pointer cannot be embedded")
        written = self._field(node, "type")
        if written.type == "generic_type":
            written = self._field(written, "type")
        name = self._text(written).rpartition(".")[2].strip()
        if any(child.type == "*" for child in node.children):
            type_ = Pointer(elem=type_)
        return Field(name=self._declare(node, name, seen), type=type_, embedded=True)

    def _interface(self, node: Node, depth: int) -> Interface:
        elements: set[str] = set()
        for element in node.named_children:
            if element.type == "method_elem":
                name = self._text(self._field(element, "name"))
                elements.add(name + format_parameters(self._func(element, depth)))
                continue
            match [self._term(term, depth) for term in element.named_children]:
                case [("", Interface() as embedded)]:  # what it asks for, this one asks for
                    elements.update(embedded.methods)
                case terms:
                    texts = [f"{tilde}{format_type(type_)}" for tilde, type_ in terms]
                    elements.add(" | ".join(texts))
        return Interface(methods=tuple(sorted(elements)))

    def _term(self, node: Node, depth: int) -> tuple[str, GoType]:
        if node.type == "negated_type":
            return "~", self.type(node.named_children[0], depth)
        return "", self.type(node, depth)


def _groups(declarations: list[Node]) -> list[tuple[tuple[Node, ...], Node]]:
    """
    Give each declaration, preceded by those of its names that the grammar took for types.

    It does so in a group of more than nine: before a named parameter, a bare identifier is
    always a name.
    """
    named = [i for i, node in enumerate(declarations) if node.children_by_field_name("name")]
    last_named = named[-1] if named else -1
    groups: list[tuple[tuple[Node, ...], Node]] = []
    names: list[Node] = []
    for index, node in enumerate(declarations):
        bare = [child.type for child in node.children] == ["type_identifier"]
        if bare and index < last_named:
            names.append(node)
            continue
        groups.append((tuple(names), node))
        names = []
    return groups
