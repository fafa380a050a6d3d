# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The same on arm64: sixteen registers, other instructions, another target."""

from plancase import one, plan

from gogen.binary.model import Machine

PLAN = plan(
    one(
        "func(a, b, c, d, e, f, g, h, i, j, k, l, m, n int, s string, t string) (int8, []byte)",
        extra='capture = ["a", "n", "s", "t", "~r0", "~r1"]',
    ),
    machine=Machine.ARM64,
)
