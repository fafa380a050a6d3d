# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Decide how floats in registers are read, which a uprobe does not see.

In:   FunctionSpec, AbiAssignment, FunctionCode's float sites
Out:  FloatSite, FloatsPlan, LateWords

Where the function's own code has put them into memory before anything can change them, a second
probe behind that reads them there (docs/design/0012); all else stays unreadable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.abi.model import RegClass
from gogen.plan.known import LateFloats
from gogen.plan.model import FloatsPlan
from gogen.plan.sites import site
from gogen.plan.valuemodel import LateWord
from gogen.spec.model import Emit

if TYPE_CHECKING:
    from gogen.abi.model import AbiAssignment, RegWord
    from gogen.binary.floatmodel import FloatSite, FloatSlot
    from gogen.binary.model import FunctionCode
    from gogen.plan.model import RecordPlan
    from gogen.spec.model import FunctionSpec


def choose(asked: FunctionSpec, assignment: AbiAssignment, code: FunctionCode) -> FloatSite | None:
    """Choose the site where most of the floats asked for are in memory; the cheapest of those."""
    if asked.emit is Emit.RETURN or asked.by_signal:
        return None
    return best(code.float_sites, _wanted(asked, assignment))


def best(sites: tuple[FloatSite, ...], wanted: tuple[RegWord, ...]) -> FloatSite | None:
    """Choose among sites; None when no float that is wanted is in memory at any of them."""

    def worth(found: FloatSite) -> tuple[int, bool]:
        return sum(bool(_slot(word, found.slots)) for word in wanted), found.emulated

    # Of equals, max() gives the first.
    chosen = max(sites, key=worth, default=None)
    return chosen if chosen and worth(chosen)[0] else None


def of_parameters(code: FunctionCode, assignment: AbiAssignment) -> FloatSite | None:
    """Choose for every parameter, before there is a spec."""
    words = tuple(word for param in assignment.params for word in param.words)
    return best(code.float_sites, tuple(word for word in words if word.cls is RegClass.FLOAT))


def late(stored: FloatSite | None) -> LateFloats:
    """Give what a site has in memory."""
    return LateFloats(slots=stored.slots if stored else ())


def lost(words: tuple[RegWord, ...], floats: LateFloats) -> frozenset[int]:
    """Give the offsets in a value of the floats that can't be had."""
    return frozenset(
        word.offset
        for word in words
        if word.cls is RegClass.FLOAT and not _slot(word, floats.slots)
    )


def late_words(words: tuple[RegWord, ...], floats: LateFloats) -> tuple[LateWord, ...]:
    """Say where the floats of a value are at the second probe."""
    found = ((word, _slot(word, floats.slots)) for word in words if word.cls is RegClass.FLOAT)
    return tuple(
        LateWord(
            offset=word.offset,
            c_type=f"__u{8 * word.size}",
            address=f"{floats.base} + {slot.sp_distance}",
            adds="|=" if number else "=",
        )
        for number, (word, slot) in enumerate(each for each in found if each[1])
        if slot
    )


def plan(
    asked: FunctionSpec,
    ident: str,
    stored: FloatSite | None,
    record: RecordPlan | None,
) -> FloatsPlan | None:
    """Plan the second probe; None when no value of the record needs it."""
    fields = tuple(field for field in record.args if field.late) if record else ()
    if stored is None or record is None or not fields:
        return None
    return FloatsPlan(
        ident=f"{ident}_floats",
        comment="Every path has stored the float registers before it gets here.",
        site=site(stored.site),
        below_entry=stored.below_entry,
        record=record,
        fields=fields,
        sends=asked.emit is not Emit.CALL,
        keeps="true" if asked.emit is Emit.BOTH else "false",
    )


def told(words: tuple[RegWord, ...], stored: FloatSite | None, end: str) -> tuple[str, ...]:
    """Say for people where float registers are read, why that holds, and why others are not."""
    slots = stored.slots if stored else ()
    places = [(word.name, _slot(word, slots)) for word in words if word.cls is RegClass.FLOAT]
    had = ", ".join(f"{name} at SP+{slot.sp_distance}" for name, slot in places if slot)
    missing = ", ".join(name for name, slot in places if not slot)
    lines = []
    if had:
        lines.append(f"{had}: stored on every path from the entry, before anything can change it")
    if missing and end:
        lines.append(f"{missing}: not stored on every path before {end}")
    return tuple(lines)


def of_function(
    asked: FunctionSpec, assignment: AbiAssignment, stored: FloatSite | None, code: FunctionCode
) -> tuple[str, ...]:
    """Say it of what a spec asks for."""
    if asked.emit is Emit.RETURN or asked.by_signal:
        return ()
    return told(_wanted(asked, assignment), stored, code.floats_end)


def _wanted(asked: FunctionSpec, assignment: AbiAssignment) -> tuple[RegWord, ...]:
    """Give the float registers of the parameters that are asked for."""
    roots = None
    if asked.capture is not None:
        roots = {capture.expression.root for capture in asked.capture}
    return tuple(
        word
        for param in assignment.params
        for word in param.words
        if word.cls is RegClass.FLOAT
        and (param.name != "_" if roots is None else param.name in roots)
    )


def _slot(word: RegWord, slots: tuple[FloatSlot, ...]) -> FloatSlot | None:
    return next((s for s in slots if s.register == word.index and s.size >= word.size), None)
