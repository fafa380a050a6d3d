# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The join of spec, binary and ABI: what is decided, and what does not fit together."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from plancase import code, one, plan, unwinds

from gogen.binary.hiddenmodel import Dictionary
from gogen.binary.model import EntryChoice, Machine
from gogen.errors import PlanError, SpecError, UnsupportedError
from gogen.plan.reads import IGNORED_REASON

if TYPE_CHECKING:
    from gogen.plan.model import FunctionPlan


def only(signature: str, extra: str = "", **facts: object) -> FunctionPlan:
    given = code("main.f", **facts)  # type: ignore[arg-type]
    return plan(one(signature, extra=extra), given).functions[0]


@pytest.mark.parametrize(
    ("emit", "handlers", "records", "open_calls", "sites"),
    [
        ("call", ("open", "close"), ["EVENT_CALL"], "OPEN_CALLS_HIT", (1, 2)),
        ("entry", ("emit", ""), ["EVENT_ENTRY"], "OPEN_CALLS_NONE", (1, 0)),
        ("return", ("", "emit"), ["EVENT_RETURN"], "OPEN_CALLS_NONE", (0, 2)),
        ("both", ("emit", "forget"), ["EVENT_ENTRY", "EVENT_RETURN"], "OPEN_CALLS_PENDING", (1, 2)),
    ],
)
def test_emit(
    emit: str,
    handlers: tuple[str, str],
    records: list[str],
    open_calls: str,
    sites: tuple[int, int],
) -> None:
    function = only("func(a int) int", f'emit = "{emit}"', rets=2)
    assert function.emit == emit
    assert (function.entry_handler, function.ret_handler) == handlers
    assert [record.event for record in function.records] == records
    assert function.open_calls == open_calls
    assert (int(function.entry_site is not None), function.ret_cnt) == sites
    assert len(function.ret_sites) == function.ret_cnt
    assert function.keeps_record is (emit == "call")
    assert function.remembers_call is (emit == "both")


@pytest.mark.parametrize(
    ("emit", "sections"),
    [
        ("call", [(True, ["a"], True, ["~r0"])]),
        ("entry", [(True, ["a"], False, [])]),
        ("return", [(False, [], True, ["~r0"])]),
        ("both", [(True, ["a"], False, []), (False, [], True, ["~r0"])]),
    ],
)
def test_a_record_shows_the_sections_of_its_event(
    emit: str, sections: list[tuple[bool, list[str], bool, list[str]]]
) -> None:
    function = only("func(a int) int", f'emit = "{emit}"')
    shown = [
        (r.has_args, [f.name for f in r.args], r.has_results, [f.name for f in r.results])
        for r in function.records
    ]
    assert shown == sections


@pytest.mark.parametrize(
    ("args", "says"),
    [(40, "the compiled function has more"), (16, "the compiled function has fewer")],
)
def test_a_signature_that_contradicts_the_binary(args: int, says: str) -> None:
    """`func(a int, s string)` spills three words: pclntab's args must be 24."""
    assert only("func(a int, s string)", args=24).ident == "main_f"
    with pytest.raises(SpecError) as raised:
        only("func(a int, s string)", args=args)
    message = str(raised.value)
    assert "spec.toml:5: function[0].signature: " in message
    assert f'"main.f": parameters and results take 24 bytes, but the binary says {args}' in message
    assert f" - {says}: is a receiver, a blank parameter" in message
    assert raised.value.exit_code == 2


def test_results_and_blank_parameters_count_for_the_checksum() -> None:
    """Nine ints fill the registers; the tenth parameter and two results go to the stack."""
    ints = ", ".join(f"a{n} int" for n in range(9))
    results = "(" + ", ".join(["int"] * 9 + ["int8", "string"]) + ")"
    # stack: _ int8 -> 8; results int8, string -> 24; spill: nine words
    assert only(f"func({ints}, _ int8) {results}", args=8 + 24 + 72).ident == "main_f"


