# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Look at the host as a place to run tracers on: kernel and capabilities.

A tracer asks the kernel itself when it starts; this only says beforehand what to expect.
Sources: include/uapi/linux/capability.h; proc(5), `CapEff`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from gogen.toolchain.model import Tool

_KERNEL_MIN = (5, 17)
_KERNEL_MULTI = (6, 6)
_CAPABILITIES = {"CAP_SYS_ADMIN": 21, "CAP_PERFMON": 38, "CAP_BPF": 39}


def _version(release: str) -> tuple[int, int]:
    found = re.match(r"(\d+)\.(\d+)", release)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _kernel() -> Tool:
    release = os.uname().release
    version = _version(release)
    probes = "uprobe_multi links" if version >= _KERNEL_MULTI else "perf events"
    return Tool(
        name="kernel",
        path=None,
        version=f"{release}, {probes}",
        package="",
        problem="" if version >= _KERNEL_MIN else "Linux 5.17 or newer is needed",
    )


def _uprobes() -> Tool:
    pmu = Path("/sys/bus/event_source/devices/uprobe/type")
    return Tool(
        name="uprobes",
        path=pmu if pmu.is_file() else None,
        version="",
        package="",
        problem="" if pmu.is_file() else "this kernel has none (CONFIG_UPROBE_EVENTS)",
    )


def _needed(release: str) -> set[str]:
    """Perf events take CAP_SYS_ADMIN, which stands for the other two as well."""
    if _version(release) < _KERNEL_MULTI:
        return {"CAP_SYS_ADMIN"}
    return {"CAP_BPF", "CAP_PERFMON"}


def _privileges() -> Tool:
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        status = ""
    found = re.search(r"^CapEff:\s*([0-9a-f]+)", status, re.MULTILINE)
    mask = int(found[1], 16) if found else 0
    has = {name for name, bit in _CAPABILITIES.items() if mask >> bit & 1}
    missing = sorted(_needed(os.uname().release) - has)
    problem = ""
    if "CAP_SYS_ADMIN" not in has and missing:
        problem = f"{' and '.join(missing)} missing: run tracers as root"
    return Tool(
        name="privileges",
        path=None,
        version=", ".join(sorted(has)) or "none",
        package="",
        problem=problem,
    )


def survey() -> tuple[Tool, ...]:
    """Say what a tracer will find on this host."""
    return (_kernel(), _uprobes(), _privileges())
