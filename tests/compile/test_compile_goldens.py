# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Every golden compiles: for BPF with every clang there is, and as a loader.

Each case is written once and compiled once; the tests look at what came out.
"""

from __future__ import annotations

import itertools
import os
import random
import re
import shutil
import subprocess
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection
from goldencases import CASES, plan_of, tree_of, write
from plancase import plan

from gogen.binary.model import Machine
from gogen.emit.render import render
from gogen.plan import cost
from gogen.toolchain import programs as measured
from gogen.toolchain.commands import commands
from gogen.toolchain.find import CLANG_MIN, find

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.toolchain

STACK_MAX = 48
"""The kernel rounds a stack up to 16 bytes, and makes one of 64 private to a CPU."""
"""
Linux 6.13 and newer give a program that needs this much stack or more a private one per CPU.
A uprobe program can be preempted, and the next one on that CPU would write over its values.
"""


@dataclass(frozen=True)
class Compiled:
    folder: Path
    failures: dict[str, str]


def clangs() -> list[Path]:
    """Every clang from CLANG_MIN on, by version."""
    found = {}
    for number in range(CLANG_MIN, 40):
        if path := shutil.which(f"clang-{number}"):
            found[number] = Path(path)
    if path := shutil.which("clang"):
        said = subprocess.run([path, "-dumpversion"], capture_output=True, text=True, check=True)
        found.setdefault(int(said.stdout.partition(".")[0]), Path(path))
    return [path for number, path in sorted(found.items()) if number >= CLANG_MIN]


def object_of(clang: Path) -> str:
    return f"by-{clang.name}.o"


def compile_case(case: str, folder: Path) -> dict[str, str]:
    """Run gogen's own commands; the loader stops at its object, one case links it."""
    tree = tree_of(case)
    write(tree, folder)
    failures = {}
    for clang in clangs():
        for step in chain.from_iterable(commands(tree, find())):
            argv = list(step.argv)
            if step.verb == "BPF":
                argv[0] = str(clang)
            elif step.verb == "CC":
                # The runtime is the same in every case: kitchen_sink compiles it, once.
                once = tree.machine == "amd64" and clang == clangs()[-1]
                if not once or step.product != f"{tree.name}.o":
                    continue
            elif step.verb in {"BINARY", "STRIP"}:
                continue
            done = subprocess.run(argv, cwd=folder, capture_output=True, check=False)
            if done.returncode:
                text = done.stderr.decode(errors="replace")
                failures[f"{case}: {step.verb} by {argv[0]}"] = text[:3000]
                break
            if step.to_stdout:
                (folder / step.product).write_bytes(done.stdout)
            elif step.verb == "GEN-OBJ":
                shutil.copy(folder / step.product, folder / object_of(clang))
    return failures


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    folder = tmp_path_factory.mktemp("goldens")
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        results = pool.map(lambda case: compile_case(case, folder / case), CASES)
        failures = {name: text for result in results for name, text in result.items()}
    return Compiled(folder, failures)


def test_the_oldest_clang_that_is_promised() -> None:
    """No test can promise 14 where only newer ones are; the versions tried are in the report."""
    assert CLANG_MIN == 14
    assert clangs()


def test_both_sides_compile_without_a_warning(compiled: Compiled) -> None:
    assert "\n".join(f"{name}\n{text}" for name, text in compiled.failures.items()) == ""
    for case in CASES:
        tree = tree_of(case)
        assert (compiled.folder / case / f"{tree.name}.bpf.o").is_file()
        assert (compiled.folder / case / f"{tree.name}.o").is_file() is (tree.machine == "amd64")


def test_the_runtime_links_into_a_static_tracer(compiled: Compiled, tmp_path: Path) -> None:
    """The whole of kitchen_sink; it lists every site without asking the kernel for anything."""
    folder = tmp_path / "kitchen_sink"
    shutil.copytree(compiled.folder / "kitchen_sink", folder)
    tree = tree_of("kitchen_sink")
    for step in chain.from_iterable(commands(tree, find())):
        if step.verb in {"CC", "BINARY", "STRIP"}:
            subprocess.run(step.argv, cwd=folder, check=True)
    listed = subprocess.run([folder / tree.name, "--list"], capture_output=True, check=True)
    sites = re.findall(rb"^  (entry|ret) +address 0x", listed.stdout, re.MULTILINE)
    assert (len(sites), sites.count(b"entry")) == (21, 9)
    with (folder / tree.name).open("rb") as file:
        assert not any(
            segment["p_type"] == "PT_INTERP" for segment in ELFFile(file).iter_segments()
        )


