# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Facts about real binaries, each compared with another tool's.

Sizes and names: `go tool nm`. Returns: objdump (llvm-objdump for arm64). File offsets:
the bytes at them, and readelf's segments. Stripped copies: the facts of the original.
"""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import gobuild
import pytest

from gogen.binary import image, pclntab, sites, symbols
from gogen.binary.analyze import analyze
from gogen.binary.code import Code, decode, fnv1a
from gogen.binary.instruction import Flow
from gogen.binary.model import BinaryFacts, EntryChoice, Machine
from gogen.binary.source import opened
from gogen.errors import BinaryError, GogenError, SymbolNotFound, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.golang

SHAPES = gobuild.PROGRAMS / "shapes"
PLAIN: tuple[str, ...] = ()
NO_OPTIMISER = ("-gcflags=all=-N -l",)
PIE = ("-buildmode=pie",)
EXTERNAL = ("-ldflags=-linkmode=external",)
EXTERNAL_PIE = (*PIE, *EXTERNAL)
BUILDS = (PLAIN, NO_OPTIMISER, PIE, EXTERNAL, EXTERNAL_PIE)
NAMES = ("main.Small", "main.Medium", "main.Huge", "main.Switch", "main.(*T).Ptr", "main.Leaf")

versions = pytest.mark.parametrize("version", gobuild.toolchains())


def shapes(version: str, flags: tuple[str, ...] = PLAIN, goarch: str = "amd64") -> Path:
    cgo = "1" if "external" in " ".join(flags) else "0"
    env = {"CGO_ENABLED": cgo, "GOARCH": goarch}
    return gobuild.build(SHAPES, version=version, flags=flags, env=env)


def run(*command: str | Path) -> Iterator[str]:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
    yield from done.stdout.splitlines()


@functools.cache
def nm(binary: Path) -> dict[int, tuple[int, str]]:
    """Address to size and name of every text symbol; Debian's Go reads every version's files."""
    found = {}
    for line in run(gobuild.go(gobuild.DEBIAN), "tool", "nm", "-size", binary):
        match = re.fullmatch(r"\s*([0-9a-f]+)\s+(\d+) [Tt] (.*)", line)
        if match and match[3] not in ("runtime.text", "runtime.etext"):
            found[int(match[1], 16)] = (int(match[2]), match[3])
    return found


def table(file: image.Image) -> pclntab.Pclntab:
    found = pclntab.read(file)
    assert found is not None
    return found


@functools.cache
def decoded(binary: Path) -> dict[int, tuple[pclntab.Func, Code]]:
    """Decode every function; the two marks of Go's FIPS code are the only ones without any."""
    file = image.load(binary)
    functions = table(file)
    answer = {}
    for entry in functions.entries[:-1]:
        func = functions.at(functions.text + entry)
        assert func is not None
        try:
            data = file.code(func.address, func.end - func.address)
            answer[func.address] = (func, decode(file.machine, func.name, func.address, data))
        except BinaryError:
            assert func.name in ("go:textfipsstart", "go:textfipsend")
        except UnsupportedError:
            assert func.assembly
            assert file.machine is Machine.ARM64
    return answer


@versions
@pytest.mark.parametrize("flags", [PLAIN, NO_OPTIMISER, EXTERNAL_PIE], ids=" ".join)
def test_every_functions_name_and_size_are_those_of_nm(
    version: str, flags: tuple[str, ...]
) -> None:
    binary = shapes(version, flags)
    symbols = nm(binary)
    functions = decoded(binary)

    assert len(functions) > 1000
    for address, (func, code) in functions.items():
        size, name = symbols[address]
        assert code.size == size, name
        shortened = re.sub(r"\[.*\]", "[...]", name) if version == "1.19" else name
        # This nm prints a middle dot, which the linker leaves in some local types, as a dot.
        assert func.name.replace("\u00b7", ".") == shortened.removesuffix(".abi0")


@versions
@pytest.mark.parametrize("flags", [PLAIN, NO_OPTIMISER], ids=" ".join)
def test_every_return_is_one_of_objdumps(version: str, flags: tuple[str, ...]) -> None:
    binary = shapes(version, flags)
    functions = decoded(binary)

    ours = {
        i.address
        for _, code in functions.values()
        for i in code.instructions
        if i.flow is Flow.RETURN
    }
    theirs = objdump_returns("objdump", binary)

    assert len(ours) > 2000
    assert ours == theirs


