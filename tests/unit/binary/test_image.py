# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from madeelf import DATA, DATA_AT, TEXT, TEXT_AT, elf, note, refusal

from gogen.binary import image
from gogen.binary.model import Machine
from gogen.errors import BinaryError, GogenError, UnsupportedError

if TYPE_CHECKING:
    from pathlib import Path

GOOD = elf(b"\xc3" * 16, b"data", notes=note(b"GNU\0", 3, b"\xab\xcd") + note(b"Go\0\0", 4, b"id"))


def load(folder: Path, data: bytes) -> image.Image:
    path = folder / "program"
    path.write_bytes(data)
    return image.load(path)


def test_tables_of_a_made_file(tmp_path: Path) -> None:
    made = load(tmp_path, GOOD)

    assert made.machine is Machine.AMD64
    assert made.name == "program"
    assert not made.position_independent
    assert made.sections == ()
    assert [s.note for s in made.segments] == [True, False, False]


def test_notes_are_found_by_owner_and_type(tmp_path: Path) -> None:
    made = load(tmp_path, GOOD)

    assert made.note(b"GNU\0", 3) == b"\xab\xcd"
    assert made.note(b"Go\0\0", 4) == b"id"
    assert made.note(b"Go\0\0", 3) == b""


def test_an_address_goes_through_its_segment(tmp_path: Path) -> None:
    made = load(tmp_path, GOOD)

    assert made.code_offset(TEXT + 3) == TEXT_AT + 3
    assert made.file_offset(DATA + 1) == DATA_AT + 1
    assert made.address(DATA_AT + 1) == DATA + 1
    assert made.address(0x40) is None
    assert made.code(TEXT + 14, 2) == b"\xc3\xc3"


@pytest.mark.parametrize("address", [0, TEXT - 1, TEXT + 16, DATA])
def test_only_executable_code_has_a_code_offset(tmp_path: Path, address: int) -> None:
    with pytest.raises(BinaryError, match="is not in executable code"):
        load(tmp_path, GOOD).code_offset(address)


@pytest.mark.parametrize(("address", "size"), [(TEXT, 17), (TEXT + 16, 1), (TEXT, -1), (DATA, 1)])
def test_code_outside_a_segment_is_refused(tmp_path: Path, address: int, size: int) -> None:
    with pytest.raises(BinaryError, match="not in one executable segment"):
        load(tmp_path, GOOD).code(address, size)


def patched(at: int, data: bytes) -> bytes:
    return GOOD[:at] + data + GOOD[at + len(data) :]


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (b"", BinaryError, "the file is empty"),
        (b"#!/bin/sh\n", BinaryError, "not an ELF file"),
        (GOOD[:40], BinaryError, "truncated: the ELF header is incomplete"),
        (patched(4, b"\x01"), UnsupportedError, "not a 64-bit program"),
        (patched(5, b"\x02"), UnsupportedError, "big-endian"),
        (patched(18, struct.pack("<H", 243)), UnsupportedError, "RISC-V"),
        (patched(16, struct.pack("<H", 1)), BinaryError, "an object file, expected a program"),
        (patched(32, struct.pack("<Q", 1 << 40)), BinaryError, "program header table lies outside"),
        (patched(32, struct.pack("<Q", 1 << 63)), BinaryError, "program header table lies outside"),
        (patched(56, struct.pack("<H", 0xFFFF)), BinaryError, "claims 65535 program headers"),
        (patched(54, struct.pack("<H", 1)), BinaryError, "program headers of 1 bytes"),
        (patched(40, struct.pack("<Q", 8)) + b"", BinaryError, ""),
        (GOOD[:-1], BinaryError, "truncated: segment 2 ends at byte 0x2004, the file at 0x2003"),
    ],
)
def test_what_is_no_go_program_is_refused(
    tmp_path: Path, data: bytes, error: type[GogenError], message: str
) -> None:
    if not message:  # a section table of no entries, wherever it claims to be, is harmless
        assert load(tmp_path, data).sections == ()
        return
    with pytest.raises(error, match=message):
        load(tmp_path, data)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")

    with pytest.raises(BinaryError, match="a directory"):
        image.load(tmp_path)
    with pytest.raises(BinaryError, match="no such file"):
        image.load(tmp_path / "nothing")
    with pytest.raises(BinaryError, match="not a regular file"):
        image.load(tmp_path / "fifo")
    with pytest.raises(BinaryError, match="cannot be read"):
        image.load(tmp_path / ("x" * 300))


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_damaged_header_ends_in_our_error(tmp_path: Path, data: st.DataObject) -> None:
    made = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        made[data.draw(st.integers(0, 0xE7))] = data.draw(st.integers(0, 255))

    def use() -> None:
        loaded = load(tmp_path, bytes(made))
        loaded.note(b"GNU\0", 3)
        loaded.code_offset(TEXT)

    message = refusal(use)
    assert message == "" or message.isprintable()
