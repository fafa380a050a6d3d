# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""What the search in raw bytes finds, compared with a walk over every DIE by pyelftools."""

from __future__ import annotations

import functools
import subprocess
from typing import TYPE_CHECKING, Any

import gobuild
import pytest
from elftools.elf.elffile import ELFFile

from gogen.binary import dwarf, image
from gogen.golang.pprint import format_type
from gogen.golang.sizes import layout

if TYPE_CHECKING:
    from pathlib import Path

    from gogen.binary.dwarf import Dwarf
    from gogen.binary.model import Declaration

pytestmark = pytest.mark.golang

Listed = tuple[tuple[str, bool, int], ...]
"""Name, whether it is a result, and bytes of each parameter DWARF lists."""

SOURCE = """\
package main

import "fmt"

type Big struct {
	A, B    string
	C, D, E int
}

//go:noinline
func blanks(f func()) (_ Big, _ error, _ int) {
	defer func() { recover() }()
	f()
	return
}

//go:noinline
func floats(a float64, b int, c struct {
	F float32
	I int
	S string
}, d complex128) float64 {
	return a + float64(b) + float64(c.F) + real(d) + float64(len(c.S)+c.I)
}

func main() {
	fmt.Println(blanks(func() {}))
	fmt.Println(floats(1, 2, struct {
		F float32
		I int
		S string
	}{}, 1))
}
"""

EXTERNAL = (("-ldflags=-linkmode=external",), {"CGO_ENABLED": "1"})


@functools.cache
def program(version: str) -> Path:
    files = {"main.go": SOURCE, "go.mod": "module blanks\n\ngo 1.18\n"}
    return gobuild.build_text(files, name="blanks", version=version)


def opened(binary: Path) -> Dwarf:
    debug = dwarf.read(image.load(binary))
    assert debug is not None
    return debug


def declared(binary: Path, version: str, symbol: str) -> Declaration:
    listed = subprocess.run(["nm", binary], capture_output=True, text=True, check=True).stdout
    [address] = [int(line.split(" ")[0], 16) for line in listed.splitlines() if line[19:] == symbol]
    found = opened(binary).declaration(symbol, address, go_minor=int(version.split(".")[1]))
    assert found is not None
    return found


def walk(binary: Path) -> dict[tuple[str, int], Listed]:
    """Every Go function with code of its own: name and address to what DWARF lists of it."""
    found: dict[tuple[str, int], Listed] = {}
    with binary.open("rb") as file:
        info: Any = ELFFile(file).get_dwarf_info()
        for unit in info.iter_CUs():
            if unit.get_top_DIE().attributes["DW_AT_language"].value != 22:  # DW_LANG_Go
                continue
            for die in unit.iter_DIEs():
                if die.tag == "DW_TAG_subprogram" and "DW_AT_low_pc" in die.attributes:
                    name = origin(die).attributes["DW_AT_name"].value.decode()
                    found[name, die.attributes["DW_AT_low_pc"].value] = parameters(die)
    return found


def parameters(die: Any) -> Listed:
    found: dict[tuple[str, int], tuple[str, bool, int]] = {}
    for index, child in enumerate(die.iter_children()):
        if child.tag != "DW_TAG_formal_parameter":
            continue
        source = origin(child)
        name = source.attributes["DW_AT_name"].value.decode()
        result = bool(source.attributes["DW_AT_variable_parameter"].value)
        type_ = source.get_DIE_from_attribute("DW_AT_type")
        # Go before 1.27 lists some results twice; a parameter is never a repetition.
        found.setdefault((name, 0 if result else index), (name, result, size(type_)))
    return tuple(found.values())


def origin(die: Any) -> Any:
    if "DW_AT_abstract_origin" in die.attributes:
        return die.get_DIE_from_attribute("DW_AT_abstract_origin")
    return die


def size(die: Any) -> int:
    if "DW_AT_byte_size" in die.attributes:
        found: int = die.attributes["DW_AT_byte_size"].value
        return found
    if die.tag in ("DW_TAG_pointer_type", "DW_TAG_subroutine_type"):
        return 8
    return size(die.get_DIE_from_attribute("DW_AT_type"))


def as_listed(declaration: Declaration) -> Listed:
    types = dict(declaration.types)
    both = [(p, False) for p in declaration.params] + [(p, True) for p in declaration.results]
    return tuple((p.name, result, layout(p.type, types).size) for p, result in both)


def renamed(listed: Listed) -> Listed:
    """Blank names as the model spells them: `_` for parameters, `~r` for results."""

    def name(text: str, result: bool) -> str:
        if result:
            return text.replace("~b", "~r")
        return "_" if text.startswith("~p") else text

    return tuple((name(text, result), result, bytes_) for text, result, bytes_ in listed)


@pytest.mark.parametrize("build", ["plain", "external"])
@pytest.mark.parametrize("version", gobuild.toolchains())
def test_every_function_has_the_parameters_a_walk_finds(version: str, build: str) -> None:
    """Names, order, results and sizes; generic ones aside, whose dictionary moves."""
    flags, env = EXTERNAL if build == "external" else ((), {})
    binary = gobuild.build(gobuild.PROGRAMS / "kinds", version=version, flags=flags, env=env)
    debug = opened(binary)
    minor = int(version.split(".")[1])
    wrong = []
    functions = walk(binary)
    for (name, address), expected in functions.items():
        if "[" in name:
            continue
        found = debug.declaration(name, address, go_minor=minor)
        if found is None or as_listed(found) != renamed(expected):
            wrong.append((name, expected, found and as_listed(found)))

    assert len(functions) > 1000
    assert wrong == []


@pytest.mark.parametrize("version", gobuild.toolchains())
def test_blank_results_listed_twice_count_once(version: str) -> None:
    found = declared(program(version), version, "main.blanks")

    assert [(p.name, format_type(p.type)) for p in found.results] == [
        ("~r0", "main.Big"),
        ("~r1", "error"),
        ("~r2", "int"),
    ]


def test_a_hint_names_integer_registers_only() -> None:
    """b is in RAX (0), c in RBX RCX RDI (3 2 5); the floats are in XMM0 to XMM3."""
    found = declared(program("1.19"), "1.19", "main.floats")

    assert {p.name: p.registers for p in found.params} == {
        "a": (),
        "b": (0,),
        "c": (3, 2, 5),
        "d": (),
    }


@pytest.mark.parametrize("version", gobuild.toolchains())
def test_sections_compressed_the_old_way(version: str, tmp_path: Path) -> None:
    """.zdebug_info, as Go before 1.19 and binutils' zlib-gnu write it."""
    old = tmp_path / "old"
    plain = program(version)
    subprocess.run(["objcopy", "--compress-debug-sections=zlib-gnu", plain, old], check=True)

    assert image.load(old).section(".zdebug_info") is not None
    assert declared(old, version, "main.floats") == declared(plain, version, "main.floats")
