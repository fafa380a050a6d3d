# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The line of every key, however TOML lets it be written."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gogen.spec.nesting import too_deep
from gogen.spec.positions import lines
from gogen.spec.source import Source, dotted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gogen.spec.source import Key

DOCUMENT = r"""# [not.a.table]
[tracer]                     # [tracer2]
name = "a"
binary.path = "b"
text = '''
fake = 1
'''
"quo\u0074ed\"" = 1
'lit.eral' = { x = 1, y.z = 2 }
list = [ # comment
  1,

  { q = [3] }, # comment
]
[limits."a b".'c']
[[function]]
symbol = "x"
[function.limits]
string = 1
[[function.metric]]
kind = "a"
[[function.metric]]
kind = "b"
[[function]]
symbol = "y"
[function.limits]
string = 2
[limits]
depth = 1
"""

EXPECTED: dict[Key, int] = {
    ("tracer",): 2,
    ("tracer", "name"): 3,
    ("tracer", "binary"): 4,
    ("tracer", "binary", "path"): 4,
    ("tracer", "text"): 5,
    ("tracer", 'quoted"'): 8,
    ("tracer", "lit.eral"): 9,
    ("tracer", "lit.eral", "x"): 9,
    ("tracer", "lit.eral", "y"): 9,
    ("tracer", "lit.eral", "y", "z"): 9,
    ("tracer", "list"): 10,
    ("tracer", "list", 0): 11,
    ("tracer", "list", 1): 13,
    ("tracer", "list", 1, "q"): 13,
    ("tracer", "list", 1, "q", 0): 13,
    ("limits",): 28,
    ("limits", "a b"): 15,
    ("limits", "a b", "c"): 15,
    ("function",): 16,
    ("function", 0): 16,
    ("function", 0, "symbol"): 17,
    ("function", 0, "limits"): 18,
    ("function", 0, "limits", "string"): 19,
    ("function", 0, "metric"): 20,
    ("function", 0, "metric", 0): 20,
    ("function", 0, "metric", 0, "kind"): 21,
    ("function", 0, "metric", 1): 22,
    ("function", 0, "metric", 1, "kind"): 23,
    ("function", 1): 24,
    ("function", 1, "symbol"): 25,
    ("function", 1, "limits"): 26,
    ("function", 1, "limits", "string"): 27,
    ("limits", "depth"): 29,
}


def keys(value: Any, key: Key = ()) -> Iterator[Key]:
    """Every key of a document as tomllib reads it."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for part, inner in items:
        yield (*key, part)
        if isinstance(inner, (dict, list)):
            yield from keys(inner, (*key, part))


def test_every_way_to_write_a_key_has_its_line() -> None:
    assert lines(DOCUMENT.encode()) == EXPECTED
    assert set(keys(tomllib.loads(DOCUMENT))) == set(EXPECTED)


def test_line_endings_of_other_systems_count_once() -> None:
    assert lines(DOCUMENT.replace("\n", "\r\n").encode()) == EXPECTED


NAMES = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{1,4}", fullmatch=True),
    st.text("ab.#=[]{}\"'\\ \u00e9\U0001f600\t", max_size=4),
)
LEAVES = st.one_of(st.integers(0, 9), st.booleans(), st.text("a#[]{}=.\"'\\\n", max_size=6))
LISTS = st.lists(LEAVES, max_size=3)
INLINE = st.dictionaries(NAMES, st.one_of(LEAVES, LISTS), max_size=2)
VALUES = st.one_of(LEAVES, LISTS, INLINE, st.lists(INLINE, max_size=2))
TABLES = st.dictionaries(NAMES, VALUES, max_size=3)
DOCUMENTS = st.tuples(
    TABLES, st.dictionaries(NAMES, TABLES, max_size=2), st.lists(TABLES, max_size=3)
)


def written(value: Any) -> str:
    """A value in TOML, on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        escaped = "".join(
            c if c.isalnum() or c in " .#=[]{}'" else f"\\U{ord(c):08x}" for c in value
        )
        return f'"{escaped}"'
    if isinstance(value, list):
        return f"[ {', '.join(map(written, value))} ]"
    pairs = (f"{written(name)} = {written(inner)}" for name, inner in value.items())
    return f"{{ {', '.join(pairs)} }}"


# No deadline and no wait for it: the machine may be busy with other tests.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DOCUMENTS)
def test_keys_are_those_that_tomllib_reads_on_the_lines_they_were_written(
    document: tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]],
) -> None:
    top, tables, elements = document
    rows = []
    expected: dict[Key, int] = {}

    def add(row: str, key: Key, value: Any) -> None:
        rows.append(row)
        inner = [(*key, *k) for k in keys(value)] if isinstance(value, (dict, list)) else []
        expected.update(dict.fromkeys([key, *inner], len(rows)))

    for name, value in top.items():
        add(f"{written('top' + name)} = {written(value)}", ("top" + name,), value)
    for name, table in tables.items():
        add(f"[ 'table' . {written(name)} ] # c", ("table", name), 0)
        expected.setdefault(("table",), len(rows))
        for inner, value in table.items():
            add(f"{written(inner)} = {written(value)}", ("table", name, inner), value)
    for index, table in enumerate(elements):
        add("[[element]]", ("element", index), 0)
        expected.setdefault(("element",), len(rows))
        for inner, value in table.items():
            add(f"{written(inner)} = {written(value)}", ("element", index, inner), value)
    text = "\n".join(rows)

    found = lines(text.encode())

    assert set(found) == set(keys(tomllib.loads(text)))
    assert found == expected


def test_a_missing_key_is_at_the_nearest_table() -> None:
    source = Source(name="a/s.toml", lines=EXPECTED)

    assert source.where(("function", 1, "signature")) == "a/s.toml:24: function[1].signature"
    assert source.where(("nothing",)) == "a/s.toml:1: nothing"


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (("function", 0, "capture", 2), "function[0].capture[2]"),
        (("types", "main.T"), 'types."main.T"'),
        (("a", "", "b\n"), 'a."".' + '"b\\n"'),
        (("k" * 90,), f'"{"k" * 80}..."'),
    ],
)
def test_keys_are_shown_as_toml_writes_them(key: Key, text: str) -> None:
    assert dotted(key) == text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = [[[[[[[[1]]]]]]]]", None),
        ("\na = [[[[[[[[[1]]]]]]]]]", 2),
        ("a.b.c.d.e.f.g.h.i = 1", None),
        ("a.b.c.d.e.f.g.h.i.j = 1", 1),
        ("a = '[[[[[[[[[' # [[[[[[[[[", None),
        ('a = "\\"[[[[[[[[["', None),
        ('a = """\n[[[[[[[[["" """\nb = [[[[[[[[[', 3),
        ("a = '''\n[[[[[[[[['' '''\nb = [[[[[[[[[", 3),
        ("]]]]\n[[[[[[[[[", 2),
        ("a = 1.5\n" * 20, None),
    ],
)
def test_only_brackets_and_keys_count_as_nesting(text: str, line: int | None) -> None:
    assert too_deep(text) == line
