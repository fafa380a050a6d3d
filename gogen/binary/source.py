# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Keep what was read of a binary, for those who ask again.

In:   the path of a Go binary
Out:  Source

A match of a thousand functions is planned many times over, in parts: what one function is
does not depend on the others, and is read once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from gogen.binary import buildinfo, debugfile, dwarf, functions, typedescs, unwinding
from gogen.binary.model import RuntimeOffsets

if TYPE_CHECKING:
    from pathlib import Path

    from gogen.binary.image import Image
    from gogen.binary.model import DynamicType, FunctionCode, Unwind, UnwindCause
    from gogen.binary.pclntab import Pclntab
    from gogen.golang.types import GoType

    Defined = tuple[tuple[DynamicType, ...], tuple[tuple[str, GoType], ...]]


_MAX_OWN = 16
"""Types of a program's own of which values in interfaces are shown: each costs a search."""


@dataclass(frozen=True)
class Source:
    """
    A binary that is read once, and asked for some of its functions any number of times.

    Attributes:
        functions: what was read, by name and pointers followed.
        types: descriptors that were looked for.
        own: types that packages have descriptors of.
        defined: what DWARF says that types are, by them and the pointers followed.
    """

    file: Image
    info: buildinfo.BuildInfo | None
    table: Pclntab
    functions: dict[tuple[str, int], FunctionCode] = field(default_factory=dict, repr=False)
    types: dict[tuple[GoType, ...], tuple[DynamicType, ...]] = field(
        default_factory=dict, repr=False
    )
    own: dict[tuple[str, ...], tuple[GoType, ...]] = field(default_factory=dict, repr=False)
    defined: dict[tuple[tuple[DynamicType, ...], int], Defined] = field(
        default_factory=dict, repr=False
    )

    @cached_property
    def debug(self) -> dwarf.Dwarf | None:
        """The binary's DWARF, if it has any."""
        return dwarf.read(self.file)

    @cached_property
    def unwinds(self) -> tuple[tuple[Unwind, ...], tuple[UnwindCause, ...]]:
        """Where calls that never return are seen to end, and what is not known of it."""
        return unwinding.find(self.file, self.table)

    @cached_property
    def own_offsets(self) -> RuntimeOffsets | None:
        """What the binary itself says of g and m."""
        return _own_offsets(self.debug) if self.debug else None

    def described(
        self, region: tuple[int, int], wanted: tuple[GoType, ...]
    ) -> tuple[DynamicType, ...]:
        """Find the descriptors of types, each time the same ones are asked for at one glance."""
        if wanted not in self.types:
            self.types[wanted] = typedescs.find(self.file, region, wanted)
        return self.types[wanted]

    def own_types(self, region: tuple[int, int], packages: tuple[str, ...]) -> tuple[GoType, ...]:
        """Give types of packages that have descriptors, likewise."""
        if packages not in self.own:
            self.own[packages] = typedescs.of_packages(self.file, region, packages, _MAX_OWN)
        return self.own[packages]

    def define(self, held: tuple[DynamicType, ...], pointers: int) -> Defined:
        """Say what types that interfaces hold are, where there is DWARF and there are any."""
        if self.debug is None or not held:
            return held, ()
        if (held, pointers) not in self.defined:
            self.defined[held, pointers] = self.debug.define(held, pointers=pointers)
        return self.defined[held, pointers]


def opened(path: Path) -> Source:
    """
    Open a Go binary.

    Raises:
        BinaryError: not a Go program, or a damaged one.
        UnsupportedError: another machine, or Go 1.17 and earlier.
    """
    file = debugfile.load(path)
    info = buildinfo.read(file)
    return Source(file, info, functions.pclntab_of(file))


def _own_offsets(debug: dwarf.Dwarf) -> RuntimeOffsets | None:
    """Return what the binary itself says of g and m; None when its DWARF does not have them."""
    # Go 1.22 put into _panic what _defer had kept, and startSP beside it.
    unwound = debug.struct_offsets("runtime._panic", ("sp", "link", "startSP"))
    deferring = "_panic" if unwound else "_defer"
    unwound = unwound or debug.struct_offsets("runtime._defer", ("sp", "link"))
    g = debug.struct_offsets("runtime.g", ("stack", "m", "goid", "sched", deferring))
    m = debug.struct_offsets("runtime.m", ("curg",))
    stack = debug.struct_offsets("runtime.stack", ("hi",))
    sched = debug.struct_offsets("runtime.gobuf", ("sp",))
    if g is None or m is None or stack is None or sched is None or unwound is None:
        return None
    return RuntimeOffsets(
        g_stack_hi=g[0] + stack[0],
        g_m=g[1],
        g_goid=g[2],
        m_curg=m[0],
        g_sched_sp=g[3] + sched[0],
        g_deferring=g[4],
        deferring_sp=unwound[0],
        deferring_link=unwound[1],
    )
