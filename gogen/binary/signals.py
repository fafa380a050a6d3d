# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Find where the runtime takes signals, and tell whether one more of them does no harm.

In:   Image, Pclntab
Out:  SignalEntry, or why there is none

Go preempts goroutines by SIGURG, and its handler does nothing when no preemption was asked for
(runtime/signal_unix.go, func sighandler; SIGURG is _SigNotify + _SigIgn in sigtable). That holds
unless something else has a handler for it, or waits for it by os/signal: cgo programs are
refused, and of those that can wait the words are found that say whether they do.

Upstream: Go's runtime/sys_linux_amd64.s, func sigtramp, runtime/sigqueue.go, var sig, and
runtime/signal_unix.go, var handlingSig, in Go 1.19 to 1.27.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.binary.code import decode, fnv1a
from gogen.binary.floatmodel import SignalEntry
from gogen.binary.instruction import Flow
from gogen.binary.model import Machine, Site
from gogen.binary.symbols import objects
from gogen.errors import BinaryError, UnsupportedError

if TYPE_CHECKING:
    from gogen.binary.image import Image
    from gogen.binary.pclntab import Func, Pclntab

TESTED = (19, 21, 22, 23, 24, 25, 26, 27)
"""Minor versions of Go with which every bit was compared (tests/live/test_floats.py)."""

_CGO = ("crosscall2", "runtime/cgo.")
_ASKS = ("signal_enable", "signal_ignore", "signal_disable")
"""What os/signal calls in the runtime (by linkname); linked only when it is used."""

_HANDED_ON = ("mov rax, rdi", "mov rbx, rsi", "mov rcx, rdx")
"""Signal, its information and its frame, into Go's integer registers, before the call."""

# var sig: note (8 bytes), mask, wanted: arrays of 32-bit words. SIGURG is 23.
_SIG_WANTED = 20
_HANDLING_SIGURG = 23 * 4


def find(
    image: Image, table: Pclntab, minor: int, settings: tuple[tuple[str, str], ...]
) -> tuple[SignalEntry | None, str]:
    """Give the place, or why signals must not be sent."""
    if image.machine is not Machine.AMD64:
        return None, f"it was not tried on {image.machine.value}"
    if minor not in TESTED:
        return None, f"it was not tried with Go 1.{minor}"
    if any(_has(table, name) for name in _CGO):
        return None, "the program has cgo, and C code may have a handler for SIGURG"
    said = dict(settings)
    if "asyncpreemptoff=1" in said.get("DefaultGODEBUG", ""):
        return None, "the program was built with asyncpreemptoff=1"
    if said.get("-buildmode", "exe") not in ("exe", "pie"):
        return None, f"the program was built with -buildmode={said['-buildmode']}"
    wanted = handled = 0
    if any(table.named(f"os/signal.{name}") for name in _ASKS):
        if image.position_independent:
            return None, "the program uses os/signal, and it is position-independent"
        found = objects(image, {"runtime.sig", "runtime.handlingSig"})
        if len(found) != 2:
            return None, "the program uses os/signal, and no symbol tells what it waits for"
        wanted = found["runtime.sig"] + _SIG_WANTED
        handled = found["runtime.handlingSig"] + _HANDLING_SIGURG
    functions, called = table.named("runtime.sigtramp"), table.named("runtime.sigtrampgo")
    if len(functions) == 1:
        entry = _entry(image, functions[0], {func.address for func in called}, wanted, handled)
        if entry:
            return entry, ""
    return None, "runtime.sigtramp is not as gogen knows it"


def _has(table: Pclntab, name: str) -> bool:
    if name.endswith("."):
        return any(each.startswith(name) for each in table.all_names())
    return bool(table.named(name))


def _entry(
    image: Image, func: Func, targets: set[int], wanted: int, handled: int
) -> SignalEntry | None:
    try:
        data = image.code(func.address, func.end - func.address)
        code = decode(image.machine, func.name, func.address, data)
        offset = image.code_offset(func.address)
        calls = [n for n, i in enumerate(code.instructions) if i.flow is Flow.CALL]
        if len(calls) != 1 or code.instructions[calls[0]].target not in targets:
            return None
        call = code.instructions[calls[0]]
        before = code.instructions[max(0, calls[0] - len(_HANDED_ON)) : calls[0]]
        if tuple(i.text for i in before) != _HANDED_ON:
            return None
        return SignalEntry(
            symbol=func.name,
            file_offset=offset,
            size=code.size,
            code_hash=fnv1a(code.data),
            site=Site(
                address=call.address,
                file_offset=image.code_offset(call.address),
                code=call.code,
                text=call.text,
            ),
            wanted=wanted,
            handled=handled,
        )
    except (BinaryError, UnsupportedError):
        return None