def test_a_binary_that_does_not_say_is_believed() -> None:
    assert only("func(a int, s string)", args=None).ident == "main_f"


def test_a_function_that_never_returns_has_no_return_to_record() -> None:
    with pytest.raises(PlanError) as raised:
        only("func()", 'emit = "return"', rets=0)
    assert str(raised.value).endswith(
        '.emit: "main.f" has no return instruction, so its end cannot be seen'
        ' - trace its beginning: emit = "entry"'
    )
    assert only("func()", 'emit = "entry"', rets=0).ret_cnt == 0


@pytest.mark.parametrize("emit", ["call", "both"])
def test_calls_that_never_return_end_where_the_runtime_unwinds_them(emit: str) -> None:
    planned = only("func(a int) int", f'emit = "{emit}"', rets=0)
    assert (planned.ret_cnt, planned.tail_cnt, planned.ret_handler) == (0, 0, "")
    assert planned.end is not None
    assert planned.end.results == ()


@pytest.mark.parametrize("emit", ["call", "both"])
def test_what_begins_where_ends_are_looked_for_cannot_be_paired(emit: str) -> None:
    """As runtime.gopanic: two uprobes on one instruction run in no order that means anything."""
    [_, _, gopanic] = unwinds()
    given = code("runtime.gopanic", address=gopanic.site.address - 8, rets=0)
    with pytest.raises(PlanError) as raised:
        plan(f'[tracer]\nbinary = "b"\n{_gopanic(emit)}', given, unwound=True)
    assert str(raised.value).endswith(
        '.emit: "runtime.gopanic" begins where the ends of other functions\' calls are looked for'
        ' - trace its beginning: emit = "entry"'
    )
    text = f'[tracer]\nbinary = "b"\n{_gopanic("entry")}'
    assert plan(text, given, unwound=True).functions[0].ret_cnt == 0


def _gopanic(emit: str) -> str:
    return f'[[function]]\nsymbol = "runtime.gopanic"\nsignature = "func()"\nemit = "{emit}"\n'


@pytest.mark.parametrize("emit", ["call", "both"])
def test_a_conditional_exit_cannot_be_paired(emit: str) -> None:
    with pytest.raises(PlanError) as raised:
        only("func()", f'emit = "{emit}"', unsure=1)
    assert str(raised.value).endswith(
        '.emit: "main.f" may leave by "jne 0x500000" at 0x401080, and whether a conditional jump '
        'is taken cannot be seen - trace its beginning: emit = "entry"'
    )
    for fine in ("entry", "return"):
        assert only("func()", f'emit = "{fine}"', unsure=1).tail_cnt == 0


@pytest.mark.parametrize(
    ("emit", "handler", "cnt"),
    [("call", "end", 2), ("both", "end", 2), ("return", "emit", 2), ("entry", "", 0)],
)
def test_tail_jumps_are_ends(emit: str, handler: str, cnt: int) -> None:
    """Where no call returns, nothing is read of its results."""
    function = only("func(a int) string", f'emit = "{emit}"', rets=0, tails=2)
    assert (function.tail_handler, function.tail_cnt, function.ret_handler) == (handler, cnt, "")
    assert all(not record.results for record in function.records)


@pytest.mark.parametrize("emit", ["call", "both"])
def test_a_function_of_one_instruction(emit: str) -> None:
    """Entry and return are one site: two uprobes there run in no order that means anything."""
    given = code("main.f", size=4, choice=EntryChoice.FIRST)
    lone = dataclasses.replace(given, entry=given.ret_sites[0])
    with pytest.raises(PlanError, match=r'"main\.f" begins and ends on the same instruction'):
        plan(one("func()", extra=f'emit = "{emit}"'), lone)
    for fine in ("entry", "return"):
        assert plan(one("func()", extra=f'emit = "{fine}"'), lone).site_cnt == 1


