# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Whatever the text, it stays inside its string or comment; a C compiler says so."""

from __future__ import annotations

import itertools
import random
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gogen.emit.cliteral import c_bytes, c_comment, c_hex, c_string
from gogen.emit.env import block, c_member, comment_box
from gogen.errors import PlanError
from gogen.toolchain.find import find

if TYPE_CHECKING:
    from pathlib import Path

PIECES = (
    *('"', "'", "\\", "/", "*", "?", "*/", "/*", "//", "??/", "??/\n", "\\\n", "\\\\", '\\"'),
    *("\n", "\r", "\r\n", "\t", "\v", "\f", "\a", "\b", "\x1b[2J", "\x7f", "\x80", "\x85", "\xff"),
    *("%s", "%n", "{{ x }}", "{% if %}", "#define x", "#include <x>", "int x;", "0", "7", "a", " "),
    *("??=", "??(", "??)", "??'", "??<", "??>", "??!", "??-", "<:", "%:"),
    # invisible, bidirectional, separators, beyond the BMP, lone surrogates
    *("\u200b", "\u202e", "\u2066", "\u2069", "\u2028", "\u2029", "\ufeff", "\U0001f600"),
    *("\ud800", "\udfff", "\udc80", "ü", "世"),
)


def hostile_texts(count: int) -> list[str]:
    """Every pair of pieces, then longer random sequences of them and of any character."""
    chance = random.Random(7)  # noqa: S311 - cases, not secrets
    texts = ["", *PIECES, *("".join(pair) for pair in itertools.product(PIECES, PIECES))]
    while len(texts) < count:
        parts = [
            chance.choice(PIECES) if chance.random() < 0.8 else chr(chance.randrange(1, 0x11_0000))
            for _ in range(chance.randrange(3, 12))
        ]
        texts.append("".join(parts))
    return texts


hostile = st.lists(st.one_of(st.sampled_from(PIECES), st.characters(exclude_characters="\0")))


@pytest.mark.toolchain
def test_compilers_read_back_every_byte(tmp_path: Path) -> None:
    """cc with trigraphs, the strictest reader: write the strings out again and compare."""
    texts = hostile_texts(5000)
    rows = "".join(f"{c_string(text)},\n" for text in texts)
    source = tmp_path / "strings.c"
    source.write_text(
        "#include <stdio.h>\n#include <string.h>\n"
        f"static const char *const texts[] = {{\n{rows}}};\n"
        "int main(void)\n{\n"
        "\tfor (unsigned i = 0; i < sizeof(texts) / sizeof(*texts); i++)\n"
        "\t\tfwrite(texts[i], 1, strlen(texts[i]) + 1, stdout);\n"
        "\treturn 0;\n}\n"
    )
    flags = ["-std=gnu11", "-trigraphs", "-Wall", "-Wextra", "-Werror", "-Wno-overlength-strings"]
    program = tmp_path / "strings"
    for compiler in (find().cc, find().clang):
        subprocess.run([compiler, *flags, "-o", program, source], check=True)
        printed = subprocess.run([program], check=True, stdout=subprocess.PIPE).stdout
        expected = [text.encode("utf-8", "surrogatepass") for text in texts]
        assert printed.split(b"\0")[:-1] == expected


