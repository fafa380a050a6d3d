# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Go's types as gogen sees them: a flat set of frozen nodes.

A named type is a reference (`Named`), looked up in a `Types` table, so that recursive
types need no cycles: whoever needs the layout of a name asks the table for it.

Upstream: "The Go Programming Language Specification", section "Types".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Basic(Enum):
    """Predeclared types; `byte`, `rune` and `any` are read as what they stand for."""

    BOOL = "bool"
    INT = "int"
    INT8 = "int8"
    INT16 = "int16"
    INT32 = "int32"
    INT64 = "int64"
    UINT = "uint"
    UINT8 = "uint8"
    UINT16 = "uint16"
    UINT32 = "uint32"
    UINT64 = "uint64"
    UINTPTR = "uintptr"
    FLOAT32 = "float32"
    FLOAT64 = "float64"
    COMPLEX64 = "complex64"
    COMPLEX128 = "complex128"
    STRING = "string"
    UNSAFE_POINTER = "unsafe.Pointer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """`*elem`."""

    elem: GoType


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """`[]elem`."""

    elem: GoType


@dataclass(frozen=True, slots=True, kw_only=True)
class Array:
    """`[length]elem`."""

    length: int
    elem: GoType


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One struct field; an embedded one is named after its type, a blank one is `_`."""

    name: str
    type: GoType
    embedded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Struct:
    """`struct { fields }`."""

    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """`map[key]elem`."""

    key: GoType
    elem: GoType


@dataclass(frozen=True, slots=True, kw_only=True)
class Chan:
    """`chan elem`, `<-chan elem` or `chan<- elem` (`direction` is the Go keyword)."""

    elem: GoType
    direction: str = "chan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Func:
    """A function value."""

    params: tuple[GoType, ...]
    results: tuple[GoType, ...]
    variadic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """
    An interface; `methods` holds its elements, sorted, each in `pprint`'s one spelling:
    `Read([]byte) (int, error)`, `io.Reader`, `~int | string`.

    `any`, `error` and every other interface take two words: an itab (or, when there are
    no methods, a type) and the data word.
    """

    methods: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """
    A reference to a named type, as source code names it: `http.Request`, `List[int]`.

    `error` and `any` are not Named: the parser reads them as Interface.
    """

    name: str
    args: tuple[GoType, ...] = ()


GoType = Basic | Pointer | Slice | Array | Struct | Map | Chan | Func | Interface | Named

PREDECLARED: Mapping[str, GoType] = {
    **{basic.value: basic for basic in Basic if basic is not Basic.UNSAFE_POINTER},
    "byte": Basic.UINT8,
    "rune": Basic.INT32,
    "any": Interface(),
    "error": Interface(methods=("Error() string",)),
    "comparable": Interface(methods=("comparable",)),
}
"""Type names that need no declaration; unsafe.Pointer is a package's."""

Types = Mapping[str, GoType]
"""Named types a signature may use: name as `pprint.format_type` gives it -> what it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """
    One parameter or result.

    A blank or unnamed parameter is `_`; an unnamed result `~r0`, `~r1`, as Go names them.
    A variadic parameter's type is the slice the callee sees.
    """

    name: str
    type: GoType


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """
    A function type with its names.

    `text` is the signature as the user wrote it, on one line. A method's receiver
    is the first parameter (spec contract: "a method's receiver written first") and a
    receiver in Go's own place, `func (s *T) M(...)`, is moved there by the parser.
    `known` is False where nothing tells the parameters and results: none are listed.
    """

    text: str
    params: tuple[Param, ...]
    results: tuple[Param, ...]
    variadic: bool = False
    known: bool = True


UNKNOWN = Signature(text="func(...)", params=(), results=(), known=False)
"""Of a function of which only calls are recorded, without any value."""