def programs(path: Path) -> Iterator[tuple[str, bytes]]:
    """Give each program of a BPF object: its symbol and its instructions."""
    with path.open("rb") as file:
        elf = ELFFile(file)
        code = {
            index: section
            for index, section in enumerate(elf.iter_sections())
            if section["sh_flags"] & 4 and section["sh_size"]  # SHF_EXECINSTR
        }
        symbols = elf.get_section_by_name(".symtab")
        assert isinstance(symbols, SymbolTableSection)
        for symbol in symbols.iter_symbols():
            if symbol["st_info"]["type"] == "STT_FUNC":
                data = code[symbol["st_shndx"]].data()
                start = symbol["st_value"]
                yield symbol.name, data[start : start + symbol["st_size"]]


def stack_depth(code: bytes) -> int:
    """
    How far below r10 a program reaches: by loads and stores, and by pointers it hands out.

    Instructions are 8 bytes: opcode, registers, 16-bit offset, 32-bit immediate
    (Linux, Documentation/bpf/standardization/instruction-set.rst).
    """
    lowest = 0
    pointers: dict[int, int] = {10: 0}
    at = 0
    while at < len(code):
        opcode, registers = code[at], code[at + 1]
        dst, src = registers & 15, registers >> 4
        offset = int.from_bytes(code[at + 2 : at + 4], "little", signed=True)
        immediate = int.from_bytes(code[at + 4 : at + 8], "little", signed=True)
        kind = opcode & 7
        if kind == 1 and src in pointers:  # BPF_LDX
            lowest = min(lowest, pointers[src] + offset)
        if kind in (2, 3) and dst in pointers:  # BPF_ST, BPF_STX
            lowest = min(lowest, pointers[dst] + offset)
        if opcode == 0xBF and src in pointers:  # r(dst) = r(src)
            pointers[dst] = pointers[src]
        elif opcode == 0x07 and dst in pointers:  # r(dst) += immediate
            pointers[dst] += immediate
            lowest = min(lowest, pointers[dst])
        elif kind in (0, 1, 4, 7) and dst != 10:
            pointers.pop(dst, None)
        at += 16 if opcode == 0x18 else 8
    return -lowest


def test_programs_use_less_stack_than_makes_it_private(compiled: Compiled) -> None:
    depths: dict[str, int] = defaultdict(int)
    for case in CASES:
        for clang in clangs():
            for name, code in programs(compiled.folder / case / object_of(clang)):
                depths[f"{case}: {name} by {clang.name}"] = stack_depth(code)
    assert len(depths) > 30
    assert max(depths.values()) > 0, "nothing was decoded"
    deep = {name: depth for name, depth in depths.items() if depth > STACK_MAX}
    assert deep == {}, (
        f"a stack of more than {STACK_MAX} bytes is private to a CPU from Linux 6.13 on, and a "
        "preempted uprobe program would share it with the next one"
    )


@pytest.mark.parametrize("seed", range(3))
def test_programs_of_random_values_do_too(seed: int, tmp_path: Path) -> None:
    """What a compiler keeps on the stack depends on a function's values: try many mixtures."""
    chance = random.Random(seed)  # noqa: S311 - cases, not secrets
    kinds: tuple[str, ...] = (
        "bool",
        "int8",
        "uint32",
        "*int",
        "string",
        "[]byte",
        "float64",
        "complex128",
    )
    kinds += ("error", "any", "[]string", "*struct { a []*int; b [2]struct { c error } }")
    text = (
        "[tracer]\nname = 'mixture'\nbinary = 'shop'\n"
        f"[limits]\nstring = {chance.choice((0, 1, 16, 64, 500))}\n"
    )
    for number in range(12):
        params = ", ".join(f"p{n} {chance.choice(kinds)}" for n in range(chance.randint(0, 30)))
        results = ", ".join(f"r{n} {chance.choice(kinds)}" for n in range(chance.randint(1, 20)))
        emit = ("call", "both", "entry", "return")[number % 4]
        text += f"[[function]]\nsymbol = 'm.f{number}'\nemit = '{emit}'\n"
        text += f"signature = 'func({params}) ({results})'\n"
    machine = (Machine.AMD64, Machine.ARM64)[seed % 2]
    tree = render(plan(text, machine=machine))
    write(tree, tmp_path)
    for clang in clangs():
        step = commands(tree, find())[0][0]
        subprocess.run([str(clang), *step.argv[1:]], cwd=tmp_path, check=True)
        found = {name: stack_depth(code) for name, code in programs(tmp_path / step.product)}
        assert sum(name.endswith(("_entry", "_ret")) for name in found) == 18
        assert {name: depth for name, depth in found.items() if depth > STACK_MAX} == {}


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tool = tmp_path_factory.mktemp("verified") / "verified"
    source = Path(__file__).parent / "verified.c"
    argv = ["cc", "-O2", "-Wall", "-Wextra", "-Werror", str(source), "-o", str(tool)]
    subprocess.run([*argv, "-lbpf", "-lelf", "-lz"], check=True)
    return tool


