# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Build what is measured: the target with two versions of Go, its tracers, and the floor.

Out:  Subject, one for each version of Go; the paths of the floor's programs

Where the probes go is read from the tracer's manifest, so the floor sits on the same bytes.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import gobuild
import tracing

from gogen.toolchain.find import find

TOP = Path(__file__).resolve().parent.parent
HERE = TOP / "bench"
SYMBOL = "main.work"

# The floor's own share of the tracers' runtime.
_RUNTIME = ("attach.c", "hasten.c", "kernel.c", "privileges.c", "target.c", "verify.c")

# Limits are the defaults: what a user gets who writes no more than this.
# The bound on records is asked for, as by default, and never met; or met by nearly every call.
_SPEC = """\
[limits]
rate = {rate}

[[function]]
symbol = "{symbol}"
{more}emit = "{emit}"
"""
_UNMET, _ONE = 10_000_000, 1
_SIGNATURE = 'signature = "func(a, b, c int, s string) int"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One instruction: its address in the process, its offset in the file."""

    address: int
    file_offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """
    A function of the target as one version of Go builds it.

    Attributes:
        symbol: the function.
        first: the function's first instruction, where other tracers put their probe.
        entry: where gogen puts its entry probe.
        instruction: the one at `entry`.
        rets: every return instruction.
        entry_tracer: writes a record when a call begins.
        call_tracer: writes one when it ends, arguments and result together; None where only
            beginnings are measured.
        count_tracer: counts calls, and writes a record of one in a second; None as above.
    """

    symbol: str
    go: str
    binary: Path
    first: Place
    entry: Place
    instruction: str
    rets: tuple[Place, ...]
    entry_tracer: Path
    call_tracer: Path | None = None
    count_tracer: Path | None = None


def build_subject(version: str) -> Subject:
    """Build the target with a version of Go, and the tracers of its plainest function."""
    return _subject(
        version,
        SYMBOL,
        _build_tracer(version, SYMBOL, more=_SIGNATURE, emit="entry"),
        call=_build_tracer(version, SYMBOL, more=_SIGNATURE, emit="call"),
        count=_build_tracer(version, SYMBOL, more=_SIGNATURE, emit="entry", rate=_ONE),
    )


def build_capture(version: str, symbol: str, more: str) -> Subject:
    """Build a tracer of what a function begins with; `more` are lines of its spec."""
    return _subject(version, symbol, _build_tracer(version, symbol, more=more, emit="entry"))


def _build_tracer(version: str, symbol: str, *, more: str, emit: str, rate: int = _UNMET) -> Path:
    spec = _SPEC.format(symbol=symbol, more=more, emit=emit, rate=rate)
    name = symbol.rpartition(".")[2]
    return tracing.build_tracer(spec, _target(version), name=name)


def _target(version: str) -> Path:
    return gobuild.build(HERE / "target", version=version)


def _subject(
    version: str, symbol: str, entry: Path, *, call: Path | None = None, count: Path | None = None
) -> Subject:
    manifest = json.loads((call or entry).with_suffix(".manifest.json").read_text())
    (function,) = manifest["functions"]
    return Subject(
        symbol=symbol,
        go=manifest["binary"]["go"].removeprefix("go"),
        binary=_target(version),
        first=_place(function["code"]),
        entry=_place(function["entry"]),
        instruction=function["entry"]["text"].split()[0],
        rets=tuple(_place(site) for site in function["rets"]),
        entry_tracer=entry,
        call_tracer=call,
        count_tracer=count,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """
    Programs to compare with.

    Attributes:
        loader: attaches `program` to the places it is given.
        program: does nothing, in the kernel.
        nothing: does nothing, and is not even BPF.
    """

    loader: Path
    program: Path
    nothing: Path


def build_floor(folder: Path) -> Floor:
    """Compile the floor into a folder, against the runtime as it is now."""
    tools = find()
    include = TOP / "templates" / "include"
    sources = HERE / "floor"
    floor = Floor(
        loader=folder / "floor", program=folder / "floor.bpf.o", nothing=folder / "nothing"
    )
    flags = ("-O2", "-Wall", "-Wextra", "-Werror", f"-I{include}")
    runtime = [str(include / name) for name in _RUNTIME]
    _compile(
        *(str(tools.clang), *flags, "-g", "-target", "bpf", "-D__TARGET_ARCH_x86", "-c"),
        *(str(sources / "floor.bpf.c"), "-o", str(floor.program)),
    )
    _compile(
        *(str(tools.cc), *flags, "-static", str(sources / "floor.c"), *runtime),
        *("-lbpf", "-lelf", "-lz", "-o", str(floor.loader)),
    )
    _compile(
        *(str(tools.cc), *flags, "-static", str(sources / "nothing.c"), "-o", str(floor.nothing))
    )
    return floor


def _compile(*command: str) -> None:
    subprocess.run(command, check=True)


def _place(entry: dict[str, str]) -> Place:
    return Place(address=int(entry["address"], 0), file_offset=int(entry["file_offset"], 0))
