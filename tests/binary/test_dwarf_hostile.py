# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""DWARF made to keep a reader busy: refused, and soon."""

from __future__ import annotations

import struct
import time
import zlib

import pytest

from gogen.binary import dwarf
from gogen.binary.contents import Contents
from gogen.binary.image import Image, Section
from gogen.binary.model import Machine
from gogen.errors import BinaryError

ADDRESS = 0x401000
SECONDS = 5.0
"""Far above what a refusal takes; what is refused here would take longer than anyone waits."""

ABBREV = (
    b"\x01\x11\x01\x00\x00"  # compile unit with children
    b"\x02\x2e\x01\x03\x08\x11\x01\x00\x00"  # subprogram: name string, low_pc addr
    b"\x03\x05\x00\x03\x08\x49\x10\x00\x00"  # formal parameter: name, type ref_addr
    b"\x04\x13\x01\x0b\x0f\x00\x00"  # struct without a name: byte size udata
    b"\x05\x0d\x00\x03\x08\x49\x10\x38\x0f\x00\x00"  # member: name, type, location udata
    b"\x06\x13\x01\x03\x08\x0b\x0f\x00\x00"  # struct with a name
    b"\x07\x0b\x01\x01\x13\x00\x00"  # lexical block: sibling ref4
    b"\x08\x24\x00\x03\x08\x0b\x0b\x3e\x0b\x80\x52\x0b\x00\x00"  # base type with DW_AT_go_kind
    b"\x09\x0b\x01\x00\x00"  # lexical block without attributes
    b"\x00"
)
INT = b"\x08int\x00\x08\x05\x02"
FUNCTION = b"\x02main.f\x00" + struct.pack("<Q", ADDRESS)
HEADER = 11
"""Bytes before the first DIE."""


def held(data: bytes) -> Contents:
    return Contents("hostile", len(data), lambda size, at: data[at : at + size])


def opened(dies: bytes) -> dwarf.Dwarf:
    """The DWARF of a file that holds one unit with these DIEs."""
    body = struct.pack("<HIB", 4, 0, 8) + b"\x01" + dies + b"\x00"
    info = struct.pack("<I", len(body)) + body
    image = Image(
        path="hostile",
        name="hostile",
        machine=Machine.AMD64,
        position_independent=False,
        sections=(
            Section(
                name=".debug_info",
                note=False,
                address=0,
                file_offset=0,
                file_size=len(info),
            ),
            Section(
                name=".debug_abbrev",
                note=False,
                address=0,
                file_offset=len(info),
                file_size=len(ABBREV),
            ),
        ),
        segments=(),
        data=held(info + ABBREV),
    )
    found = dwarf.read(image)
    assert found is not None
    return found


def refusal(dies: bytes) -> str:
    begin = time.process_time()
    with pytest.raises(BinaryError) as caught:
        opened(dies).declaration("main.f", ADDRESS, go_minor=27)
    assert time.process_time() - begin < SECONDS
    return str(caught.value)


def ref(offset: int) -> bytes:
    return struct.pack("<I", offset)


def chain(levels: int, *, names: bool) -> tuple[bytes, int]:
    """Structs that each hold the one before twice; give the DIEs and the last one's offset."""
    dies = INT
    inner, size = HEADER + 1, 8
    for level in range(levels):
        at = HEADER + 1 + len(dies)
        name = f"main.T{level}".encode() + b"\0"
        head = (b"\x06" + name) if names else b"\x04"
        dies += head + uleb(2 * size)
        for member, offset in ((b"a", 0), (b"b", size)):
            dies += b"\x05" + member + b"\0" + ref(inner) + uleb(offset)
        dies += b"\0"
        inner, size = at, 2 * size
    return dies, inner


def uleb(value: int) -> bytes:
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def with_param(dies: bytes, type_offset: int) -> bytes:
    return dies + FUNCTION + b"\x03p\0" + ref(type_offset) + b"\0"


@pytest.mark.parametrize("names", [True, False])
def test_a_small_chain_is_read(names: bool) -> None:
    """What the hostile ones below are made of is well-formed."""
    found = opened(with_param(*chain(3, names=names))).declaration("main.f", ADDRESS, go_minor=27)

    assert found is not None
    assert [p.name for p in found.params] == ["p"]
    assert [name for name, _ in found.types] == (["main.T0", "main.T1", "main.T2"] if names else [])


@pytest.mark.parametrize("levels", [30, 44])
def test_unnamed_structs_that_double_at_every_level(levels: int) -> None:
    assert "larger than any program's" in refusal(with_param(*chain(levels, names=False)))


def test_named_structs_that_double_at_every_level() -> None:
    """Each is laid out once: many bytes, and little work."""
    found = opened(with_param(*chain(44, names=True))).declaration("main.f", ADDRESS, go_minor=27)

    assert found is not None
    assert len(found.types) == 44


def test_a_struct_of_the_wrong_size() -> None:
    dies, at = chain(2, names=True)
    wrong = dies.replace(b"main.T1\0" + uleb(32), b"main.T1\0" + uleb(40))

    assert wrong != dies
    assert refusal(with_param(wrong, at)).endswith(
        'struct "main.T1" has its fields at [0, 16] in 40 bytes, gogen computes [0, 16] in 32'
    )


def test_a_struct_that_contains_itself() -> None:
    """Not Go: whoever needs its size refuses it, and nobody here waits for it."""
    begin = time.process_time()
    member = b"\x05a\0" + ref(HEADER + 1) + b"\0"
    dies = b"\x06main.T\0\x08" + member + b"\0"
    found = opened(with_param(dies, HEADER + 1)).declaration("main.f", ADDRESS, go_minor=27)

    assert found is not None
    assert time.process_time() - begin < SECONDS
    assert "nested without end" in refusal(with_param(b"\x04\x08" + member + b"\0", HEADER + 1))


def test_siblings_in_a_circle() -> None:
    """A block that calls itself its own sibling, inside one that has to be walked through."""
    inner = HEADER + 1 + len(FUNCTION) + 1
    blocks = b"\x09" + b"\x07" + ref(inner) + b"\0\0"
    begin = time.process_time()
    found = opened(FUNCTION + blocks + b"\0").declaration("main.f", ADDRESS, go_minor=27)

    assert found is not None
    assert found.params == ()
    assert time.process_time() - begin < SECONDS


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("<IIQQ", 1, 0, 1 << 40, 1) + zlib.compress(bytes(100)),
        struct.pack("<IIQQ", 1, 0, 100, 1) + zlib.compress(bytes(1000)),
        struct.pack("<IIQQ", 1, 0, 100, 1) + zlib.compress(bytes(100))[:-12],
        struct.pack("<IIQQ", 2, 0, 100, 1) + bytes(100),
        b"\0" * 8,
    ],
    ids=["claims a TiB", "holds more", "cut off", "zstd", "no header"],
)
def test_compression_that_lies(data: bytes) -> None:
    section = Section(
        name=".debug_info",
        note=False,
        address=0,
        file_offset=0,
        file_size=len(data),
        compressed=True,
    )
    image = Image(
        path="hostile",
        name="hostile",
        machine=Machine.AMD64,
        position_independent=False,
        sections=(section,),
        segments=(),
        data=held(data),
    )
    with pytest.raises(BinaryError, match=r'section "\.debug_info"'):
        dwarf.read(image)
