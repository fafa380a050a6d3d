# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Lay records out: members, sizes, and each value's bit among the unread ones.

In:   the reads of a record's values, in the order of its sections
Out:  RecordPlan

Sizes follow C's rules for the machines Go runs on; the emitted header asserts them, so that
clang for BPF, the host's compiler and this module cannot disagree silently.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gogen.errors import PlanError
from gogen.plan import extent, held, sharing, stacks, tree
from gogen.plan.model import RecordPlan
from gogen.plan.names import member_names
from gogen.plan.valuemodel import FieldPlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gogen.plan.known import Tables
    from gogen.plan.reads import Read
    from gogen.plan.valuemodel import NodePlan

HEADER_SIZE = 64
"""`struct event_header` of templates/include/event.h."""

VALUES_MAX = 64
"""Bits of `hdr.unread`."""

RECORD_MAX = 64 * 1024
"""Bytes; sixteen fit into the default ring."""

RESERVED_MAX = 512
"""Bytes of a record that is reserved whole: staging one so small costs more than it saves."""

_NAME_MAX = 63
"""Letters of a name between `static const struct value_node ` and `[] = {`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """
    One value of a record.

    Attributes:
        name: its key.
        read: how it is read.
        go_type: Go's text of its type.
        notation: Go's notation of the place of the parameter or result it is of.
        limit: bytes of a string.
    """

    name: str
    read: Read
    go_type: str
    notation: str
    limit: int


def _align(offset: int, alignment: int) -> int:
    return -(-offset // alignment) * alignment


def _short(name: str, other: str) -> str:
    """Prefer the name that says more, where its longest line still fits into 100 columns."""
    return name if len(name) <= _NAME_MAX else other


def _table(value: Value, name: str, tables: Tables) -> tuple[tuple[NodePlan, ...], str]:
    """Give the rows of a value's table and its name; no rows where another has the same."""
    if not value.read.tree:
        return (), ""
    rows = tree.table(value.read.tree)
    first = tables.setdefault(rows, name)
    return (rows if first == name else ()), first


def _fields(values: tuple[Value, ...], owner: str, tables: Tables) -> tuple[FieldPlan, ...]:
    names = member_names(tuple(value.name for value in values))
    return tuple(
        FieldPlan(
            name=value.name,
            go_type=value.go_type,
            kind=read.kind,
            member="" if read.reason or (read.tree and not read.word_cnt) else member,
            c_type=read.c_type,
            bytes_member=bytes_member if read.c_type == "struct go_bytes" else "",
            limit=value.limit,
            sources=read.sources,
            stack=read.stack,
            on_stack=bool(read.stack),
            mark=f"1ULL << {bit}" if read.can_fail else "",
            unread=f"UNREAD({bit})" if read.can_fail else "0",
            reason=read.reason,
            notation=value.notation,
            tree=read.tree,
            words=read.words,
            word_cnt=read.word_cnt,
            table=table,
            table_name=table_name,
            steps=read.steps,
            declarations=read.declarations,
            reader=_short(f"read_{owner}_{member}", f"read_{owner}_v{bit}")
            if read.tree and read.tree.reads
            else "",
            late=read.late,
            late_reason=read.late_reason,
        )
        for bit, (value, (member, bytes_member)) in enumerate(zip(values, names, strict=True))
        for read in (value.read,)
        for table, table_name in (
            _table(value, _short(f"{owner}_{member}_nodes", f"{owner}_v{bit}"), tables),
        )
    )


def _pieces(values: Sequence[Value]) -> int:
    trees = [value.read.tree for value in values if value.read.tree]
    found = sum(map(extent.capacity, trees))
    if not any(map(extent.walks, trees)):
        return found
    text = max((value.limit for value in values), default=0)
    return found + held.WALK_SIZE + held.largest(text)


def has_funcs(values: Sequence[Value]) -> bool:
    """Tell whether one holds a function."""
    pending = [value.read.tree for value in values if value.read.tree]
    for node in pending:
        pending += node.children
    return any(node.kind == "func" for node in pending)


def size(values: Sequence[Value], *, stack: bool = False, words: int = 0) -> int:
    """Give the bytes of a record that holds these values."""
    offset = HEADER_SIZE + (stacks.SIZE if stack else 0) + 8 * words
    for value in values:
        for part, alignment in value.read.parts:
            offset = _align(offset, alignment) + part
    pieces = _pieces(values)
    offset = _align(offset, 8)
    return offset + 8 + pieces if pieces else offset


def record(
    *,
    ident: str,
    what: str,
    args: tuple[Value, ...] | None,
    results: tuple[Value, ...] | None,
    context: str,
    tables: Tables,
    elided: bool = False,
    stack: bool = False,
    moves: bool = False,
    dictionary: str = "",
) -> RecordPlan:
    """
    Lay one record out.

    Args:
        ident: the function's C identifier.
        what: call, entry or return.
        args: its arguments; None when the record has no such section.
        results: its results, likewise.
        context: where the function is asked for, for errors.
        tables: those of other records, which this one need not have again; its own are added.
        elided: the function has parameters, of which nothing is captured.
        stack: it says where the call came from.
        moves: the program is loaded anywhere, so what addresses mean needs another one.
        dictionary: C expression of the register that holds a dictionary, which it is to have.

    Raises:
        PlanError: too many values, or too many bytes.
    """
    values = (args or ()) + (results or ())
    if len(values) > VALUES_MAX:
        raise PlanError(
            context,
            f"{len(values)} values in one record, at most {VALUES_MAX} fit",
            "list the values you want in capture",
        )
    pc = moves and bool(has_funcs(values) or dictionary)
    fields = _fields(values, f"{ident}_{what}", tables)
    split = len(args or ())
    shown = sharing.share(fields[:split])
    fields = (*shown, *fields[split:])
    shared = extent.PIECE_HEADER + _align(sharing.room(shown), 8) if sharing.room(shown) else 0
    total = size(values, stack=stack, words=bool(pc) + bool(dictionary)) + shared
    if total > RECORD_MAX:
        raise PlanError(
            context,
            f"a record of {total} bytes, at most {RECORD_MAX} fit into the ring",
            "lower limits.string, or list the values you want in capture",
        )
    pieces = _pieces(values) + shared
    staged = bool(pieces) and total > RESERVED_MAX and what != "call"
    return RecordPlan(
        struct=f"{ident}_{what}_event",
        event=f"EVENT_{what.upper()}",
        size=total,
        has_stack=stack,
        has_pc=pc,
        dictionary=dictionary,
        has_funcs=has_funcs(values),
        has_args=args is not None,
        has_results=results is not None,
        elided=elided and args is not None,
        args=fields[:split],
        results=fields[split:],
        fields=fields,
        members=any(field.member for field in fields),
        pieces=pieces,
        shares=bool(shared),
        staged=staged,
        room="STAGED" if staged else "sizeof(*e)",
        readers=tuple(field for field in fields if field.reader),
        tables=tuple(field for field in fields if field.table),
    )
