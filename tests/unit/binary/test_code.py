# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gogen.binary.code import decode, fnv1a
from gogen.binary.instruction import Flow
from gogen.binary.model import Machine
from gogen.errors import BinaryError, GogenError, UnsupportedError

AT = 0x401000


def words(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}I", *values)


@pytest.mark.parametrize(
    ("data", "expected"),
    [  # from the FNV authors' published test vectors, 64-bit FNV-1a
        (b"", 0xCBF29CE484222325),
        (b"a", 0xAF63DC4C8601EC8C),
        (b"foobar", 0x85944171F73967E8),
    ],
)
def test_fnv1a_vectors(data: bytes, expected: int) -> None:
    assert fnv1a(data) == expected


def test_instructions_have_their_bytes_and_text() -> None:
    code = decode(Machine.AMD64, "f", AT, bytes.fromhex("55 4889e5 e8f8ffffff 5d c3 cc cc"))

    assert [(i.address, i.code.hex(), i.text) for i in code.instructions] == [
        (AT, "55", "push rbp"),
        (AT + 1, "4889e5", "mov rbp, rsp"),
        (AT + 4, "e8f8ffffff", "call 0x401001"),
        (AT + 9, "5d", "pop rbp"),
        (AT + 10, "c3", "ret"),
    ]
    assert (code.size, code.end) == (11, AT + 13)


def test_a_last_instruction_that_ends_in_the_padding_byte_is_kept() -> None:
    """`eb cc` jumps back 52 bytes; taking its cc for padding would cut it in two."""
    data = b"\x90" * 50 + b"\xeb\xcc" + b"\xcc" * 12

    code = decode(Machine.AMD64, "f", AT, data)

    assert code.size == 52
    assert code.instructions[-1].code == b"\xeb\xcc"
    assert code.instructions[-1].target == AT


def test_padding_inside_a_function_stays() -> None:
    code = decode(Machine.AMD64, "f", AT, b"\x90\xcc\xc3\xcc")

    assert [i.code for i in code.instructions] == [b"\x90", b"\xcc", b"\xc3"]


@pytest.mark.parametrize("data", [b"", b"\xcc", b"\xcc" * 16])
def test_no_code_is_refused(data: bytes) -> None:
    with pytest.raises(BinaryError, match=r'"f": no code between 0x401000 and'):
        decode(Machine.AMD64, "f", AT, data)


def test_an_undecodable_byte_is_refused_with_its_address() -> None:
    with pytest.raises(UnsupportedError, match=r"no instruction at 0x401001 \(06 90\)"):
        decode(Machine.AMD64, "f", AT, b"\x90\x06\x90")


def test_an_instruction_that_runs_past_the_function_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="no instruction at 0x401001"):
        decode(Machine.AMD64, "f", AT, b"\x90\xe8\0\0")


def test_a_jump_into_an_instruction_is_refused() -> None:
    data = bytes.fromhex("eb01 b8c3909090 c3")  # jmp over the first byte of mov eax, imm

    with pytest.raises(UnsupportedError, match="goes to the middle of an instruction"):
        decode(Machine.AMD64, "f", AT, data)


def test_a_function_beyond_any_compilers_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="expected at most 1 MiB"):
        decode(Machine.AMD64, "f", AT, b"\x90" * ((1 << 20) + 1))


@pytest.mark.parametrize(
    ("data", "flow", "target"),
    [
        ("c3", Flow.RETURN, None),
        ("f3c3", Flow.OTHER_RETURN, None),  # repz ret
        ("f2c3", Flow.OTHER_RETURN, None),  # bnd ret
        ("48c3", Flow.OTHER_RETURN, None),  # two bytes: not the form that was measured
        ("c20800", Flow.OTHER_RETURN, None),
        ("cb", Flow.OTHER_RETURN, None),
        ("ca56a9", Flow.OTHER_RETURN, None),
        ("48cf", Flow.OTHER_RETURN, None),
        ("eb00", Flow.JUMP, AT + 2),
        ("e9fbffffff", Flow.JUMP, AT),
        ("ffe0", Flow.JUMP, None),
        ("ff6008", Flow.JUMP, None),
        ("ff24c8", Flow.TABLE, None),
        ("7600", Flow.BRANCH, AT + 2),
        ("0f8700000000", Flow.BRANCH, AT + 6),
        ("e300", Flow.BRANCH, AT + 2),
        ("e2fe", Flow.BRANCH, AT),
        ("e800000000", Flow.CALL, AT + 5),
        ("ffd2", Flow.CALL, None),
        ("0f0b", Flow.NEXT, None),
    ],
)
def test_flow_of_amd64_instructions(data: str, flow: Flow, target: int | None) -> None:
    first = decode(Machine.AMD64, "f", AT, bytes.fromhex(data) + b"\x90").instructions[0]

    assert (first.flow, first.target) == (flow, target)


