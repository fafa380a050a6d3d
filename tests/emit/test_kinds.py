# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""One small test per kind, place and macro: this field, that C."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import jinja2
import pytest
from plancase import one, plan

from gogen.emit import env
from gogen.emit.env import block, environment, kinds, templates_dir
from gogen.errors import GogenError

if TYPE_CHECKING:
    from pathlib import Path

    from gogen.plan.valuemodel import FieldPlan

MACROS = ("member", "read", "show")


def field(go_type: str, *, stack: bool = False, name: str = "v", limit: int = 64) -> FieldPlan:
    """Plan parameter v of that type: in I1 on, or on the stack at 0."""
    before = "a, b, c, d, e, f, g, h, i int, " if stack else "a int, "
    if stack and go_type.startswith(("float", "complex")):
        before += ", ".join(f"f{n} float64" for n in range(15)) + ", "
    text = one(
        f"func({before}{name} {go_type})",
        extra=f'capture = ["{name}"]\nlimits = {{ string = {limit} }}',
    )
    (planned,) = plan(text).functions[0].records[0].fields
    return planned


def assert_emit(planned: FieldPlan, macro: str, expected: str) -> None:
    written = block(str(getattr(kinds()[planned.kind], macro)(planned)), 0)
    assert written.strip("\n") == expected


SCALARS = [
    ("bool", "__u8", "show_bool"),
    ("int", "__s64", "show_int"),
    ("int8", "__s8", "show_int"),
    ("int16", "__s16", "show_int"),
    ("int32", "__s32", "show_int"),
    ("uint", "__u64", "show_uint"),
    ("uint8", "__u8", "show_uint"),
    ("uint16", "__u16", "show_uint"),
    ("uint32", "__u32", "show_uint"),
    ("uintptr", "__u64", "show_uint"),
    ("unsafe.Pointer", "__u64", "show_address"),
]


@pytest.mark.parametrize(("go_type", "c_type", "show"), SCALARS)
def test_a_scalar_in_a_register(go_type: str, c_type: str, show: str) -> None:
    planned = field(go_type)
    assert_emit(planned, "member", f"{c_type} v;")
    assert_emit(planned, "read", "e->v = GO_I1(ctx);")
    assert_emit(planned, "show", f'{show}(o, "v", 0, e->v);')


@pytest.mark.parametrize(("go_type", "c_type", "show"), SCALARS)
def test_a_scalar_on_the_stack(go_type: str, c_type: str, show: str) -> None:
    planned = field(go_type, stack=True)
    assert_emit(planned, "member", f"{c_type} v;")
    assert_emit(
        planned,
        "read",
        "if (go_read_value(&e->v, GO_STACK(ctx, 0)))\n\te->hdr.unread |= 1ULL << 0;",
    )
    assert_emit(planned, "show", f'{show}(o, "v", UNREAD(0), e->v);')


@pytest.mark.parametrize(("go_type", "show"), [("string", "show_string"), ("[]byte", "show_bytes")])
def test_bytes_in_registers(go_type: str, show: str) -> None:
    planned = field(go_type, limit=9)
    assert_emit(planned, "member", "struct go_bytes v;\nchar v_bytes[9];")
    assert_emit(
        planned,
        "read",
        "e->v.data = GO_I1(ctx);\n"
        "e->v.len = GO_I2(ctx);\n"
        "if (go_read_bytes(e->v_bytes, 9, &e->v))\n"
        "\te->hdr.unread |= 1ULL << 0;",
    )
    assert_emit(planned, "show", f'{show}(o, "v", UNREAD(0), &e->v, e->v_bytes, 9);')


@pytest.mark.parametrize(("go_type", "show"), [("string", "show_string"), ("[]byte", "show_bytes")])
def test_bytes_on_the_stack(go_type: str, show: str) -> None:
    planned = field(go_type, stack=True)
    assert_emit(planned, "member", "struct go_bytes v;\nchar v_bytes[64];")
    assert_emit(
        planned,
        "read",
        "if (go_read_bytes_at(e->v_bytes, 64, &e->v, GO_STACK(ctx, 0)))\n"
        "\te->hdr.unread |= 1ULL << 0;",
    )
    assert_emit(planned, "show", f'{show}(o, "v", UNREAD(0), &e->v, e->v_bytes, 64);')


@pytest.mark.parametrize(
    ("go_type", "member"),
    [
        ("float32", "__u32 v;"),
        ("float64", "__u64 v;"),
        ("complex64", "__u32 v[2];"),
        ("complex128", "__u64 v[2];"),
    ],
)
def test_a_float_on_the_stack(go_type: str, member: str) -> None:
    planned = field(go_type, stack=True)
    assert_emit(planned, "member", member)
    assert_emit(
        planned,
        "read",
        "if (go_read_value(&e->v, GO_STACK(ctx, 0)))\n\te->hdr.unread |= 1ULL << 0;",
    )
    assert_emit(planned, "show", f'show_{go_type}(o, "v", UNREAD(0), e->v);')


