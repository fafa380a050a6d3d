# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Turn what DWARF declares into the signature that was compiled.

In:   Declaration, pclntab's `_func.args`, AbiConfig
Out:  Signature

Upstream: facts/go-abi.md, section 2: Go before 1.22 leaves blank parameters and some
receivers out of DWARF, and `_func.args` is the checksum of all parameters and results.
The one convention: what DWARF lists is believed when the checksum holds. When it does
not, blank words are put where the registers of the listed parameters leave holes; a
signature that then satisfies neither checksum nor registers is refused.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from gogen.abi.assign import assign
from gogen.abi.model import RegClass
from gogen.errors import BinaryError
from gogen.golang.pprint import format_signature
from gogen.golang.types import Basic, Param, Signature

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gogen.abi.model import AbiAssignment, AbiConfig
    from gogen.binary.model import Declaration, DeclaredParam
    from gogen.golang.types import Types

_WORD = 8
_POINTER_METHOD = "(*"
_SIZES = (Basic.UINTPTR, Basic.UINT32, Basic.UINT8)
_MAX_SIZED = 5
# DWARF numbers of the integer registers in the ABI's order (System V ABI, AMD64 supplement,
# figure 3.36: RAX RBX RCX RDI RSI R8 R9 R10 R11); arm64 numbers are the ABI's own.
_AMD64 = {number: index for index, number in enumerate((0, 3, 2, 5, 4, 8, 9, 10, 11))}
_AMD64_INTS = len(_AMD64)


def signature(symbol: str, declared: Declaration, args: int | None, config: AbiConfig) -> Signature:
    """
    Return the signature that takes what the binary says.

    Args:
        symbol: for errors.
        declared: as DWARF lists it.
        args: `_func.args`; None when the binary does not say.
        config: the calling convention.

    Raises:
        BinaryError: DWARF and pclntab contradict each other, and no blank parameter in a
            hole explains it.
    """
    types = dict(declared.types)
    listed = _signature(declared, [Param(name=p.name, type=p.type) for p in declared.params])
    assigned = assign(listed, types, config)
    if args is None or assigned.args_sum == args:
        return listed
    if args > assigned.args_sum:
        repaired = _fill(declared, args, types, config)
        if repaired is None and _POINTER_METHOD in symbol:
            repaired = _with_receiver(declared, args, types, config)
        if repaired is not None:
            return repaired
    raise BinaryError(
        f'"{symbol}"',
        f"DWARF lists {format_signature(listed)}, which takes {assigned.args_sum} bytes, but the "
        f"binary says {args}",
        "write its signature in the spec",
    )


def _signature(declared: Declaration, params: Sequence[Param]) -> Signature:
    results = tuple(Param(name=p.name, type=p.type) for p in declared.results)
    found = Signature(text="", params=tuple(params), results=results)
    return Signature(text=format_signature(found), params=found.params, results=results)


def _fill(declared: Declaration, args: int, types: Types, config: AbiConfig) -> Signature | None:
    params: list[Param] = []
    hints: list[tuple[int, ...]] = []
    for param in declared.params:
        hint = _indices(param, config)
        if hint is None and _takes_ints(param, types, config):
            return None
        hint = hint or ()
        missing = hint[0] - _next(params, declared, types, config) if hint else 0
        for _ in range(missing):
            params.append(Param(name="_", type=Basic.UINTPTR))
            hints.append(())
        params.append(Param(name=param.name, type=param.type))
        hints.append(hint)
    assigned = assign(_signature(declared, params), types, config)
    left = args - assigned.args_sum
    # What is still missing follows the last listed parameter, and moves none of them.
    if left > 0 and left % _WORD == 0 and left // _WORD <= config.int_regs:
        params += [Param(name="_", type=Basic.UINTPTR)] * (left // _WORD)
    return _sized(declared, params, hints, lambda s: assign(s, types, config), args)


def _sized(
    declared: Declaration,
    params: list[Param],
    hints: list[tuple[int, ...]],
    assigned_to: Callable[[Signature], AbiAssignment],
    args: int,
) -> Signature | None:
    """Find sizes of the blank words that give the sum: they share the spill area with others."""
    holes = [index for index, param in enumerate(params) if param.name == "_"]
    for sizes in product(_SIZES, repeat=min(len(holes), _MAX_SIZED)):
        for index, type_ in zip(holes, sizes, strict=False):
            params[index] = Param(name="_", type=type_)
        found = _signature(declared, params)
        assigned = assigned_to(found)
        if assigned.args_sum == args and _agrees(assigned, hints):
            return found
    return None


def _with_receiver(
    declared: Declaration, args: int, types: Types, config: AbiConfig
) -> Signature | None:
    """Put a pointer first: the receiver of `(*T).M`, when no register tells of it."""
    params = [Param(name="_", type=Basic.UINTPTR)]
    params += [Param(name=p.name, type=p.type) for p in declared.params]
    assigned = assign(_signature(declared, params), types, config)
    hints = [(), *(_indices(p, config) or () for p in declared.params)]
    fits = assigned.args_sum == args and _agrees(assigned, hints)
    return _signature(declared, params) if fits else None


def _takes_ints(param: DeclaredParam, types: Types, config: AbiConfig) -> bool:
    """Tell whether a parameter moves those after it; one of floats alone does not."""
    alone = Signature(text="", params=(Param(name="_", type=param.type),), results=())
    (assigned,) = assign(alone, types, config).params
    floats = bool(assigned.words) and all(w.cls is RegClass.FLOAT for w in assigned.words)
    return bool(assigned.size) and not floats


def _next(params: list[Param], declared: Declaration, types: Types, config: AbiConfig) -> int:
    """Return the integer register the next parameter gets."""
    assigned = assign(_signature(declared, params), types, config)
    ints = [w for p in assigned.params for w in p.words if w.cls is RegClass.INT]
    return len(ints)


def _indices(param: DeclaredParam, config: AbiConfig) -> tuple[int, ...] | None:
    """Return the ABI's indices of a parameter's registers; None when DWARF leaves it open."""
    numbers = _AMD64 if config.int_regs == _AMD64_INTS else {n: n for n in range(config.int_regs)}
    found = [numbers.get(number) for number in param.registers]
    known = tuple(index for index in found if index is not None)
    return known if known and len(known) == len(found) else None


def _agrees(assigned: AbiAssignment, hints: list[tuple[int, ...]]) -> bool:
    for param, hint in zip(assigned.params, hints, strict=False):
        ints = tuple(w.index for w in param.words if w.cls is RegClass.INT)
        # A string of which only a part is live has only that part's register.
        if hint and ints[: len(hint)] != hint:
            return False
    return True
