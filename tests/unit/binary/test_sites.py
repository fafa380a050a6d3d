# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Each form of Go's prologue, by hand.

Every form is followed by the same tail, which calls morestack and jumps to the entry.
"""

from __future__ import annotations

import struct

import pytest

from gogen.binary.amd64 import emulated
from gogen.binary.code import decode
from gogen.binary.model import EntryChoice, Machine
from gogen.binary.sites import Sites, choose
from gogen.errors import UnsupportedError

AT = 0x401000

CMP = "49 3b 66 10"
CMP_G0 = "49 3b 66 18"
LEA_8 = "4c 8d 64 24 80"
LEA_32 = "4c 8d a4 24 28 fe ff ff"
CMP_R12 = "4d 3b 66 10"
MOV_R12 = "49 89 e4"
SUB_R12 = "49 81 ec 80 86 01 00"
PUSH = "55"
SUB_RSP = "48 83 ec 20"
BODY = "90 c3"


def function(*parts: str, near: bool = False, tail: str = "e8 00 10 00 00") -> bytes:
    """
    Put a function together; `jbe` and `jb` become branches to the tail, `back` a jump
    to the entry; the tail ends in one too unless `tail` says so.
    """
    sizes = {"jbe": 6 if near else 2, "jb": 6 if near else 2, "back": 5}
    body = sum(sizes.get(part) or len(bytes.fromhex(part)) for part in parts)
    data = b""
    for part in parts:
        size = sizes.get(part)
        if size is None:
            data += bytes.fromhex(part)
        elif part == "back":
            data += b"\xe9" + struct.pack("<i", -len(data) - 5)
        else:
            distance = body - len(data) - size
            short, long = (b"\x76", b"\x0f\x86") if part == "jbe" else (b"\x72", b"\x0f\x82")
            data += long + struct.pack("<i", distance) if near else short + bytes([distance])
    data += bytes.fromhex(tail)
    return data + b"\xe9" + struct.pack("<i", -len(data) - 5) + b"\xcc" * 7


def sites(data: bytes, machine: Machine = Machine.AMD64) -> Sites:
    return choose("f", decode(machine, "f", AT, data), lambda _: "main.other")


@pytest.mark.parametrize("near", [False, True])
@pytest.mark.parametrize(
    "check",
    [
        (CMP, "jbe"),
        (CMP_G0, "jbe"),
        (LEA_8, CMP_R12, "jbe"),
        (LEA_32, CMP_R12, "jbe"),
        (MOV_R12, SUB_R12, "jb", CMP_R12, "jbe"),
    ],
)
def test_every_stack_check_is_recognised(check: tuple[str, ...], near: bool) -> None:
    after = sites(function(*check, PUSH, BODY, near=near))
    branch = sites(function(*check, SUB_RSP, BODY, near=near))

    assert after.choice is EntryChoice.AFTER_CHECK_EMULATED
    assert after.entry.text == "push rbp"
    assert branch.choice is EntryChoice.CHECK_BRANCH
    assert branch.entry.text.startswith("jbe ")
    assert branch.entry.address + len(branch.entry.code) == after.entry.address
    assert after.warnings == branch.warnings == ()
    assert [i.code for i in after.returns] == [b"\xc3"]


def test_without_a_check_the_first_instruction_is_probed() -> None:
    chosen = sites(bytes.fromhex("48 8d 04 1b c3"))

    assert chosen.choice is EntryChoice.FIRST
    assert chosen.entry.address == AT
    assert [i.address for i in chosen.returns] == [AT + 4]
    assert chosen.warnings == ()


def test_a_loop_to_the_first_instruction_is_told() -> None:
    chosen = sites(bytes.fromhex("48 ff c8 75 fb c3"))

    assert chosen.choice is EntryChoice.FIRST
    assert chosen.warnings == (
        (
            "1 branch goes back to its first instruction, where it is probed: turns of that loop "
            "are counted as calls"
        ),
    )


def test_an_instruction_that_is_jumped_to_is_no_entry() -> None:
    """A loop header right after the check: the check's branch still runs once per call."""
    chosen = sites(function(CMP, "jbe", PUSH, "75 fd", "c3"))

    assert chosen.choice is EntryChoice.CHECK_BRANCH


