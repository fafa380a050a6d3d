# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Print BinaryFacts as text: for people, goldens and bug reports.

In:   BinaryFacts
Out:  lines in a fixed order; addresses in hexadecimal, sizes in decimal
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.binary.listing import lines, listed, tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gogen.binary.floatmodel import FloatSite
    from gogen.binary.model import BinaryFacts, FunctionCode, Site

_SHOWN = 10
"""Inlined calls that are listed for people."""

__all__ = ["dump", "floats", "lines", "listed", "tree"]


def dump(facts: BinaryFacts) -> str:
    """Return the facts as text that ends in a newline."""
    return "\n".join(_lines(facts)) + "\n"


def floats(found: FloatSite | None) -> list[str]:
    """Say where float registers are read from memory."""
    return [f"floats: read at {_site(found.site)}"] if found else []


def _lines(facts: BinaryFacts) -> Iterator[str]:
    kind = "position-independent" if facts.position_independent else "fixed addresses"
    offsets = facts.runtime
    yield f"binary {facts.name}: {facts.machine.value}, {facts.go_version}, {kind}"
    yield f"  GNU build ID {facts.gnu_build_id or 'none'}"
    yield f"  Go build ID {facts.go_build_id or 'none'}"
    if debug := facts.debug_file:
        told = f" ({debug.why_not}: not read)" if debug.why_not else ""
        yield f"  debug file {_one_line(debug.path)}{told}"
    for key, value in facts.settings:
        yield f"  setting {key}={_one_line(value)}"
    yield (
        f"  runtime g.stack.hi={offsets.g_stack_hi} g.m={offsets.g_m} g.goid={offsets.g_goid}"
        f" m.curg={offsets.m_curg} g.sched.sp={offsets.g_sched_sp}"
    )
    for function in facts.functions:
        yield ""
        yield from _function(function)


def _function(function: FunctionCode) -> Iterator[str]:
    args = "unknown" if function.args is None else str(function.args)
    kinds = f" ({', '.join(function.kinds)})" if function.kinds else ""
    yield f"function {_one_line(function.symbol)}{kinds}"
    yield (
        f"  code {function.address:#x} file {function.file_offset:#x} size {function.size}"
        f" hash {function.code_hash:016x} args {args}"
    )
    yield f"  entry {_site(function.entry)}"
    yield f"        {function.entry_choice.value}"
    for site in function.ret_sites:
        yield f"  ret   {_site(site)}"
    for site in function.tail_sites:
        yield f"  tail  {_site(site)}"
    for warning in function.warnings:
        yield f"  warning: {_one_line(warning)}"
    for call in function.inlined[:_SHOWN]:
        yield f"  inlined {_one_line(f'{call.file}:{call.line} in {call.caller}')}"
    if function.inlined_cnt > _SHOWN:
        yield f"  inlined ... and {function.inlined_cnt - _SHOWN} more"


def _site(site: Site) -> str:
    return f"{site.address:#x} file {site.file_offset:#x} [{site.code.hex(' ')}] {site.text}"


def _one_line(text: str) -> str:
    """Keep a hostile name from adding lines of its own, or moving a terminal's cursor."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