@pytest.mark.parametrize("go_type", ["float32", "float64", "complex64", "complex128"])
def test_a_float_in_a_register_has_no_member(go_type: str) -> None:
    planned = field(go_type)
    assert planned.kind == "unreadable"
    said = "/* v: register-assigned float: not in pt_regs */"
    assert_emit(planned, "member", said)
    assert_emit(planned, "read", said)
    assert_emit(
        planned, "show", 'show_unreadable(o, "v", "register-assigned float: not in pt_regs");'
    )


def test_a_value_that_refers_to_others() -> None:
    planned = field("struct { n int8; s string }")
    assert_emit(planned, "member", "__u64 v[3];")
    assert_emit(
        planned,
        "read",
        "GO_WORD(__u8, e->v, 0) = GO_I1(ctx);\n"
        "GO_WORD(__u64, e->v, 8) = GO_I2(ctx);\n"
        "GO_WORD(__u64, e->v, 16) = GO_I3(ctx);\n"
        "read_main_f_call_v(e);",
    )
    assert_emit(planned, "show", 'show_value(o, "v", 0, main_f_call_v_nodes, e->v, &pieces);')
    planned = field("struct { n int8; s string }", stack=True)
    assert_emit(
        planned,
        "read",
        "if (go_read_value(&e->v, GO_STACK(ctx, 0)))\n"
        "\te->hdr.unread |= 1ULL << 0;\n"
        "else\n"
        "\tread_main_f_call_v(e);",
    )


def test_a_value_that_takes_no_memory() -> None:
    planned = field("struct {}")
    assert_emit(planned, "member", "/* v: takes no memory */")
    assert_emit(planned, "read", "")
    assert_emit(planned, "show", 'show_value(o, "v", 0, main_f_call_v_nodes, NULL, NULL);')


def test_a_value_without_references_needs_no_pieces() -> None:
    planned = field("struct { n int8 }")
    assert_emit(planned, "read", "GO_WORD(__u8, e->v, 0) = GO_I1(ctx);")
    assert_emit(planned, "show", 'show_value(o, "v", 0, main_f_call_v_nodes, e->v, NULL);')


STEPS = [
    ("[]int16", "go_follow_slice(GO_PIECES(e), value, 2, 8);"),
    ("map[int]int", "go_follow(GO_PIECES(e), value, 8);"),
    ("chan int", "go_follow(GO_PIECES(e), value, 16);"),
    ("any", "go_follow_iface(GO_PIECES(e), value, GO_HOW(REF_ANY, 3, 1024, 64), 24);"),
    (
        "interface { Close() }",
        "go_follow_iface(GO_PIECES(e), value, GO_HOW(REF_IFACE, 3, 1024, 64), 24);",
    ),
    ("error", "go_follow_iface(GO_PIECES(e), value, GO_HOW(REF_IFACE, 3, 1024, 64), 24);"),
    (
        "*struct { a int; s string }",
        """\
p1 = go_follow(GO_PIECES(e), value, 24);
if (p1) {
	go_follow_slice(GO_PIECES(e), p1 + 8, 1, 64);
}""",
    ),
    (
        "[][2]string",
        """\
p1 = go_follow_slice(GO_PIECES(e), value, 32, 8);
go_for_each(i1, p1, 32, 8) {
	go_repeat(i2, 2) {
		go_follow_slice(GO_PIECES(e), p1 + i1 * 32 + i2 * 16, 1, 64);
	}
}""",
    ),
]


@pytest.mark.parametrize(("go_type", "expected"), STEPS)
def test_a_reader_s_steps(go_type: str, expected: str) -> None:
    (function,) = plan(one(f"func(v {go_type})")).functions
    (planned,) = function.records[0].fields
    text = block(str(kinds()["tree"].reader(planned, function.records[0])), 0)
    body = text[text.index("{") :].partition("\n\n")[2].rpartition("\n}")[0]
    assert body == "\n".join(f"\t{line}" for line in expected.split("\n"))


def test_a_variable_of_the_program_is_read_at_its_address() -> None:
    text = one("func(v netip.Addr)").replace(
        "[[function]]",
        "[types]\n'netip.Addr' = 'struct { addr struct { hi, lo uint64 }; z *int }'\n[[function]]",
    )
    (function,) = plan(text, ipv4=0x6DC398).functions
    (planned,) = function.records[0].fields
    assert str(kinds()["tree"].reader(planned, function.records[0])).endswith(
        "\tgo_append(GO_PIECES(e), 0x6dc398, 8, 8);\n}\n"
    )


