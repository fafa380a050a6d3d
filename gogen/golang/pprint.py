# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Print types and signatures as Go syntax.

In:   GoType, Signature
Out:  text that `syntax` reads back as the same model

Upstream: "The Go Programming Language Specification", section "Types".
The text of a Named is also its key in a Types table. `uint8` elements print as `byte`,
since `[]byte` is what people write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.golang.types import (
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

if TYPE_CHECKING:
    from collections.abc import Iterable

_PREDECLARED = {
    Interface(): "any",
    Interface(methods=("Error() string",)): "error",
}


def format_signature(signature: Signature) -> str:
    """Give `func(a int, b ...string) (n int, err error)`; `text` and spacing do not matter."""
    if not signature.known:
        return signature.text
    params = [
        f"{param.name} {text}"
        for param, text in zip(
            signature.params,
            _with_variadic((param.type for param in signature.params), signature.variadic),
            strict=True,
        )
    ]
    return f"func({', '.join(params)}){_format_results(signature.results)}"


def format_type(type_: GoType) -> str:
    """Give the type in Go syntax, on one line."""
    match type_:
        case Basic():
            return type_.value
        case Pointer():
            return f"*{format_type(type_.elem)}"
        case Slice():
            return f"[]{_format_elem(type_.elem)}"
        case Array():
            return f"[{type_.length}]{_format_elem(type_.elem)}"
        case Map():
            return f"map[{format_type(type_.key)}]{format_type(type_.elem)}"
        case Chan():
            return _format_chan(type_)
        case Func():
            return f"func{format_parameters(type_)}"
        case Struct():
            return _braces("struct", [format_field(field) for field in type_.fields])
        case Interface():
            return _PREDECLARED.get(type_) or _braces("interface", type_.methods)
        case Named():
            args = ", ".join([format_type(arg) for arg in type_.args])
            return f"{type_.name}[{args}]" if args else type_.name


def format_parameters(func: Func) -> str:
    """Give a function type without its keyword, as a method is written: `(int) error`."""
    params = ", ".join(_with_variadic(func.params, func.variadic))
    results = tuple(Param(name="~r", type=type_) for type_ in func.results)
    return f"({params}){_format_results(results)}"


def _with_variadic(types: Iterable[GoType], variadic: bool) -> list[str]:
    texts = [format_type(type_) for type_ in types]
    if variadic:
        texts[-1] = f"...{texts[-1].removeprefix('[]')}"
    return texts


def _format_results(results: tuple[Param, ...]) -> str:
    texts = [format_type(result.type) for result in results]
    if all(result.name.startswith("~") for result in results):
        if len(texts) < 2:
            return "".join(f" {text}" for text in texts)
        return f" ({', '.join(texts)})"
    names = ["_" if result.name.startswith("~") else result.name for result in results]
    named = [f"{name} {text}" for name, text in zip(names, texts, strict=True)]
    return f" ({', '.join(named)})"


def _format_elem(elem: GoType) -> str:
    return "byte" if elem is Basic.UINT8 else format_type(elem)


def _format_chan(chan: Chan) -> str:
    elem = format_type(chan.elem)
    # "chan <-chan T" would be read as "chan<- chan T".
    return f"{chan.direction} ({elem})" if elem.startswith("<-") else f"{chan.direction} {elem}"


def format_field(field: Field) -> str:
    """Give one field as a struct has it: `Name string`, or an embedded one's type."""
    if not field.embedded:
        return f"{field.name} {format_type(field.type)}"
    elem = field.type.elem if isinstance(field.type, Pointer) else field.type
    # An embedded byte is a field named "byte", although its type is uint8.
    name = format_type(elem) if isinstance(elem, Named) else field.name
    return f"*{name}" if isinstance(field.type, Pointer) else name


def _braces(keyword: str, elements: Iterable[str]) -> str:
    inside = "; ".join(elements)
    return f"{keyword} {{ {inside} }}" if inside else f"{keyword} {{}}"
