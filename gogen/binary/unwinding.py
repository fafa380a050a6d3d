# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Find where the runtime unwinds calls that will never return.

In:   Image, Pclntab
Out:  Unwinds, and the causes whose place is not as it is known

Upstream: Go's runtime/panic.go, funcs gopanic, recovery and Goexit, in Go 1.19 to 1.27. Every
panic, a runtime fault's too, begins in gopanic(e any), on the goroutine itself. A recovered
panic ends in recovery, on the system stack, in `gogo(&gp.sched)`: g.sched.sp is by then the
stack pointer of the frame that goes on, and every frame below it is gone. runtime.Goexit ends,
on the goroutine itself, in goexit1(): all its frames are gone.
The one convention: the place is the function's only call of that other function, and for
gopanic where its calls are counted; a function in which that is not so is left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.binary import sites
from gogen.binary.code import decode, fnv1a
from gogen.binary.instruction import Flow
from gogen.binary.model import EntryChoice, Site, Unwind, UnwindCause
from gogen.errors import BinaryError, UnsupportedError

if TYPE_CHECKING:
    from gogen.binary.code import Code
    from gogen.binary.image import Image
    from gogen.binary.instruction import Instruction
    from gogen.binary.pclntab import Func, Pclntab

_PLACES = (
    (UnwindCause.PANIC, "runtime.recovery", "runtime.gogo"),
    (UnwindCause.GOEXIT, "runtime.Goexit", "runtime.goexit1"),
    (UnwindCause.PANIC_VALUE, "runtime.gopanic", ""),
)


def find(image: Image, table: Pclntab) -> tuple[tuple[Unwind, ...], tuple[UnwindCause, ...]]:
    """Give the places, and the causes of which there is none although the function is there."""
    found: list[Unwind] = []
    blind: list[UnwindCause] = []
    for cause, symbol, called in _PLACES:
        functions = table.named(symbol)
        targets = table.named(called) if called else ()
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
        place, flags_test = _place(cause, code, targets)
        if place is None:
            return None
        return Unwind(
            cause=cause,
            symbol=func.name,
            address=func.address,
            file_offset=image.code_offset(func.address),
            size=code.size,
            code_hash=fnv1a(code.data),
            site=Site(
                address=place.address,
                file_offset=image.code_offset(place.address),
                code=place.code,
                text=place.text,
            ),
            flags_test=flags_test,
        )
    except (BinaryError, UnsupportedError):
        return None


def _place(cause: UnwindCause, code: Code, targets: set[int]) -> tuple[Instruction | None, bool]:
    if cause is UnwindCause.PANIC_VALUE:
        chosen = sites.choose("runtime.gopanic", code, lambda _: "")
        return chosen.entry, chosen.choice is EntryChoice.CHECK_BRANCH
    calls = [i for i in code.instructions if i.flow is Flow.CALL and i.target in targets]
    return calls[0] if len(calls) == 1 else None, False
