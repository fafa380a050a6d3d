# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
A generic function of a program that is loaded anywhere.

Its dictionary tells the instance, and the address of the probe by how much the program moved.
"""

from dataclasses import replace

from plancase import code, one, plan

from gogen.binary.hiddenmodel import Dictionary

SYMBOL = "main.Map[go.shape.int,go.shape.string]"
DICTIONARIES = (
    Dictionary(address=0x4C0000, instance="main.Map[int,string]", type_args=("int", "string")),
    Dictionary(
        address=0x4C0040, instance="main.Map[main.ID,string]", type_args=("main.ID", "string")
    ),
)

PLAN = plan(
    one("func(s []int, f func(int) string) []string", symbol=SYMBOL, extra='emit = "both"'),
    replace(code(SYMBOL), dictionaries=DICTIONARIES),
    moves=True,
)
