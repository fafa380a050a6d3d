# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Decide which of a function's records says where its call came from.

In:   FunctionSpec, BinaryFacts
Out:  yes or no, the room it takes, and the words for what cannot be seen

The one convention: one stack per call, taken where the tracer first sees it. Of records that
come in pairs the entry has it; its end has the same goroutine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.spec.model import Emit

if TYPE_CHECKING:
    from gogen.binary.model import BinaryFacts
    from gogen.spec.model import FunctionSpec

_FRAMES = 64
SIZE = 8 + 8 * _FRAMES
"""Bytes of `struct go_stack` of templates/include/stack.h; the emitted header asserts sizes."""


def at_begin(asked: FunctionSpec) -> bool:
    """Tell whether the record of its entry has a stack, if there is one."""
    return asked.stack


def at_end(asked: FunctionSpec) -> bool:
    """Tell whether the record of its end has; that of a whole call takes it at the entry."""
    return asked.stack and asked.emit is not Emit.BOTH


def blind(facts: BinaryFacts, asked: FunctionSpec) -> tuple[str, ...]:
    """Say what its stacks leave out."""
    if not asked.stack or (facts.tracebacks and facts.tracebacks.gofunc):
        return ()
    return ("stacks are without inlined functions: where the binary lists them cannot be told",)
