# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Find where the runtime unwinds calls that will never return.

In:   Image, Pclntab
Out:  Unwinds, and the causes whose place is not as it is known

Upstream: Go's runtime/panic.go, funcs recovery and Goexit, in Go 1.19 to 1.27. A recovered
panic ends in recovery, on the system stack, in `gogo(&gp.sched)`: g.sched.sp is by then the
stack pointer of the frame that goes on, and every frame below it is gone. runtime.Goexit ends,
on the goroutine itself, in goexit1(): all its frames are gone.
The one convention: the place is the function's only call of that other function; a function in
which that is not so is left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.binary.code import decode, fnv1a
from gogen.binary.instruction import Flow
from gogen.binary.model import Site, Unwind, UnwindCause
from gogen.errors import BinaryError, UnsupportedError

if TYPE_CHECKING:
    from gogen.binary.image import Image
    from gogen.binary.pclntab import Func, Pclntab

_PLACES = (
    (UnwindCause.PANIC, "runtime.recovery", "runtime.gogo"),
    (UnwindCause.GOEXIT, "runtime.Goexit", "runtime.goexit1"),
)


def find(image: Image, table: Pclntab) -> tuple[tuple[Unwind, ...], tuple[UnwindCause, ...]]:
    """Give the places, and the causes of which there is none although the function is there."""
    found: list[Unwind] = []
    blind: list[UnwindCause] = []
    for cause, symbol, called in _PLACES:
        functions, targets = table.named(symbol), table.named(called)
        if not functions:
            continue
        unwind = None
        if len(functions) == 1:
            unwind = _find(image, cause, functions[0], {func.address for func in targets})
        if unwind is None:
            blind.append(cause)
        else:
            found.append(unwind)
    return tuple(found), tuple(blind)


def _find(image: Image, cause: UnwindCause, func: Func, targets: set[int]) -> Unwind | None:
    try:
        data = image.code(func.address, func.end - func.address)
        code = decode(image.machine, func.name, func.address, data)
        calls = [i for i in code.instructions if i.flow is Flow.CALL and i.target in targets]
        if len(calls) != 1:
            return None
        return Unwind(
            cause=cause,
            symbol=func.name,
            address=func.address,
            file_offset=image.code_offset(func.address),
            size=code.size,
            code_hash=fnv1a(code.data),
            site=Site(
                address=calls[0].address,
                file_offset=image.code_offset(calls[0].address),
                code=calls[0].code,
                text=calls[0].text,
            ),
        )
    except (BinaryError, UnsupportedError):
        return None
