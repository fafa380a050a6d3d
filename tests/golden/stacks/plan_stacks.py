# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Where calls came from, in each kind of record that says it, and functions that do not."""

from plancase import plan

SIGNATURE = "signature = 'func(s string) int'"
PLAN = plan(
    '[tracer]\nname = "shop"\nbinary = "shop"\n'
    + "".join(
        f"[[function]]\nsymbol = 'main.{emit}'\n{SIGNATURE}\nemit = '{emit}'\nstack = true\n"
        for emit in ("call", "entry", "return", "both")
    )
    + f"[[function]]\nsymbol = 'main.none'\n{SIGNATURE}\n"
)
