# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""What is known of the program while its values are planned, as one argument."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gogen.binary.floatmodel import FloatSlot
    from gogen.binary.model import DynamicType
    from gogen.golang.sizes import Layouts
    from gogen.golang.types import GoType, Types
    from gogen.plan.tree import Far
    from gogen.plan.valuemodel import NodePlan, ValueNode
    from gogen.spec.model import Limits

    Trees = dict[tuple[Limits, Far], dict[tuple[GoType, int], ValueNode]]
    Tables = dict[tuple[NodePlan, ...], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LateFloats:
    """
    Float registers that can be read at another probe than the one that reads the rest.

    Attributes:
        slots: which, and where they are by then.
        base: C expression of the address that the slots are counted from.
        reason: why a value is unread if that probe is not reached; empty when its reading fails.
    """

    slots: tuple[FloatSlot, ...] = ()
    base: str = "GO_SP(ctx)"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """
    What the binary and the spec say of types.

    Attributes:
        types: named types.
        moves: the program is loaded anywhere: addresses in it are not those as linked.
        ipv4: as in BinaryFacts; 0 too when nothing says so.
        dynamic: types that interfaces may hold, by the names they were asked for.
        floats: the float registers that can be had.
        ignored: the function ignores what it is passed in registers.
        odd: kinds that the program's runtime lays out otherwise than they are read, and why.
        recursive: whether types hold slices of themselves, so far.
        layouts: what was laid out of `types` so far.
        trees: what types in memory lead to: by limits, how far interfaces are followed, the type
            and how deep.
        tables: the loader's tables so far: their C names, by their rows.
    """

    types: Types
    moves: bool = False
    ipv4: int = 0
    dynamic: Mapping[str, tuple[DynamicType, ...]] = field(default_factory=dict)
    floats: LateFloats = LateFloats()
    ignored: bool = False
    odd: Mapping[str, str] = field(default_factory=dict)
    recursive: dict[GoType, bool] = field(default_factory=dict, repr=False, compare=False)
    layouts: Layouts = field(default_factory=dict, repr=False, compare=False)
    trees: Trees = field(default_factory=dict, repr=False, compare=False)
    tables: Tables = field(default_factory=dict, repr=False, compare=False)
