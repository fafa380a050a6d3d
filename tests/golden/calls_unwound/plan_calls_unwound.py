# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Calls that never return: the runtime's probes that end them, and keep their panics' values."""

from plancase import one, plan

PLAN = plan(one("func(n int) (string, error)"), unwound=True)
