# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""What interfaces hold: tables of types for the programs, and of their texts for the loader."""

from plancase import plan

from gogen.binary.model import DynamicType
from gogen.golang.pprint import format_type
from gogen.plan.held import error_types


def held(name: str, number: int) -> DynamicType:
    """Make up the descriptor of an error type."""
    type_ = next(each for each in error_types() if format_type(each) == name)
    pointer = name.startswith("*")
    return DynamicType(
        asked=name,
        name=name.rpartition("/")[2],
        package=name.lstrip("*").rpartition(".")[0],
        tag=(22 if pointer else 12) << 56 | 0x080809 << 32 | 0x1000 + number,
        name_at=0x200 + 8 * number,
        type=type_,
        kind=22 if pointer else 12,
        size=8,
        direct=pointer,
    )


NAMES = (
    *("*errors.errorString", "*errors.joinError", "*io/fs.PathError", "syscall.Errno"),
    *("*net.OpError", "*net.TCPAddr", "context.deadlineExceededError"),
)

PLAN = plan(
    """
[tracer]
name = "errors"
binary = "shop"

[limits]
string = 128

[[function]]
symbol = "main.Do"
signature = "func(ctx any, many []error) error"
""",
    dynamic=tuple(held(name, number) for number, name in enumerate(NAMES)),
)
