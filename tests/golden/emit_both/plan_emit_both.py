# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""A record when a call begins and another when it ends, paired for the duration."""

from plancase import one, plan

PLAN = plan(one("func(s string) int", extra='emit = "both"'))
