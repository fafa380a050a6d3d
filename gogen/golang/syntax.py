# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Read Go signatures and types from text, with tree-sitter's Go grammar.

In:   text as a user wrote it
Out:  Signature, GoType

Upstream: "The Go Programming Language Specification", sections "Types" and "Function
declarations"; names of unnamed results (`~r0`) as cmd/compile gives them.
Every error is a SyntaxProblem at a line and column of the user's own text. Array lengths
must be literals: a constant's value is not in the text.
"""

from __future__ import annotations

import tree_sitter_go
from tree_sitter import Language, Node, Parser  # noqa: TID251 - this is golang's one importer

from gogen.golang.pprint import format_parameters, format_type
from gogen.golang.scan import GENERIC, MAX_DEPTH, Source, SyntaxProblem, scan
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

_LANGUAGE = Language(tree_sitter_go.language())
_PREFIX = b"var _ "  # makes a type a statement
_EXAMPLE = "func(a int, b []byte) error"


def parse_signature(text: str) -> Signature:
    """
    Read `func(a int, b []byte) error`, or a declaration's head: `func (s *T) Name(a int) error`.

    A receiver becomes the first parameter and the function's name is dropped. Raises
    SyntaxProblem, also for type parameters, a body, and names declared twice.
    """
    source = scan(text)
    if source.declaration:
        reader = _Reader(source, 0)
        node = reader.declaration()
    else:
        reader = _Reader(source, len(_PREFIX))
        node = reader.whole_type()
        if node.type != "function_type":
            raise reader.problem(node, "not a function signature", f"write {_EXAMPLE}")
    return reader.signature(node)


def parse_type(text: str) -> GoType:
    """Read one type; raises SyntaxProblem."""
    reader = _Reader(scan(text), len(_PREFIX))
    return reader.type(reader.whole_type(), 0)


class _Reader:
    """One text being read; `shift` is how far the wrapping moved it."""

    def __init__(self, source: Source, shift: int) -> None:
        self._source = source
        self._shift = shift
        wrapped = _PREFIX[:shift] + source.masked + b"\n"
        self._root = Parser(_LANGUAGE).parse(wrapped).root_node

    # Where things are.

    def problem(self, node: Node, problem: str, hint: str = "") -> SyntaxProblem:
        return self._problem_at(node.start_byte, problem, hint)

    def _problem_at(self, byte: int, problem: str, hint: str = "") -> SyntaxProblem:
        return self._source.problem(max(byte - self._shift, 0), problem, hint)

    def _text(self, node: Node) -> str:
        start, end = node.start_byte - self._shift, node.end_byte - self._shift
        return self._source.data[max(start, 0) : end].decode(errors="replace")

    def _field(self, node: Node, name: str) -> Node:
        child = node.child_by_field_name(name)
        if child is None:
            raise self.problem(node, f"a {node.type} without its {name}")
        return child

    # The whole text.

    def declaration(self) -> Node:
        node = self._only_statement()
        if node.type not in ("function_declaration", "method_declaration"):
            raise self.problem(node, "not a function signature", f"write {_EXAMPLE}")
        return node

    def whole_type(self) -> Node:
        node = self._only_statement()
        spec = node.named_children[0]
        if (value := spec.child_by_field_name("value")) is not None:
            raise self.problem(value, "unexpected value, expected only a type")
        return self._field(spec, "type")

    def _only_statement(self) -> Node:
        if self._root.has_error:
            raise self._syntax_error()
        first, *rest = (child for child in self._root.children if child.end_byte > child.start_byte)
        if rest:
            raise self._unexpected(rest[0])
        return first

    def _syntax_error(self) -> SyntaxProblem:
        """Give the first ERROR or MISSING node; one around it all is where its parse stopped."""
        pending = [self._root]
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
        return self._problem_at(self._root.end_byte, "not Go")

    def _stopped(self, error: Node) -> SyntaxProblem:
        first, *rest = error.children or [error]
        if first.is_named and first.end_byte > self._shift and rest:
            return self._unexpected(rest[0])
        for child in error.children:
            if child.type.endswith("literal"):
                return self._unexpected(child)
        return self._problem_at(
            self._shift + len(self._source.data), "not a complete Go type or signature"
        )

    def _unexpected(self, node: Node) -> SyntaxProblem:
        line = self._text(node).splitlines() or [""]
        shown = line[0] if len(line[0]) <= 20 else f"{line[0][:20]}..."
        return self.problem(node, f'unexpected "{shown}"')

    # Signatures.

    def signature(self, node: Node) -> Signature:
        if (generic := node.child_by_field_name("type_parameters")) is not None:
            raise self.problem(generic, *GENERIC)
        names: set[str] = set()
        receiver: tuple[Param, ...] = ()
        if (written := node.child_by_field_name("receiver")) is not None:
            receiver, variadic = self._parameters(written, 0, names)
            if len(receiver) != 1 or variadic:
                raise self.problem(written, "a method has exactly one receiver")
        params, results, variadic = self._function(node, 0, names)
        return Signature(
            text=self._source.one_line, params=receiver + params, results=results, variadic=variadic
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
            raise self.problem(result, "a result cannot be variadic")
        results = tuple(
            Param(name=f"~r{index}" if param.name == "_" else param.name, type=param.type)
            for index, param in enumerate(written)
        )
        return params, results, variadic

    def _parameters(self, node: Node, depth: int, seen: set[str]) -> tuple[tuple[Param, ...], bool]:
        params: list[Param] = []
        named: bool | None = None
        variadic = False
        for declaration in node.named_children:
            if variadic:
                raise self.problem(declaration, "only the last parameter can be variadic")
            names = self._names(declaration, seen)
            if named not in (None, bool(names)):
                problem = "named and unnamed parameters are mixed"
                raise self.problem(declaration, problem, "name all of them or none")
            named = bool(names)
            type_ = self.type(self._field(declaration, "type"), depth)
            if declaration.type == "variadic_parameter_declaration":
                variadic = True
                type_ = Slice(elem=type_)
            params += [Param(name=name, type=type_) for name in names or ["_"]]
        return tuple(params), variadic

    def _names(self, declaration: Node, seen: set[str]) -> list[str]:
        nodes = declaration.children_by_field_name("name")
        return [self._declare(node, self._text(node), seen) for node in nodes]

    def _declare(self, node: Node, name: str, seen: set[str]) -> str:
        if name in seen and name != "_":
            raise self.problem(node, f'"{name}" is declared twice')
        seen.add(name)
        return name

    # Types.

    def type(self, node: Node, depth: int) -> GoType:
        if depth > MAX_DEPTH:
            raise self.problem(node, f"nested more than {MAX_DEPTH} deep")
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
        raise self.problem(node, f'"{self._text(node)[:20]}" is not a type')

    def _identifier(self, node: Node) -> GoType:
        name = self._text(node)
        if name == "_":
            raise self.problem(node, '"_" is not a type')
        return PREDECLARED.get(name, Named(name=name))

    def _instance(self, node: Node, depth: int) -> GoType:
        generic = self.type(self._field(node, "type"), depth)
        if not isinstance(generic, Named):
            raise self.problem(node, "this type takes no type arguments")
        args = []
        for argument in self._field(node, "type_arguments").named_children:
            if len(argument.named_children) != 1:
                raise self.problem(argument, "expected one type as type argument")
            args.append(self.type(argument.named_children[0], depth))
        return Named(name=generic.name, args=tuple(args))

    def _length(self, node: Node) -> int:
        text = self._text(node)
        if node.type != "int_literal":
            problem = f'array length "{text[:20]}" is not an integer literal'
            raise self.problem(node, problem, "write the constant's value")
        digits = text.replace("_", "").lower()
        if len(digits) <= 66:  # 0b and 64 bits
            if digits.isdigit() and digits.startswith("0"):
                digits = f"0o{digits}"
            try:
                length = int(digits, 0)
            except ValueError as error:
                raise self.problem(node, f'"{text}" is not an integer') from error
            if length < 1 << 63:
                return length
        raise self.problem(node, "this array length does not fit in an int")

    def _chan(self, node: Node, depth: int, direction: str) -> Chan:
        """Give the arrow to the leftmost chan: the grammar reads `chan<- chan T` the other way."""
        value = self._field(node, "value")
        if direction == "chan" and value.type == "channel_type" and value.children[0].type == "<-":
            if depth > MAX_DEPTH:
                raise self.problem(node, f"nested more than {MAX_DEPTH} deep")
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
            names = self._names(declaration, seen)
            if names:
                fields += [Field(name=name, type=type_) for name in names]
            else:
                fields.append(self._embedded(declaration, type_, seen))
        return Struct(fields=tuple(fields))

    def _embedded(self, node: Node, type_: GoType, seen: set[str]) -> Field:
        if type_ is Basic.UNSAFE_POINTER:
            raise self.problem(node, "unsafe.Pointer cannot be embedded")
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
