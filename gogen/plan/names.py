# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Make every C identifier: of functions, of record members, of the tracer.

Readable first: `github.com/acme/shop/cart.(*Cart).Add` is `cart_Cart_Add`. Functions whose
short names meet get their whole import path, and say whose receiver is a pointer; if even
those meet, a digest of the symbol tells them apart. Members that meet get a number.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter

from gogen.errors import PlanError

# The widest lines around an identifier can then be broken within 100 columns.
_IDENT_MAX = 46
_MEMBER_MAX = 24

# Words that C, its GNU dialect, or the headers a tracer includes have taken.
_RESERVED = frozenset(
    """
    L_ctermid L_tmpnam P_tmpdir asm auto bool break case char const continue default do double
    else enum errno extern false float for goto hdr i386 if inline int linux long register
    restrict return sa_handler sa_sigaction short signed sigev_notify_attributes
    sigev_notify_function sizeof st_atime st_ctime st_mtime static stderr stdin stdout struct
    switch true typedef typeof union unix unsigned void volatile while
    """.split()  # noqa: SIM905 - a list of words reads better as words
)

# The members of siginfo_t are macros; which ones there are differs between C libraries.
_RESERVED_PREFIX = "si_"

# bpftool cuts the name of a skeleton, IDENT_bpf, to 63 characters.
_TRACER_IDENT_MAX = 59

# The tracer's own files, and the targets of its Makefile.
_OWN_NAMES = frozenset({"Makefile", "all", "clean", "include"})


def _mangle(text: str) -> str:
    """Keep what C allows; a letter it does not know becomes its number, the rest one `_`."""
    text = text.replace("(*", "").replace(")", "")
    letters = "".join(
        c if c.isascii() else f"_u{ord(c):04x}_" if c.isalpha() else "_" for c in text
    )
    ident = re.sub(r"[^0-9A-Za-z]+", "_", letters).strip("_")
    return f"_{ident}" if not ident or ident[0].isdigit() else ident


def _shorten(ident: str, source: str, limit: int) -> str:
    """Cut a long identifier; a digest of its source keeps it unique."""
    return ident if len(ident) <= limit else _with_digest(ident, source, limit)


def _with_digest(ident: str, source: str, limit: int) -> str:
    digest = hashlib.sha256(source.encode()).hexdigest()[:8]
    return f"{ident[: limit - 9]}_{digest}"


def _safe(ident: str) -> str:
    """Keep clear of keywords and macros; a macro's name is all capitals but for a few."""
    capitals = len(ident) > 1 and ident.isupper()
    taken = capitals or ident in _RESERVED or ident.startswith(_RESERVED_PREFIX)
    return f"{ident}_" if taken else ident


def _without_path(symbol: str) -> str:
    """Drop the import path's folders, but no slash inside brackets or parentheses."""
    head = re.split(r"[\[({]", symbol, maxsplit=1)[0]
    return symbol[head.rfind("/") + 1 :]


def function_idents(symbols: tuple[str, ...]) -> tuple[str, ...]:
    """Name functions; no two symbols get the same name."""
    short = [_safe(_shorten(_mangle(_without_path(s)), s, _IDENT_MAX)) for s in symbols]
    shared = {ident for ident, n in Counter(short).items() if n > 1}
    # A method of T and its wrapper for *T differ in nothing else.
    whole = [
        _safe(_shorten(_mangle(symbol.replace("(*", "(ptr_")), symbol, _IDENT_MAX))
        if ident in shared
        else ident
        for symbol, ident in zip(symbols, short, strict=True)
    ]
    shared = {ident for ident, n in Counter(whole).items() if n > 1}
    return tuple(
        _with_digest(ident, symbol, _IDENT_MAX) if ident in shared else ident
        for symbol, ident in zip(symbols, whole, strict=True)
    )


def member_names(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """
    Name record members.

    Returns:
        per name, the member and the member of its bytes; all of them different.
    """
    taken: set[str] = set()
    pairs: list[tuple[str, str]] = []
    for name in names:
        base = _safe(_shorten(_mangle(name), name, _MEMBER_MAX))
        member, number = base, 2
        while {member, f"{member}_bytes"} & taken:
            member, number = f"{base}_{number}", number + 1
        taken |= {member, f"{member}_bytes"}
        pairs.append((member, f"{member}_bytes"))
    return tuple(pairs)


def tracer_ident(name: str) -> str:
    """
    Name the tracer; `spec.load` made sure that its name is a file's.

    Raises:
        PlanError: the tracer would take the place of one of its own sources.
    """
    if name in _OWN_NAMES:
        raise PlanError(
            f'tracer "{name}"',
            "a file of every tracer, or a target of its Makefile, has that name",
            "choose another",
        )
    return _shorten(_mangle(name), name, _TRACER_IDENT_MAX)