def assert_bounded(tool: Path, objects: list[Path]) -> int:
    """Load them into this kernel, and compare what it processes with what gogen says it will."""
    done = subprocess.run([tool, *objects], capture_output=True, text=True, check=True)
    assert "refused" not in done.stdout, done.stdout[-3000:]
    processed = {
        (path, name): int(count)
        for path, name, count in (line.rsplit(maxsplit=2) for line in done.stdout.splitlines())
    }
    bounds = {
        (str(path), program.name): cost.bound(program)
        for path in objects
        for program in measured.of(path)
    }
    assert processed.keys() == bounds.keys()
    # The programs in Go's runtime are the same in every tracer; their callback is followed twice.
    own = {key: n for key, n in processed.items() if key[1].startswith("go_")}
    assert max(own.values(), default=0) < 50_000
    too_many = {
        key: (n, bounds[key]) for key, n in processed.items() if n > bounds[key] and key not in own
    }
    assert too_many == {}
    # A bound that nothing comes near would refuse specs for nothing.
    assert any(4 * n > bounds[key] for key, n in processed.items())
    return len(processed)


@pytest.mark.live
def test_the_verifier_takes_every_program_within_the_bound(
    compiled: Compiled, verified: Path
) -> None:
    objects = [
        compiled.folder / case / object_of(clang)
        for case, clang in itertools.product(CASES, clangs())
        if tree_of(case).machine == "amd64"
    ]
    assert assert_bounded(verified, objects) > 30


LARGE = (
    ("[]*struct { a, b, c, d, e, f, g string }", 20, "string = 4"),
    ("*struct { a, b, c, d, e, f, g string }", 20, "string = 4"),
    ("[]struct { a []string; b *int; c map[int]int }", 3, "string = 16"),
    ("[]error", 8, "string = 16"),
    ("[]any", 8, "string = 16"),
)


@pytest.mark.live
def test_large_programs_are_within_the_bound(verified: Path, tmp_path: Path) -> None:
    text = "[tracer]\nname = 'large'\nbinary = 'shop'\n"
    for number, (go_type, count, limits) in enumerate(LARGE):
        params = ", ".join(f"p{n} {go_type}" for n in range(count))
        text += f"[[function]]\nsymbol = 'm.f{number}'\nlimits = {{ {limits} }}\nemit = 'entry'\n"
        text += f"signature = 'func({params})'\n"
    tree = render(plan(text))
    write(tree, tmp_path)
    step = commands(tree, find())[0][0]
    subprocess.run(step.argv, cwd=tmp_path, check=True)
    assert assert_bounded(verified, [tmp_path / step.product]) == len(LARGE)


def test_the_decoder_counts_bytes(tmp_path: Path) -> None:
    """Programs whose use of the stack is known."""
    source = tmp_path / "stack.bpf.c"
    sizes = (8, 24, 56, 64, 200)
    source.write_text(
        "static long (*read)(void *dst, unsigned size, const void *src) = (void *)112;\n"
        + "".join(
            f'__attribute__((section("uprobe"), used)) int use{size}(void *ctx)\n'
            f"{{\n\tchar bytes[{size}];\n\n\tread(bytes, {size}, ctx);\n"
            f"\treturn bytes[{size - 1}];\n}}\n"
            for size in sizes
        )
    )
    argv = [str(find().clang), "-O2", "-target", "bpf", "-c", source.name, "-o", "stack.bpf.o"]
    subprocess.run(argv, cwd=tmp_path, check=True)
    found = {name: stack_depth(code) for name, code in programs(tmp_path / "stack.bpf.o")}
    assert found == {f"use{size}": size for size in sizes}


def test_only_stacks_and_what_values_refer_to_need_subprograms(compiled: Compiled) -> None:
    """A call costs something, and each has a stack of its own: simple values are read inline."""
    shared = {"is_chosen", "fill_task", "refill"}
    for case in CASES:
        path = compiled.folder / case / f"{tree_of(case).name}.bpf.o"
        handlers = ("_entry", "_ret")
        found = {name for name, _ in programs(path) if not name.endswith(handlers)}
        assert shared <= found, case
        walk = {"go_walk_stack"} if plan_of(case).has_stacks else set()
        if not plan_of(case).has_pieces:
            assert found == shared | walk, case
