# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Read what a compiled BPF object asks of the verifier.

In:   the bytes of an object that clang wrote, before or after it was linked
Out:  Programs: instructions, stack, calls

Upstream: Linux, Documentation/bpf/standardization/instruction-set.rst; LLVM's "BPF target" for
R_BPF_64_32 (a call's section symbol, its immediate the target's place in that section).
The one convention: a static function is verified anew at every call, so a program costs what it
and all that it calls would be if nothing were shared.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from gogen.errors import ToolError
from gogen.toolchain.model import Program

if TYPE_CHECKING:
    from pathlib import Path

_EHDR = struct.Struct("<16sHHIQQQIHHHHHH")
_SHDR = struct.Struct("<IIQQQQIIQQ")
_SYM = struct.Struct("<IBBHQQ")
_REL = struct.Struct("<QQ")
_SHF_EXECINSTR = 4
_SHT_SYMTAB, _SHT_REL = 2, 9
_STT_FUNC = 2
_CALL, _PSEUDO_CALL = 0x85, 1
_WIDE = 0x18
_MOVE, _ADD = 0xBF, 0x07
_LD, _LDX, _ST, _STX, _ALU, _ALU64 = 0, 1, 2, 3, 4, 7
_MAX_DEPTH = 32
_TURNS = {"go_walk_stack": 64}
"""Functions that loop, and how often: the verifier follows every turn (include/stack.h)."""
_CALLBACK_TURNS = 2
"""How often it follows what bpf_loop() is given, until a turn brings no state that is new."""


def of(path: Path) -> tuple[Program, ...]:
    """Measure a file; as `read`."""
    try:
        return read(path.read_bytes(), path.name)
    except OSError as error:
        raise ToolError(path.name, f"can't be read: {error.strerror}") from error


def read(data: bytes, name: str) -> tuple[Program, ...]:
    """
    Measure each program of an object, in the order of their code.

    Args:
        data: the object.
        name: what it is called in errors.

    Raises:
        ToolError: it is no BPF object.
    """
    try:
        return tuple(_Object(data).programs())
    except (struct.error, IndexError, KeyError, ValueError) as error:
        raise ToolError(name, "is not a BPF object that can be read") from error


@dataclass(frozen=True, slots=True)
class _Section:
    name: str
    type: int
    flags: int
    data: bytes
    link: int
    info: int


@dataclass(frozen=True, slots=True)
class _Function:
    name: str
    code: bytes
    calls: tuple[tuple[int, int], ...]  # section and place of each function called


@dataclass(frozen=True, slots=True)
class _Cost:
    insns: int
    stack: int
    frames: int


