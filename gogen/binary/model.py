# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
What a Go binary says about itself: the answer of `binary.analyze`.

`address` is a virtual address of the file as linked, `file_offset` a position in the
file; a position is never called just an offset.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from gogen.binary.debugfile import DebugFile
    from gogen.binary.floatmodel import FloatSite, SignalEntry
    from gogen.binary.hiddenmodel import CapturedVariable, Dictionary
    from gogen.golang.types import GoType


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
    LAST_OF_ONE = (
        "the last of what the assembler made of one instruction: Go may start over before it"
    )


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
        tail_sites: every jump that leaves for another function, by address.
        unsure_sites: every conditional jump that may leave, by address.
        warnings: what a user must know, one sentence each.
        declaration: what DWARF says of its parameters; None without DWARF.
        dictionaries: of the instances that share its code, by address.
        kinds: as in FunctionInfo.
        inlined: calls of it that were compiled into their callers, the first of them.
        inlined_cnt: how many there are.
        float_sites: where float registers can be read from memory, in the order they are
            passed; empty when control flow does not prove that they are ever stored.
        floats_end: what ends that proof, `call 0x47e160 at 0x4a1c20`.
        floats_kept: float registers that the entry's instruction leaves as they are.
        keeps_args: registers still have the arguments when it begins again on a larger stack.
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
    declaration: Declaration | None = None
    dictionaries: tuple[Dictionary, ...] = ()
    tail_sites: tuple[Site, ...] = ()
    unsure_sites: tuple[Site, ...] = ()
    kinds: tuple[str, ...] = ()
    inlined: tuple[InlinedCall, ...] = ()
    inlined_cnt: int = 0
    float_sites: tuple[FloatSite, ...] = ()
    floats_end: str = ""
    floats_kept: tuple[int, ...] = ()
    keeps_args: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredParam:
    """
    One parameter or result as DWARF lists it.

    Attributes:
        name: as in the source; `.dict` is the dictionary of a generic function, an unnamed
            result is `~r0`, a blank or unnamed parameter `_`.
        type: its type; named ones are defined in Declaration.types.
        registers: DWARF numbers of the integer registers that hold it at the function's
            first instruction, in order of the value's words; empty when DWARF does not say.
            A hint for finding parameters DWARF leaves out, never a place to read.
    """

    name: str
    type: GoType
    registers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """
    What DWARF says a function takes and gives, before anything checks it.

    Attributes:
        params: receiver first, the dictionary where this Go version passes it; Go before
            1.22 leaves blank ones and some receivers out.
        results: without the duplicates that Go before 1.27 lists.
        types: every named type that is part of the value of a parameter or result, or
            was reached from one by as many pointers as were asked for, by the name Named
            carries, sorted.
        line: of the declaration; 0 when unknown.
        captured: of a closure; before Go 1.23 DWARF does not tell.
    """

    params: tuple[DeclaredParam, ...]
    results: tuple[DeclaredParam, ...]
    types: tuple[tuple[str, GoType], ...]
    line: int = 0
    captured: tuple[CapturedVariable, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InlinedCall:
    """
    A call that was replaced by the body of what it calls.

    Attributes:
        caller: the function whose code holds that body; the call itself may be in one that
            was inlined there in turn.
        file, line: of the call, as the compiler recorded them; `?` and 0 when unknown.
    """

    caller: str
    file: str
    line: int


class FunctionInfo(NamedTuple):
    """
    One line of `gogen list`: a tuple, since some programs have a hundred thousand.

    Attributes:
        symbol: as `go tool nm` prints it, without `.abi0`.
        address, size: of its code, padding included.
        abi: `ABIInternal` or `ABI0`.
        kinds: any of `assembly`, `closure`, `generic`, `wrapper` (whatever the compiler made
            for itself), `tail-jump`, `never-returns`, `loop-at-entry`.
        why_not: why it can't be traced with its results; empty when it can.
        inlined: how many of its calls were compiled into their callers; None when the binary
            does not tell.
    """

    symbol: str
    address: int
    size: int
    abi: str
    kinds: tuple[str, ...]
    why_not: str
    inlined: int | None = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeOffsets:
    """
    Byte offsets in the Go runtime's structs, for the binary's Go version.

    Attributes:
        g_stack_hi: `g.stack.hi`.
        g_m: `g.m`.
        g_goid: `g.goid`.
        m_curg: `m.curg`.
        g_sched_sp: `g.sched.sp`, where a goroutine that does not run goes on.
        g_deferring: what says whose deferred functions a panic runs: `g._panic`, before Go 1.22
            `g._defer`.
        deferring_sp, deferring_link: in what that points to: the stack pointer of that
            function's frame, and the next one of the list.
    """

    g_stack_hi: int
    g_m: int
    g_goid: int
    m_curg: int
    g_sched_sp: int
    g_deferring: int
    deferring_sp: int
    deferring_link: int


class UnwindCause(Enum):
    """Why calls end without returning, while their goroutine or process goes on."""

    PANIC = "panic"
    GOEXIT = "goexit"
    PANIC_VALUE = "panic value"
    """No end, but where the value of a panic is seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwind:
    """
    A place in the runtime that is passed once whenever calls end without returning.

    Attributes:
        cause: why they do.
        symbol: the function of the runtime it is in.
        address, file_offset, size, code_hash: that function's code, as in FunctionCode.
        site: the place.
        flags_test: it is the stack check's branch, and only some hits mean something.
    """

    cause: UnwindCause
    symbol: str
    address: int
    file_offset: int
    size: int
    code_hash: int
    site: Site
    flags_test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicType:
    """
    A type that an interface of the program may hold.

    Attributes:
        asked: the name it was asked for by.
        name: as the runtime prints it: `*fs.PathError`.
        package: the path of the package it is of; empty when its descriptor does not say.
        tag: eight bytes of its descriptor: hash, flags, alignments, kind.
        name_at: where its name is, from the beginning of all names on.
        type: the type; named types are in BinaryFacts.types, if anything defines them.
        kind: reflect.Kind.
        size: bytes of its values.
        direct: an interface holds the value itself: it is a pointer, or one word that is.
    """

    asked: str
    name: str
    package: str
    tag: int
    name_at: int
    type: GoType
    kind: int
    size: int
    direct: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracebacks:
    """
    What it takes to tell function, file and line of an address.

    Attributes:
        pclntab: address of the table.
        text: what its entry offsets are relative to: runtime.text.
        gofunc: address of what funcdata counts from; 0 when it can't be told, and then inlined
            calls can't, either.
        wrapper: `_func.funcID` of functions that Go leaves out of tracebacks.
    """

    pclntab: int
    text: int
    gofunc: int
    wrapper: int


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
        type_names: address of what names of types are relative to (moduledata.types); 0
            when it can't be told.
        functions: the ones asked for, in the order asked.
        unwinds: where calls that never return are seen to end; without one of a cause that
            the binary has, `blind` says so.
        blind: causes the binary has, and of which the place is not known.
        dynamic: types that were asked for, of those whose values interfaces may hold; a name
            that several packages use is there several times.
        types: what DWARF says of them, as in Declaration.types.
        tracebacks: for stacks and functions; None when the function table is not loaded.
        signals: where signals show float registers; None when they were not asked for, or
            when `no_signals` says why not.
        odd: kinds of value (`map`, `chan`, `interface`, `error`, `time`) that this binary's
            runtime lays out otherwise than tracers read them, and the reason.
        ipv4: address of the variable that marks a netip.Addr of IPv4 before Go 1.23; 0 when
            there is none, or no symbol of it.
        debug_file: a file beside the binary that has, or should have, its DWARF.
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
    type_names: int = 0
    unwinds: tuple[Unwind, ...] = ()
    blind: tuple[UnwindCause, ...] = ()
    dynamic: tuple[DynamicType, ...] = ()
    types: tuple[tuple[str, GoType], ...] = ()
    go_minor: int = 27
    tracebacks: Tracebacks | None = None
    signals: SignalEntry | None = None
    no_signals: str = ""
    odd: tuple[tuple[str, str], ...] = ()
    ipv4: int = 0
    debug_file: DebugFile | None = None