@pytest.mark.toolchain
def test_compilers_see_comments_as_comments(tmp_path: Path) -> None:
    """One declaration after each comment: one is missing if a comment ends late."""
    texts = hostile_texts(5000)
    rows = "".join(f"/* {c_comment(text)} */ int line{n};\n" for n, text in enumerate(texts))
    boxes = "".join(
        f"{comment_box(text, ((text, 'R{ I0 }', text),))}\nint box{n};\n"
        for n, text in enumerate(texts)
    )
    total = " + ".join(
        itertools.chain.from_iterable((f"line{n}", f"box{n}") for n in range(len(texts)))
    )
    source = tmp_path / "comments.c"
    source.write_text(f"{rows}{boxes}\nint sum(void);\nint sum(void)\n{{\nreturn {total};\n}}\n")
    flags = ["-fsyntax-only", "-trigraphs", "-Wall", "-Wextra", "-Werror", "-Wcomment"]
    deep: list[str] = ["-fbracket-depth=20000"]  # for the one long sum
    none: list[str] = []
    for compiler, extra in ((find().cc, none), (find().clang, deep)):
        done = subprocess.run(
            [compiler, *flags, *extra, source],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[:2000]


@settings(max_examples=200, deadline=None)
@given(hostile)
def test_what_comes_out_is_plain_ascii_on_one_line(parts: list[str]) -> None:
    text = "".join(parts)
    for written in (c_string(text), c_comment(text)):
        assert all(" " <= char <= "~" for char in written)
        assert "??" not in written
    assert "*/" not in c_comment(text)
    assert "/*" not in c_comment(text)
    assert "\\" not in c_comment(text)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_harmless_text_is_left_alone(text: str) -> None:
    if not set(text) & set('"\\?'):
        assert c_string(text) == f'"{text}"'
    if not set(text) & set("\\?") and "*/" not in text and "/*" not in text:
        assert c_comment(text) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", '""'),
        ("main.(*T).M", '"main.(*T).M"'),
        ('a"b', r'"a\042b"'),
        ("a\\b", r'"a\134b"'),
        ("what??/", r'"what\077\077/"'),
        ("a\n1", r'"a\0121"'),
        ("ü9", r'"\303\2749"'),
        ("\u202e", r'"\342\200\256"'),
        ("\udc80", r'"\355\262\200"'),
        ("%s", '"%s"'),
    ],
)
def test_strings(text: str, written: str) -> None:
    """Three octal digits end by themselves; \\x would go on into a digit that follows."""
    assert c_string(text) == written


@pytest.mark.parametrize("text", ["\0", "main.f\0", "a\0b"])
def test_a_nul_has_no_literal(text: str) -> None:
    with pytest.raises(PlanError, match="a NUL in a name"):
        c_string(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("func main.f(a int)", "func main.f(a int)"),
        ("*/ int x; /*", "* / int x; / *"),
        ("**//", "** //"),
        ("*//*/", "* // * /"),
        ("???/", "? ? ?/"),
        ("a\\", "a<U+005C>"),
        ("a\nb", "a<U+000A>b"),
        ("a\u202eb", "a<U+202E>b"),
        ("*\u200b/", "*<U+200B>/"),
    ],
)
def test_comments(text: str, written: str) -> None:
    assert c_comment(text) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0x0"),
        (0x401000, "0x401000"),
        ((1 << 63) - 1, "0x7fffffffffffffff"),
        (1 << 63, "0x8000000000000000ULL"),
        ((1 << 64) - 1, "0xffffffffffffffffULL"),
    ],
)
def test_constants(value: int, written: str) -> None:
    assert c_hex(value) == written


def test_bytes() -> None:
    assert c_bytes(b"\x48\x89\x05\x00") == "0x48, 0x89, 0x05, 0x00"


def test_a_member_that_is_a_string() -> None:
    assert c_member('a"', "symbol") == r'.symbol = "a\042",'


def test_a_box_lines_its_columns_up_and_wraps_at_100_columns() -> None:
    box = comment_box(
        "func main.f(" + ", ".join(f"parameter{n} int" for n in range(12)) + ")",
        (("a", "R{ I0 }", "int"), ("longer", "R{ I1 I2 }", "string")),
    )
    assert box.split("\n") == [
        "/*",
        " * func main.f(" + "".join(f"parameter{n} int, " for n in range(4)) + "parameter4 int,",
        " *         " + "".join(f"parameter{n} int, " for n in range(5, 9)) + "parameter9 int,",
        " *         parameter10 int, parameter11 int)",
        " *   a       R{ I0 }     int",
        " *   longer  R{ I1 I2 }  string",
        " */",
    ]


def test_a_word_longer_than_a_line_is_left_whole() -> None:
    word = "x" * 300
    assert f" * func\n *         {word}\n" in comment_box(f"func {word}", ())


@pytest.mark.parametrize(
    ("text", "tabs", "written"),
    [
        ("a;\n", 1, "\ta;"),
        ("a;\n\n\tb;\n\n", 2, "\t\ta;\n\n\t\t\tb;"),
        ("", 1, ""),
        (
            "call(o, " + ", ".join(["argument"] * 12) + ");",
            1,
            "\tcall(o, "
            + "argument, " * 7
            + "argument,\n\t     "
            + "argument, " * 3
            + "argument);",
        ),
        (
            '.symbol = "' + "x" * 100 + '",',
            2,
            '\t\t.symbol =\n\t\t\t"' + "x" * 100 + '",',
        ),
    ],
)
def test_blocks(text: str, tabs: int, written: str) -> None:
    assert block(text, tabs) == written