@versions
def test_every_arm64_return_is_one_of_llvm_objdumps(version: str) -> None:
    tool = next(filter(shutil.which, ("llvm-objdump", "llvm-objdump-14", "llvm-objdump-19")), None)
    if tool is None:
        pytest.skip("no llvm-objdump: binutils' objdump may not know arm64")
    binary = shapes(version, goarch="arm64")
    functions = decoded(binary)
    all_functions = table(image.load(binary))
    refused = [
        f for f in map(all_functions.at, nm(binary)) if f is not None and f.address not in functions
    ]

    ours = {
        i.address
        for _, code in functions.values()
        for i in code.instructions
        if i.flow is Flow.RETURN
    }
    theirs = {
        at
        for at in objdump_returns(tool, binary)
        if not any(f.address <= at < f.end for f in refused)
    }

    assert len(ours) > 2000
    assert ours == theirs


def objdump_returns(tool: str, binary: Path) -> set[int]:
    pattern = re.compile(r"\s*([0-9a-f]+):\s+ret\s*(?:#.*)?")
    lines = run(tool, "-d", "--no-show-raw-insn", "-j", ".text", binary)
    return {int(match[1], 16) for match in map(pattern.fullmatch, lines) if match}


@versions
@pytest.mark.parametrize("goarch", ["amd64", "arm64"])
def test_every_function_that_calls_morestack_is_probed_behind_its_check(
    version: str, goarch: str
) -> None:
    """The table of stack checks is complete: no function with morestack's tail is missed."""
    binary = shapes(version, goarch=goarch)
    symbols = nm(binary)
    morestack = {at for at, (_, name) in symbols.items() if "runtime.morestack" in name}
    checked = 0
    for func, code in decoded(binary).values():
        tail = any(i.target in morestack and i.flow is Flow.CALL for i in code.instructions)
        if func.assembly or not tail:
            continue
        chosen = sites.choose(func.name, code, lambda _: "")
        assert chosen.choice is not EntryChoice.FIRST, func.name
        checked += 1
    assert checked > 700


WIDE = """\
package main

//go:noinline
func bigFrame(n int) int {
	var room [0x2000]byte
	for i := range room {
		room[i] = byte(n + i)
	}
	return int(room[n&0xFF])
}

//go:noinline
func leaf(n int) int { return n & 0x12345678 }

func main() { println(bigFrame(3), leaf(5)) }
"""


@versions
def test_on_arm64_no_probe_is_where_a_preemption_starts_over(version: str) -> None:
    """The last instruction made of one uses R27, which the others, all before it, compute."""
    binary = gobuild.build_text(
        {"main.go": WIDE, "go.mod": "module wide\n\ngo 1.18\n"},
        name="wide",
        version=version,
        env={"GOARCH": "arm64"},
    )
    frame, leaf = analyze(binary, ("main.bigFrame", "main.leaf")).functions
    file = image.load(binary)
    # Go 1.27 computes the leaf's constant in a register of its own, and starts nothing over.
    for function, behind in ((frame, True), (leaf, False))[: 2 if version == "1.19" else 1]:
        assert function.entry_choice is EntryChoice.LAST_OF_ONE
        assert "x27" in function.entry.text
        code = file.code(function.address, function.entry.address - function.address)
        before = [i.text for i in decode(file.machine, "f", function.address, code).instructions]
        made = [text for text in before if text.startswith(("mov x27", "movk x27", "orr x27"))]
        assert made
        assert before[-1] in made
        assert any(text.startswith("b.ls") for text in before) == behind


def test_the_entry_site_is_the_cheapest_exact_one() -> None:
    old = analyze(shapes("1.19"), NAMES)
    new = analyze(shapes(gobuild.NEWEST), NAMES)

    assert {f.entry_choice for f in old.functions[:5]} == {EntryChoice.CHECK_BRANCH}
    assert {f.entry.text[:4] for f in old.functions[:5]} == {"jbe "}
    assert {f.entry_choice for f in new.functions[:5]} == {EntryChoice.AFTER_CHECK_EMULATED}
    assert {f.entry.text for f in new.functions[:5]} == {"push rbp"}
    for leaf in (old.functions[5], new.functions[5]):
        assert leaf.entry_choice is EntryChoice.FIRST
        assert leaf.entry.address == leaf.address


@versions
def test_argument_sizes(version: str) -> None:
    """Spill areas: an int and a string; an int; two ints."""
    answer = analyze(shapes(version), ("main.Small", "main.Huge", "main.Leaf"))

    assert [f.args for f in answer.functions] == [24, 8, 16]


