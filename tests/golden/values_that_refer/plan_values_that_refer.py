# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Structs, slices, pointers, maps and interfaces: the value itself, then a piece per reference."""

from plancase import plan

PLAN = plan(
    """
[tracer]
name = "values_that_refer"
binary = "shop"

[types]
"main.Order" = "struct { ID int64; Items []main.Item; Next *main.Order; Err error }"
"main.Item" = "struct { Name string; Tags [2]string; Took time.Duration }"
"time.Duration" = "int64"

[limits]
string = 16
slice = 4
depth = 2

[[function]]
symbol = "main.Place"
signature = "func(o *main.Order, by map[string]int, f struct { F float64; N int8 }) (any, error)"

[[function]]
symbol = "main.Seen"
signature = "func(ids []int64, d time.Duration, unit struct {})"
emit = "entry"
"""
)
