# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Two of nine registers are left: the slice goes to the stack whole, a later int does not."""

from plancase import one, plan

PLAN = plan(one("func(a, b, c, d, e, f, g int, rest []byte, last uint8)"))