@pytest.mark.parametrize(
    "data",
    [
        function(CMP, "jbe", PUSH, "back", BODY),  # a loop through the check
        function(CMP, "jbe", PUSH, BODY, tail="90"),  # a tail that calls nothing
        bytes.fromhex(f"{CMP} 76 10 {PUSH} {BODY}"),  # a branch out of the function
        bytes.fromhex(f"{CMP} 76 03 {PUSH} {BODY} e8 00 00 00 00 c3"),  # no jump to the entry
        bytes.fromhex(f"{CMP} 76 fa c3"),  # a branch back to the check
    ],
)
def test_a_check_that_is_not_gos_is_refused(data: bytes) -> None:
    with pytest.raises(UnsupportedError, match="no instruction is known to run once per call"):
        sites(data)


@pytest.mark.parametrize("data", ["55 5d c2 08 00", "90 cb", "f3 c3", "90 ca 56 a9"])
def test_an_unusual_return_refuses_the_function(data: str) -> None:
    with pytest.raises(UnsupportedError, match=r'"f": ".*" at 0x40100.* is not a return'):
        sites(bytes.fromhex(data))


def test_a_c3_inside_an_instruction_is_no_return() -> None:
    chosen = sites(bytes.fromhex("b8 c3 c3 c3 c3 48 89 c3 c3"))

    assert [i.address for i in chosen.returns] == [AT + 8]


def test_entry_and_return_in_one_instruction_is_told() -> None:
    chosen = sites(b"\xc3" + b"\xcc" * 15)

    assert chosen.entry == chosen.returns[0]
    assert chosen.warnings == ("its entry and its return are the same instruction",)


def test_a_tail_jump_is_named() -> None:
    chosen = sites(bytes.fromhex("48 8b 40 08 e9 00 10 00 00"))

    assert chosen.returns == ()
    assert [i.address for i in chosen.tails] == [AT + 4]
    assert chosen.warnings == (
        '1 exit is a tail jump into "main.other": a call that leaves there has no results',
    )


def test_tail_jumps_beside_returns_are_exits_too() -> None:
    chosen = sites(bytes.fromhex("75 0c e9 79 00 00 00 e9 74 00 00 00 ff e2 c3"))

    assert [i.address for i in chosen.returns] == [AT + 14]
    assert [i.address for i in chosen.tails] == [AT + 2, AT + 7, AT + 12]
    assert chosen.unsure == ()
    assert chosen.warnings == (
        '2 exits are tail jumps into "main.other": a call that leaves there has no results',
        (
            "1 exit is a tail jump into a function that its code does not name: a call that "
            "leaves there has no results"
        ),
    )


def test_a_conditional_jump_out_of_the_function_is_told() -> None:
    chosen = sites(bytes.fromhex("75 7e 74 7c c3"))

    assert chosen.tails == ()
    assert [i.address for i in chosen.unsure] == [AT, AT + 2]
    assert chosen.warnings == (
        "2 exits are conditional jumps out of the function, not seen to be taken",
    )


def test_arm64_tail_jumps() -> None:
    """To an address that it names, and by `br` and `ret` to one in a register."""
    words = (NOP, 0x14000400, 0xD61F0040, 0xD65F0040, 0x54008001, RET)
    chosen = sites(struct.pack("<6I", *words), Machine.ARM64)

    assert [i.text.split()[0] for i in chosen.tails] == ["b", "br", "ret"]
    assert [i.address for i in chosen.unsure] == [AT + 16]
    assert [i.address for i in chosen.returns] == [AT + 20]


def test_a_jump_table_is_no_exit() -> None:
    assert sites(bytes.fromhex("ff 24 c8 c3")).warnings == ()


def test_a_function_that_never_returns_is_told() -> None:
    assert sites(function(CMP, "jbe", PUSH, "0f 0b")).warnings == (
        (
            "it has no return instruction: a call ends by a panic, by runtime.Goexit or with its "
            "process, and has no results"
        ),
    )


@pytest.mark.parametrize(
    ("code", "expected"),
    [  # the outcomes of a uprobe on each, measured by whether the kernel needs its copy
        ("55", True),
        ("41 57", True),
        ("76 10", True),
        ("0f 86 00 01 00 00", True),
        ("e8 00 00 00 00", True),
        ("eb 00", True),
        ("90", True),
        ("66 55", False),
        ("c3", False),
        ("5d", False),
        ("48 89 e5", False),
        ("48 83 ec 20", False),
        ("49 3b 66 10", False),
        ("0f 57 c0", False),
        ("41 c3", False),
    ],
)
def test_what_the_kernel_emulates(code: str, expected: bool) -> None:
    assert emulated(bytes.fromhex(code)) is expected


