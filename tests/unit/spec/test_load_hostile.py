# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Whatever the file holds, the answer is a TraceSpec or a SpecError about that file."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gogen.errors import SpecError
from gogen.spec.load import load
from gogen.spec.model import TraceSpec

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

GOOD = """\
[tracer]
name = "checkout"
binary = "bin/checkout"
go = "1.26.1"
output = "out"
[limits]
string = 64
slice = 8
[types]
"main.Order" = "struct { ID int64; Items []Item }"
Item = "map[string]*Item"
[[function]]
symbol = "main.(*Server).Handle"
signature = "func(s *main.Server, o main.Order, _ ...byte) (n int, err error)"
emit = "both"
capture = ["o", "err"]
limits = { string = 256, depth = 1 }
[[function]]
symbol = "main.foo"
signature = "func(a1, a2 int64, b []byte) (int64, []byte)"
"""

PIECES = st.sampled_from(
    [
        *"[]{}\"'.,=#\\\n\t *()_~",
        "[[function]]\n",
        "[tracer]\n",
        "[[",
        "]]",
        '"""',
        "'''",
        "\\u0000",
        "\\ud800",
        "\r",
        "\x00",
        "\ufeff",
        "\u202e",
        "9" * 5000,
        "0x" + "f" * 5000,
        "-1",
        "nan",
        "1e400",
        "2026-01-02",
        "true",
        "where = 1\n",
        "metric = []\n",
        "zz.yy = 1\n",
        "func(",
        "struct {",
        "[3]",
        "main.Order",
        "Item",
        "int",
        "~r0",
        "_",
        "\u4e16",
    ]
)
EDITS = st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 40), PIECES), max_size=6)

# No deadline and no wait for it: the machine may be busy with other tests.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def outcome(document: bytes, folder: Path) -> TraceSpec | SpecError:
    path = folder / "spec.toml"
    path.write_bytes(document)
    answer: TraceSpec | SpecError
    try:
        answer = load(path)
    except SpecError as refused:
        answer = refused
    if isinstance(answer, SpecError):
        assert str(answer).startswith(f"{path}:")
        assert answer.problem
    return answer


def test_the_text_to_be_mutated_is_good(tmp_path: Path) -> None:
    assert isinstance(outcome(GOOD.encode(), tmp_path), TraceSpec)


@UNHURRIED
@given(document=st.binary(max_size=300))
def test_any_bytes(document: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    outcome(document, tmp_path_factory.getbasetemp())


@UNHURRIED
@given(document=st.text(max_size=300))
def test_any_text(document: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    outcome(document.encode(), tmp_path_factory.getbasetemp())


@UNHURRIED
@given(edits=EDITS)
def test_any_mutation(
    edits: list[tuple[int, int, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = GOOD
    for start, length, piece in edits:
        text = text[:start] + piece + text[start + length :]

    outcome(text.encode(), tmp_path_factory.getbasetemp())


@UNHURRIED
@given(lines=st.lists(st.sampled_from(GOOD.splitlines()), max_size=25))
def test_any_order_of_lines(lines: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    outcome("\n".join(lines).encode(), tmp_path_factory.getbasetemp())


def test_every_truncation(tmp_path: Path) -> None:
    accepted = [
        end
        for end in range(len(GOOD))
        if isinstance(outcome(GOOD[:end].encode(), tmp_path), TraceSpec)
    ]

    first_whole = GOOD.index("[[function]]\n", GOOD.index("emit"))
    complete_at = [
        GOOD.index(key) - 1 for key in ("signature =", "emit =", "capture =", "limits = {")
    ]
    assert {*complete_at, first_whole, len(GOOD) - 1} <= set(accepted)
    assert min(accepted) == complete_at[0]


def test_large_files_end_soon(tmp_path: Path) -> None:
    """Half a megabyte of each, none of which a parser may take the square of."""
    start = time.process_time()
    half = 1 << 19
    for unit in ('"""', "'", "[", "a.", "{a=", '"\\', "[[a]]\n", "a\n", "\n", "[a]\n", "#"):
        assert isinstance(outcome((unit * (half // len(unit))).encode(), tmp_path), SpecError)
    chain = "[types]\n" + "".join(f'a{n} = "a{n + 1}"\n' for n in range(20_000))
    assert isinstance(outcome((GOOD.replace("[types]\n", chain)).encode(), tmp_path), TraceSpec)

    # What is linear takes a tenth of this; what is quadratic takes several times as much.
    assert time.process_time() - start < 60
