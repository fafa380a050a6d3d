# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The whole stage on programs made by hand: how the parts are joined, and what is refused."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from madeelf import DATA_AT, TEXT, TEXT_AT, Fn, elf, pclntab, program

from gogen.binary.analyze import analyze
from gogen.binary.code import fnv1a
from gogen.binary.model import BinaryFacts, EntryChoice, FunctionCode, Machine, Site
from gogen.binary.pprint import dump
from gogen.errors import BinaryError, GogenError, SymbolNotFound, UnsupportedError

if TYPE_CHECKING:
    from pathlib import Path

GO = Fn(
    name="main.f",
    code=bytes.fromhex("493b6610 7602 55c3 e800000000 e9eeffffff").ljust(32, b"\xcc"),
    args=24,
)
ASM = Fn(name="main.asm", code=b"\xc3".ljust(16, b"\xcc"), args=-0x80000000, flag=4)
LEAF = Fn(name="main.leaf", code=b"\x90\xc3".ljust(16, b"\xcc"), args=-0x80000000)


def facts(folder: Path, data: bytes, *symbols: str, go: str = "") -> BinaryFacts:
    path = folder / "program"
    path.write_bytes(data)
    return analyze(path, symbols, go=go)


def test_facts_of_a_function(tmp_path: Path) -> None:
    answer = facts(tmp_path, program((LEAF, GO)), "main.f", "main.leaf")

    assert (answer.machine, answer.go_version) == (Machine.AMD64, "go1.27.3")
    assert (answer.gnu_build_id, answer.go_build_id) == ("", "the/id")
    assert answer.settings == (("GOARCH", "amd64"),)
    at, file = TEXT + 16, TEXT_AT + 16
    assert answer.functions[0] == FunctionCode(
        symbol="main.f",
        address=at,
        file_offset=file,
        size=18,
        code_hash=fnv1a(GO.code[:18]),
        args=24,
        entry=Site(address=at + 6, file_offset=file + 6, code=b"\x55", text="push rbp"),
        entry_choice=EntryChoice.AFTER_CHECK_EMULATED,
        ret_sites=(Site(address=at + 7, file_offset=file + 7, code=b"\xc3", text="ret"),),
        warnings=(),
        floats_kept=tuple(range(15)),
        keeps_args=False,  # nothing stands between the call and the jump back
    )
    assert answer.functions[1].symbol == "main.leaf"
    assert answer.functions[1].args is None


def test_the_dump_is_complete_and_ordered(tmp_path: Path) -> None:
    assert dump(facts(tmp_path, program((LEAF, GO)), "main.f")) == (
        "binary program: amd64, go1.27.3, fixed addresses\n"
        "  GNU build ID none\n"
        "  Go build ID the/id\n"
        "  setting GOARCH=amd64\n"
        "  runtime g.stack.hi=8 g.m=48 g.goid=152 m.curg=184 g.sched.sp=56\n"
        "\n"
        "function main.f\n"
        "  code 0x401010 file 0x1010 size 18 hash 7331a17d1d10c391 args 24\n"
        "  entry 0x401016 file 0x1016 [55] push rbp\n"
        "        after the stack check, on an instruction the kernel emulates\n"
        "  ret   0x401017 file 0x1017 [c3] ret\n"
    )


def test_no_such_function_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(
        SymbolNotFound, match=r'no function "main\.g"; nearest: "main\.f"'
    ) as caught:
        facts(tmp_path, program((LEAF, GO)), "main.g")

    assert "inlined" in caught.value.hint


def test_an_assembly_function_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match=r'"main\.asm": an assembly function \(ABI0\)'):
        facts(tmp_path, program((ASM, GO)), "main.asm")


def calling(target: int, *, at: int) -> bytes:
    return (b"\xe8" + struct.pack("<i", target - at - 5) + b"\xc3").ljust(16, b"\xcc")


