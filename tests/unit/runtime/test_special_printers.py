# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Values with a text of their own, compiled with sanitizers: why there is none, each time."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gogen.emit.env import templates_dir
from gogen.toolchain.find import find

pytestmark = pytest.mark.toolchain

UNREAD = "its memory could not be read"
NO_ROOM = "it did not fit into the record"
LENGTH = "its length is none that Go allows"
Z4, Z6, NO_ZONE = 0xC000010000, 0xC000010010, "00" * 16


def words(*numbers: int) -> str:
    return "".join(number.to_bytes(8, "little").hex() for number in numbers)


def address(hi: int, lo: int, z: int, port: int = 0) -> str:
    return words(hi, lo, z, port)


MAPPED = (0, 0xFFFF_01020304)
SLICE, LONG = words(1, 4, 4), words(1, 1 << 60, 1 << 60)
NUMBER, LONG_NUMBER = words(0) + words(1, 2, 2), words(0) + LONG
ZONED = words(1, 1, 4)


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("runtime") / "special"
    include = templates_dir() / "include"
    names = ("out", "quote", "values", "nodes", "special", "netip", "funcs")
    subprocess.run(
        [
            *(find().cc, "-g", "-O1", "-Wall", "-Wextra", "-Werror", f"-I{include}"),
            *("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-o", program),
            Path(__file__).parent / "special_driver.c",
            *(include / f"{name}.c" for name in names),
        ],
        check=True,
    )
    return program


def show(driver: Path, line: str) -> str:
    done = subprocess.run([driver], input=f"{line}\n", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.removesuffix("\n")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (f"ip {SLICE} 01020304", "1.2.3.4"),
        (f"big {NUMBER} {words(0, 1)}", "18446744073709551616"),
        (f"addr {address(*MAPPED, 1)} {words(0, 0, 0)}", "1.2.3.4"),
        (f"addr {address(*MAPPED, 1)} {words(1, 0, 0)}", "::ffff:1.2.3.4"),
        (f"addr {address(0, 1, 1)} {ZONED} 65746830", "::1%eth0"),
        (f"func {words(1)} {words(4096)}", "0x1000"),
    ],
)
def test_what_is_there_is_shown(driver: Path, line: str, text: str) -> None:
    assert show(driver, line) == text


@pytest.mark.parametrize(
    "line",
    [
        f"ip {SLICE}",
        f"big {NUMBER}",
        f"func {words(1)}",
        f"addr {address(0, 1, 1)}",
        f"addr {address(0, 1, 1)} {ZONED}",
        f"port {address(0, 1, 1)} {words(0, 1)}",
    ],
)
def test_a_piece_that_never_came_did_not_fit(driver: Path, line: str) -> None:
    """And one that was not read was not: neither is told of the other."""
    assert show(driver, line) == f"<unreadable: {NO_ROOM}>"
    assert show(driver, f"{line} noroom") == f"<unreadable: {NO_ROOM}>"
    assert show(driver, f"{line} unread") == f"<unreadable: {UNREAD}>"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f"ip {LONG}", LENGTH),
        (f"big {LONG_NUMBER}", LENGTH),
        (
            f"addr {address(0, 1, 1)} {words(1, 1, 1 << 60)}",
            "the length of its zone is none that Go allows",
        ),
        (
            f"addr {address(0, 1, 1)} {words(1, 1, 65)} {'61' * 64}",
            "its zone has more than 64 bytes",
        ),
        (f"no_symbol {address(*MAPPED, Z4)} {NO_ZONE}", "the plan's"),
    ],
)
def test_what_is_none_is_told(driver: Path, line: str, reason: str) -> None:
    assert show(driver, line) == f"<unreadable: {reason}>"


@pytest.mark.parametrize(
    ("value", "pieces", "text"),
    [
        (address(*MAPPED, Z4, 80), f"{NO_ZONE} {words(Z4)}", "1.2.3.4:80"),
        (address(*MAPPED, Z6, 80), f"{NO_ZONE} {words(Z4)}", "[::ffff:1.2.3.4]:80"),
        (address(0, 1, Z6, 80), f"{NO_ZONE} {words(Z4)}", "[::1]:80"),
        (address(0, 0, 0, 80), words(Z4), "invalid AddrPort"),
        (
            address(*MAPPED, 1, 80),
            f"{words(0, 1)} {words(1, 2)} 6c6f {words(Z4)}",
            "[::ffff:1.2.3.4%lo]:80",
        ),
        # What does not need the variable does not ask for it.
        (address(0, 1, Z6, 80), f"{NO_ZONE} unread", "[::1]:80"),
        (address(*MAPPED, Z4, 80), f"{NO_ZONE} unread", f"<unreadable: {UNREAD}>"),
        (address(*MAPPED, Z4, 80), NO_ZONE, f"<unreadable: {NO_ROOM}>"),
        (address(*MAPPED, Z4, 80), f"unread {words(Z4)}", f"<unreadable: {UNREAD}>"),
    ],
)
def test_before_go_1_23_a_variable_tells_ipv4(
    driver: Path, value: str, pieces: str, text: str
) -> None:
    assert show(driver, f"port {value} {pieces}") == text


def test_without_the_variable_only_ipv6_is_told(driver: Path) -> None:
    assert show(driver, f"no_symbol {address(0, 1, Z6)} {NO_ZONE}") == "::1"
