# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Everything the emitted C says, decided: the answer of `plan.build`.

Templates lay this out and decide nothing. Strings that are C (`member`, `c_type`, `sources`,
`ident`) were made by `plan.names` and `plan.reads` and are safe to write as they are; strings
that came from the binary or the spec (`symbol`, `name`, `go_type`, `notation`) are not, and
pass one of emit's escaping filters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gogen.binary.model import RuntimeOffsets


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueNode:
    """
    A value, or a part of one that refers to others: what is read of it.

    Attributes:
        kind: `struct`, `array`, `slice`, `pointer`, `address` (a pointer not followed), `string`,
            `bytes`, `map`, `chan`, `any`, `interface`, `error`, `time`, `duration`, `bool`, `int`,
            `uint`, `float`, `complex` or `unreadable`. Of expressions: `via` (what a pointer leads
            to, or what a string or slice has at `start`), `count` (len or cap of a map or chan),
            `converted`, `hex`, and `text_here`, `bytes_here`, `hex_here` (an array's bytes).
        name: of a struct's field; empty for others.
        go_type: Go's type, as text.
        offset, size: in the object that holds it, bytes.
        limit: bytes of a string, elements of a slice or array; 0 for an interface whose
            value is not followed.
        stride: bytes of one element.
        piece: the most bytes of the memory it refers to, 0 when it refers to none.
        children: fields, the element, or the pointee.
        reason: why it is unreadable, or what it means when there is nothing behind it; empty
            when it is not.
        reads: it, or something in it, has a piece.
        skip: bytes into what it refers to, where its piece begins.
        start, stop: elements of a string or slice, of which only those from start to stop are
            meant; stop is 0 when nothing ends them.
        indexed: it is the element at `start` that is meant.
        to: the kind a `converted` value becomes.
    """

    kind: str
    name: str
    go_type: str
    offset: int
    size: int
    limit: int
    stride: int
    piece: int
    children: tuple[ValueNode, ...]
    reason: str
    reads: bool
    skip: int = 0
    start: int = 0
    stop: int = 0
    indexed: bool = False
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePlan:
    """
    A ValueNode as a row of the loader's table.

    Attributes:
        const: C enumerator, `VALUE_STRUCT`.
        name, go_type, offset, size, limit, stride, reason, start, stop: as in ValueNode.
        first, cnt: rows of its children.
        to: C enumerator of what it is converted to; empty when it is not.
    """

    const: str
    name: str
    go_type: str
    offset: int
    size: int
    limit: int
    stride: int
    first: int
    cnt: int
    reason: str
    start: int = 0
    stop: int = 0
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStep:
    """
    One step of the program that reads what a value refers to.

    Attributes:
        op: which macro of templates/steps.j2 writes it.
        level: how many blocks it stands in.
        at: C expression of where the reference is.
        pointer, counter: C variables it sets; empty when it needs none.
        stride, limit: bytes of an element, and how many of them at most.
        size: bytes of the object.
        skip: bytes into what is referred to, where they begin.
        start: the first element that is meant.
    """

    op: str
    level: int
    at: str
    pointer: str
    counter: str
    stride: int
    limit: int
    size: int
    skip: int = 0
    start: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WordPlan:
    """
    One register's share of a value.

    Attributes:
        offset: in the value, bytes.
        c_type: as wide as the share.
        source: C expression of the register.
    """

    offset: int
    c_type: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPlan:
    """
    One captured value.

    Attributes:
        name: Go's name, as records show it.
        go_type: Go's type, as text.
        kind: which file of templates/kinds lays it out.
        member, c_type: its place in the record; empty when unreadable.
        bytes_member: where the bytes of a string go, beside `member`.
        limit: how many bytes of a string travel.
        sources: C expressions of its registers, in order; empty when stack-assigned.
        stack: C expression of its address; empty when register-assigned.
        on_stack: which of the two it is.
        mark: C expression of its bit in `hdr.unread`; empty when reading cannot fail.
        unread: C expression the loader tests: `UNREAD(3)`, or `0`.
        reason: why it is unreadable; empty when it is not.
        notation: Go's own: `R{ I0 I1 }`, `stack +8`.
        tree: what is read of a value that refers to others; None for the simple kinds.
        words: its registers, and where in the value they belong.
        word_cnt: 8-byte words that hold the value in the record.
        table, table_name: the loader's rows of the tree, and their C name.
        steps, declarations: of the program that reads what it refers to, and its C variables.
        reader: C function that reads what it refers to; empty when it refers to nothing.
    """

    name: str
    go_type: str
    kind: str
    member: str
    c_type: str
    bytes_member: str
    limit: int
    sources: tuple[str, ...]
    stack: str
    on_stack: bool
    mark: str
    unread: str
    reason: str
    notation: str
    tree: ValueNode | None = None
    words: tuple[WordPlan, ...] = ()
    word_cnt: int = 0
    table: tuple[NodePlan, ...] = ()
    table_name: str = ""
    steps: tuple[ReadStep, ...] = ()
    declarations: tuple[str, ...] = ()
    reader: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPlan:
    """
    One kind of record of one function.

    Attributes:
        struct: the C struct's name.
        event: C enumerator, `EVENT_CALL`.
        size: bytes of the struct; the C compilers check it.
        has_args, has_results: which sections the record shows.
        args, results: the values it carries, in declaration order; empty where not shown.
        fields: both, in the order of the struct.
        members: there is something to print from the struct.
        pieces: bytes at its end for what its values refer to; only those used travel.
        readers: the values that have a reader.
        tables: the values that have a table.
    """

    struct: str
    event: str
    size: int
    has_args: bool
    has_results: bool
    args: tuple[FieldPlan, ...]
    results: tuple[FieldPlan, ...]
    fields: tuple[FieldPlan, ...]
    members: bool
    pieces: int
    readers: tuple[FieldPlan, ...]
    tables: tuple[FieldPlan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePlan:
    """One uprobe: where, and the instruction that must be there."""

    address: int
    file_offset: int
    code: bytes
    code_len: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnwindPlan:
    """
    A probe in the runtime that ends calls which never return.

    Attributes:
        row: C expression of its row in the loader's table, behind those of the functions.
        ident: C identifier of its program.
        comment: what happens there.
        unwind: C function that does the work.
        symbol, file_offset, size, code_hash, site: as in FunctionPlan, of the runtime's function.
    """

    row: str
    ident: str
    comment: str
    unwind: str
    symbol: str
    file_offset: int
    size: int
    code_hash: int
    site: SitePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionPlan:
    """
    One traced function.

    Attributes:
        index: its number in records.
        ident, const: C identifier and enumerator.
        symbol: as `go tool nm` prints it.
        signature: Go syntax, for people.
        notation: one line per value: name, place, type.
        emit: call, entry, return or both.
        begin, end: the record of its entry, and of its end; None when it has none.
        records: those that exist, begin first.
        entry_handler: `open` (keep a call's record), `emit` (send a record) or `` (none).
        ret_handler: `close`, `forget`, `emit` or ``.
        remembers_call: the entry notes the call, so that its end can be paired.
        keeps_record: the record of its end waits in `inflight`.
        flags_test: the entry site is the stack check's branch; only some hits are calls.
        entry_choice: why the entry site is where it is.
        entry_site, ret_sites: where; None and empty when not probed.
        open_calls: C enumerator of `enum open_calls`.
        file_offset, size, code_hash: the code that must be unchanged.
        warnings: what a user must know.
    """

    index: int
    ident: str
    const: str
    symbol: str
    signature: str
    notation: tuple[tuple[str, str, str], ...]
    emit: str
    begin: RecordPlan | None
    end: RecordPlan | None
    records: tuple[RecordPlan, ...]
    entry_handler: str
    ret_handler: str
    remembers_call: bool
    keeps_record: bool
    flags_test: bool
    entry_choice: str
    entry_site: SitePlan | None
    ret_sites: tuple[SitePlan, ...]
    ret_cnt: int
    open_calls: str
    address: int
    file_offset: int
    size: int
    code_hash: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbePlan:
    """
    A whole tracer.

    Attributes:
        name, ident, guard: the tracer's name, as a C identifier, and its header's guard.
        machine: `amd64` or `arm64`; target_arch: the same in BPF's words.
        provenance: lines for the banner.
        unwinds: probes in the runtime, for calls that never return; only where calls are followed.
        probed_cnt: functions with a probe, the runtime's included.
        open_call_cnt: entries of the map of open calls.
        site_cnt: uprobes in all.
        has_pieces, has_trees: some record does.
        type_names: address of runtime.types, 0 when not known.
    """

    name: str
    ident: str
    guard: str
    gogen_version: str
    machine: str
    target_arch: str
    binary: str
    go_version: str
    gnu_build_id: str
    go_build_id: str
    spec_name: str
    spec_digest: str
    provenance: tuple[str, ...]
    runtime: RuntimeOffsets
    functions: tuple[FunctionPlan, ...]
    unwinds: tuple[UnwindPlan, ...]
    func_cnt: int
    probed_cnt: int
    open_call_cnt: int
    site_cnt: int
    has_pieces: bool
    has_trees: bool
    type_names: int
