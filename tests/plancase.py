# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Plan tracers for tests without a binary: a spec's text and facts written by hand.

In:   the text of a spec.toml, FunctionCode for its functions (or defaults)
Out:  ProbePlan, by the same stages in the same order as gogen's pipeline

The facts are plausible, not true: functions lie 4 KiB apart, enter on `push rbp` and return
by `ret`, or by arm64's counterparts.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gogen.abi.assign import AMD64, ARM64, assign
from gogen.binary.model import (
    BinaryFacts,
    DynamicType,
    EntryChoice,
    FunctionCode,
    Machine,
    RuntimeOffsets,
    Site,
    Tracebacks,
    Unwind,
    UnwindCause,
)
from gogen.errors import located
from gogen.golang.types import Basic, Param
from gogen.plan.build import build
from gogen.spec.load import load

if TYPE_CHECKING:
    from gogen.binary.floatmodel import SignalEntry
    from gogen.plan.model import ProbePlan
    from gogen.spec.model import TraceSpec

TEXT = 0x401000
"""Address of the first function; the segment is mapped at 0x400000 from the file's start."""

_BASE = 0x400000
_DICTIONARY = Param(name=".dict", type=Basic.UINTPTR)
_TRACEBACKS = Tracebacks(pclntab=0x4A0000, text=TEXT, gofunc=0x490000, wrapper=23)
_ABI = {Machine.AMD64: AMD64, Machine.ARM64: ARM64}
_ENTRY = {Machine.AMD64: (b"\x55", "push rbp"), Machine.ARM64: (b"\xfe\x0f\x1b\xf8", "str x30")}
_RET = {Machine.AMD64: (b"\xc3", "ret"), Machine.ARM64: (b"\xc0\x03\x5f\xd6", "ret")}
_TAIL = {
    Machine.AMD64: (b"\xe9\xf7\xf4\xff\xff", "jmp 0x400500"),
    Machine.ARM64: (b"\x40\x00\x5f\xd6", "ret x2"),
}
_UNSURE = (b"\x75\x60", "jne 0x500000")
_BRANCH = (b"\x76\x2a", "jbe 0x2c")


def site(address: int, code: bytes, text: str) -> Site:
    return Site(address=address, file_offset=address - _BASE, code=code, text=text)


def code(
    symbol: str,
    *,
    address: int = TEXT,
    size: int = 256,
    rets: int = 1,
    tails: int = 0,
    unsure: int = 0,
    args: int | None = None,
    choice: EntryChoice = EntryChoice.AFTER_CHECK_EMULATED,
    warnings: tuple[str, ...] = (),
    machine: Machine = Machine.AMD64,
) -> FunctionCode:
    """Invent one function: its entry 6 bytes in, its returns in its last bytes."""
    ret, ret_text = _RET[machine]
    entry = _BRANCH if choice is EntryChoice.CHECK_BRANCH else _ENTRY[machine]
    skipped = {EntryChoice.FIRST: 0, EntryChoice.CHECK_BRANCH: 4}.get(choice, 8)
    return FunctionCode(
        symbol=symbol,
        address=address,
        file_offset=address - _BASE,
        size=size,
        code_hash=0xCBF29CE484222325 ^ address,
        args=args,
        entry=site(address + skipped, *entry),
        entry_choice=choice,
        ret_sites=tuple(site(address + size - 4 * n, ret, ret_text) for n in range(rets, 0, -1)),
        warnings=warnings,
        tail_sites=tuple(site(address + 64 + 8 * n, *_TAIL[machine]) for n in range(tails)),
        unsure_sites=tuple(site(address + 128 + 8 * n, *_UNSURE) for n in range(unsure)),
    )


