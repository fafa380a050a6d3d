# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Find clang, bpftool, cc, strip and libbpf, and say what is missing and the package that has it.

The newest clang wins, at least 14: older ones cannot compile what the runtime asks of BPF.
A tracer runs on the machine of its Go binary; for another than this one, Debian's cross compiler
and that machine's static libraries make it. BPF code is the same on all of them.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from gogen.errors import GogenError, ToolError
from gogen.toolchain.model import Tool, Tools
from gogen.toolchain.run import run

if TYPE_CHECKING:
    from collections.abc import Iterable

CLANG_MIN = 14

_STATIC_LIBRARIES = (
    ("libbpf", "libbpf.a", "libbpf-dev"),
    ("libelf", "libelf.a", "libelf-dev"),
    ("zlib", "libz.a", "zlib1g-dev"),
)

_UNAME = {"amd64": "x86_64", "arm64": "aarch64"}
"""What uname(1) and GNU's tools call a machine."""


def _version(path: Path, pattern: str) -> str:
    try:
        text = run((str(path), "--version")).decode(errors="replace")
    except GogenError:
        return ""
    match = re.search(pattern, text)
    return match[1] if match else ""


def _on_path(name: str) -> Path | None:
    found = shutil.which(name)
    return Path(found) if found else None


def _clangs() -> list[Path]:
    """Every clang and clang-NN on PATH."""
    found = []
    for folder in os.get_exec_path():
        try:
            names = sorted(os.listdir(folder))  # noqa: PTH208 - names, not paths
        except OSError:
            continue
        found += [
            Path(folder) / name
            for name in names
            if re.fullmatch(r"clang(-\d+)?", name) and os.access(Path(folder) / name, os.X_OK)
        ]
    return found


def _find_clang() -> Tool:
    """The number in a name is trusted for the order only; the chosen one is asked."""

    def claimed(path: Path) -> int:
        number = path.name.partition("-")[2]
        return int(number) if number else int(_major(path) or 0)

    best = max(_clangs(), key=claimed, default=None)
    version = _version(best, r"version (\d[\w.]*)") if best else ""
    problem = ""
    if best is None:
        problem = "missing"
    elif int(version.partition(".")[0] or 0) < CLANG_MIN:
        problem = f"version {version or 'unknown'}, at least {CLANG_MIN} is needed"
    return Tool(name="clang", path=best, version=version, package="clang-19", problem=problem)


def _major(path: Path) -> str:
    return _version(path, r"version (\d+)")


def _find_command(name: str, package: str, pattern: str) -> Tool:
    path = _on_path(name)
    # Debian puts bpftool where root's PATH has it and a user's has not.
    if path is None and Path(f"/usr/sbin/{name}").is_file():
        path = Path(f"/usr/sbin/{name}")
    return Tool(
        name=name,
        path=path,
        version=_version(path, pattern) if path else "",
        package=package,
        problem="" if path else "missing",
    )


def _find_library(cc: Tool, name: str, archive: str, package: str) -> Tool:
    """Ask the compiler where it would take a static library from."""
    path = None
    if cc.path:
        printed = run((str(cc.path), f"-print-file-name={archive}")).decode().strip()
        path = Path(printed) if Path(printed).is_absolute() else None
    return Tool(
        name=name, path=path, version="", package=package, problem="" if path else "missing"
    )


def _find_headers() -> Tool:
    path = Path("/usr/include/bpf/bpf_helpers.h")
    found = path if path.is_file() else None
    return Tool(
        name="libbpf headers",
        path=found,
        version="",
        package="libbpf-dev",
        problem="" if found else "missing",
    )


def here() -> str:
    """Give this machine's name in Go's words, as `SourceTree.machine` has it; else as it is."""
    uname = os.uname().machine
    return next((name for name, theirs in _UNAME.items() if theirs == uname), uname)


def others() -> tuple[str, ...]:
    """Give the machines that tracers can be built for with a cross compiler."""
    return tuple(machine for machine in _UNAME if machine != here())


def survey() -> tuple[Tool, ...]:
    """Look for everything a build needs; nothing missing is an error here."""
    cc = _find_command("cc", "gcc", r"(\d+\.\d+[\w.]*)")
    return (
        *_find_compilers(),
        cc,
        _find_command("strip", "binutils", r"(\d+\.\d+[\w.]*)"),
        _find_headers(),
        *(_find_library(cc, *library) for library in _STATIC_LIBRARIES),
    )


def survey_cross(machine: str) -> tuple[Tool, ...]:
    """Look for what a build for another machine needs instead of cc, strip and the libraries."""
    prefix = f"{_UNAME[machine]}-linux-gnu"
    suffix = prefix.replace("_", "-")  # in names of packages
    cc = _find_command(f"{prefix}-gcc", f"gcc-{suffix}", r"(\d+\.\d+[\w.]*)")
    return (
        cc,
        _find_command(f"{prefix}-strip", f"binutils-{suffix}", r"(\d+\.\d+[\w.]*)"),
        _find_library(cc, "libc", "libc.a", f"libc6-dev-{machine}-cross"),
        *(
            _find_library(cc, name, archive, f"{package}:{machine}")
            for name, archive, package in _STATIC_LIBRARIES
        ),
    )


def install(tools: Iterable[Tool]) -> str:
    """Give the command that installs what is missing; empty when nothing is."""
    packages = sorted({tool.package for tool in tools if tool.problem})
    machines = sorted({name.partition(":")[2] for name in packages if ":" in name})
    if not packages:
        return ""
    add = "".join(f"dpkg --add-architecture {machine} && " for machine in machines)
    update = "apt-get update && " if machines else ""
    return f"{add}{update}apt-get install {' '.join(packages)}"


def find(machine: str | None = None) -> Tools:
    """
    Find what a build runs.

    Args:
        machine: that the tracer is to run on; this one unless given.

    Raises:
        ToolError: something is missing; the hint installs it.
    """
    if machine is None or machine == here():
        context, tools, cc, strip = "cannot build", survey(), "cc", "strip"
    else:
        context = f"cannot build for {machine}"
        tools = (*_find_compilers(), _find_headers(), *survey_cross(machine))
        cc, strip = (f"{_UNAME[machine]}-linux-gnu-{name}" for name in ("gcc", "strip"))
    bad = [tool for tool in tools if tool.problem]
    if bad:
        raise ToolError(
            context,
            "; ".join(f"{t.name}: {t.problem}" for t in bad),
            install(tools),
        )
    paths = {tool.name: tool.path for tool in tools}

    def path(name: str) -> Path:
        found = paths[name]
        assert found, name
        return found

    return Tools(clang=path("clang"), bpftool=path("bpftool"), cc=path(cc), strip=path(strip))


def _find_compilers() -> tuple[Tool, ...]:
    """The tools that make BPF objects, which are the same for every machine."""
    return (_find_clang(), _find_command("bpftool", "bpftool", r"v?(\d+\.\d+[\w.]*)"))
