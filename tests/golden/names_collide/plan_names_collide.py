# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Parameters whose C names meet: with each other, with C's words, with a record's own members."""

from plancase import one, plan

PLAN = plan(
    one("func(a string, a_bytes int, hdr int, int int, é int, u00e9 int, EOF int) (r0 int, _ int)")
)