class _Object:
    def __init__(self, data: bytes) -> None:
        header = _EHDR.unpack_from(data)
        if header[0][:5] != b"\x7fELF\x02":
            raise ValueError("not ELF64")
        rows = [_SHDR.unpack_from(data, header[6] + i * header[11]) for i in range(header[12])]
        names = rows[header[13]]
        self._sections = [
            _Section(
                name=_text(data, names[4] + row[0]),
                type=row[1],
                flags=row[2],
                data=data[row[4] : row[4] + row[5]] if row[1] != 8 else b"",
                link=row[6],
                info=row[7],
            )
            for row in rows
        ]
        self._costs: dict[tuple[int, int], _Cost] = {}

    def programs(self) -> list[Program]:
        found = []
        for (section, at), function in sorted(self._functions.items()):
            if self._sections[section].name == ".text":
                continue
            cost = self._cost((section, at), 0)
            found.append(
                Program(
                    name=function.name,
                    insns=self._reached((section, at)),
                    processed=cost.insns,
                    stack=cost.stack,
                    frames=cost.frames,
                    parts=self._parts(function),
                )
            )
        return found

    @cached_property
    def _symbols(self) -> list[tuple[str, int, int, int, int]]:
        for table in self._sections:
            if table.type == _SHT_SYMTAB:
                strings = self._sections[table.link].data
                return [
                    (_text(strings, name), info & 15, section, value, size)
                    for name, info, _, section, value, size in _SYM.iter_unpack(table.data)
                ]
        return []

    @cached_property
    def _functions(self) -> dict[tuple[int, int], _Function]:
        moved: dict[tuple[int, int], int] = {}
        for table in self._sections:
            if table.type == _SHT_REL:
                moved |= {(table.info, at): info >> 32 for at, info in _REL.iter_unpack(table.data)}
        found = {}
        for name, kind, section, value, size in self._symbols:
            code = self._sections[section].data if section < len(self._sections) else b""
            if kind == _STT_FUNC and self._sections[section].flags & _SHF_EXECINSTR:
                calls = self._calls(section, value, code[value : value + size], moved)
                found[section, value] = _Function(name, code[value : value + size], calls)
        return found

    def _calls(
        self, section: int, start: int, code: bytes, moved: dict[tuple[int, int], int]
    ) -> tuple[tuple[int, int], ...]:
        found = []
        for at, opcode, _, src, _, immediate in _decode(code):
            symbol = moved.get((section, start + at))
            if opcode == _WIDE:
                # A callback; most such instructions name a map or a variable.
                place = self._callback(symbol, immediate)
                found += [place] * _CALLBACK_TURNS if place else []
                continue
            if opcode != _CALL or src != _PSEUDO_CALL:
                continue
            if symbol is None:
                found.append((section, start + at + 8 * (immediate + 1)))
            else:
                _, _, target, value, _ = self._symbols[symbol]
                found.append((target, value + 8 * (immediate + 1)))
        return tuple(found)

    def _callback(self, symbol: int | None, immediate: int) -> tuple[int, int] | None:
        if symbol is None:
            return None
        _, _, target, value, _ = self._symbols[symbol]
        ours = target < len(self._sections) and self._sections[target].flags & _SHF_EXECINSTR
        return (target, value + immediate) if ours else None

    def _cost(self, place: tuple[int, int], depth: int) -> _Cost:
        """Count as if each call were written out."""
        known = self._costs.get(place)
        if known:
            return known
        if depth > _MAX_DEPTH:
            raise ValueError("calls without end")
        function = self._functions[place]
        called = [self._cost(call, depth + 1) for call in function.calls]
        # The kernel rounds each frame up to 32 bytes: check_max_stack_depth().
        own = max(1, stack_depth(function.code))
        found = _Cost(
            insns=len(_decode(function.code)) * _TURNS.get(function.name, 1)
            + sum(cost.insns for cost in called),
            stack=-(-own // 32) * 32 + max((cost.stack for cost in called), default=0),
            frames=1 + max((cost.frames for cost in called), default=0),
        )
        self._costs[place] = found
        return found

    def _parts(self, function: _Function) -> tuple[tuple[str, int], ...]:
        costs: dict[str, int] = {}
        for call in function.calls:
            name = self._functions[call].name
            costs[name] = costs.get(name, 0) + self._costs[call].insns
        return tuple(sorted(costs.items()))

    def _reached(self, place: tuple[int, int]) -> int:
        """Count the instructions of a program and of all it may call, each once."""
        seen: set[tuple[int, int]] = set()
        pending = [place]
        while pending:
            here = pending.pop()
            if here not in seen:
                seen.add(here)
                pending += self._functions[here].calls
        return sum(len(self._functions[here].code) // 8 for here in seen)


def _text(data: bytes, at: int) -> str:
    return data[at : data.index(b"\0", at)].decode(errors="replace")


def _decode(code: bytes) -> list[tuple[int, int, int, int, int, int]]:
    """Give each instruction: place, opcode, dst, src, offset, immediate."""
    found = []
    at = 0
    while at < len(code):
        opcode, registers, offset, immediate = struct.unpack_from("<BBhi", code, at)
        found.append((at, opcode, registers & 15, registers >> 4, offset, immediate))
        at += 16 if opcode == _WIDE else 8
    return found


def stack_depth(code: bytes) -> int:
    """Say how far below r10 code reaches: by loads and stores, and by pointers it hands out."""
    lowest = 0
    pointers: dict[int, int] = {10: 0}
    for _, opcode, dst, src, offset, immediate in _decode(code):
        kind = opcode & 7
        if kind == _LDX and src in pointers:
            lowest = min(lowest, pointers[src] + offset)
        if kind in (_ST, _STX) and dst in pointers:
            lowest = min(lowest, pointers[dst] + offset)
        if opcode == _MOVE and src in pointers:
            pointers[dst] = pointers[src]
        elif opcode == _ADD and dst in pointers:
            pointers[dst] += immediate
            lowest = min(lowest, pointers[dst])
        elif kind in (_LD, _LDX, _ALU, _ALU64) and dst != 10:
            pointers.pop(dst, None)
    return -lowest
