# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The tools of a build, and what it leaves: the answers of `toolchain.find` and `.build`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """
    One thing a build needs.

    Attributes:
        name: what it is called in messages.
        path: where it is; None when missing.
        version: as it says, or empty.
        package: the Debian package that has it.
        problem: why it cannot be used; empty when it can.
    """

    name: str
    path: Path | None
    version: str
    package: str
    problem: str = ""

    @property
    def line(self) -> str:
        """Give `ok clang 19.1.4 /usr/bin/clang` in columns, or what is wrong."""
        mark = "MISSING" if self.problem else "ok"
        found = " ".join(part for part in (self.version, str(self.path or "")) if part)
        return f"{mark:8} {self.name:14} {self.problem or found}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Everything a build runs."""

    clang: Path
    bpftool: Path
    cc: Path
    strip: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """
    One step of a build.

    Attributes:
        verb: what the quiet Makefile prints for it: BPF, GEN-SKEL.
        product: the file it makes, in the tracer's folder.
        argv: the command, run in that folder.
        to_stdout: the command prints the product instead of writing it.
        reusable: the product is the same for every tracer.
    """

    verb: str
    product: str
    argv: tuple[str, ...]
    to_stdout: bool = False
    reusable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """
    A finished build.

    Attributes:
        folder: `OUTPUT/NAME`.
        tracer: the executable in it; None when only sources were written.
        size: bytes of the tracer.
    """

    folder: Path
    tracer: Path | None
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """
    What one compiled program asks of the verifier.

    Attributes:
        name: its C function.
        insns: instructions, with all that it calls.
        processed: the same, with what is called counted at every call, as it is verified.
        stack: bytes of all frames at the deepest call, as the kernel rounds them.
        frames: functions on that stack.
        parts: of `processed`, what each function takes that the program itself calls.
    """

    name: str
    insns: int
    processed: int
    stack: int
    frames: int
    parts: tuple[tuple[str, int], ...]
