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
    from gogen.binary.model import RuntimeOffsets, Tracebacks
    from gogen.plan.valuemodel import FieldPlan, HeldPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPlan:
    """
    One kind of record of one function.

    Attributes:
        struct: the C struct's name.
        event: C enumerator, `EVENT_CALL`.
        size: bytes of the struct; the C compilers check it.
        has_stack: it says where the call came from.
        has_pc: it has the address of the probed instruction.
        dictionary: C expression of the register that holds the dictionary of a generic
            function when it begins; empty when the record does not have it.
        has_funcs: it has a function, to be told by its symbol.
        has_args, has_results: which sections the record shows.
        elided: there are arguments, and it shows none.
        args, results: the values it carries, in declaration order; empty where not shown.
        fields: both, in the order of the struct.
        members: there is something to print from the struct.
        pieces: bytes at its end for what its values refer to; only those used travel.
        shares: some of its arguments share a piece.
        staged: it is put together aside, so that only what was captured travels.
        room: C expression of its size in the ring, or STAGED.
        readers: the values that have a reader.
        tables: the values that have a table.
    """

    struct: str
    event: str
    size: int
    has_stack: bool
    has_pc: bool
    dictionary: str
    has_funcs: bool
    has_args: bool
    has_results: bool
    elided: bool
    args: tuple[FieldPlan, ...]
    results: tuple[FieldPlan, ...]
    fields: tuple[FieldPlan, ...]
    members: bool
    pieces: int
    shares: bool
    staged: bool
    room: str
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
        symbol, file_offset, size, code_hash, site, flags_test: as in FunctionPlan, of the
            runtime's function.
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
    flags_test: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatsPlan:
    """
    A second probe of a call's beginning, for floats that its registers held.

    Attributes:
        ident: C identifier of its program.
        comment: why it is there.
        site: where.
        below_entry: how far SP is below its value at the entry, bytes.
        record: the record it adds to.
        fields: the values it reads.
        sends: the record is complete then, and is sent.
        keeps: C's word for whether the call's end has a record too.
    """

    ident: str
    comment: str
    site: SitePlan
    below_entry: int
    record: RecordPlan
    fields: tuple[FieldPlan, ...]
    sends: bool
    keeps: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalPlan:
    """
    What of a function's records is read from the frame of a signal.

    Attributes:
        args, results: the values; empty when there are none.
        args_ident, results_ident: C identifiers of what reads them.
        args_record, results_record: the record they belong to; None without any.
        sends: the record is complete with the arguments, and is sent.
        entry_len: bytes of the entry's instruction.
        is_hit: C's word for whether the record of the end is a hit of its own.
    """

    args_ident: str
    args_record: RecordPlan | None
    args: tuple[FieldPlan, ...]
    sends: bool
    entry_len: int
    results_ident: str
    results_record: RecordPlan | None
    results: tuple[FieldPlan, ...]
    is_hit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalProbePlan:
    """
    The probe in the runtime where signals arrive.

    Attributes:
        wanted, handled: addresses of what says whether SIGURG is ours; 0 when nothing need.
        row: its row in the loader's table; it has a program of its own.
    """

    wanted: int
    handled: int
    row: UnwindPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionPlan:
    """
    One traced function.

    Attributes:
        index: its number in records.
        ident, const: C identifier and enumerator.
        number: C expression of its number, in its programs.
        other_cnt: how many functions its programs serve, too.
        next: enumerator of the next that these programs serve; empty when there is none.
        served_by: the function whose programs serve this one; empty when it has its own.
        symbol: as `go tool nm` prints it.
        signature: Go syntax, for people.
        notation: one line per value: name, place, type.
        emit: call, entry, return or both.
        begin, end: the record of its entry, and of its end; None when it has none.
        records: those that exist, begin first.
        staged: those of them that are put together aside.
        entry_handler: `open` (keep a call's record), `emit` (send a record), `begin` (keep an
            entry's record until its floats are read) or `` (none).
        ret_handler: `close`, `forget`, `emit`, `await` (keep the record until a signal shows its
            floats) or ``.
        remembers_call: the entry notes the call, so that its end can be paired.
        kept: the record that waits in `inflight`; None when none does.
        keeps_record: the record of its end does.
        floats: the second probe, for float registers; None when there is none.
        signal: what a signal shows; None when nothing.
        shows_args, shows_results: it does, of them.
        floats_told: where float registers are read or why not, for people.
        interval_ns: between two calls that are recorded, in the long run; 0 sets no bound.
        flags_test: the entry site is the stack check's branch; only some hits are calls.
        entry_choice: why the entry site is where it is.
        tail_handler: `end` (of an open call), `emit` or ``.
        entry_site, ret_sites, tail_sites: where; None and empty when not probed.
        open_calls: C enumerator of `enum open_calls`.
        file_offset, size, code_hash: the code that must be unchanged.
        warnings: what a user must know.
        dictionaries: of the instances of a generic function: address, type arguments as JSON,
            and its symbol with these.
    """

    index: int
    ident: str
    const: str
    number: str
    other_cnt: int
    next: str
    served_by: str
    symbol: str
    signature: str
    notation: tuple[tuple[str, str, str], ...]
    emit: str
    begin: RecordPlan | None
    end: RecordPlan | None
    records: tuple[RecordPlan, ...]
    staged: tuple[RecordPlan, ...]
    entry_handler: str
    ret_handler: str
    tail_handler: str
    remembers_call: bool
    kept: RecordPlan | None
    keeps_record: bool
    floats: FloatsPlan | None
    signal: SignalPlan | None
    shows_args: bool
    shows_results: bool
    floats_told: tuple[str, ...]
    interval_ns: int
    flags_test: bool
    entry_choice: str
    entry_site: SitePlan | None
    ret_sites: tuple[SitePlan, ...]
    ret_cnt: int
    tail_sites: tuple[SitePlan, ...]
    tail_cnt: int
    open_calls: str
    address: int
    file_offset: int
    size: int
    code_hash: int
    warnings: tuple[str, ...]
    dictionaries: tuple[tuple[int, str, str], ...]
    dictionary_cnt: int


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
        has_other_ends: calls may end in ways that are no return.
        has_floats: some function has a second probe for float registers.
        has_panics: the values of panics are kept.
        signal: the probe where signals show them; None when none does.
        runtime_probes: every probe in the runtime, in the order of the loader's rows.
        has_pieces, has_trees, has_stacks: some record does.
        tracebacks: what stacks and functions are told by; None when no record has one.
        has_walks: what interfaces hold is followed somewhere.
        held: what is known of that.
        held_max: the most bytes that are read of it at once.
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
    has_other_ends: bool
    has_floats: bool
    has_panics: bool
    signal: SignalProbePlan | None
    runtime_probes: tuple[UnwindPlan, ...]
    has_pieces: bool
    has_trees: bool
    has_stages: bool
    has_walks: bool
    held: HeldPlan
    held_max: int
    has_stacks: bool
    tracebacks: Tracebacks | None
    type_names: int
