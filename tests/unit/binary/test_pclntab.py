# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from madeelf import DATA, DATA_AT, TEXT, Fn, elf, moduledata, pclntab, program, refusal

from gogen.binary import image
from gogen.binary import pclntab as reader
from gogen.errors import BinaryError

if TYPE_CHECKING:
    from pathlib import Path

FNS = (
    Fn(name="main.a", code=b"\x90\xc3".ljust(16, b"\xcc"), args=24),
    Fn(name="main.asm", code=b"\xc3".ljust(16, b"\xcc"), args=-0x80000000, flag=4),
    Fn(name="main.(*T).M", code=b"\x90\x90\xc3".ljust(16, b"\xcc")),
    Fn(name="main.a", code=b"\xc3".ljust(32, b"\xcc"), args=8),
)


def read(folder: Path, data: bytes) -> reader.Pclntab | None:
    path = folder / "program"
    path.write_bytes(data)
    return reader.read(image.load(path))


def table(folder: Path, data: bytes) -> reader.Pclntab:
    found = read(folder, data)
    assert found is not None
    return found


@pytest.mark.parametrize("magic", [0xFFFFFFF0, 0xFFFFFFF1])
@pytest.mark.parametrize(("text", "module"), [(TEXT, False), (0, True)])
def test_functions_are_listed(tmp_path: Path, magic: int, text: int, module: bool) -> None:
    made = table(tmp_path, program(FNS, magic=magic, text=text, module=module))

    assert list(made.all_names()) == ["main.a", "main.asm", "main.(*T).M", "main.a"]
    assert made.named("main.asm") == (
        reader.Func(
            name="main.asm", address=TEXT + 16, end=TEXT + 32, args=-0x80000000, assembly=True
        ),
    )
    assert [(f.address, f.end, f.args, f.assembly) for f in made.named("main.a")] == [
        (TEXT, TEXT + 16, 24, False),
        (TEXT + 48, TEXT + 80, 8, False),
    ]


def test_functions_are_found_by_address(tmp_path: Path) -> None:
    made = table(tmp_path, program(FNS))
    first, last = made.at(TEXT), made.holding(TEXT + 79)

    assert first is not None
    assert first.name == "main.a"
    assert last is not None
    assert last.address == TEXT + 48
    assert made.at(TEXT + 1) is None
    assert made.at(TEXT - 16) is None
    assert made.holding(TEXT + 80) is None
    assert made.holding(TEXT - 1) is None


@pytest.mark.parametrize("name", ["", "main", "a", "main.(*T)", "main.a\0main.asm", "é", "\udc80"])
def test_a_part_of_a_name_is_no_name(tmp_path: Path, name: str) -> None:
    assert table(tmp_path, program(FNS)).named(name) == ()


def test_a_name_cannot_move_the_terminals_cursor(tmp_path: Path) -> None:
    made = table(tmp_path, program((Fn(name="a.\x1b[2Jb", code=b"\xc3"),)))

    assert list(made.all_names()) == [r"a.\x1b[2Jb"]


def test_no_table_is_none(tmp_path: Path) -> None:
    assert read(tmp_path, elf(b"\xc3", b"\0" * 64)) is None


def test_without_moduledata_the_base_is_not_guessed(tmp_path: Path) -> None:
    with pytest.raises(BinaryError, match="cannot tell where the Go code begins"):
        read(tmp_path, program(FNS, text=0, module=False))


@pytest.mark.parametrize(("text", "size"), [(TEXT + 16, 80), (TEXT, 81), (TEXT - 1, 80)])
def test_moduledata_must_agree_with_the_table(tmp_path: Path, text: int, size: int) -> None:
    fields = list(struct.unpack("<Q152s3Q", moduledata(table=DATA, text=TEXT, size=80)))
    fields[2:] = [TEXT, text + size, text]
    data = pclntab(FNS, text=0) + struct.pack("<Q152s3Q", *fields)

    with pytest.raises(BinaryError, match=r"cannot tell where|outside the executable code"):
        read(tmp_path, elf(b"".join(fn.code for fn in FNS), data))


def test_text_outside_the_code_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BinaryError, match="outside the executable code"):
        read(tmp_path, program(FNS, text=TEXT + 1, module=False))


def test_a_table_out_of_order_is_refused(tmp_path: Path) -> None:
    good = program(FNS)
    functab = good.index(struct.pack("<II", 0, 8 * 4 + 4))
    bad = good[: functab + 8] + b"\xff" + good[functab + 9 :]

    with pytest.raises(BinaryError, match="not in order of address"):
        read(tmp_path, bad)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_damaged_table_ends_in_our_error(tmp_path: Path, data: st.DataObject) -> None:
    made = bytearray(program(FNS))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(DATA_AT, len(made) - 8))
        width = data.draw(st.sampled_from([1, 4, 8]))
        made[at : at + width] = data.draw(st.binary(min_size=width, max_size=width))

    def use() -> None:
        found = read(tmp_path, bytes(made))
        if found is not None:
            for name in found.all_names():
                found.named(name)
            found.holding(TEXT + 40)

    message = refusal(use)
    assert message == "" or "pclntab" in message


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 700))
def test_a_table_cut_anywhere_is_refused(tmp_path: Path, size: int) -> None:
    whole = pclntab(FNS, text=TEXT)
    data = elf(b"".join(fn.code for fn in FNS), whole[:size])
    needed = len(whole) - 16 - 2  # to the last function's flag; the made table ends in zeros
    if size < 72:
        assert read(tmp_path, data) is None
    elif size >= needed:
        assert table(tmp_path, data).text == TEXT
    else:
        message = refusal(lambda: read(tmp_path, data))
        assert message == "" or "outside the table" in message


def test_millions_of_overlapping_names_cost_little(tmp_path: Path) -> None:
    """A file may point every function at the same long string; only its head is offered."""
    long = Fn(name="main." + "x" * 60_000, code=b"\xc3")
    made = table(tmp_path, program((long, *FNS)))

    assert next(made.all_names()) == "main." + "x" * 495
    assert made.named(long.name)[0].name == long.name
