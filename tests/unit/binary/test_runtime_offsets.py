# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
from __future__ import annotations

import pytest

from gogen.binary.runtime import is_release, minor, offsets
from gogen.errors import UnsupportedError


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("go1.19", 19),
        ("go1.27.3", 27),
        ("go1.21rc2", 21),
        ("go1.22.5-1", 22),
        ("go1.22.5 (Red Hat 1.22.5-1.el9)", 22),
        ("go1.24.1 X:boringcrypto", 24),
        ("go1.25.0-rc1 X:jsonv2,synctest", 25),
        ("go1.26.1+incompatible", 26),
    ],
)
def test_the_minor_release_is_told(version: str, expected: int) -> None:
    assert is_release(version)
    assert minor("", version) == expected


@pytest.mark.parametrize(
    "version",
    [
        "",
        "go",
        "go1",
        "go2.1",
        "devel go1.26-0123abc Mon",
        "go1.27-devel_0123abc",
        "devel +0123abc",
    ],
)
def test_a_version_that_names_no_release_is_refused(version: str) -> None:
    assert not is_release(version)
    with pytest.raises(UnsupportedError, match="cannot tell the release"):
        minor("", version)


def test_an_unknown_experiment_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedError, match='experiment "noregabi"'):
        minor("", "go1.20 X:boringcrypto,noregabi")


@pytest.mark.parametrize("version", ["go1.18.10", "go1.28", "go1.100"])
def test_a_release_outside_the_table_is_refused(version: str) -> None:
    with pytest.raises(UnsupportedError, match=r"gogen knows Go 1\.19 to 1\.27"):
        offsets("", version)


def test_goid_moved_in_two_releases_only() -> None:
    goid = {n: offsets("", f"go1.{n}").g_goid for n in range(19, 28)}

    assert goid == dict.fromkeys(range(19, 28), 152) | {23: 160, 24: 160}