LDR, CMP_SP, NOP, RET = 0xF9400B90, 0xEB3063FF, 0xD503201F, 0xD65F03C0
SUB_X17, CMP_X17 = 0xD10843F1, 0xEB10023F
MOV_X27, MOVK_X27, SUBS_X17 = 0xD290CA1B, 0xF2A0003B, 0xEB3B63F1


def arm64(*check: int, body: tuple[int, ...] = (NOP, RET)) -> bytes:
    """Put a function together; 3 and 9 become b.lo and b.ls to the tail."""
    tail = len(check) + len(body)
    words = [0x54000000 | (tail - i) << 5 | w if w in (3, 9) else w for i, w in enumerate(check)]
    words += [*body, 0x94000400, 0x14000000 | -(tail + 1) & 0x3FFFFFF]
    return struct.pack(f"<{len(words)}I8x", *words)


@pytest.mark.parametrize(
    "check",
    [
        (LDR, CMP_SP, 9),
        (LDR | 0x400, CMP_SP, 9),
        (LDR, SUB_X17, CMP_X17, 9),
        (LDR, SUB_X17, 0xD1400631, CMP_X17, 9),
        # syscall.Getwd: a frame near 4 KiB
        (LDR, 0xF13FC3F1, 3, CMP_X17, 9),
        (LDR, MOV_X27, SUBS_X17, 3, CMP_X17, 9),
        (LDR, MOV_X27, MOVK_X27, SUBS_X17, 3, CMP_X17, 9),
    ],
)
def test_every_arm64_stack_check_is_recognised(check: tuple[int, ...]) -> None:
    chosen = sites(arm64(*check), Machine.ARM64)

    assert chosen.choice is EntryChoice.AFTER_CHECK
    assert chosen.entry.address == AT + 4 * len(check)
    assert [i.address for i in chosen.returns] == [AT + 4 * len(check) + 4]


def test_arm64_without_a_check() -> None:
    chosen = sites(struct.pack("<2I", NOP, RET), Machine.ARM64)

    assert chosen.choice is EntryChoice.FIRST
    assert chosen.entry.text == "nop"


def test_arm64_refuses_when_the_instruction_after_the_check_is_jumped_to() -> None:
    with pytest.raises(UnsupportedError, match="is known to run once per call"):
        sites(arm64(LDR, CMP_SP, 9, body=(NOP, 0x17FFFFFF, RET)), Machine.ARM64)


BIG_FRAME = (0xD288001B, 0xF2A0003B, 0xCB3B63F4)
"""mov x27, #0x4000; movk x27, #1, lsl #16; sub x20, sp, x27: one instruction of the assembler."""


def started_over(body: tuple[int, ...], first: int, count: int) -> Sites:
    data = arm64(LDR, CMP_SP, 9, body=(*body, RET))
    begin = AT + 4 * (3 + first)
    span = (begin, begin + 4 * count)
    code = decode(Machine.ARM64, "main.f", AT, data)
    return choose(
        "main.f", code, lambda _: "", lambda at: span if span[0] <= at < span[1] else None
    )


def test_what_may_be_started_over_is_probed_at_its_end() -> None:
    chosen = started_over(BIG_FRAME, 0, 3)

    assert (chosen.choice, chosen.entry.text) == (EntryChoice.LAST_OF_ONE, "sub x20, sp, x27")
    assert chosen.entry.address == AT + 4 * 5
    assert started_over((NOP, *BIG_FRAME), 1, 3).entry.text == "nop"


@pytest.mark.parametrize(
    "body",
    [
        (BIG_FRAME[0], 0x14000001, BIG_FRAME[2]),  # leaves its line
        (*BIG_FRAME, 0x17FFFFFF),  # jumps to its end
    ],
)
def test_what_may_be_started_over_otherwise_is_refused(body: tuple[int, ...]) -> None:
    with pytest.raises(UnsupportedError, match="Go may start over what is at"):
        started_over(body, 0, 3)
