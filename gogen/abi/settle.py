# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Settle each function's signature between what the user wrote and what DWARF declares.

In:   TraceSpec, BinaryFacts, AbiConfig
Out:  one Signature per function, and the types they name

The one convention: the user's signature wins, if it puts every value where DWARF's does.
Who captures nothing needs none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.abi.assign import assign
from gogen.abi.repair import signature as repaired
from gogen.errors import BinaryError, SpecError, UnsupportedError
from gogen.golang.pprint import format_signature
from gogen.golang.types import UNKNOWN

if TYPE_CHECKING:
    from gogen.abi.model import AbiAssignment, AbiConfig, AbiParamAssignment
    from gogen.binary.model import BinaryFacts, FunctionCode
    from gogen.golang.types import GoType, Signature
    from gogen.spec.model import FunctionSpec, TraceSpec

_Place = tuple[int, tuple[tuple[str, int, int], ...], int | None]


def settle(
    asked: TraceSpec, facts: BinaryFacts, config: AbiConfig
) -> tuple[tuple[Signature, ...], dict[str, GoType]]:
    """
    Return every function's signature and all types by name.

    Raises:
        SpecError: no signature and no DWARF, or a signature that contradicts DWARF.
        BinaryError: DWARF contradicts the binary's own checksum.
    """
    types: dict[str, GoType] = {}
    for code in facts.functions:
        for name, type_ in code.declaration.types if code.declaration else ():
            if types.setdefault(name, type_) != type_:
                raise BinaryError(
                    f'"{code.symbol}"',
                    f'type "{name}" is not what it is for another function of the spec',
                    "trace them with two tracers",
                )
    types = dict(facts.types) | types | dict(asked.types)
    signatures = tuple(
        _signature(function, code, types, config, _other_build(facts))
        for function, code in zip(asked.functions, facts.functions, strict=True)
    )
    return signatures, types


def declared(code: FunctionCode, config: AbiConfig) -> Signature:
    """
    Return the signature the binary itself tells.

    Raises:
        BinaryError: no DWARF, or it contradicts the binary's checksum.
    """
    if code.declaration is None:
        raise BinaryError(
            f'"{code.symbol}"',
            "the binary has no DWARF that tells its parameters",
            'say them: --signature "func(a int) error", or signature in the spec',
        )
    return repaired(code.symbol, code.declaration, code.args, config)


def _other_build(facts: BinaryFacts) -> str:
    """Say that there is a debug file, and why it is of no use."""
    found = facts.debug_file
    return f", and debug file {found.path} is {found.why_not}" if found and found.why_not else ""


def _signature(
    function: FunctionSpec,
    code: FunctionCode,
    types: dict[str, GoType],
    config: AbiConfig,
    other_build: str,
) -> Signature:
    given, told = function.signature, code.declaration
    where = f"{function.where}.signature"
    if given is None:
        if told is None and function.capture == ():
            return UNKNOWN
        if told is None:
            raise SpecError(
                where,
                f'is needed: the binary has no DWARF for "{function.symbol}"{other_build}',
                'write its type, "func(a int) error"; its calls and times need none: capture = []',
            )
        return declared(code, config)
    if told is not None:
        try:
            theirs = declared(code, config)
            dwarf = assign(theirs, dict(told.types), config)
            ours = assign(given, types, config)
        except (BinaryError, UnsupportedError):
            return given  # DWARF cannot tell; the checksum still has its say
        if code.args not in (None, ours.args_sum):
            return given  # refused by the checksum, in better words
        if not _agree(ours, dwarf):
            raise SpecError(
                where,
                f"{format_signature(given)} puts values elsewhere than the binary's own "
                f"{format_signature(theirs)}",
                "leave signature out, or correct it",
            )
    return given


def _agree(ours: AbiAssignment, dwarf: AbiAssignment) -> bool:
    """
    Compare the places of values, whatever they are called.

    Blank words that stand for what DWARF leaves out have the right sum, not the right
    types: beside them, what DWARF does list must be where the user's signature has it.
    """
    params, theirs = _places(ours.params), _places(dwarf.params)
    if any(param.name == "_" for param in dwarf.params):
        listed = _places(tuple(param for param in dwarf.params if param.name != "_"))
        return set(listed) <= set(params) and _places(ours.results) == _places(dwarf.results)
    return params == theirs and _places(ours.results) == _places(dwarf.results)


def _places(params: tuple[AbiParamAssignment, ...]) -> list[_Place]:
    """Return size and place of every value that has bytes; a dictionary counts, names do not."""
    return [
        (p.size, tuple((w.name, w.offset, w.size) for w in p.words), p.stack_offset)
        for p in params
        if p.size
    ]
