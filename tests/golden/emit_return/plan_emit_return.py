# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""A record when a call ends, from its results alone."""

from plancase import one, plan

PLAN = plan(one("func(e error) (n int, b []byte)", extra='emit = "return"'))
