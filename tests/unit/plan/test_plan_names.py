# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""C names: always identifiers, never reserved, never shared, and readable where they can be."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import plancase
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gogen.emit.render import render
from gogen.errors import PlanError
from gogen.plan.names import function_idents, member_names, tracer_ident
from gogen.toolchain.find import find

if TYPE_CHECKING:
    from pathlib import Path

IDENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

KEYWORDS = frozenset(
    """
    auto break case char const continue default do double else enum extern float for goto if
    inline int long register restrict return short signed sizeof static struct switch typedef
    union unsigned void volatile while asm typeof
    """.split()  # noqa: SIM905 - a list of words reads better as words
)

hostile = st.text(st.characters(codec="utf-8"), max_size=80)
symbols = st.one_of(
    hostile,
    st.sampled_from(sorted(KEYWORDS | {"hdr", "NULL", "EOF", "errno", "si_pid", "CNT"})),
    st.from_regex(r"[a-z]{1,8}(/[a-z.]{1,8}){0,3}\.(\(\*?[A-Z][a-z]{0,5}\)\.)?[A-Za-z]{1,8}"),
    st.builds("main.F[{}]".format, hostile),
)


def is_usable(ident: str) -> bool:
    return bool(IDENT.fullmatch(ident)) and ident not in KEYWORDS


@settings(max_examples=150, deadline=None)
@given(symbols)
def test_a_function_has_an_identifier(symbol: str) -> None:
    (ident,) = function_idents((symbol,))
    assert is_usable(ident), ident
    assert len(ident) <= 47


@settings(max_examples=150, deadline=None)
@given(st.lists(symbols, max_size=12, unique=True))
def test_functions_never_share_an_identifier(names: list[str]) -> None:
    try:
        idents = function_idents(tuple(names))
    except PlanError as error:
        assert "is also that of" in error.problem  # noqa: PT017 - either outcome is right
        return
    assert len(set(idents)) == len(names)
    assert all(map(is_usable, idents))
    assert function_idents(tuple(names)) == idents


@settings(max_examples=150, deadline=None)
@given(st.lists(symbols, max_size=12))
def test_members_never_share_an_identifier(names: list[str]) -> None:
    pairs = member_names(tuple(names))
    members = [member for pair in pairs for member in pair]
    assert len(pairs) == len(names)
    assert len(set(members)) == len(members)
    assert all(map(is_usable, members))
    assert "hdr" not in members


@pytest.mark.parametrize(
    ("symbol", "ident"),
    [
        ("main.foo", "main_foo"),
        ("github.com/acme/shop/cart.(*Cart).Add", "cart_Cart_Add"),
        ("gopkg.in/yaml%2ev3.Marshal", "yaml_2ev3_Marshal"),
        ("main.(*T).M-fm", "main_T_M_fm"),
        ("main.f.func1", "main_f_func1"),
        ("main.Map[go.shape.string,go.shape.int]", "main_Map_go_shape_string_go_shape_int"),
        (
            "a.b/c.(*S[go.shape.struct { x/y.A int; B string }]).M",
            "c_S_go_shape_struct_x_y_A_int_B_string_M",
        ),
        ("main.größe", "main_gr_u00f6_u00df_e"),
        ("main.世界", "main_u4e16_u754c"),
        ("main.f·dwrap·1", "main_f_dwrap_1"),
        ("int", "int_"),
        ("CNT", "CNT_"),
        ("9lives", "_9lives"),
        ("", "_"),
    ],
)
def test_function_names_are_readable(symbol: str, ident: str) -> None:
    assert function_idents((symbol,)) == (ident,)


def test_a_long_symbol_keeps_its_beginning_and_a_digest() -> None:
    long = "main.F[" + "go.shape.int," * 400 + "go.shape.int]"
    assert len(long) > 5000
    one, other = function_idents((long, long + "x"))
    assert len(one) == len(other) == 46
    assert one[:37] == other[:37] == "main_F_go_shape_int_go_shape_int_go_s"
    assert one != other


