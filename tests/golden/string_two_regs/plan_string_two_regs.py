# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""A string is two registers and a read of the bytes; what comes after it moves on."""

from plancase import one, plan

PLAN = plan(one("func(s string, n int) string", extra="limits = { string = 16 }"))
