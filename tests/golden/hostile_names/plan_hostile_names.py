# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Names that would like to be code.

A spec refuses control characters, a binary cannot: those come in by the binary's own words.
"""

from plancase import plan

SYMBOL = r"""x/main.(*T["*/ int x; /*", ??/, \, %s%n, '", {{ x }}, #define é]).世界"""

SPEC = f"""
[tracer]
name = "hostile-names"
binary = "shop"

[types]
"T" = "string"

[[function]]
symbol = '''{SYMBOL}'''
signature = "func(été string, 世界 int, x float64) (~ struct {{}})"
capture = ["été", "世界", "x"]
""".replace("(~ struct {})", "")

PLAN = plan(
    SPEC,
    name='*/ "shop" \\ ??/\n#error \u202e \ud800',
    go_version='go1.27.3 X:??/\n"*/',
)
