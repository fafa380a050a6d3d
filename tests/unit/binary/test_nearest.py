# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
from __future__ import annotations

import time

import pytest

from gogen.binary.nearest import nearest

PROMQL = "github.com/prometheus/prometheus/promql.(*Engine).NewInstantQuery"
NAMES = (
    PROMQL,
    "github.com/prometheus/prometheus/promql.(*Engine).NewRangeQuery",
    "github.com/prometheus/prometheus/promql.NewEngine",
    "main.Handle",
    "main.(*Server).Handle",
    "main.(*Server).Close",
    "main.main",
    "runtime.main",
)


@pytest.mark.parametrize(
    ("wanted", "first"),
    [
        ("promql.(*Engine).NewInstantQuery", PROMQL),
        ("NewInstantQuery", PROMQL),
        ("github.com/prometheus/prometheus/promql.Engine.NewInstantQuery", PROMQL),
        ("github.com/prometheus/promethues/promql.(*Engine).NewInstantQuery", PROMQL),
        ("github.com/prometheus/prometheus/promql.(*Engine).NewInstantQeury", PROMQL),
        ("main.server.handle", "main.(*Server).Handle"),
        ("main.Server.Clse", "main.(*Server).Close"),
        ("MAIN.MAIN", "main.main"),
    ],
)
def test_the_likeliest_name_comes_first(wanted: str, first: str) -> None:
    assert nearest(wanted, NAMES)[0] == first


def test_nothing_alike_is_nothing() -> None:
    assert nearest("zzz.qqq", NAMES) == ()
    assert nearest("", NAMES) == ()


def test_at_most_three_in_an_order_that_is_always_the_same() -> None:
    names = [f"a/b.F{n}" for n in range(20)]

    assert nearest("a/b.F", names) == nearest("a/b.F", names[::-1])
    assert len(nearest("a/b.F", names)) == 3


def test_fifty_thousand_names_take_no_time() -> None:
    names = [f"example.com/module/package{n % 500}.(*Type{n}).Method" for n in range(50_000)]
    begin = time.process_time()

    assert nearest("package7.(*Type7).Method", names)[0] == names[7]
    assert nearest("example.com/module/package9.(*Tpye9).Method", names)[0] == names[9]
    assert time.process_time() - begin < 5
