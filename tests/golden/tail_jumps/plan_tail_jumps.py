# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Calls that end by a jump into another function: beside returns, without any, and alone."""

from plancase import TEXT, code, one, plan

FUNCTIONS = """
[[function]]
symbol = "main.(*T).Wrapper"
signature = "func(t *T, s string) []byte"

[[function]]
symbol = "main.ends"
signature = "func() int"
emit = "return"

[types]
T = "struct{ A int; B string }"
"""

PLAN = plan(
    one("func(n int) (int, error)", extra='emit = "both"') + FUNCTIONS,
    code("main.f", tails=2),
    code("main.(*T).Wrapper", rets=0, tails=1, address=TEXT + 0x1000),
    code("main.ends", tails=1, address=TEXT + 0x2000),
)
