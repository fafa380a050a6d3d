# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Where calls came from, with the return address in a register."""

from plancase import one, plan

from gogen.binary.model import Machine

PLAN = plan(one("func(p *struct{ S string }) error", extra="stack = true"), machine=Machine.ARM64)