def test_short_names_that_meet_get_their_import_path() -> None:
    given = ("example.com/a/store.Get", "example.com/b/store.Get", "main.Get")
    assert function_idents(given) == (
        "example_com_a_store_Get",
        "example_com_b_store_Get",
        "main_Get",
    )


def test_a_method_and_its_wrapper_for_the_pointer() -> None:
    assert function_idents(("main.(*T).M", "main.T.M")) == ("main_ptr_T_M", "main_T_M")


@pytest.mark.parametrize(
    "symbols",
    [
        ("main.a_b", "main.a.b"),
        ("f.F[go.shape.[]uint8]", "f.F[go.shape.*uint8]"),
        # the first two need their import paths, and the third's is the whole name of the first
        ("x/main.F", "y/main.F", "x.main.F"),
    ],
)
def test_names_that_meet_after_all_get_a_digest(symbols: tuple[str, ...]) -> None:
    idents = function_idents(symbols)
    assert len(set(idents)) == len(symbols)
    assert re.search(r"_[0-9a-f]{8}$", idents[-1])


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("a", "b"), ("a", "b")),
        (("~r0", "~r1"), ("r0", "r1")),
        (("~r0", "r0"), ("r0", "r0_2")),
        (("a", "a_bytes"), ("a", "a_bytes_2")),
        (("a_bytes", "a"), ("a_bytes", "a_2")),
        (("_a", "a", "a_2"), ("a", "a_2", "a_2_2")),
        (("hdr", "int", "EOF", "N"), ("hdr_", "int_", "EOF_", "N")),
    ],
)
def test_members(names: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert tuple(member for member, _ in member_names(names)) == expected
    assert all(of_bytes == f"{member}_bytes" for member, of_bytes in member_names(names))


def test_a_long_member_keeps_its_beginning_and_a_digest() -> None:
    ((member, _),) = member_names(("a" * 30,))
    assert re.fullmatch(r"a{15}_[0-9a-f]{8}", member)


def test_fifty_members_of_one_name_are_told_apart() -> None:
    members = [member for member, _ in member_names(("é",) * 50)]
    assert members[0] == "u00e9"
    assert members[49] == "u00e9_50"


@pytest.mark.parametrize(
    ("name", "ident"), [("shop", "shop"), ("my-shop", "my_shop"), ("a_b-c9", "a_b_c9")]
)
def test_tracer_names(name: str, ident: str) -> None:
    assert tracer_ident(name) == ident


def test_a_long_tracer_name_leaves_room_for_the_skeletons_suffix() -> None:
    """bpftool cuts `IDENT_bpf` to 63 characters."""
    idents = {tracer_ident("a" * 62 + last) for last in "xyz"}
    assert {len(f"{ident}_bpf") for ident in idents} == {63}
    assert len(idents) == 3


@pytest.mark.parametrize("name", ["Makefile", "include", "all", "clean"])
def test_a_tracer_cannot_take_the_name_of_its_own_parts(name: str) -> None:
    with pytest.raises(PlanError, match=f'tracer "{name}"'):
        tracer_ident(name)


@pytest.mark.toolchain
def test_no_member_is_a_macro_of_the_headers(tmp_path: Path) -> None:
    """Ask both compilers which macros a tracer's sources see, and name a parameter after each."""
    tree = render(plancase.plan(plancase.one("func(a int)")))
    for file in tree.files:
        path = tmp_path / file.path
        path.parent.mkdir(exist_ok=True)
        path.write_text(file.text)
    (tmp_path / "shop.skel.h").write_text("#include <bpf/libbpf.h>\n")
    tools = find()
    bpf = [str(tools.clang), "-target", "bpf", "-D__TARGET_ARCH_x86", "-dM", "-E", "shop.bpf.c"]
    macros: set[str] = set()
    for command in ([str(tools.cc), "-dM", "-E", "shop.c"], bpf):
        printed = subprocess.run(
            command, cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout
        macros |= set(re.findall(r"^#define (\w+)(?![\w(])", printed, re.MULTILINE))
    assert {"EOF", "errno", "bool", "OPEN_CALL_CNT"} <= macros
    for name in sorted(macros):
        made = {name for pair in member_names((name,)) for name in pair}
        made |= set(function_idents((name,)))
        assert not made & macros, name
