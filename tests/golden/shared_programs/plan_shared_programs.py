# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Eight functions that are traced alike share their programs; a ninth keeps its own."""

from plancase import plan

_FUNCTION = '[[function]]\nsymbol = "shop.{}"\nsignature = "func({}) int"\n'

PLAN = plan(
    '[tracer]\nname = "shop"\nbinary = "shop"\n'
    + "".join(_FUNCTION.format(f"f{n}", f"a{n} string, b{n} int") for n in range(8))
    + _FUNCTION.format("alone", "a int")
)
