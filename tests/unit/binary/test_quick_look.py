# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
The quick look of `gogen list`, against decoding.

tests/binary/test_every_function.py compares the two for every function of whole programs.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gogen.binary import kinds
from gogen.binary.code import decode
from gogen.binary.model import Machine
from gogen.errors import UnsupportedError

AT = 0x401000
FOREVER = "eb fe"  # jmp to itself

LIKE_RETURNS = {
    # runtime.bgscavenge of Go 1.19 has the first of these.
    "ret; int3 in a distance": "48 8d 05 c3 cc fa 00",
    "pop; ret in a distance": "48 8d 05 5d c3 12 00",
    "pop; ret in a distance back": "48 8d 05 5d c3 e8 ff",
    "pop; ret in a long distance": "48 8d 05 12 5d c3 02",
    "nop; ret in a distance": "e8 90 c3 12 00",
    "nop; ret in a call's end": "e8 12 90 c3 00",
    "seto": "0f 90 c3 84 db 74 00",
    "minss": "f3 0f 5d c3 48 89 c1",
    "padding of a distance": "48 8d 05 5d c3 cc 00",
}
ENDS_LIKE_RETURNS = {
    "a jump back": "90" * 61 + "eb c3",
    "a jump by a table": "90 ff 24 c3",
    "a branch back": "90" * 61 + "75 c3",
}
RETURNS = {
    "a frame": "55 48 89 e5 48 83 ec 10 48 83 c4 10 5d c3 e8 00 10 00 00",
    "a frame of 128 bytes": "55 48 89 e5 48 83 c4 80 48 83 ec 80 5d c3 e8 00 10 00 00",
    "a large frame": "55 48 89 e5 48 81 c4 00 02 00 00 5d c3 e8 00 10 00 00",
    "a frame without room": "55 48 89 e5 5d c3 48 89 44 24 08 e8 00 10 00 00",
    "a frame, Go 1.19": "48 83 ec 18 48 83 c4 18 c3 e8 00 10 00 00",
    "a large frame, Go 1.19": "48 81 c4 00 02 00 00 c3 e8 00 10 00 00",
    "no frame": "48 89 d8 c3",
    "no frame, and a branch behind it": "85 c0 74 02 90 c3 48 89 d8 eb f9",
    "a wrapper, Go 1.21": (
        "4d 8b 66 20 4d 85 e4 75 03 8b 00 c3 4c 8d 6c 24 08 4d 39 2c 24 75 f2 49 89 24 24 eb ec"
    ),
    "nothing but a return": "c3",
}
PADDED = [0, 1, 15, 31]
ENDS = [FOREVER, "e9 00 10 00 00", "ff e0", *ENDS_LIKE_RETURNS.values(), *RETURNS.values()]
PIECES = [*LIKE_RETURNS.values(), *ENDS, "90", "cc", "f3 0f 5c c3", "48 89 c3", "75 c3"]


def quick(data: bytes) -> bool:
    """Tell whether the quick look is sure, with other code around."""
    around = bytes.fromhex("5d c3")
    text = around + data + around
    return kinds.is_plain(Machine.AMD64, text, len(around), len(around) + len(data))


def decoded(data: bytes) -> tuple[str, ...]:
    return kinds.of_code(decode(Machine.AMD64, "f", AT, data))


@pytest.mark.parametrize("padding", PADDED)
@pytest.mark.parametrize("like", LIKE_RETURNS.values(), ids=LIKE_RETURNS)
def test_what_only_looks_like_a_return_is_decoded(like: str, padding: int) -> None:
    data = bytes.fromhex(like + FOREVER) + b"\xcc" * padding

    assert decoded(data) == (kinds.NEVER_RETURNS,)
    assert not quick(data)


@pytest.mark.parametrize("padding", PADDED)
@pytest.mark.parametrize("end", ENDS_LIKE_RETURNS.values(), ids=ENDS_LIKE_RETURNS)
def test_a_jump_that_looks_like_a_last_return_is_decoded(end: str, padding: int) -> None:
    data = bytes.fromhex(end) + b"\xcc" * padding

    assert kinds.NEVER_RETURNS in decoded(data)
    assert not quick(data)


@pytest.mark.parametrize("padding", PADDED)
@pytest.mark.parametrize("code", RETURNS.values(), ids=RETURNS)
def test_what_compilers_return_by_is_not_decoded(code: str, padding: int) -> None:
    """Or `gogen list` of a large program takes as long as decoding it."""
    data = bytes.fromhex(code) + b"\xcc" * padding

    assert decoded(data) == ()
    assert quick(data)


@given(
    st.lists(st.sampled_from(PIECES), max_size=5), st.sampled_from(ENDS), st.sampled_from(PADDED)
)
def test_the_quick_look_is_never_wrong(pieces: list[str], end: str, padding: int) -> None:
    data = bytes.fromhex("".join([*pieces, end])) + b"\xcc" * padding
    try:
        found = decoded(data)
    except UnsupportedError:
        return  # jumps into an instruction
    assert not quick(data) or found == ()
