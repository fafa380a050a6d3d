# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""A record when a call begins, and nothing else: no map, no return sites."""

from plancase import code, one, plan

PLAN = plan(one("func(s string) error", extra='emit = "entry"'), code("main.f", rets=0))
