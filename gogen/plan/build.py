# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Join what the user asked for with what the binary says: decide everything the C will say.

In:   TraceSpec, BinaryFacts, one AbiAssignment per function
Out:  ProbePlan
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from gogen import __version__
from gogen.binary.model import BinaryFacts, EntryChoice, FunctionCode, Machine
from gogen.errors import SpecError
from gogen.golang.pprint import format_signature, format_type
from gogen.plan import (
    captured,
    exits,
    extent,
    floats,
    groups,
    held,
    instances,
    layout,
    names,
    signals,
    stacks,
    unwinds,
)
from gogen.plan.known import Known
from gogen.plan.model import FunctionPlan, ProbePlan, RecordPlan
from gogen.plan.sites import site as _site
from gogen.spec.model import Emit, FunctionSpec, TraceSpec

if TYPE_CHECKING:
    from gogen.abi.model import AbiAssignment

_TARGET_ARCH = {Machine.AMD64: "x86", Machine.ARM64: "arm64"}

# Map memory is bounded, and no map is so small that ordinary concurrency fills it.
_OPEN_CALLS_BYTES = 64 << 20
_OPEN_CALLS_MIN = 1024
_OPEN_CALLS_MAX = 16384

_ENTRY_HANDLERS = {Emit.CALL: "open", Emit.BOTH: "emit", Emit.ENTRY: "emit", Emit.RETURN: ""}

_NS = 1_000_000_000

_OPEN_CALLS = {
    Emit.CALL: "OPEN_CALLS_HIT",
    Emit.BOTH: "OPEN_CALLS_PENDING",
    Emit.ENTRY: "OPEN_CALLS_NONE",
    Emit.RETURN: "OPEN_CALLS_NONE",
}