@versions
@pytest.mark.parametrize("flags", BUILDS, ids=" ".join)
def test_file_offsets_lead_to_the_code(version: str, flags: tuple[str, ...]) -> None:
    binary = shapes(version, flags)
    data = binary.read_bytes()
    answer = analyze(binary, NAMES)
    addresses = {name: address for address, (_, name) in nm(binary).items()}

    loads = []
    for line in run("readelf", "-lW", binary):
        match = re.match(r"\s+LOAD\s+(0x\w+) (0x\w+) 0x\w+ (0x\w+) 0x\w+ R E", line)
        if match:
            loads.append([int(word, 16) for word in match.groups()])
    [(file_at, address, size)] = loads

    assert answer.position_independent == ("-buildmode=pie" in flags)
    for function in answer.functions:
        assert function.address == addresses[function.symbol]
        code = data[function.file_offset : function.file_offset + function.size]
        assert fnv1a(code) == function.code_hash
        for site in (function.entry, *function.ret_sites):
            assert address <= site.address < address + size
            assert site.file_offset == site.address - address + file_at
            assert data[site.file_offset :].startswith(site.code)


def without_dwarf(facts: BinaryFacts) -> BinaryFacts:
    """Leave out what only DWARF tells: declarations, and which calls were inlined."""
    functions = tuple(
        replace(
            function,
            declaration=None,
            warnings=tuple(w for w in function.warnings if not w.startswith("calls compiled into")),
        )
        for function in facts.functions
    )
    return replace(facts, functions=functions)


@versions
@pytest.mark.parametrize("flags", BUILDS, ids=" ".join)
def test_a_stripped_copy_gives_equal_facts(version: str, flags: tuple[str, ...]) -> None:
    binary = shapes(version, flags)
    twin = gobuild.strip(binary)
    names = (*NAMES, "main.Panics", "main.Empty", "runtime.newproc")
    answer = analyze(binary, names)
    stripped = analyze(twin, names)

    assert image.load(twin).section(".symtab") is None
    assert stripped == replace(without_dwarf(answer), name=stripped.name)


def test_the_variable_that_marks_ipv4_is_found_where_it_is_needed() -> None:
    binary = gobuild.build(gobuild.PROGRAMS / "special", version="1.19")
    (line,) = (line for line in run("nm", binary) if line.endswith(" net/netip.z4"))
    newest = gobuild.build(gobuild.PROGRAMS / "special", version=gobuild.NEWEST)

    assert analyze(binary, ()).ipv4 == int(line.split()[0], 16) > 0
    assert analyze(gobuild.strip(binary), ()).ipv4 == 0
    assert analyze(newest, ()).ipv4 == 0


@versions
def test_without_section_headers_the_facts_are_equal_too(version: str, tmp_path: Path) -> None:
    data = bytearray(shapes(version).read_bytes())
    data[40:48] = bytes(8)  # e_shoff
    data[60:64] = bytes(4)  # e_shnum, e_shstrndx
    bare = tmp_path / "shapes"
    bare.write_bytes(data)

    assert image.load(bare).sections == ()
    # Go's own linker puts the GNU build ID into a section, and into no segment.
    expected = replace(without_dwarf(analyze(shapes(version), NAMES)), gnu_build_id="")
    assert analyze(bare, NAMES) == expected


@versions
def test_build_ids_are_those_of_the_tools(version: str) -> None:
    binary = shapes(version, EXTERNAL)
    answer = analyze(binary, ())
    notes = " ".join(run("readelf", "-nW", binary))
    command = gobuild.go(gobuild.DEBIAN)

    assert answer.gnu_build_id
    assert f"Build ID: {answer.gnu_build_id}" in notes
    assert [answer.go_build_id] == list(run(command, "tool", "buildid", binary))


@versions
def test_build_settings_are_those_of_go_version(version: str) -> None:
    binary = shapes(version, NO_OPTIMISER)
    answer = analyze(binary, ())
    head, *lines = run(gobuild.go(version), "version", "-m", binary)
    builds = [line.split("\t", 2)[2] for line in lines if line.startswith("\tbuild\t")]

    assert head.endswith(f": {answer.go_version}")
    assert [key for key, _ in answer.settings] == [b.partition("=")[0] for b in builds]
    assert ("-gcflags", "all=-N -l") in answer.settings


