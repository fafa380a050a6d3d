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
    asked: TraceSpec,
    signatures: tuple[Signature, ...],
    types: dict[str, GoType],
    captured: tuple[tuple[str, ...], ...],
) -> TraceSpec:
    """
    Return the spec with nothing left open.

    Args:
        asked: the spec.
        signatures: of each function.
        types: as the binary defines them.
        captured: of each function, the variables it captured.

    Raises:
        SpecError: a capture that names nothing.
    """
    functions = tuple(
        function if function.signature else _function(function, signature, variables)
        for function, signature, variables in zip(
            asked.functions, signatures, captured, strict=True
        )
    )
    every = tuple(sorted((types | dict(asked.types)).items()))
    return dataclasses.replace(asked, functions=functions, types=every)


def _function(
    function: FunctionSpec, signature: Signature, variables: tuple[str, ...]
) -> FunctionSpec:
    def fail(index: int, problem: str, hint: str) -> SpecError:
        return SpecError(f"{function.where}.capture[{index}]", problem, hint)

    check(function.capture or (), signature, function.emit, fail, variables)
    return dataclasses.replace(function, signature=signature, declared=True)
