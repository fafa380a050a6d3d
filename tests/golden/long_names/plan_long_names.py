# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Names longer than a line: of the tracer, of a symbol with shapes, of parameters, and many."""

from plancase import one, plan

SHAPE = "go.shape.struct { " + "; ".join(f"Field{n} map[string]int" for n in range(40)) + " }"
WORDS = "aParameterWhoseNameAloneIsLongerThanMostLines" * 3

PLAN = plan(
    one(
        f"func({WORDS} string, {WORDS}Too []byte, f float64, {WORDS}F float32, "
        f"{', '.join(f'p{n} *verylongpackagename.AndTypeName{n}' for n in range(12))}) int",
        symbol=f"example.com/organisation/project/internal/verylongpackagename.Index[{SHAPE}]",
        name="a-tracer-whose-name-has-sixty-three-characters-as-many-as-a-spec"[:63],
    )
)
