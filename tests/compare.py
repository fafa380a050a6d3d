# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Compare a tracer's records with the traced program's own account of its calls.

In:   records, the truth (both as JSON objects), the limit of a string in bytes
Out:  nothing, or an AssertionError that names the call and the value

Both sides give one goroutine's calls in the order they end, so calls are matched by
function, goroutine and position. A value cut at the limit is what Go's encoding/json
makes of the bytes before the cut: each byte that is not UTF-8 becomes one U+FFFD.
"""

from __future__ import annotations

import base64
import codecs
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

Json = dict[str, Any]
_FATES = ("emitted", "filtered", "throttled", "unpaired")


def assert_identity(summary: Json | None) -> None:
    """Every hit is accounted for: emitted, filtered, throttled, unpaired, or lost by some cause."""
    assert summary is not None, "no summary"
    assert summary["functions"], "a summary without functions"
    for row in summary["functions"]:
        accounted = sum(row.get(fate, 0) for fate in _FATES)
        accounted += sum(row["lost"].values())
        assert row["hits"] == accounted, row


def assert_no_loss(summary: Json | None) -> None:
    """The identity holds, nothing was lost, and every call that began was seen to end."""
    assert_identity(summary)
    assert summary is not None
    lost = {
        row["function"]: {**row["lost"], "unpaired": row["unpaired"]}
        for row in summary["functions"]
    }
    assert {name: causes for name, causes in lost.items() if any(causes.values())} == {}


def emitted(summary: Json | None) -> dict[str, int]:
    """Give the records emitted, by function."""
    assert summary is not None, "no summary"
    return {row["function"]: row["emitted"] for row in summary["functions"]}


def assert_records_match(
    records: Iterable[Json], truth: Iterable[Json], *, limit: int = 64
) -> None:
    """Assert that each call of the truth has exactly one record, equal in every value."""
    records, truth = tuple(records), tuple(truth)
    expected, actual = _counted(truth), _counted(records)
    assert actual == expected, f"too few {expected - actual}, too many {actual - expected}"
    seen, told = _by_goroutine(records), _by_goroutine(truth)
    assert set(seen) == set(told)
    for key, calls in told.items():
        assert len(seen[key]) == len(calls), key
        for number, (call, record) in enumerate(zip(calls, seen[key], strict=True)):
            assert_record_matches(record, call, limit=limit, where=f"{key} call {number}")


def assert_record_matches(record: Json, call: Json, *, limit: int = 64, where: str = "") -> None:
    """Assert that a record says of one call what the program says of it."""
    assert (record["event"], record["exit"]) == ("call", "return"), f"{where}: {record}"
    unreadable = record.get("unreadable", {})
    # What float registers held is told only where the function has stored it.
    assert set(unreadable) <= set(call.get("unreadable", [])), f"{where}: {unreadable}"
    assert all(unreadable.values()), f"{where}: a value is unreadable without a reason"
    truncated = dict(record.get("truncated", {}))
    for root in ("args", "results"):
        assert set(record[root]) == set(call[root]), f"{where}: {root}"
        for name, value in call[root].items():
            path = f"{root}.{name}"
            if path in unreadable:
                assert record[root][name] is None, f"{where}: {path}"
                continue
            length, wanted = _cut(value, truncated.pop(path, None), limit)
            assert record[root][name] == wanted, f"{where}: {path}, length {length}"
            # bool is int and 1.0 is 1 to Python, but not in JSON.
            same = {type(record[root][name]), type(wanted)}
            assert len(same) == 1 or same == {int, float}, f"{where}: {path} is {same}"
    assert truncated == {}, f"{where}: truncated, but not values"


def go_text(data: bytes) -> str:
    """Decode as Go's encoding/json does: each byte that is not UTF-8 becomes one U+FFFD."""
    return data.decode("utf-8", errors="gogen-each-byte")


def _each_byte(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "\ufffd", error.start + 1


codecs.register_error("gogen-each-byte", _each_byte)


def _cut(value: Any, length: int | None, limit: int) -> tuple[int | None, Any]:
    """Give what should have been recorded of a value that was `length` bytes long."""
    if length is None:
        return None, value
    assert isinstance(value, str)
    assert length > limit, f"said to be truncated at {limit}, yet only {length} bytes long"
    if len(value.encode()) == length:
        return length, go_text(value.encode()[:limit])
    data = base64.b64decode(value, validate=True)
    assert len(data) == length
    return length, base64.b64encode(data[:limit]).decode()


def _counted(calls: Iterable[Json]) -> Counter[str]:
    return Counter(call["function"] for call in calls)


def _by_goroutine(calls: Iterable[Json]) -> dict[tuple[str, int], list[Json]]:
    groups = defaultdict(list)
    for call in calls:
        groups[call["function"], call["goid"]].append(call)
    return dict(groups)
