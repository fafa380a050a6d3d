# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""An int in, an int out: one register each, and the sign follows from the member's width."""

from plancase import one, plan

PLAN = plan(one("func(n int32) int64"))
