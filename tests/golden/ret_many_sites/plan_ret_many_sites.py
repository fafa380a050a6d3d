# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Every return is a row of a table, not code."""

from plancase import code, one, plan

PLAN = plan(one("func(a bool) bool"), code("main.f", rets=9))