def test_capture_chooses_by_name_and_keeps_the_places() -> None:
    function = only(
        "func(a int, e error, s string) (n int, err error)", 'capture = ["s", "n"]', rets=1
    )
    (record,) = function.records
    assert [(f.name, f.notation) for f in record.args] == [("s", "R{ I3 I4 }")]
    assert [(f.name, f.notation) for f in record.results] == [("n", "R{ I0 }")]
    assert [row[0] for row in function.notation] == ["a", "e", "s", "n", "err"]


def test_an_empty_capture_records_the_call_alone() -> None:
    (record,) = only("func(e error) error", "capture = []").records
    assert (record.args, record.results, record.size) == ((), (), 64)
    assert (record.has_args, record.has_results, record.members) == (True, True, False)


def test_what_a_function_ignores_is_not_read() -> None:
    given = dataclasses.replace(code("main.f"), keeps_args=False)
    extra = 'capture = ["s", "len(s)", "large", "n"]'
    asked = one("func(s string, large [3]int) (n int)", extra=extra)
    (record,) = plan(asked, given).functions[0].records
    assert [field.reason for field in record.fields] == [*[IGNORED_REASON] * 2, "", ""]


@pytest.mark.parametrize("kept", [True, False])
def test_nor_is_its_dictionary(*, kept: bool) -> None:
    symbol = "main.F[go.shape.int]"
    dictionary = Dictionary(address=0x4C0000, instance="main.F[int]", type_args=("int",))
    given = dataclasses.replace(code(symbol), dictionaries=(dictionary,), keeps_args=kept)
    (record,) = plan(one("func(a int)", symbol=symbol), given).functions[0].records
    assert record.dictionary == ("GO_I0(ctx)" if kept else "")


def test_equal_values_have_one_table() -> None:
    (record,) = only("func(a, b []int, c []uint) []int").records
    a, b, c, result = record.fields
    assert record.tables == (a, c)
    assert a.table_name == b.table_name == result.table_name != c.table_name
    assert (b.table, result.table) == ((), ())


@pytest.mark.parametrize(
    ("signature", "capture", "elided"),
    [
        ("func(a int) (n int)", 'capture = ["n"]', True),
        ("func(a int) (n int)", "capture = []", True),
        ("func(_ int)", "", True),
        ("func(a, b int)", 'capture = ["b"]', False),
        ("func() (n int)", "capture = []", False),
    ],
)
def test_arguments_that_are_not_shown_are_known_to_be_there(
    signature: str, capture: str, elided: bool
) -> None:
    (record,) = only(signature, capture).records
    assert record.elided == elided


def test_blank_parameters_are_never_captured() -> None:
    """Only parameters: Go itself names a blank result, `~r0`."""
    (record,) = only("func(_ int, a int, _ error) (_ int)").records
    assert [(f.name, f.sources) for f in record.fields] == [
        ("a", ("GO_I1(ctx)",)),
        ("~r0", ("GO_I0(ctx)",)),
    ]


def test_an_unsupported_value_names_itself_and_the_key() -> None:
    with pytest.raises(UnsupportedError) as raised:
        only("func(a int, e [200]int)")
    assert 'spec.toml:5: function[0].signature: "e": type "[200]int": its' in str(raised.value)


def test_what_a_record_will_not_show_does_not_matter() -> None:
    assert only("func(a int) [200]int", 'emit = "entry"').begin
    assert only("func(e [200]int) int", 'emit = "return"').end


def test_the_function_s_own_limit() -> None:
    function = only("func(s string, b []byte)", "limits = { string = 7 }")
    (record,) = function.records
    assert [field.limit for field in record.fields] == [7, 7]
    assert record.size == 64 + 16 + 8 + 16 + 8


def test_too_many_values() -> None:
    many = ", ".join(f"a{n} int" for n in range(65))
    with pytest.raises(PlanError, match="65 values in one record, at most 64 fit"):
        only(f"func({many})")


def test_too_many_bytes() -> None:
    names = [f"a{n}" for n in range(17)]
    signature = f"func({', '.join(f'{name} string' for name in names)})"
    asked = f"limits = {{ string = 4096 }}\ncapture = {names}"
    with pytest.raises(PlanError, match="bytes in one record, at most 65536 fit into the ring"):
        only(signature, asked)


