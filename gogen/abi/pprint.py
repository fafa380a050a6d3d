# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Print an assignment: as Go's compiler does, and as a diagram.

In:   AbiAssignment
Out:  text

Upstream: the dump's form is that of cmd/compile/internal/abi (ABIParamResultInfo.String),
with offsets counted from the start of the stack sequence, which is at SP+8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.abi.model import RegClass
from gogen.golang.pprint import format_type
from gogen.golang.types import Basic, GoType, Interface, Slice

if TYPE_CHECKING:
    from gogen.abi.model import AbiAssignment, AbiParamAssignment, RegWord
    from gogen.abi.registers import MachineRegisters

_Row = tuple[str, str, str]  # ABI's name, machine's name, value

STACK_BASE = 8
"""Bytes from SP to the stack sequence, at entry and at RET, on amd64 and arm64."""


def dump(assignment: AbiAssignment) -> str:
    """
    Give Go's own dump: `IN 0: R{ I0 } spilloffset: 0 typ: int32`, one line per value.

    The last line is `offsetToSpillArea: 0 spillAreaSize: 8`; no newline ends it. A
    register-assigned result has no spill slot: -1.
    """
    lines = [
        f"{direction} {index}: {_dump_param(param)}"
        for direction, params in (("IN", assignment.params), ("OUT", assignment.results))
        for index, param in enumerate(params)
    ]
    lines.append(
        f"offsetToSpillArea: {assignment.offset_to_spill_area} "
        f"spillAreaSize: {assignment.spill_area_size}"
    )
    return "\n".join(lines)


def diagram(assignment: AbiAssignment, registers: MachineRegisters) -> str:
    """
    Give one line per register and per stack-assigned value, for people, in columns.

    A value's first line has its name and type, the others which part they hold: `len`, or
    the byte it starts at. No newline ends it.
    """
    rows: list[_Row] = []
    for title, params in (("parameters", assignment.params), ("results", assignment.results)):
        rows.append((f"{title}:" if params else f"{title}: none", "", ""))
        for param in params:
            rows += _rows(param, registers)
    abi_width = max((len(abi) for abi, _, value in rows if value), default=0)
    machine_width = max(len(machine) for _, machine, _ in rows)
    return "\n".join(
        f"  {abi:{abi_width}}  {machine:{machine_width}}  {value}" if value else abi
        for abi, machine, value in rows
    )


def _dump_param(param: AbiParamAssignment) -> str:
    if param.stack_offset is None:
        spill_offset = -1 if param.spill_offset is None else param.spill_offset
        place = f"spilloffset: {spill_offset}"
    else:
        place = f"offset: {param.stack_offset}"
    return f"{_registers(param)} {place} typ: {format_type(param.type)}"


def _registers(param: AbiParamAssignment) -> str:
    return " ".join(["R{", *(word.name for word in param.words), "}"])


def _rows(param: AbiParamAssignment, registers: MachineRegisters) -> list[_Row]:
    title = f"{param.name} {format_type(param.type)}"
    if param.stack_offset is not None:
        unit = "byte" if param.size == 1 else "bytes"
        machine = f"SP+{STACK_BASE + param.stack_offset}"
        return [("stack", machine, f"{title} ({param.size} {unit})")]
    rows = []
    for index, word in enumerate(param.words):
        value = title if index == 0 else param.name
        if len(param.words) > 1:
            value = f"{value}: {_part(param.type, index, word)}"
        sequence = registers.ints if word.cls is RegClass.INT else registers.floats
        rows.append((word.name, sequence[word.index], value))
    return rows


def _part(type_: GoType, index: int, word: RegWord) -> str:
    """Name a word as the runtime does where it has a name, else by its bytes in memory."""
    match type_:
        case Basic.STRING:
            return ("data", "len")[index]
        case Slice():
            return ("data", "len", "cap")[index]
        case Interface():
            return ("tab" if type_.methods else "_type", "data")[index]
        case Basic.COMPLEX64 | Basic.COMPLEX128:
            return ("real", "imag")[index]
    if word.size == 1:
        return f"byte {word.offset}"
    return f"bytes {word.offset}-{word.offset + word.size - 1}"