def test_names_are_escaped_where_they_are_text() -> None:
    planned = replace(field("int"), name='"*/\n??/', member="m")
    assert_emit(planned, "show", r'show_int(o, "\042*/\012\077\077/", 0, e->m);')
    planned = replace(field("float64"), name='"*/\n??/', reason="why")
    assert_emit(planned, "member", '/* "* /<U+000A>? ?/: why */')
    assert_emit(planned, "show", r'show_unreadable(o, "\042*/\012\077\077/", "why");')


def test_every_kind_is_tested_here_and_has_its_three_macros() -> None:
    assert sorted(kinds()) == [
        *("address", "bool", "bytes", "complex128", "complex64", "float32", "float64", "int"),
        *("string", "tree", "uint", "unreadable"),
    ]
    for name, module in kinds().items():
        for macro in MACROS:
            assert callable(getattr(module, macro, None)), f"{name} has no {macro}"


def test_a_kind_without_a_macro_cannot_be_rendered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A half-made kind file is an error of ours, not an empty line in the C."""
    for path in templates_dir().rglob("*.j2"):
        copy = tmp_path / path.relative_to(templates_dir())
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(path.read_text())
    half = tmp_path / "kinds" / "int.j2"
    half.write_text(half.read_text().partition("{% macro show(field) %}")[0])
    monkeypatch.setattr(env, "templates_dir", lambda: tmp_path)
    environment.cache_clear()
    try:
        planned = plan(one("func(a int)"))
        env.render("tracer.h.j2", plan=planned)
        with pytest.raises(GogenError, match="has no attribute 'show'"):
            env.render("tracer.c.j2", plan=planned)
    finally:
        environment.cache_clear()


def test_what_a_plan_lacks_is_an_error() -> None:
    with pytest.raises(GogenError, match="'plan' is undefined") as raised:
        env.render("tracer.h.j2")
    assert raised.value.hint == "this is a bug in gogen"
    with pytest.raises(GogenError, match="a template printed None"):
        env.render("tracer.h.j2", plan=replace(plan(one("func()")), guard=None))  # type: ignore[arg-type]


TEMPLATES = sorted(templates_dir().rglob("*.j2"))

FORBIDDEN = {
    *("add", "sub", "mul", "div", "floordiv", "mod", "pow", "tilde"),  # arithmetic, names
    *("eq", "ne", "lt", "lteq", "gt", "gteq"),  # decisions; but for the two below
}
HANDLERS = re.compile(r'function\.(entry|ret)_handler == "(open|begin|close|emit|forget|await)"')


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_obey_the_rules(path: Path) -> None:
    text = path.read_text()
    assert text.startswith(("{# SPDX", "// SPDX", "/* SPDX", "# SPDX"))
    assert not re.search(r"\{[%{#]-|-[%}#]\}|\{%\+", text), "whitespace control"
    # the handlers' names are ready-made choices of the plan: comparing with one decides nothing
    tokens = list(environment().lex(HANDLERS.sub("chosen", text)))
    inside = [(kind, value) for _, kind, value in tokens if kind == "operator"]
    spelled = {jinja2.lexer.operators.get(value, value) for _, value in inside}
    assert not spelled & FORBIDDEN, spelled & FORBIDDEN
    names = {value for _, kind, value in tokens if kind == "name"}
    statements = re.findall(r"\{%\s*(\w+)", text)
    assert set(statements) <= {
        *("for", "endfor", "if", "else", "endif", "import", "macro", "endmacro")
    }, statements
    assert not names & {"set", "is", "namespace", "loop", "do", "elif"}
    printed = " ".join(re.findall(r"\{\{.*?\}\}", text))
    filters = set(re.findall(r"\|\s*(\w+)", printed))
    ours = {"block", "c_bytes", "c_comment", "c_member", "c_string", "comment_box", "hex"}
    assert filters <= ours, filters - ours


def test_text_from_outside_is_always_escaped() -> None:
    """Every place that prints a symbol, a name, a signature or a word of the binary's own."""
    raw = re.compile(
        r"\{\{\s*(?:plan\.(?:binary|go_version|gnu_build_id|go_build_id|spec_name|provenance)"
        r"|(?:function|field|record)\.(?:symbol|signature|name|go_type|notation|reason|warnings)"
        r"|line)\b\s*(?P<rest>[^}]*)\}\}"
    )
    seen = 0
    for path in TEMPLATES:
        for found in raw.finditer(path.read_text()):
            seen += 1
            first = found["rest"].strip().removeprefix("|").strip()
            assert re.match(r"c_string|c_comment|c_member|comment_box", first), found[0]
    assert seen >= 20


def test_the_environment_is_strict() -> None:
    made = environment()
    assert made.undefined is jinja2.StrictUndefined
    assert (made.trim_blocks, made.lstrip_blocks, made.keep_trailing_newline) == (True, True, True)
    assert made.autoescape is False
