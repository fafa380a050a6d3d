# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Floats that the frame of a signal shows: arguments and results, in every kind of record."""

import dataclasses

from plancase import TEXT, code, plan, site

from gogen.binary.floatmodel import SignalEntry
from gogen.binary.model import FunctionCode

SPEC = """\
[tracer]
name = "shop"
binary = "shop"

[types]
"main.Point" = "struct { N int32; X, Y float32; Name string }"

[[function]]
symbol = "main.move"
signature = "func(p main.Point, x float64) (main.Point, complex128)"
floats = "signal"

[[function]]
symbol = "main.scale"
signature = "func(c complex64, x float32, by string)"
emit = "entry"
floats = "signal"

[[function]]
symbol = "main.price"
signature = "func(n int) (float64, error)"
emit = "return"
floats = "signal"

[[function]]
symbol = "main.plain"
signature = "func(n int) bool"
"""


def kept(symbol: str, number: int) -> FunctionCode:
    made = code(symbol, address=TEXT + number * 0x1000)
    return dataclasses.replace(made, floats_kept=tuple(range(15)))


PLAN = plan(
    SPEC,
    *(kept(f"main.{name}", number) for number, name in enumerate(("move", "scale", "price"))),
    signals=SignalEntry(
        symbol="runtime.sigtramp",
        file_offset=0x60000,
        size=108,
        code_hash=0x1234,
        site=site(0x460041, b"\xe8\xda\x52\xfe\xff", "call 0x445320"),
        wanted=0x594794,
        handled=0x594CBC,
    ),
)