def build(spec: TraceSpec, facts: BinaryFacts, assignments: tuple[AbiAssignment, ...]) -> ProbePlan:
    """
    Plan a tracer.

    Args:
        spec: what was asked for.
        facts: what the binary says of the spec's functions, in their order.
        assignments: where their values are, in the same order.

    Raises:
        SpecError: a signature contradicts the binary.
        PlanError: what was asked for does not fit together, or into a record.
        UnsupportedError: a value of a type that cannot be captured yet.
    """
    known = Known(
        types=dict(spec.types),
        dynamic=held.by_name(facts),
        moves=facts.position_independent,
        ipv4=facts.ipv4,
        odd=dict(facts.odd),
    )
    idents = names.function_idents(tuple(f.symbol for f in spec.functions))
    each = tuple(
        _function(
            index=index,
            ident=ident,
            asked=asked,
            code=code,
            assignment=assignment,
            known=known,
            facts=facts,
        )
        for index, (ident, asked, code, assignment) in enumerate(
            zip(idents, spec.functions, facts.functions, assignments, strict=True)
        )
    )
    functions = groups.share(each)
    unwound = unwinds.plan(facts, tuple(asked.emit for asked in spec.functions))
    shown = signals.probe(facts, any(f.signal for f in functions), len(unwound))
    probed = (*unwound, shown.row) if shown else unwound
    types = held.plan(
        facts.dynamic,
        known,
        held.most(spec),
        minor=facts.go_minor,
        machine=facts.machine.value,
    )
    ident = names.tracer_ident(spec.name)
    largest = max([f.kept.size for f in functions if f.kept], default=layout.HEADER_SIZE)
    return ProbePlan(
        name=spec.name,
        ident=ident,
        guard=f"__GOGEN_{ident.upper()}_H",
        gogen_version=__version__,
        machine=facts.machine.value,
        target_arch=_TARGET_ARCH[facts.machine],
        binary=facts.name,
        go_version=facts.go_version,
        gnu_build_id=facts.gnu_build_id,
        go_build_id=facts.go_build_id,
        spec_name=spec.path.name,
        spec_digest=spec.digest,
        provenance=_provenance(spec, facts),
        runtime=facts.runtime,
        functions=functions,
        func_cnt=len(functions),
        open_call_cnt=max(_OPEN_CALLS_MIN, min(_OPEN_CALLS_MAX, _OPEN_CALLS_BYTES // largest)),
        unwinds=unwound,
        runtime_probes=probed,
        probed_cnt=len(functions) + len(probed),
        site_cnt=sum(
            bool(f.entry_site) + bool(f.floats) + f.ret_cnt + f.tail_cnt for f in functions
        )
        + len(probed),
        has_floats=any(f.floats or f.signal for f in functions),
        signal=shown,
        has_panics=unwinds.keep_panics(unwound),
        has_other_ends=bool(unwound) or any(f.tail_cnt for f in functions),
        has_trees=any(record.tables for f in functions for record in f.records),
        type_names=facts.type_names,
        has_walks=any(map(_walks, functions)) or unwinds.keep_panics(unwound),
        held=types,
        held_max=held.largest(max(f.limits.string for f in spec.functions)),
        has_pieces=any(record.pieces for f in functions for record in f.records),
        has_stages=any(f.staged for f in functions),
        has_stacks=any(record.has_stack for f in functions for record in f.records),
        tracebacks=facts.tracebacks if _tells_functions(functions) else None,
    )


def _walks(function: FunctionPlan) -> bool:
    fields = (field for record in function.records for field in record.fields)
    return any(extent.walks(field.tree) for field in fields if field.tree)


def _tells_functions(functions: tuple[FunctionPlan, ...]) -> bool:
    return any(
        record.has_stack or record.has_funcs or record.dictionary
        for f in functions
        for record in f.records
    )


def _provenance(spec: TraceSpec, facts: BinaryFacts) -> tuple[str, ...]:
    ids = (("build ID", facts.gnu_build_id), ("Go build ID", facts.go_build_id))
    return (
        f"spec: {spec.path.name}, sha256 {spec.digest[:16]}",
        f"binary: {facts.name}, {facts.go_version}, {facts.machine.value}",
        *(f"{what}: {value}" for what, value in ids if value),
    )


def _function(
    *,
    index: int,
    ident: str,
    asked: FunctionSpec,
    code: FunctionCode,
    assignment: AbiAssignment,
    known: Known,
    facts: BinaryFacts,
) -> FunctionPlan:
    told = asked.signature is None or asked.signature.known
    if told:
        check_args(f'{asked.where}.signature: "{asked.symbol}"', code, assignment)
    signals.check(asked, facts)
    ends = exits.plan(asked, code, facts.unwinds)
    stored = floats.choose(asked, assignment, code)
    args, results, said = captured.values(
        asked,
        assignment,
        dataclasses.replace(
            known,
            floats=signals.late(code.floats_kept) if asked.by_signal else floats.late(stored),
            ignored=not code.keeps_args,
        ),
        dataclasses.replace(known, floats=signals.late()) if asked.by_signal else known,
    )
    if not ends.ret_sites:
        results = ()
    begin, end = _records(
        asked,
        ident,
        args,
        results,
        known,
        elided=not args and (bool(assignment.params) or not told),
        dictionary=instances.register(assignment, code),
    )
    dictionaries = instances.table(code, begin, end)
    late = floats.plan(asked, ident, stored, begin or end)
    shown = signals.plan(asked, ident, code, begin, end)
    waits = bool((late and late.sends) or (shown and asked.emit is not Emit.CALL))
    entry = asked.emit is not Emit.RETURN
    keeps_record = asked.emit is Emit.CALL
    kept = end if keeps_record else (begin or end) if waits else None
    return FunctionPlan(
        index=index,
        ident=ident,
        const=f"FUNC_{ident}",
        number=f"FUNC_{ident}",
        other_cnt=0,
        next="",
        served_by="",
        symbol=asked.symbol,
        signature=_declaration(asked),
        notation=_notation(assignment),
        emit=asked.emit.value,
        begin=begin,
        end=end,
        records=tuple(record for record in (begin, end) if record),
        staged=tuple(
            record for record in (begin, end) if record and record.staged and record is not kept
        ),
        entry_handler="begin" if waits and begin else _ENTRY_HANDLERS[asked.emit],
        ret_handler="await" if waits and not begin else ends.ret_handler,
        tail_handler=ends.tail_handler,
        remembers_call=asked.emit is Emit.BOTH,
        kept=kept,
        keeps_record=keeps_record,
        floats=late,
        signal=shown,
        shows_args=bool(shown and shown.args),
        shows_results=bool(shown and shown.results),
        floats_told=floats.of_function(asked, assignment, stored, code),
        interval_ns=_interval_ns(asked),
        flags_test=code.entry_choice is EntryChoice.CHECK_BRANCH,
        entry_choice=code.entry_choice.value,
        entry_site=_site(code.entry) if entry else None,
        ret_sites=ends.ret_sites,
        ret_cnt=len(ends.ret_sites),
        tail_sites=ends.tail_sites,
        tail_cnt=len(ends.tail_sites),
        open_calls="OPEN_CALLS_PENDING" if waits else _OPEN_CALLS[asked.emit],
        address=code.address,
        file_offset=code.file_offset,
        size=code.size,
        code_hash=code.code_hash,
        warnings=(
            *code.warnings,
            *said,
            *unwinds.blind(facts, asked.emit),
            *stacks.blind(facts, asked),
        ),
        dictionaries=dictionaries,
        dictionary_cnt=len(dictionaries),
    )


def _interval_ns(asked: FunctionSpec) -> int:
    """Give the time between two of its calls at the bound for its records; 0 without a bound."""
    records = 2 if asked.emit is Emit.BOTH else 1
    return _NS * records // asked.limits.rate if asked.limits.rate else 0


def _declaration(asked: FunctionSpec) -> str:
    """Write the signature with the symbol in a name's place: `func main.foo(a int) error`."""
    assert asked.signature
    return f"func {asked.symbol}{format_signature(asked.signature).removeprefix('func')}"


def check_args(context: str, code: FunctionCode, assignment: AbiAssignment) -> None:
    """
    Compare a signature's sizes with pclntab's `_func.args` (facts/go-abi.md, section 2).

    Raises:
        SpecError: they differ.
    """
    if code.args is None or code.args == assignment.args_sum:
        return
    more = "more" if code.args > assignment.args_sum else "fewer"
    raise SpecError(
        context,
        f"parameters and results take {assignment.args_sum} bytes, but the binary says {code.args}",
        f"the compiled function has {more}: is a receiver, a blank parameter, "
        "a type's size or a result wrong?",
    )


def _records(
    asked: FunctionSpec,
    ident: str,
    args: tuple[layout.Value, ...],
    results: tuple[layout.Value, ...],
    known: Known,
    *,
    elided: bool,
    dictionary: str,
) -> tuple[RecordPlan | None, RecordPlan | None]:
    """Lay out the record of the beginning and that of the end."""

    def record(
        what: str,
        args: tuple[layout.Value, ...] | None,
        results: tuple[layout.Value, ...] | None,
        *,
        stack: bool,
    ) -> RecordPlan:
        return layout.record(
            ident=ident,
            what=what,
            args=args,
            results=results,
            context=asked.where,
            tables=known.tables,
            elided=elided,
            stack=stack,
            moves=known.moves,
            dictionary="" if what == "return" else dictionary,
        )

    if asked.emit is Emit.CALL:
        return None, record("call", args, results, stack=stacks.at_end(asked))
    begin = end = None
    if asked.emit is not Emit.RETURN:
        begin = record("entry", args, None, stack=stacks.at_begin(asked))
    if asked.emit is not Emit.ENTRY:
        end = record("return", None, results, stack=stacks.at_end(asked))
    return begin, end


def _notation(assignment: AbiAssignment) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (value.name, value.notation, format_type(value.type))
        for value in (*assignment.params, *assignment.captured, *assignment.results)
    )
