# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Check that the comparison of records with the truth fails whenever they differ."""

from __future__ import annotations

import compare
import pytest
from compare import Json

CALL = {"function": "main.f", "goid": 1, "args": {"a": 1, "s": "text"}, "results": {"ok": True}}


def record(**changes: object) -> Json:
    return {
        "event": "call",
        "exit": "return",
        "function": "main.f",
        "goid": 1,
        "args": {"a": 1, "s": "text"},
        "results": {"ok": True},
        **changes,
    }


def test_equal_calls_match() -> None:
    compare.assert_records_match([record(), record(goid=2)], [CALL, {**CALL, "goid": 2}])


@pytest.mark.parametrize(
    "records",
    [
        [],
        [record(), record()],
        [record(goid=2)],
        [record(function="main.g")],
        [record(exit="panic")],
        [record(args={"a": 1})],
        [record(args={"a": 2, "s": "text"})],
        [record(args={"a": True, "s": "text"})],
        [record(results={"ok": 1})],
        [record(unreadable={"args.a": "why"})],
        [record(truncated={"args.s": 4})],
        [record(truncated={"args.other": 100})],
    ],
)
def test_any_difference_fails_the_comparison(records: list[Json]) -> None:
    with pytest.raises(AssertionError):
        compare.assert_records_match(records, [CALL])


def test_a_cut_value_is_what_go_makes_of_the_bytes_before_the_cut() -> None:
    text, data = "x" * 62 + "日本", "eHl6" * 30  # 68 and 90 bytes
    call = {**CALL, "args": {"s": text, "b": data}}
    cut = {"s": "x" * 62 + "\ufffd\ufffd", "b": "eHl6" * 21 + "eA=="}
    lengths = {"args.s": 68, "args.b": 90}

    compare.assert_records_match([record(args=cut, truncated=lengths)], [call])


@pytest.mark.parametrize(
    ("row", "holds"),
    [
        ({"hits": 7, "emitted": 3, "filtered": 1, "unpaired": 1, "lost": {"ring_full": 2}}, True),
        ({"hits": 7, "emitted": 3, "filtered": 1, "unpaired": 1, "lost": {"ring_full": 1}}, False),
    ],
)
def test_the_identity_of_the_counters(row: Json, *, holds: bool) -> None:
    summary = {"event": "summary", "functions": [{"function": "main.f", **row}]}
    if holds:
        compare.assert_identity(summary)
    else:
        with pytest.raises(AssertionError):
            compare.assert_identity(summary)
    with pytest.raises(AssertionError):
        compare.assert_no_loss(summary)
