# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
What control flow proves of stored float registers, on code written by hand.

On amd64 each begins behind `push rbp; mov rbp, rsp; sub rsp, 32`, with SP 40 below the entry's.
"""

from __future__ import annotations

import pytest

from gogen.binary.code import decode
from gogen.binary.floats import Passage, find
from gogen.binary.model import Machine
from gogen.binary.sites import choose

AT = 0x401000
HEAD = "55 48 89 e5 48 83 ec 20"
BELOW = 40

STORE_X0 = "f2 0f 11 44 24 30"  # movsd [rsp+48], xmm0
STORE_X1_SINGLE = "f3 0f 11 4c 24 38"  # movss [rsp+56], xmm1
STORE_X0_BY_BP = "f2 0f 11 45 10"  # movsd [rbp+16], xmm0: the same place
COPY_X3_X0 = "0f 28 d8"  # movaps xmm3, xmm0
STORE_X3 = "f2 0f 11 5c 24 30"  # movsd [rsp+48], xmm3
ZERO_X0 = "0f 57 c0"  # xorps xmm0, xmm0
LOAD_X0 = "f2 0f 10 44 24 08"  # movsd xmm0, [rsp+8]
STORE_BELOW_SP = "f2 0f 11 44 24 f8"  # movsd [rsp-8], xmm0
SPOIL = "c7 44 24 34 00 00 00 00"  # mov dword [rsp+52], 0
NOP = "90"
MOVE_CX = "48 89 c1"  # mov rcx, rax
LOAD_BY_AX = "48 8b 08"  # mov rcx, [rax]
STORE_BY_AX = "48 89 08"  # mov [rax], rcx
CALL = "e8 00 10 00 00"
TAIL_OUT = "e9 00 10 00 00"
JUMP_BY_CX = "ff e1"
RET = "c3"
END = "48 83 c4 20 5d c3"


def walk(*parts: str, head: str = HEAD) -> tuple[tuple[Passage, ...], str]:
    code = decode(Machine.AMD64, "f", AT, bytes.fromhex("".join((head, *parts))))
    return find(code, choose("f", code, lambda _: "g"))


def stored(*parts: str, head: str = HEAD) -> dict[int, tuple[int, int]]:
    """Give what can be read in the end: register -> (bytes, distance from SP at the entry)."""
    passages, _ = walk(*parts, head=head)
    found: dict[int, tuple[int, int]] = {}
    for passage in passages:
        for register, size, distance in passage.slots:
            found[register] = (size, distance + passage.sp)
    return found


@pytest.mark.parametrize("store", [STORE_X0, STORE_X0_BY_BP, COPY_X3_X0 + STORE_X3])
def test_a_store_is_seen_by_the_next_instruction(store: str) -> None:
    (passage,), _ = walk(store, MOVE_CX, END)

    assert passage.instruction.text == "mov rcx, rax"
    assert passage.sp == -BELOW
    assert passage.slots == ((0, 8, 48),)
    assert not passage.emulated


def test_a_single_is_four_bytes() -> None:
    assert stored(STORE_X0, STORE_X1_SINGLE, NOP, END) == {0: (8, 8), 1: (4, 16)}


def test_the_first_place_that_the_kernel_emulates_is_offered_too() -> None:
    passages, end = walk(STORE_X0, MOVE_CX, MOVE_CX, CALL, NOP, END)

    assert [(p.instruction.text.split()[0], p.emulated) for p in passages] == [
        ("mov", False),
        ("call", True),
    ]
    assert end.startswith("call ")


@pytest.mark.parametrize(
    "spoiled",
    [
        ZERO_X0 + STORE_X0,
        LOAD_X0 + STORE_X0,
        STORE_BELOW_SP,
        CALL + STORE_X0,
        LOAD_BY_AX + STORE_X0,
        STORE_BY_AX + STORE_X0,
        "c5 fb 10 04 24" + STORE_X0,  # vmovsd xmm0, [rsp]: not known
        "f3 48 ab" + STORE_X0,  # rep stosq
        "0f 05" + STORE_X0,  # syscall
        "48 83 e4 f0" + STORE_X0,  # and rsp, -16
    ],
)
def test_what_may_spoil_the_register_or_the_place_proves_nothing(spoiled: str) -> None:
    assert stored(spoiled, NOP, END) == {}


def test_an_overwritten_place_is_read_before() -> None:
    passages, _ = walk(STORE_X0, SPOIL, MOVE_CX, END)

    assert [p.instruction.text.split()[0] for p in passages] == ["mov"]
    assert passages[0].instruction.code == bytes.fromhex(SPOIL)


def test_paths_must_meet_behind_the_store() -> None:
    test = "48 85 c0"
    # test rax, rax; je over the store: only one path stores.
    assert stored(test, "74 06", STORE_X0, NOP, END) == {}
    # The store comes first: both paths have it.
    assert stored(test, STORE_X0, "74 03", MOVE_CX, NOP, END) == {0: (8, 8)}
    # Both paths store, in their own ways, and meet.
    assert stored(test, "74 08", STORE_X0, "eb 06", STORE_X0, NOP, END) == {0: (8, 8)}


def test_a_path_that_leaves_before_ends_the_proof() -> None:
    # test rax, rax; je to the end
    assert stored("48 85 c0", "74 07", STORE_X0, NOP, END) == {}


def test_a_loop_back_to_the_place_is_refused() -> None:
    # dec rax; jne back to the nop behind the store, or to the store
    assert stored(STORE_X0, NOP, "48 ff c8", "75 fa", END) == {}
    assert stored(STORE_X0, NOP, "48 ff c8", "75 f4", END) == {}
    # A loop behind the place is none of its business.
    assert stored(STORE_X0, MOVE_CX, NOP, "48 ff c8", "75 fa", END) == {0: (8, 8)}


def test_a_jump_to_nobody_knows_where_is_refused() -> None:
    assert stored(STORE_X0, NOP, JUMP_BY_CX, END) == {}
    passages, end = walk(STORE_X0, NOP, "ff 24 c1", END)
    assert passages == ()
    assert end.endswith("which may go anywhere")


@pytest.mark.parametrize("way_out", [TAIL_OUT, RET])
def test_a_way_out_is_no_place_for_the_second_probe(way_out: str) -> None:
    assert stored(STORE_X0, way_out) == {}


def test_a_branch_of_the_stack_check_is_not_passed_twice() -> None:
    check = "49 3b 66 10 76 0f"  # cmp rsp, [r14+16]; jbe to morestack's call
    tail = "e8 00 10 00 00 eb e4"  # call morestack; jmp to the entry
    sub, add = "48 83 ec 08", "48 83 c4 08"
    store = "f2 0f 11 44 24 10"  # movsd [rsp+16], xmm0

    passages, _ = walk(sub, store, add, RET, tail, head=check)

    assert [(p.instruction.text, p.sp, p.slots) for p in passages] == [
        ("add rsp, 8", -8, ((0, 8, 16),))
    ]


def test_code_without_vector_registers_is_not_walked() -> None:
    assert walk(NOP, END) == ((), "")


# arm64: behind `str x30, [sp, #-64]!`, with SP 64 below the entry's.
PUSH_LR = 0xF81C0FFE
STORE_D0 = 0xFD0027E0  # str d0, [sp, #72]
STORE_S1 = 0xBD0053E1  # str s1, [sp, #80]
STORE_D0_D1 = 0x6D0487E0  # stp d0, d1, [sp, #72]
STORE_D0_BY_X0 = 0xFD000000  # str d0, [x0]
COPY_D3_D0 = 0x1E604003  # fmov d3, d0
STORE_D3 = 0xFD0027E3  # str d3, [sp, #72]
ADD_D0_D1 = 0x1E612800  # fadd d0, d0, d1
MOVE_X1 = 0xD28000E1  # mov x1, #7
MOVE_X27 = 0xD28000FB  # mov x27, #7
CALL_ARM64 = 0x94000400  # bl
POP_LR = 0xF84407FE  # ldr x30, [sp], #64
RET_ARM64 = 0xD65F03C0


def walk_arm64(*words: int) -> tuple[tuple[Passage, ...], str]:
    every = (PUSH_LR, *words, POP_LR, RET_ARM64)
    code = decode(Machine.ARM64, "f", AT, b"".join(word.to_bytes(4, "little") for word in every))
    return find(code, choose("f", code, lambda _: "g"))


@pytest.mark.parametrize(
    ("stores", "slots"),
    [
        ((STORE_D0,), ((0, 8, 72),)),
        ((STORE_D0, STORE_S1), ((0, 8, 72), (1, 4, 80))),
        ((STORE_D0_D1,), ((0, 8, 72), (1, 8, 80))),
        ((COPY_D3_D0, STORE_D3), ((0, 8, 72),)),
        ((STORE_D0, ADD_D0_D1), ((0, 8, 72),)),
    ],
)
def test_a_store_is_seen_on_arm64(
    stores: tuple[int, ...], slots: tuple[tuple[int, int, int], ...]
) -> None:
    passages, _ = walk_arm64(*stores, MOVE_X1, CALL_ARM64)

    assert passages[-1].slots == slots
    assert passages[-1].sp == -64


@pytest.mark.parametrize("spoiled", [ADD_D0_D1, CALL_ARM64, STORE_D0_BY_X0, MOVE_X27])
def test_what_may_spoil_it_proves_nothing_on_arm64(spoiled: int) -> None:
    assert walk_arm64(spoiled, STORE_D0, MOVE_X1, CALL_ARM64)[0] == ()


def test_what_go_may_start_over_is_no_place_on_arm64() -> None:
    assert walk_arm64(STORE_D0, MOVE_X27, CALL_ARM64)[0] == ()
