# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Decide how a call of a generic function says which instance it is of.

In:   FunctionCode, AbiAssignment
Out:  the register its dictionary comes in, and what each dictionary means

Instances whose type arguments look alike in memory share code; the dictionary, a hidden
parameter, is what they differ in.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gogen.abi.model import AbiAssignment
    from gogen.binary.model import FunctionCode
    from gogen.plan.model import RecordPlan

_DICTIONARY = ".dict"


def register(assignment: AbiAssignment, code: FunctionCode) -> str:
    """Give the C expression of a register; empty where there is none, or it would not tell."""
    # What a function ignores, its dictionary too, may be another's when it begins again.
    if not code.dictionaries or not code.keeps_args:
        return ""
    for param in assignment.params:
        if param.name == _DICTIONARY and len(param.words) == 1:
            return f"GO_I{param.words[0].index}(ctx)"
    return ""


def table(code: FunctionCode, *records: RecordPlan | None) -> tuple[tuple[int, str, str], ...]:
    """Give the rows of the loader's table, by address; none where no record has a dictionary."""
    if not any(record and record.dictionary for record in records):
        return ()
    return tuple(
        (each.address, json.dumps(each.type_args, separators=(",", ":")), each.instance)
        for each in code.dictionaries
    )