def unwinds() -> tuple[Unwind, ...]:
    """Invent the places in the runtime where calls that never return are seen to end."""
    places = (
        (UnwindCause.PANIC, "runtime.recovery", b"\xe8\x00\x10\x00\x00", "call 0x432000"),
        (UnwindCause.GOEXIT, "runtime.Goexit", b"\xe8\x00\x20\x00\x00", "call 0x433000"),
        (UnwindCause.PANIC_VALUE, "runtime.gopanic", *_BRANCH),
    )
    return tuple(
        Unwind(
            cause=cause,
            symbol=symbol,
            address=address,
            file_offset=address - _BASE,
            size=512,
            code_hash=0xCBF29CE484222325 ^ address,
            site=site(address + 64, data, text),
            flags_test=data == _BRANCH[0],
        )
        for address, (cause, symbol, data, text) in zip(
            range(0x430000, 0x433000, 0x1000), places, strict=True
        )
    )


def load_text(text: str) -> TraceSpec:
    """Load a spec from its text, as if it were called spec.toml."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spec.toml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return load(path)


def facts(
    functions: tuple[FunctionCode, ...],
    *,
    machine: Machine = Machine.AMD64,
    name: str = "shop",
    go_version: str = "go1.27.3",
    stacks: bool = False,
    unwound: bool = False,
    signals: SignalEntry | None = None,
    dynamic: tuple[DynamicType, ...] = (),
    moves: bool = False,
    ipv4: int = 0,
) -> BinaryFacts:
    return BinaryFacts(
        name=name,
        machine=machine,
        go_version=go_version,
        settings=(),
        gnu_build_id="00112233445566778899aabbccddeeff00112233",
        go_build_id="one/two/three/four",
        position_independent=moves,
        runtime=RuntimeOffsets(
            g_stack_hi=8,
            g_m=48,
            g_goid=152,
            m_curg=184,
            g_sched_sp=56,
            g_deferring=32,
            deferring_sp=48,
            deferring_link=16,
        ),
        functions=functions,
        dynamic=dynamic,
        tracebacks=_TRACEBACKS if stacks else None,
        unwinds=unwinds() if unwound else (),
        signals=signals,
        no_signals="" if signals else "the program has cgo",
        ipv4=ipv4,
    )


def plan(
    text: str,
    *codes: FunctionCode,
    machine: Machine = Machine.AMD64,
    name: str = "shop",
    go_version: str = "go1.27.3",
    unwound: bool = False,
    signals: SignalEntry | None = None,
    dynamic: tuple[DynamicType, ...] = (),
    moves: bool = False,
    ipv4: int = 0,
) -> ProbePlan:
    """
    Plan a tracer from a spec's text.

    Args:
        text: the spec.
        codes: its functions' code by symbol; the ones left out are invented.
        machine, name, go_version, signals: what the binary says of itself.
        unwound: the runtime's places for calls that never return are known.
        dynamic: types its interfaces may hold.
        moves, ipv4: it is loaded anywhere; the address of net/netip.z4.
    """
    asked = load_text(text)
    known = {given.symbol: given for given in codes}
    functions = tuple(
        known.get(function.symbol)
        or code(function.symbol, address=TEXT + index * 0x1000, machine=machine)
        for index, function in enumerate(asked.functions)
    )
    said = facts(
        functions,
        machine=machine,
        name=name,
        go_version=go_version,
        dynamic=dynamic,
        stacks=any(function.stack for function in asked.functions),
        unwound=unwound,
        signals=signals,
        moves=moves,
        ipv4=ipv4,
    )
    assigned = []
    for function, read in zip(asked.functions, functions, strict=True):
        with located(f"{function.where}.signature"):
            assert function.signature
            signature = function.signature
            if read.dictionaries:
                signature = replace(signature, params=(_DICTIONARY, *signature.params))
            assigned.append(assign(signature, dict(asked.types), _ABI[machine]))
    return build(asked, said, tuple(assigned))


def one(signature: str, *, symbol: str = "main.f", extra: str = "", name: str = "shop") -> str:
    """Write the spec of one function; `extra` is more lines of its table."""
    return (
        f'[tracer]\nname = "{name}"\nbinary = "shop"\n\n'
        f"[[function]]\nsymbol = '{symbol}'\nsignature = '{signature}'\n{extra}\n"
    )
