# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Floats that a function stores before it calls anything are read by a second probe behind that."""

import dataclasses

from plancase import TEXT, code, plan, site

from gogen.binary.floatmodel import FloatSite, FloatSlot
from gogen.binary.model import FunctionCode

SPEC = """\
[tracer]
name = "shop"
binary = "shop"

[types]
"main.Point" = "struct { N int32; X, Y float32; Name string }"

[[function]]
symbol = "main.move"
signature = "func(p main.Point, x float64, lost float64) float64"

[[function]]
symbol = "main.turn"
signature = "func(c complex64, by string) int"
emit = "both"

[[function]]
symbol = "main.scale"
signature = "func(c complex128, x float32)"
emit = "entry"
"""


def stored(symbol: str, number: int, *slots: tuple[int, int, int]) -> FunctionCode:
    made = code(symbol, address=TEXT + number * 0x1000)
    return dataclasses.replace(
        made,
        float_sites=(
            FloatSite(
                site=site(made.address + 40, b"\x48\x89\xc1", "mov rcx, rax"),
                below_entry=32,
                slots=tuple(
                    FloatSlot(register=register, size=size, sp_distance=distance)
                    for register, size, distance in slots
                ),
                emulated=False,
            ),
        ),
    )


PLAN = plan(
    SPEC,
    stored("main.move", 0, (0, 4, 48), (1, 8, 56), (2, 8, 72)),
    stored("main.turn", 1, (0, 4, 40), (1, 4, 44)),
    stored("main.scale", 2, (0, 8, 40), (1, 8, 48), (2, 4, 56)),
)
