# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Know where the Go runtime keeps what identifies a call, by Go version.

In:   a Go version as the build info, or the user, writes it
Out:  RuntimeOffsets

Upstream: Go's runtime/runtime2.go, types g and m; the offsets are the same on amd64
and arm64. tests/binary/test_runtime_dwarf.py compares each row with the DWARF of a
program built by that Go.
A binary's own DWARF comes before this table (analyze.py).
The one convention: what is not in the table is refused. A wrong goid offset would pair
the calls of different goroutines without anyone noticing.
"""

from __future__ import annotations

import re

from gogen.binary.model import RuntimeOffsets
from gogen.errors import UnsupportedError

SUPPORTED = "gogen knows Go 1.19 to 1.27"

_STACK_HI = 8  # g.stack is g's first field: stack.lo, stack.hi
_M = 48  # after stack, two stack guards, _panic and _defer
_SCHED_SP = 56  # g.sched comes after m, and sp is its first field
_PANIC, _DEFER = 32, 40  # after the stack guards
_DEFER_SP, _DEFER_LINK = 8, 40

# minor version: (_panic.sp, _panic.link); earlier ones keep that sp in _defer
_PANICS = {22: (48, 24), 23: (48, 24), 24: (48, 24), 25: (48, 24), 26: (40, 16), 27: (48, 16)}

# minor version: (g.goid, m.curg)
_OFFSETS = {
    19: (152, 192),
    20: (152, 192),  # from its neighbours: no toolchain to measure
    21: (152, 192),
    22: (152, 192),
    23: (160, 192),  # g.syscallbp came before it
    24: (160, 192),
    25: (152, 184),
    26: (152, 184),
    27: (152, 184),
}

# Experiments (the X: part of a version) that leave g, m and the calling convention alone.
_HARMLESS = frozenset(
    {
        "aliastypeparams",
        "arenas",
        "boringcrypto",
        "cgocheck2",
        "coverageredesign",
        "greenteagc",
        "jsonv2",
        "loopvar",
        "newinliner",
        "noaliastypeparams",
        "nocoverageredesign",
        "nogreenteagc",
        "noswissmap",
        "rangefunc",
        "swissmap",
        "synctest",
    }
)

# Vendors append to the version: go1.22.5-1, "go1.22.5 (Red Hat 1.22.5-1.el9)". A tree on
# the way to a release (go1.27-devel_0123abc) may have the layout of the one before.
_VERSION = re.compile(
    r"go1\.(\d{1,3})(?:\.\d+|rc\d+|beta\d+)?(?!-devel)(?P<rest>[-+ ].*)?", re.ASCII | re.DOTALL
)


def is_release(version: str) -> bool:
    """Tell whether a version names its minor release; that of a development build does not."""
    return _VERSION.fullmatch(version) is not None


def minor(context: str, version: str) -> int:
    """
    Return 27 for `go1.27.3`.

    Raises:
        UnsupportedError: a development version, or an experiment that may move fields.
    """
    match = _VERSION.fullmatch(version)
    if match is None:
        raise UnsupportedError(
            context,
            f'cannot tell the release of Go version "{version}"; {SUPPORTED}',
            'say which release it is nearest to: [tracer] go = "1.26.1"',
        )
    for word in (match["rest"] or "").split():
        unknown = set(word.removeprefix("X:").split(",")) - _HARMLESS
        if word.startswith("X:") and unknown:
            raise UnsupportedError(
                context,
                f'built with experiment "{min(unknown)}" ({version}), which may change what gogen '
                "relies on",
            )
    return int(match[1])


def offsets(context: str, version: str) -> RuntimeOffsets:
    """
    Return the offsets for a version such as `go1.27.3`.

    Raises:
        UnsupportedError: a version that is not in the table.
    """
    release = minor(context, version)
    row = _OFFSETS.get(release)
    if row is None:
        raise UnsupportedError(context, f'built by "{version}"; {SUPPORTED}')
    goid, curg = row
    sp, link = _PANICS.get(release, (_DEFER_SP, _DEFER_LINK))
    return RuntimeOffsets(
        g_stack_hi=_STACK_HI,
        g_m=_M,
        g_goid=goid,
        m_curg=curg,
        g_sched_sp=_SCHED_SP,
        g_deferring=_PANIC if release in _PANICS else _DEFER,
        deferring_sp=sp,
        deferring_link=link,
    )