def test_of_two_conventions_the_one_go_calls_is_taken(tmp_path: Path) -> None:
    """Without .symtab: a wrapper calls what it wraps; assembly is called through its wrapper."""
    go = Fn(name="main.p", code=b"\x90\xc3".ljust(16, b"\xcc"))
    abi0 = Fn(name="main.p", code=calling(TEXT, at=TEXT + 16))
    asm = Fn(name="main.q", code=b"\x90\xc3".ljust(16, b"\xcc"), flag=4)
    wrapper = Fn(name="main.q", code=calling(TEXT + 32, at=TEXT + 48))

    answer = facts(tmp_path, program((go, abi0, asm, wrapper)), "main.p", "main.q")

    assert [f.address for f in answer.functions] == [TEXT, TEXT + 48]


@pytest.mark.parametrize("name", ["main.p", "main.p[...]"])
def test_two_functions_of_one_name_are_refused_without_proof(tmp_path: Path, name: str) -> None:
    first = Fn(name=name, code=b"\x90\xc3".ljust(16, b"\xcc"))
    shortened = name.endswith("]")
    second = Fn(name=name, code=calling(TEXT, at=TEXT + 16) if shortened else first.code)

    with pytest.raises(BinaryError, match=r"2 functions bear this name \(at 0x401000, 0x401010\)"):
        facts(tmp_path, program((first, second)), name)


def test_without_build_info_the_user_says_the_version(tmp_path: Path) -> None:
    data = program((GO,), version="")

    assert facts(tmp_path, data, "main.f", go="1.24.1").go_version == "go1.24.1"
    assert facts(tmp_path, data, "main.f", go="1.24.1").runtime.g_goid == 160
    with pytest.raises(BinaryError, match="does not say which Go") as caught:
        facts(tmp_path, data, "main.f")
    assert '[tracer] go = "1.26.1"' in caught.value.hint


def test_a_version_that_contradicts_the_binary_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BinaryError, match=r'built by "go1\.27\.3", but the spec says "go1\.26\.1"'):
        facts(tmp_path, program((GO,)), "main.f", go="1.26.1")
    assert facts(tmp_path, program((GO,)), "main.f", go="1.27").go_version == "go1.27.3"


def test_a_development_version_needs_the_users_word(tmp_path: Path) -> None:
    data = program((GO,), version="go1.28-devel_0123abc")

    with pytest.raises(UnsupportedError, match="cannot tell the release"):
        facts(tmp_path, data, "main.f")
    assert facts(tmp_path, data, "main.f", go="1.27.3").runtime.g_goid == 152


@pytest.mark.parametrize("version", ["go1.18.10", "go1.28.0"])
def test_other_versions_are_refused(tmp_path: Path, version: str) -> None:
    with pytest.raises(UnsupportedError, match=r"Go 1\.19 to 1\.27"):
        facts(tmp_path, program((GO,), version=version), "main.f")


def test_what_is_not_go_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BinaryError, match="not a Go program"):
        facts(tmp_path, elf(b"\xc3", b"\0" * 64), "main.f")


def test_a_function_without_code_is_refused(tmp_path: Path) -> None:
    empty = Fn(name="main.empty", code=b"")

    with pytest.raises(BinaryError, match=r'"main\.empty": no code at 0x401000'):
        facts(tmp_path, program((empty,)), "main.empty")


def test_a_program_cut_anywhere_is_refused(tmp_path: Path) -> None:
    whole = program((LEAF, GO))
    for size in (*range(0, 400, 7), TEXT_AT, TEXT_AT + 1, *range(DATA_AT, len(whole), 13)):
        with pytest.raises(GogenError):
            facts(tmp_path, whole[:size], "main.f")


def test_arm64_programs_are_read_too(tmp_path: Path) -> None:
    code = struct.pack("<4I", 0xD503201F, 0xD65F03C0, 0, 0)
    answer = facts(tmp_path, program((Fn(name="main.f", code=code),), machine=183), "main.f")

    assert answer.machine is Machine.ARM64
    assert answer.functions[0].size == 8
    assert [s.text for s in answer.functions[0].ret_sites] == ["ret"]


def test_a_table_for_another_machine_is_no_table(tmp_path: Path) -> None:
    data = pclntab((GO,), text=TEXT, min_lc=4)

    with pytest.raises(BinaryError, match="not a Go program"):
        facts(tmp_path, elf(GO.code, data), "main.f")
