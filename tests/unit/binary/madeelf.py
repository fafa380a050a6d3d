# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Make small Go-like ELF files by hand, so that tests can break every byte of them.

The layout is fixed: code at TEXT, read-only data (pclntab, build info, moduledata, in
that order, each 64-aligned) at DATA; no section headers unless asked for.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gogen.errors import GogenError

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT, TEXT_AT = 0x401000, 0x1000
DATA, DATA_AT = 0x802000, 0x2000  # not where an assumed base would put it


@dataclass(frozen=True, slots=True, kw_only=True)
class Fn:
    name: str
    code: bytes
    args: int = 0
    flag: int = 0


def pclntab(
    fns: tuple[Fn, ...], *, text: int = TEXT, magic: int = 0xFFFFFFF1, min_lc: int = 1
) -> bytes:
    """Lay out a table as Go 1.20 (or, by its magic, 1.18) does: header, names, functab."""
    names = b"\0" + b"".join(fn.name.encode() + b"\0" for fn in fns)
    header_size = 72
    functab_at = header_size + len(names) + 8 & ~7
    name_at, entry, table, funcs = 1, 0, b"", b""
    func_at = 8 * len(fns) + 4
    for fn in fns:
        table += struct.pack("<II", entry, func_at + len(funcs))
        startline = b"\0\0\0\0" if magic == 0xFFFFFFF1 else b""
        funcs += struct.pack("<Iii24x", entry, name_at, fn.args) + startline
        funcs += struct.pack("<BBxB", 0, fn.flag, 0)
        name_at += len(fn.name.encode()) + 1
        entry += len(fn.code)
    table += struct.pack("<I", entry)
    header = struct.pack("<IHBB", magic, 0, min_lc, 8)
    # nfunc, nfiles, textStart, funcname, cu, filetab, pctab, functab
    cu_at = header_size + len(names)
    header += struct.pack("<8Q", len(fns), 0, text, header_size, cu_at, cu_at, cu_at, functab_at)
    return (header + names).ljust(functab_at, b"\0") + table + funcs + b"\0" * 16


def refusal(action: Callable[[], object]) -> str:
    """Give the message of our error; empty when the action succeeds. No other error passes."""
    try:
        action()
    except GogenError as error:
        return str(error)
    return ""


def uvarint(value: int) -> bytes:
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def buildinfo(version: str, settings: tuple[str, ...] = ()) -> bytes:
    lines = "path\tt\nmod\tt\t(devel)\t\n" + "".join(f"build\t{line}\n" for line in settings)
    modinfo = b"\x30" * 16 + lines.encode() + b"\xf9" * 16 if settings else b""
    head = b"\xff Go buildinf:" + bytes([8, 2]) + b"\0" * 16
    encoded = version.encode()
    return head + uvarint(len(encoded)) + encoded + uvarint(len(modinfo)) + modinfo


def moduledata(*, table: int, text: int, size: int) -> bytes:
    return struct.pack("<Q152x3Q", table, text, text + size, text)


def note(owner: bytes, kind: int, desc: bytes) -> bytes:
    def padded(data: bytes) -> bytes:
        return data + b"\0" * (-len(data) % 4)

    return struct.pack("<III", len(owner), len(desc), kind) + padded(owner) + padded(desc)


def elf(text: bytes, data: bytes, *, notes: bytes = b"", machine: int = 62, kind: int = 2) -> bytes:
    """An ELF64 program of two PT_LOADs and a PT_NOTE, without section headers."""
    header = b"\x7fELF" + bytes([2, 1, 1]) + b"\0" * 9
    header += struct.pack("<HHIQQQIHHHHHH", kind, machine, 1, TEXT, 64, 0, 0, 64, 56, 3, 64, 0, 0)
    note_at = 64 + 3 * 56
    for p_type, flags, at, address, size in (
        (4, 4, note_at, 0x400000 + note_at, len(notes)),
        (1, 5, TEXT_AT, TEXT, len(text)),
        (1, 4, DATA_AT, DATA, len(data)),
    ):
        header += struct.pack("<IIQQQQQQ", p_type, flags, at, address, address, size, size, 4)
    assert len(text) <= DATA_AT - TEXT_AT
    return ((header + notes).ljust(TEXT_AT, b"\0") + text).ljust(DATA_AT, b"\0") + data


def program(
    fns: tuple[Fn, ...],
    *,
    version: str = "go1.27.3",
    text: int = 0,
    magic: int = 0xFFFFFFF1,
    module: bool = True,
    machine: int = 62,
) -> bytes:
    """A whole Go program; text 0 as Go 1.26 and later write it, told by moduledata."""
    code = b"".join(fn.code for fn in fns)
    data = pclntab(fns, text=text, magic=magic, min_lc=4 if machine == 183 else 1)
    for part in (
        buildinfo(version, ("GOARCH=amd64",)) if version else b"",
        moduledata(table=DATA, text=TEXT, size=len(code)) if module else b"",
    ):
        data = data.ljust(len(data) + 63 & ~63, b"\0") + part
    return elf(code, data, notes=note(b"Go\0\0", 4, b"the/id"), machine=machine)
