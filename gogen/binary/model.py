# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
What a Go binary says about itself: the answer of `binary.analyze`.

`address` is a virtual address of the file as linked, `file_offset` a position in the
file; a position is never called just an offset.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Machine(Enum):
    """Machines Go's register ABI is known for here."""

    AMD64 = "amd64"
    ARM64 = "arm64"


class EntryChoice(Enum):
    """Why the entry site is where it is; facts/go-abi.md, section 4 has the reasons."""

    AFTER_CHECK_EMULATED = "after the stack check, on an instruction the kernel emulates"
    CHECK_BRANCH = "on the stack check's last branch, real calls told by the flags"
    AFTER_CHECK = "after the stack check, single-stepped"
    FIRST = "no stack check: the first instruction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """
    One instruction that can carry a uprobe.

    Attributes:
        address, file_offset: where it is.
        code: the instruction's bytes.
        text: its disassembly, for people: `push rbp`.
    """

    address: int
    file_offset: int
    code: bytes
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionCode:
    """
    One function, ready to be probed.

    Attributes:
        symbol: as `go tool nm` prints it.
        address, file_offset, size: of its code, without trailing padding.
        code_hash: FNV-1a (64 bit) over those `size` bytes.
        args: pclntab's `_func.args`, bytes; None when pclntab has no entry for it.
        entry: where a call is counted exactly once.
        entry_choice: why there.
        ret_sites: every return instruction, by address; empty if it never returns.
        warnings: what a user must know, one sentence each.
    """

    symbol: str
    address: int
    file_offset: int
    size: int
    code_hash: int
    args: int | None
    entry: Site
    entry_choice: EntryChoice
    ret_sites: tuple[Site, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeOffsets:
    """
    Byte offsets in the Go runtime's structs, for the binary's Go version.

    Attributes:
        g_stack_hi: `g.stack.hi`.
        g_m: `g.m`.
        g_goid: `g.goid`.
        m_curg: `m.curg`.
    """

    g_stack_hi: int
    g_m: int
    g_goid: int
    m_curg: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryFacts:
    """
    The whole answer.

    Attributes:
        name: the file's base name (never a path: equal input must give equal output).
        machine: what it runs on.
        go_version: `go1.27.3`, as the build info says.
        settings: build settings of .go.buildinfo, in file order.
        gnu_build_id: hexadecimal; empty when the file has none.
        go_build_id: the text of .note.go.buildid; empty when the file has none.
        position_independent: ET_DYN.
        runtime: offsets for this Go version.
        functions: the ones asked for, in the order asked.
    """

    name: str
    machine: Machine
    go_version: str
    settings: tuple[tuple[str, str], ...]
    gnu_build_id: str
    go_build_id: str
    position_independent: bool
    runtime: RuntimeOffsets
    functions: tuple[FunctionCode, ...]
