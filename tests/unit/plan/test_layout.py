# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Records are laid out as C compilers lay them out, for the host and for BPF."""

from __future__ import annotations

import random
import subprocess
from typing import TYPE_CHECKING

import pytest

from gogen.abi.assign import AMD64, assign
from gogen.emit.env import kinds, templates_dir
from gogen.errors import PlanError
from gogen.golang.syntax import parse_signature
from gogen.plan import layout
from gogen.plan.known import Known
from gogen.plan.reads import decide
from gogen.spec.model import Limits
from gogen.toolchain.find import find

if TYPE_CHECKING:
    from pathlib import Path

    from gogen.plan.model import RecordPlan

GO_TYPES = (
    *("bool", "int", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uintptr"),
    *("func()", "string", "[]byte", "float32", "float64", "complex64", "complex128"),
    *("*int", "map[int]int", "[]string", "error", "any", "[3]int16", "struct {}", "[]struct {}"),
    *("struct { a int8; b string; c [2]float32 }", "*struct { a int8; b []int16; c error }"),
)


def record(go_types: list[str], *, limits: list[int] | None = None, split: int = 0) -> RecordPlan:
    """Lay out the parameters of a function; the first `split` as arguments."""
    signature = parse_signature(f"func({', '.join(f'v{n} {t}' for n, t in enumerate(go_types))})")
    params = assign(signature, {}, AMD64).params
    values = tuple(
        layout.Value(
            name=param.name,
            read=decide(param, Known(types={}), Limits(string=limit), context=""),
            go_type=go_type,
            notation=param.notation,
            limit=limit,
        )
        for param, go_type, limit in zip(
            params, go_types, limits or [64] * len(go_types), strict=True
        )
    )
    return layout.record(
        ident="f",
        what="call",
        args=values[:split],
        results=values[split:],
        context="spec.toml:3: function[0]",
        tables={},
    )


def struct_text(name: str, plan: RecordPlan) -> str:
    macros = kinds()
    members = "".join(str(macros[field.kind].member(field)) for field in plan.fields)
    if plan.pieces:
        members += f"struct pieces pieces;\nchar pieces_room[{plan.pieces}];\n"
    return (
        f"struct {name} {{\nstruct event_header hdr;\n{members}}};\n"
        f'_Static_assert(sizeof(struct {name}) == {plan.size}, "{name}");\n'
    )


@pytest.mark.toolchain
def test_sizes_are_those_of_both_compilers(tmp_path: Path) -> None:
    """One file of static asserts for 500 random records; a wrong size is a compile error."""
    chance = random.Random(1)  # noqa: S311 - cases, not secrets
    structs = []
    for number in range(500):
        go_types = [chance.choice(GO_TYPES) for _ in range(chance.randint(0, 24))]
        limits = [chance.choice((1, 2, 3, 5, 8, 63, 64, 65, 300)) for _ in go_types]
        plan = record(go_types, limits=limits)
        structs.append(struct_text(f"s{number}", plan))
    source = tmp_path / "sizes.c"
    source.write_text('#include "event.h"\n' + "".join(structs))
    tools = find()
    include = str(templates_dir() / "include")
    host = [str(tools.cc), "-fsyntax-only", "-Wall", "-Wextra", "-Werror", f"-I{include}"]
    for command in (
        [*host, str(source)],
        [
            *(str(tools.clang), "-target", "bpf", "-D__TARGET_ARCH_x86", "-fsyntax-only"),
            *("-Wall", "-Wextra", "-Werror", f"-I{include}", "-include", "vmlinux.h", str(source)),
        ],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[:2000]

    # and the assertions can fail
    plan = record(["int8", "int64"])
    wrong = struct_text("w", plan).replace(f"== {plan.size}", f"== {plan.size - 8}")
    source.write_text('#include "event.h"\n' + wrong)
    done = subprocess.run([*host, str(source)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "static assertion failed" in done.stderr


@pytest.mark.parametrize(
    ("go_types", "size"),
    [
        ([], 64),
        (["int8"], 72),
        (["int8", "int64"], 80),
        (["int8"] * 8, 72),
        (["string"], 64 + 16 + 64),
        (["int8", "string"], 64 + 8 + 16 + 64),
        (["string", "int16", "int64"], 64 + 80 + 8 + 8),
        (["float64"], 64),
    ],
)
def test_sizes_by_hand(go_types: list[str], size: int) -> None:
    assert record(go_types).size == size


def test_bits_are_counted_over_both_sections() -> None:
    plan = record(["int", "string", "float64", "[]byte"], split=2)
    assert [field.mark for field in plan.fields] == ["", "1ULL << 1", "", "1ULL << 3"]
    assert [field.unread for field in plan.fields] == ["0", "UNREAD(1)", "0", "UNREAD(3)"]
    assert [field.name for field in plan.args] == ["v0", "v1"]
    assert [field.name for field in plan.results] == ["v2", "v3"]
    assert plan.fields == plan.args + plan.results
    assert [field.member for field in plan.fields] == ["v0", "v1", "", "v3"]
    assert [field.bytes_member for field in plan.fields] == ["", "v1_bytes", "", "v3_bytes"]


def test_names_of_a_record() -> None:
    plan = record(["int"], split=1)
    assert (plan.struct, plan.event) == ("f_call_event", "EVENT_CALL")
    assert (plan.has_args, plan.has_results, plan.members) == (True, True, True)
    assert not record(["float64"]).members


def test_sixty_four_values_fit() -> None:
    plan = record(["int"] * 54 + ["string"] * 10)
    assert plan.fields[63].mark == "1ULL << 63"


def test_sixty_five_values_do_not() -> None:
    with pytest.raises(PlanError) as raised:
        record(["int"] * 65)
    assert str(raised.value) == (
        "spec.toml:3: function[0]: 65 values in one record, at most 64 fit"
        " - list the values you want in capture"
    )


def test_a_record_is_at_most_64_kib() -> None:
    assert record(["string"] * 15, limits=[4096] * 15).size == 64 + 8 + 15 * (16 + 8 + 4096)
    with pytest.raises(PlanError) as raised:
        record(["string"] * 16, limits=[4096] * 16)
    assert str(raised.value) == (
        "spec.toml:3: function[0]: a record of 65992 bytes, at most 65536 fit into the ring"
        " - lower limits.string, or list the values you want in capture"
    )
