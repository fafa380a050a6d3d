# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Escape: the one place where text from a binary or a spec becomes C.

Whatever the text, what comes out is one string literal, or stays inside one comment: no quote,
comment end, line splice or trigraph survives, and nothing that a reader's terminal or editor
would obey or reorder (CVE-2021-42574, "Trojan Source").
"""

from __future__ import annotations

from gogen.errors import PlanError

_PLAIN = frozenset(map(chr, range(0x20, 0x7F))) - set('"\\?')


def c_string(text: str) -> str:
    """
    Write a C string literal; bytes beyond ASCII become octal escapes, which end by themselves.

    Raises:
        PlanError: a NUL, which would end the string early.
    """
    if "\0" in text:
        raise PlanError(repr(text), "a NUL in a name")
    out: list[str] = []
    for char in text:
        if char in _PLAIN:
            out.append(char)
        else:
            out.extend(f"\\{byte:03o}" for byte in char.encode("utf-8", "surrogatepass"))
    return f'"{"".join(out)}"'


def c_comment(text: str) -> str:
    """Write text that stays inside a block comment, and on its line."""
    visible = "".join(c if " " <= c <= "~" else f"<U+{ord(c):04X}>" for c in text)
    # A trigraph may stand for a backslash, and a backslash before a newline splices lines.
    for hostile, harmless in (("*/", "* /"), ("/*", "/ *"), ("??", "? ?"), ("\\", "<U+005C>")):
        while hostile in visible:
            visible = visible.replace(hostile, harmless)
    return visible


def c_bytes(code: bytes) -> str:
    """Write the inside of an array initialiser: `0x48, 0x89`."""
    return ", ".join(f"0x{byte:02x}" for byte in code)


def c_hex(value: int) -> str:
    """Write an unsigned constant of up to 64 bits."""
    return f"0x{value:x}" if value < 1 << 63 else f"0x{value:x}ULL"
