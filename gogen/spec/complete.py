# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Fill in what the user left to the binary: signatures and the types they name.

In:   TraceSpec, one Signature per function, types as the binary defines them
Out:  TraceSpec in which every function has a signature

The one convention: what the user wrote wins; whether it agrees with the binary has been
checked before (abi/settle.py).
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from gogen.errors import SpecError
from gogen.spec.capture import check

if TYPE_CHECKING:
    from gogen.golang.types import GoType, Signature
    from gogen.spec.model import FunctionSpec, TraceSpec


def complete(
    asked: TraceSpec, signatures: tuple[Signature, ...], types: dict[str, GoType]
) -> TraceSpec:
    """
    Return the spec with nothing left open.

    Raises:
        SpecError: a capture that names nothing.
    """
    functions = tuple(
        function if function.signature else _function(function, signature)
        for function, signature in zip(asked.functions, signatures, strict=True)
    )
    every = tuple(sorted((types | dict(asked.types)).items()))
    return dataclasses.replace(asked, functions=functions, types=every)


def _function(function: FunctionSpec, signature: Signature) -> FunctionSpec:
    def fail(index: int, problem: str, hint: str) -> SpecError:
        return SpecError(f"{function.where}.capture[{index}]", problem, hint)

    check(function.capture or (), signature, function.emit, fail)
    return dataclasses.replace(function, signature=signature, declared=True)