@pytest.mark.parametrize(
    ("word", "flow", "target"),
    [
        (0xD65F03C0, Flow.RETURN, None),
        (0xD65F0200, Flow.JUMP, None),  # ret x16
        (0xD65F0BFF, Flow.OTHER_RETURN, None),  # retaa
        (0xD69F03E0, Flow.OTHER_RETURN, None),  # eret
        (0xD61F0200, Flow.JUMP, None),  # br x16
        (0xD63F0200, Flow.CALL, None),  # blr x16
        (0x14000002, Flow.JUMP, AT + 8),
        (0x17FFFFFF, Flow.JUMP, AT - 4),
        (0x94000001, Flow.CALL, AT + 4),
        (0x54000049, Flow.BRANCH, AT + 8),  # b.ls
        (0xB4000040, Flow.BRANCH, AT + 8),  # cbz
        (0x3707FFE0, Flow.BRANCH, AT - 4),  # tbnz
        (0xD503201F, Flow.NEXT, None),
    ],
)
def test_flow_of_arm64_instructions(word: int, flow: Flow, target: int | None) -> None:
    data = words(word, 0xD503201F, 0xD503201F)
    first = decode(Machine.ARM64, "f", AT, data).instructions[0]

    assert (first.flow, first.target) == (flow, target)


def test_an_arm64_jump_table_is_told_from_a_tail_jump() -> None:
    load = 0xF860783B  # ldr x27, [x1, x0, lsl #3]
    code = decode(Machine.ARM64, "f", AT, words(load, 0xD61F0360, load, 0xD61F0340))

    assert [i.flow for i in code.instructions] == [Flow.NEXT, Flow.TABLE, Flow.NEXT, Flow.JUMP]


def test_an_arm64_constant_that_looks_like_a_return_is_data() -> None:
    load = 0x58000040  # ldr x0, .+8
    code = decode(Machine.ARM64, "f", AT, words(load, 0xD65F03C0, 0xD65F03C0, 0, 0, 0))

    assert [i.flow for i in code.instructions] == [Flow.NEXT, Flow.RETURN, Flow.DATA, Flow.DATA]
    assert code.size == 16  # the constant's upper half is no padding


def test_arm64_pools_that_nothing_loads_are_data() -> None:
    back = 0x17FFFFFF  # b .-4
    at_end = decode(Machine.ARM64, "f", AT, words(0xD503201F, back, 0x14000000, 0x00210C00, 0))
    inside = decode(Machine.ARM64, "f", AT, words(0x14000003, 0xD65F03C0, 0x00210C00, 0xD65F03C0))

    assert [i.flow for i in at_end.instructions] == [Flow.NEXT, Flow.JUMP, Flow.JUMP, Flow.DATA]
    assert [i.flow for i in inside.instructions] == [Flow.JUMP, Flow.DATA, Flow.DATA, Flow.RETURN]


def test_an_arm64_word_that_is_no_instruction_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="no instruction at 0x401004"):
        decode(Machine.ARM64, "f", AT, words(0xD503201F, 0x00210C00, 0xD65F03C0))


@settings(deadline=None)
@given(st.sampled_from(Machine), st.binary(max_size=64))
def test_any_bytes_decode_or_are_refused(machine: Machine, data: bytes) -> None:
    try:
        code = decode(machine, "f", AT, data)
    except GogenError:
        return
    assert b"".join(i.code for i in code.instructions) == code.data == data[: code.size]
    padding = b"\xcc" if machine is Machine.AMD64 else b"\0"
    assert data[code.size :].strip(padding) == b"" or machine is Machine.ARM64
