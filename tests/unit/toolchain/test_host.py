# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""What is said of the host before a tracer runs on it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gogen.toolchain import host

CAPABILITIES = {"CAP_SYS_ADMIN": 1 << 21, "CAP_PERFMON": 1 << 38, "CAP_BPF": 1 << 39}


@pytest.mark.parametrize(
    ("release", "has", "problem"),
    [
        ("6.18.0", (), "CAP_BPF and CAP_PERFMON missing: run tracers as root"),
        ("6.18.0", ("CAP_BPF",), "CAP_PERFMON missing: run tracers as root"),
        ("6.18.0", ("CAP_BPF", "CAP_PERFMON"), ""),
        ("6.6.1-rc1", ("CAP_BPF", "CAP_PERFMON"), ""),
        ("6.18.0", ("CAP_SYS_ADMIN",), ""),
        ("6.1.0-56", (), "CAP_SYS_ADMIN missing: run tracers as root"),
        (
            "6.1.0-56",
            ("CAP_BPF", "CAP_PERFMON"),
            "CAP_SYS_ADMIN missing: run tracers as root",
        ),
        ("6.1.0-56", ("CAP_SYS_ADMIN",), ""),
    ],
)
def test_the_capability_that_this_kernel_asks_for_is_named(
    monkeypatch: pytest.MonkeyPatch, release: str, has: tuple[str, ...], problem: str
) -> None:
    mask = sum(CAPABILITIES[name] for name in has)
    uname = os.uname_result(("Linux", "here", release, "#1", "x86_64"))
    monkeypatch.setattr(os, "uname", lambda: uname)
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: f"CapEff:\t{mask:016x}\n")

    (privileges,) = (tool for tool in host.survey() if tool.name == "privileges")
    assert privileges.problem == problem
