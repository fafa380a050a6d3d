# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Decide what a type assertion means: which of the program's types an interface has to hold.

In:   the type of the operand, the type that is asserted, Known.dynamic
Out:  DynamicType

Upstream: "The Go Programming Language Specification", section "Type assertions".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.golang.pprint import format_type
from gogen.golang.types import Interface
from gogen.plan.valuemodel import TypeTag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gogen.binary.model import DynamicType
    from gogen.golang.types import GoType

_INTERFACE_KIND = 20


class Mistake(Exception):  # noqa: N818 - the user's
    """What an expression asks for is not there: the problem and a hint."""

    def __init__(self, problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint


def held(
    operand: str,
    under: GoType,
    asserted: GoType,
    dynamic: Mapping[str, tuple[DynamicType, ...]],
) -> DynamicType:
    """
    Find the type that an interface has to hold.

    Args:
        operand: how the interface is written, for messages.
        under: its underlying type.
        asserted: the type that is asserted.
        dynamic: types that were found in the binary.

    Raises:
        Mistake: the operand is no interface, or can't hold that type.
    """
    if not isinstance(under, Interface):
        raise Mistake(f"{operand} is no interface but {format_type(under)}")
    name = format_type(asserted)
    found = dynamic.get(name, ())
    if not found:
        raise Mistake(
            f"no interface of the program ever holds a {name}",
            "a type is named as source code names it, with its package: *fs.PathError",
        )
    if len(found) > 1:
        paths = ", ".join(sorted(each.package for each in found))
        raise Mistake(f"{name} means several types, of {paths}", "write the whole path")
    if found[0].kind == _INTERFACE_KIND:
        raise Mistake(
            f"{name} is an interface: which types have its methods is not known here",
            "assert a type that has a value",
        )
    return found[0]


def tag(type_: DynamicType) -> TypeTag:
    """Write down what tells a type's descriptor from all others."""
    return TypeTag(tag=f"{type_.tag:#x}ULL", name_at=type_.name_at)
