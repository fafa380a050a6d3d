# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""What a call carries beside its parameters; part of the binary's model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gogen.golang.types import GoType


@dataclass(frozen=True, slots=True, kw_only=True)
class Dictionary:
    """
    What an instance of a generic function is called with.

    Attributes:
        address: where it is, and is no other one's.
        type_args: as the linker's symbol writes them: `int`, `main.Price`.
        instance: the function's symbol with them in the place of shapes.
    """

    address: int
    type_args: tuple[str, ...]
    instance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedVariable:
    """
    A variable of the enclosing function that a closure uses.

    Attributes:
        name: as in the source.
        type: its type; named ones are defined in Declaration.types.
        offset: where in the closure it is, bytes.
        by_reference: it is the variable's address that is there.
        unsure: it may be either, and nothing tells.
    """

    name: str
    type: GoType
    offset: int
    by_reference: bool
    unsure: bool