@versions
@pytest.mark.parametrize("stripped", [False, True])
def test_functions_that_cannot_be_probed(version: str, stripped: bool) -> None:
    binary = shapes(version)
    binary = gobuild.strip(binary) if stripped else binary

    with pytest.raises(UnsupportedError, match="an assembly function"):
        analyze(binary, ("main.asmAdd",))
    with pytest.raises(SymbolNotFound, match=r'did you mean "main\.Small"'):
        analyze(binary, ("main.small",))
    with pytest.raises(SymbolNotFound, match=r'did you mean "main\.\(\*T\)\.Ptr"'):
        analyze(binary, ("main.T.Ptr",))
    with pytest.raises(SymbolNotFound) as caught:
        analyze(binary, ("main.Inlined",))
    assert "inlined everywhere" in caught.value.hint


@versions
def test_warnings_about_functions_that_end_otherwise(version: str) -> None:
    answer = analyze(shapes(version), ("main.Panics", "main.Forever", "main.Empty"))
    panics, forever, empty = answer.functions

    for function in (panics, forever):
        assert function.ret_sites == ()
        assert function.warnings == (
            (
                "it has no return instruction: a call ends by a panic, by runtime.Goexit or with "
                "its process, and has no results"
            ),
        )
    assert empty.entry == empty.ret_sites[0]
    assert empty.warnings == ("its entry and its return are the same instruction",)


@pytest.mark.parametrize("version", [gobuild.DEBIAN, gobuild.NEWEST])
def test_a_promoted_methods_wrapper_is_a_tail_jump(version: str) -> None:
    """Not so in Go 1.21, whose wrapper calls the method and returns."""
    [promoted] = analyze(shapes(version), ("main.(*Outer).Ptr",)).functions

    assert promoted.ret_sites == ()
    assert [site.text.split()[0] for site in promoted.tail_sites] == ["jmp"]
    assert promoted.warnings == (
        '1 exit is a tail jump into "main.(*T).Ptr": a call that leaves there has no results',
    )


def test_generic_functions() -> None:
    """Go 1.19's pclntab shortens type arguments, so only a symbol table tells them apart."""
    old = shapes("1.19")
    new = gobuild.strip(shapes(gobuild.NEWEST))

    assert analyze(old, ("main.Sum[go.shape.string_0]",)).functions[0].args == 40
    assert analyze(new, ("main.Sum[go.shape.string]",)).functions[0].args == 40
    with pytest.raises(BinaryError, match="3 functions bear this name"):
        analyze(gobuild.strip(old), ("main.Sum[...]",))


@versions
def test_both_conventions_of_a_function_are_told_apart(version: str) -> None:
    """Each has an ABI0 and an ABIInternal version; pclntab gives both the same name."""
    binary = shapes(version)
    names = tuple(
        name.removesuffix(".abi0")
        for _, (_, name) in sorted(nm(binary).items())
        if name.endswith(".abi0")
    )
    functions, twin = table(image.load(binary)), gobuild.strip(binary)
    twice = [name for name in names if len(functions.named(name)) == 2]
    by_table = {name: address_or_error(twin, name) for name in twice}

    assert len(by_table) > 15
    assert by_table == {name: address_or_error(binary, name) for name in by_table}
    assert isinstance(by_table["runtime.newproc"], int)


def address_or_error(binary: Path, name: str) -> int | str:
    try:
        return analyze(binary, (name,)).functions[0].address
    except GogenError as error:
        return type(error).__name__


def test_what_was_read_before_changes_nothing() -> None:
    """Asked for in parts, and again with other pointers followed, each function is the same."""
    binary = shapes(gobuild.toolchains()[-1])
    source = opened(binary)
    for names, pointers in ((NAMES[:2], 1), (NAMES[1:], 1), (NAMES, 1), (NAMES, 0), (NAMES[3:], 1)):
        assert analyze(source, names, pointers=pointers) == analyze(
            binary, names, pointers=pointers
        )


@versions
def test_many_names_are_found_where_few_are(version: str) -> None:
    """Two ways of looking them up; nm is the third."""
    binary = shapes(version)
    file = image.load(binary)
    names = [name for _, name in list(nm(binary).values())[:: len(nm(binary)) // 100]]
    assert len(names) > symbols._MANY
    missing = {"main.none", "main", ""}
    many = symbols._addresses(file, {*names, *missing})
    few = {}
    for at in range(0, len(names), 20):
        few.update(symbols._addresses(file, {*names[at : at + 20], *missing}))
    assert many == few
    for address, (_, name) in nm(binary).items():
        assert name not in many or address in many[name]
