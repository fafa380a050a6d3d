# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from madeelf import buildinfo as made
from madeelf import uvarint

from gogen.binary import buildinfo
from gogen.errors import UnsupportedError


def test_version_and_settings() -> None:
    lines = (
        "-compiler=gc",
        '-ldflags="-s -w -X main.v=1"',
        "-tags=a,b",
        "CGO_CFLAGS=",
        '"odd key"="tab\\there \\"quoted\\" \\\\ \\u00e9 \\x41"',
        "-asmflags=`raw \\n`",
    )

    info = buildinfo.parse("", b"xx" + made("go1.27.3", lines), 2)

    assert info is not None
    assert info.go_version == "go1.27.3"
    assert info.settings == (
        ("-compiler", "gc"),
        ("-ldflags", "-s -w -X main.v=1"),
        ("-tags", "a,b"),
        ("CGO_CFLAGS", ""),
        ("odd key", 'tab\there "quoted" \\ \u00e9 A'),
        ("-asmflags", "raw \\n"),
    )


def test_a_value_keeps_its_equal_signs() -> None:
    info = buildinfo.parse("", made("go1.21", ("-ldflags=-X=main.a=b",)), 0)

    assert info is not None
    assert info.settings == (("-ldflags", "-X=main.a=b"),)


def test_lengths_of_two_bytes() -> None:
    info = buildinfo.parse("", made("go1.27.3", ("-tags=" + "x" * 5000,)), 0)

    assert info is not None
    assert info.settings == (("-tags", "x" * 5000),)
    assert uvarint(300) == b"\xac\x02"


def test_the_pointer_format_is_refused() -> None:
    old = b"\xff Go buildinf:" + bytes([8, 0]) + b"\0" * 16

    with pytest.raises(UnsupportedError, match=r"Go 1\.17 or earlier"):
        buildinfo.parse("p", old, 0)


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        made("go1.27.3")[:31],
        made("not a version"),
        made("go1.2\x1b[2J"),
        b"\xff Go buildinf:" + bytes([8, 2]) + b"\0" * 16 + b"\xff" * 20,
        b"\xff Go buildinf:" + bytes([8, 2]) + b"\0" * 16 + b"\xff\xff\xff\xff\xff\x7fgo1.27.3",
    ],
)
def test_what_is_no_build_info_is_none(blob: bytes) -> None:
    assert buildinfo.parse("", blob, 0) is None


@settings(deadline=None)
@given(st.binary(max_size=80), st.integers(0, 90))
def test_any_bytes_after_the_magic_are_read_in_bounds(tail: bytes, at: int) -> None:
    blob = b"\xff Go buildinf:" + bytes([8, 2]) + b"\0" * 16 + tail
    info = buildinfo.parse("", blob, min(at, len(blob)))

    assert info is None or info.go_version.encode("latin-1") in blob