def test_what_nobody_listed_is_left_out_where_it_does_not_fit() -> None:
    signature = f"func({', '.join(f'a{n} string' for n in range(17))})"
    planned = only(signature, "limits = { string = 4096 }")
    assert planned.end
    assert [field.name for field in planned.end.args] == [f"a{n}" for n in range(2, 17)]
    assert len(planned.warnings) == 2
    assert '"a0" is left out' in planned.warnings[0]


@pytest.mark.parametrize(
    ("emit", "limit", "staged"),
    [("entry", 4096, True), ("both", 4096, True), ("entry", 64, False), ("call", 4096, False)],
)
def test_large_records_of_one_hit_are_staged(emit: str, limit: int, *, staged: bool) -> None:
    planned = only("func(s string)", f'emit = "{emit}"\nlimits = {{ string = {limit} }}')
    assert [record.room for record in planned.staged] == (["STAGED"] if staged else [])
    assert all(record.struct.endswith("entry_event") for record in planned.staged)


@pytest.mark.parametrize(
    ("strings", "open_calls"),
    # 64 MiB over the record's size, at most 16384
    [(0, 16384), (1, 16008), (2, 8073), (15, 1084)],
)
def test_the_map_of_open_calls_is_bounded(strings: int, open_calls: int) -> None:
    many = ", ".join(f"a{n} string" for n in range(strings))
    text = one(f"func({many})", extra="limits = { string = 4096 }")
    assert plan(text).open_call_cnt == open_calls


def test_only_kept_records_weigh_on_the_map() -> None:
    text = one("func(a, b, c string)", extra='emit = "both"\nlimits = { string = 4096 }')
    assert plan(text).open_call_cnt == 16384


def test_flags_are_tested_on_the_check_s_branch_only() -> None:
    for choice in EntryChoice:
        function = only("func()", choice=choice)
        assert function.flags_test is (choice is EntryChoice.CHECK_BRANCH)
        assert function.entry_choice == choice.value


def test_warnings_and_sites_pass_through() -> None:
    given = code("main.f", rets=3, warnings=("something branches back to its first byte",))
    function = plan(one("func()"), given).functions[0]
    assert function.warnings == given.warnings
    assert function.entry_site is not None
    assert function.entry_site.code == b"\x55"
    assert function.entry_site.code_len == 1
    assert [s.file_offset for s in function.ret_sites] == [s.file_offset for s in given.ret_sites]
    assert function.code_hash == given.code_hash


def test_the_whole_tracer() -> None:
    text = one("func(a int)") + "\n[[function]]\nsymbol = 'a/b.G'\nsignature = 'func()'\n"
    planned = plan(text, code("main.f", rets=4))
    assert (planned.name, planned.ident, planned.guard) == ("shop", "shop", "__GOGEN_SHOP_H")
    assert [(f.index, f.ident, f.const) for f in planned.functions] == [
        (0, "main_f", "FUNC_main_f"),
        (1, "b_G", "FUNC_b_G"),
    ]
    assert (planned.func_cnt, planned.site_cnt) == (2, 5 + 2)
    assert planned.functions[0].signature == "func main.f(a int)"
    assert planned.provenance[1:] == (
        "binary: shop, go1.27.3, amd64",
        "build ID: 00112233445566778899aabbccddeeff00112233",
        "Go build ID: one/two/three/four",
    )


def test_arm64_has_sixteen_registers() -> None:
    ints = ", ".join(f"a{n} int" for n in range(17))
    planned = plan(one(f"func({ints})"), machine=Machine.ARM64)
    fields = planned.functions[0].records[0].fields
    assert (planned.machine, planned.target_arch) == ("arm64", "arm64")
    assert fields[15].sources == ("GO_I15(ctx)",)
    assert fields[16].stack == "GO_STACK(ctx, 0)"
