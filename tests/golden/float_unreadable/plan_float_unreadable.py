# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""A float in a register is out of reach: no member, and the reason in the C and in the record."""

from plancase import one, plan

PLAN = plan(one("func(x float64, n int) (y float32, c complex128)"))
