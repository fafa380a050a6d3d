# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Assignments, as the compiler wrote them into binaries: sizes in pclntab, places in DWARF.

The functions are those of tests/go/abi/main.go, read from its source. `_func.args` is
align8(stack arguments) + align8(stack results) + align8(spill area). A parameter's DWARF
location where its function begins names its registers, or its place from the call frame's
address; both are read here without gogen's own readers.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gobuild
import pytest
from elftools.dwarf.dwarf_expr import DWARFExprParser
from elftools.dwarf.locationlists import LocationParser
from elftools.elf.elffile import ELFFile

from gogen.abi import assign, registers
from gogen.golang.syntax import parse_signature, parse_type

if TYPE_CHECKING:
    from pathlib import Path

    from elftools.dwarf.compileunit import CompileUnit

    from gogen.abi.model import AbiAssignment, AbiConfig, AbiParamAssignment
    from gogen.golang.types import GoType

pytestmark = pytest.mark.golang

SOURCE = gobuild.PROGRAMS / "abi"
UNOPTIMISED = ("-gcflags=all=-N -l",)

# DWARF's numbers: System V ABI for AMD64, figure 3.36; DWARF for the Arm 64-bit Architecture.
DWARF_NAMES = {
    "amd64": dict(
        enumerate(
            ["RAX", "RDX", "RCX", "RBX", "RSI", "RDI", "RBP", "RSP", "R8", "R9", "R10", "R11"]
        )
    )
    | {17 + number: f"X{number}" for number in range(16)},
    "arm64": {number: f"R{number}" for number in range(31)}
    | {64 + number: f"F{number}" for number in range(32)},
}


@dataclass
class Machine:
    """What one GOARCH needs."""

    config: AbiConfig
    registers: registers.MachineRegisters
    stack_base: int  # from the call frame's address, which is SP+8 on amd64 and SP on arm64


MACHINES = {
    "amd64": Machine(assign.AMD64, registers.AMD64, 0),
    "arm64": Machine(assign.ARM64, registers.ARM64, 8),
}


@pytest.fixture(scope="module", params=["amd64", "arm64"])
def machine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module", params=gobuild.toolchains())
def binary(request: pytest.FixtureRequest, machine: str) -> Path:
    version: str = request.param
    return gobuild.build(SOURCE, version=version, flags=UNOPTIMISED, env={"GOARCH": machine})


def assignments(machine: str) -> dict[str, AbiAssignment]:
    """Give the assignment of every function of the source, by symbol."""
    text = (SOURCE / "main.go").read_text()
    types: dict[str, GoType] = {
        name: parse_type(declared)
        for name, declared in re.findall(r"^type (\w+) (.+)$", text, re.MULTILINE)
    }
    found = {}
    for declaration in re.findall(r"^//go:noinline\n(func .+) \{$", text, re.MULTILINE):
        match = re.match(r"func (?:\((?:\w+ )?(\*?)(\w+)\) )?(\w+)\(", declaration)
        assert match is not None
        pointer, receiver, name = match.groups()
        prefix = f"(*{receiver})." if pointer else f"{receiver}." if receiver else ""
        signature = parse_signature(declaration)
        config = MACHINES[machine].config
        found[f"main.{prefix}{name}"] = assign.assign(signature, types, config)
    return found


def pclntab_args(path: Path) -> dict[str, int]:
    """Read `_func.args` of every function, by name."""
    with path.open("rb") as file:
        section = ELFFile(file).get_section_by_name(".gopclntab")
        assert section is not None
        data = section.data()
    magic, _, _, pointer_size = struct.unpack_from("<IHBB", data)
    assert magic in (0xFFFFFFF0, 0xFFFFFFF1)
    assert pointer_size == 8
    count, _, _, names, _, _, _, functab = struct.unpack_from("<8Q", data, 8)
    found = {}
    for index in range(count):
        _, func = struct.unpack_from("<II", data, functab + 8 * index)
        _, name, args = struct.unpack_from("<Iii", data, functab + func)
        start = names + name
        found[data[start : data.index(b"\0", start)].decode()] = args
    return found


def test_args_sums_are_those_of_pclntab(binary: Path, machine: str) -> None:
    actual = pclntab_args(binary)
    expected = {name: result.args_sum for name, result in assignments(machine).items()}
    assert {name: actual[name] for name in expected} == expected
    assert len(expected) == 36


@dataclass
class Place:
    """Registers in order, or an offset from the call frame's address."""

    registers: tuple[str, ...] = ()
    frame_offset: int | None = None


def expected_place(param: AbiParamAssignment, machine: str) -> Place:
    if param.stack_offset is not None:
        return Place(frame_offset=MACHINES[machine].stack_base + param.stack_offset)
    names = {"I": MACHINES[machine].registers.ints, "F": MACHINES[machine].registers.floats}
    return Place(registers=tuple(names[word.cls.value][word.index] for word in param.words))


def read_place(expression: list[int], unit: CompileUnit, machine: str) -> Place:
    found = Place()
    for operation in DWARFExprParser(unit.structs).parse_expr(expression):
        if operation.op_name == "DW_OP_call_frame_cfa":
            found.frame_offset = 0
        elif operation.op_name == "DW_OP_fbreg":
            found.frame_offset = operation.args[0]
        elif operation.op_name.startswith("DW_OP_reg"):
            number = operation.args[0] if operation.args else operation.op - 0x50
            found.registers += (DWARF_NAMES[machine][number],)
        else:
            assert operation.op_name == "DW_OP_piece"
    return found


def expression_at_start(entries: Any) -> list[int]:
    """Give the expression that holds from the function's first byte on."""
    starting = [entry for entry in entries if getattr(entry, "begin_offset", None) == 0]
    expression: list[int] = starting[0].loc_expr
    return expression


def dwarf_places(path: Path, machine: str) -> dict[str, dict[str, Place]]:
    """Give the place of every parameter where its function begins: function -> name -> place."""
    found: dict[str, dict[str, Place]] = {}
    with path.open("rb") as file:
        dwarf = ELFFile(file).get_dwarf_info()
        locations = LocationParser(dwarf.location_lists())
        for unit in dwarf.iter_CUs():
            if unit.get_top_DIE().attributes["DW_AT_name"].value != b"main":
                continue
            for function in unit.get_top_DIE().iter_children():
                if function.tag != "DW_TAG_subprogram":
                    continue
                places = found.setdefault(function.attributes["DW_AT_name"].value.decode(), {})
                for child in function.iter_children():
                    if child.tag != "DW_TAG_formal_parameter":
                        continue
                    if child.attributes["DW_AT_variable_parameter"].value:  # a result
                        continue
                    location = child.attributes["DW_AT_location"]
                    expression = location.value
                    if location.form == "DW_FORM_sec_offset":
                        entries = locations.parse_from_attribute(location, unit["version"], child)
                        expression = expression_at_start(entries)
                    name = child.attributes["DW_AT_name"].value.decode()
                    places[name] = read_place(expression, unit, machine)
    return found


def test_places_are_those_of_dwarf(binary: Path, machine: str) -> None:
    places = dwarf_places(binary, machine)
    expected = {
        (function, param.name): expected_place(param, machine)
        for function, result in assignments(machine).items()
        for param in result.params
        if param.name != "_"
    }
    actual = {key: places[key[0]].get(key[1]) for key in expected}
    assert actual == expected
    assert len(expected) == 140
