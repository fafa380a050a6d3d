# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The entry is the stack check's branch: hits where the stack is about to grow are no calls."""

from plancase import code, one, plan

from gogen.binary.model import EntryChoice

TEXT = (
    one("func(n int) int")
    + "\n[[function]]\nsymbol = 'main.g'\nsignature = 'func(n int)'\nemit = 'entry'\n"
)

PLAN = plan(
    TEXT,
    code("main.f", choice=EntryChoice.CHECK_BRANCH),
    code("main.g", choice=EntryChoice.CHECK_BRANCH, address=0x402000),
)
