# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""A match is what it finds: once each, after what was named, and nothing that can't be traced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gogen.binary.model import FunctionInfo
from gogen.errors import SpecError
from gogen.spec.expand import expand
from gogen.spec.load import load

if TYPE_CHECKING:
    from pathlib import Path


def info(symbol: str, *kinds: str, why_not: str = "", abi: str = "ABIInternal") -> FunctionInfo:
    return FunctionInfo(symbol=symbol, address=1, size=9, abi=abi, kinds=kinds, why_not=why_not)


INFOS = (
    info("main.(*Server).Get"),
    info("main.(*Server).Put"),
    info("main.(*Server).Serve", "never-returns"),
    info("main.add", why_not="ABI0", abi="ABI0"),
    info("main.run"),
    info("x" * 501),
)


def expanded(folder: Path, functions: str) -> list[tuple[str, str, str]]:
    path = folder / "spec.toml"
    path.write_text(f'[tracer]\nbinary = "b"\n{functions}')
    asked = expand(load(path), INFOS)
    return [(f.symbol, f.match, f.emit.value) for f in asked.functions]


def refusal(folder: Path, functions: str) -> str:
    with pytest.raises(SpecError) as raised:
        expanded(folder, functions)
    return str(raised.value).removeprefix(f"{folder}/")


def test_each_function_found_is_asked_for_as_the_match_says(tmp_path: Path) -> None:
    pattern = r"^main\.\(\*Server\)\."
    assert expanded(tmp_path, f"[[function]]\nmatch = '{pattern}'\nemit = 'return'\n") == [
        ("main.(*Server).Get", pattern, "return"),
        ("main.(*Server).Put", pattern, "return"),
    ]


@pytest.mark.parametrize("emit", ["call", "both", "entry"])
def test_what_never_returns_is_found_unless_only_returns_are_wanted(
    emit: str, tmp_path: Path
) -> None:
    found = expanded(tmp_path, f"[[function]]\nmatch = 'Serve$|add'\nemit = '{emit}'\n")
    assert [symbol for symbol, _, _ in found] == ["main.(*Server).Serve"]
    assert refusal(tmp_path, "[[function]]\nmatch = 'Serve$'\nemit = 'return'\n") == (
        "spec.toml:3: function[0].match: finds 1 functions, and none can be traced"
        ' - "main.(*Server).Serve": it never returns, and emit = "return" records nothing else'
    )


def test_a_symbol_wins_over_a_match_wherever_it_stands(tmp_path: Path) -> None:
    found = expanded(
        tmp_path,
        "[[function]]\nmatch = 'Server'\n[[function]]\nsymbol = 'main.(*Server).Put'\n"
        "emit = 'entry'\n[[function]]\nmatch = 'Get|run'\n",
    )
    assert found == [
        ("main.(*Server).Get", "Server", "call"),
        ("main.(*Server).Serve", "Server", "call"),
        ("main.(*Server).Put", "", "entry"),
        ("main.run", "Get|run", "call"),
    ]


def test_a_match_that_finds_nothing(tmp_path: Path) -> None:
    assert refusal(tmp_path, "[[function]]\nmatch = 'nobody'\n") == (
        'spec.toml:3: function[0].match: "nobody" finds no function in the binary'
        " - `gogen list BINARY /REGEXP/` shows what an expression finds"
    )
    assert refusal(tmp_path, "[[function]]\nmatch = 'xxxxx'\n").endswith("finds")


def test_a_match_that_finds_nothing_that_can_be_traced(tmp_path: Path) -> None:
    assert refusal(tmp_path, "[[function]]\nmatch = 'main.add'\n") == (
        "spec.toml:3: function[0].match: finds 1 functions, and none can be traced"
        ' - "main.add": ABI0'
    )


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("match = '('", '4: function[0].match: "(" is not a regular expression: missing )'),
        ("match = 'a'\nsymbol = 'b'", "4: function[0].match: symbol and match are both there"),
        ("match = 'a'\nsignature = 'func()'", "5: function[0].signature: one signature can't be"),
        (f"match = '{'a' * 501}'", "4: function[0].match: is longer than 500 characters"),
        ("match = ''", "4: function[0].match: is empty"),
    ],
)
def test_an_impossible_match(function: str, message: str, tmp_path: Path) -> None:
    assert refusal(tmp_path, f"[[function]]\n{function}\n").startswith(f"spec.toml:{message}")
