# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Decode a function's machine code.

In:   a machine, the bytes from a function's address to the next function's
Out:  Code: every instruction in order, without the padding at the end

The one convention: decoding is linear and must reach the end. A byte that is no
instruction means data among the code, and then no boundary after it can be trusted:
the function is refused. On arm64, where boundaries are known, pools of constants are
told apart instead.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import capstone  # noqa: TID251 - this is the one decoder

from gogen.binary import amd64, arm64
from gogen.binary.instruction import Flow, Instruction, Operand
from gogen.binary.model import Machine
from gogen.errors import BinaryError, UnsupportedError

_MAX_SIZE = 1 << 20
"""Larger than any function a compiler made; keeps hostile input from costing minutes."""

_FNV_OFFSET_BASIS = 0xCBF29CE484222325
_FNV_PRIME = 0x100000001B3


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """
    One function, decoded.

    Attributes:
        address, size: of its code, without padding.
        end: address of the next function.
        instructions: in order of address, without gaps.
        data: its `size` bytes.
    """

    machine: Machine
    address: int
    size: int
    end: int
    instructions: tuple[Instruction, ...] = field(repr=False)
    data: bytes = field(repr=False)


def decode(machine: Machine, symbol: str, address: int, data: bytes) -> Code:
    """
    Decode a function; `data` reaches to the next function's address.

    Raises:
        BinaryError: there is no code.
        UnsupportedError: too large, or not all of it decodes.
    """
    context = f'"{symbol}"'
    if len(data) > _MAX_SIZE:
        raise UnsupportedError(context, f"a function of {len(data)} bytes, expected at most 1 MiB")
    try:
        if machine is Machine.AMD64:
            instructions = _amd64(context, address, data)
        else:
            instructions = _arm64(context, address, data)
    except capstone.CsError as error:
        raise BinaryError(context, f"capstone cannot decode it: {error}") from error
    end = address + len(data)
    if not instructions:
        raise BinaryError(context, f"no code between {address:#x} and {end:#x}")
    size = instructions[-1].address + len(instructions[-1].code) - address
    code = Code(
        machine=machine,
        address=address,
        size=size,
        end=end,
        instructions=tuple(instructions),
        data=data[:size],
    )
    _check_targets(context, code)
    return code


def operands(instruction: Instruction) -> tuple[str, tuple[Operand, ...]]:
    """Decode one amd64 instruction again, with its operands: its mnemonic first."""
    decoder = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
    decoder.detail = True
    decoded = next(decoder.disasm(instruction.code, instruction.address), None)
    if decoded is None:
        return "", ()

    def name(register: int) -> str:
        return str(decoded.reg_name(register) or "") if register else ""

    found = []
    for each in decoded.operands:
        memory = each.mem if each.type == capstone.x86.X86_OP_MEM else None
        found.append(
            Operand(
                register=name(each.reg) if each.type == capstone.x86.X86_OP_REG else "",
                is_memory=memory is not None,
                base=name(memory.base) if memory else "",
                displacement=memory.disp if memory else 0,
                is_indexed=bool(memory and (memory.index or memory.segment)),
                value=each.imm if each.type == capstone.x86.X86_OP_IMM else 0,
                size=each.size,
            )
        )
    return str(decoded.mnemonic), tuple(found)


def fnv1a(data: bytes) -> int:
    """Return the FNV-1a hash, 64 bit: the tracer's loader computes the same in C."""
    value = _FNV_OFFSET_BASIS
    for byte in data:
        value = (value ^ byte) * _FNV_PRIME & 0xFFFFFFFFFFFFFFFF
    return value


def _amd64(context: str, address: int, data: bytes) -> list[Instruction]:
    decoder = _decoder(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
    instructions: list[Instruction] = []
    at = 0
    for _, size, mnemonic, operands in decoder.disasm_lite(data, address):
        code = data[at : at + size]
        flow, target = amd64.flow(code, mnemonic, operands)
        text = f"{mnemonic} {operands}".rstrip()
        instructions.append(
            Instruction(address=address + at, code=code, text=text, flow=flow, target=target)
        )
        at += size
    if at < len(data):
        raise _undecodable(context, address + at, data[at : at + 8])
    # A function's last instruction may end in the padding's byte (eb cc): only whole ones go.
    while instructions and instructions[-1].code == amd64.PADDING:
        instructions.pop()
    return instructions


def _arm64(context: str, address: int, data: bytes) -> list[Instruction]:
    decoder = _decoder(capstone.CS_ARCH_ARM64, capstone.CS_MODE_LITTLE_ENDIAN)
    words = [data[at : at + 4] for at in range(0, len(data) // 4 * 4, 4)]
    constants = arm64.loaded_constants(words)
    while words and words[-1] == arm64.PADDING and len(words) - 1 not in constants:
        words.pop()
    texts: list[str] = []
    for index, word in enumerate(words):
        decoded = next(decoder.disasm_lite(word, address + 4 * index), None)
        texts.append(f"{decoded[2]} {decoded[3]}".rstrip() if decoded else "")
        if index not in constants and (decoded is None or word == arm64.PADDING):
            pool = arm64.pool_around(words, index)
            if pool is None:
                raise _undecodable(context, address + 4 * index, word)
            constants.update(pool)
    instructions: list[Instruction] = []
    for index, (word, text) in enumerate(zip(words, texts, strict=True)):
        at = address + 4 * index
        if index in constants:
            text = f".word {int.from_bytes(word, 'little'):#010x}"  # noqa: PLW2901 - not code
            flow, target = Flow.DATA, None
        else:
            flow, target = arm64.flow(word, at, words[index - 1] if index else b"")
        instructions.append(Instruction(address=at, code=word, text=text, flow=flow, target=target))
    return instructions


@functools.cache
def _decoder(architecture: int, mode: int) -> capstone.Cs:
    return capstone.Cs(architecture, mode)


def _undecodable(context: str, address: int, data: bytes) -> UnsupportedError:
    return UnsupportedError(
        context,
        f"no instruction at {address:#x} ({data.hex(' ')}): data among the code, so no probe can "
        "be placed safely",
    )


def _check_targets(context: str, code: Code) -> None:
    """Refuse code that jumps into the middle of what was decoded as one instruction."""
    starts = {i.address for i in code.instructions if i.flow is not Flow.DATA}
    for i in code.instructions:
        inside = i.target is not None and code.address <= i.target < code.end
        if inside and i.target not in starts:
            raise UnsupportedError(
                context,
                f'"{i.text}" at {i.address:#x} goes to the middle of an instruction: data among '
                "the code, so no probe can be placed safely",
            )
