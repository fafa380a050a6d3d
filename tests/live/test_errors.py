# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""What errors say, and what they wrap, against the program's own Error() and Unwrap()."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import compare
import gobuild
import pytest
import tracing

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

PROGRAM = gobuild.PROGRAMS / "errs"
SPEC = """
[limits]
string = 256
depth = 6

[[function]]
symbol = "main.take"

[[function]]
symbol = "main.takeAny"
"""


def chain(value: Any) -> list[str]:
    """Give the types of an error and of what it wraps, as errors.Unwrap goes."""
    types = []
    while value is not None:
        types.append(value["type"])
        wraps = value.get("wraps", ())
        value = wraps[0] if len(wraps) == 1 else None
    return types


def check(record: Any, told: Any, argument: str) -> str:
    """Compare one record; return the type, if its text is not known."""
    shown = record["args"][argument]
    path = f"args.{argument}.error"
    assert shown["type"] == told["types"][0]
    if "error" not in shown:
        # A type of the program's own: its value is what can be told.
        assert shown["value"] == {"code": 7}
        return str(shown["type"])
    if shown["error"] is None:
        reason = record["unreadable"][path]
        assert reason == "the text of the *main.own in it is not known", (told, reason)
        return ""
    if path in record.get("truncated", {}):
        assert record["truncated"][path] == len(told["text"])
        assert told["text"].startswith(shown["error"])
    else:
        assert shown["error"] == told["text"]
    ours = chain(shown)
    # Some types say what they wrap by their text alone, and Unwrap may give what is not stored.
    both = min(len(ours), len(told["types"]))
    assert ours[:both] == told["types"][:both], (told, shown)
    return ""


@pytest.mark.parametrize("finished", [Path, gobuild.strip_beside_debug_file])
@pytest.mark.parametrize("version", gobuild.toolchains())
def test_errors_say_what_the_program_hears(version: str, finished: Callable[[Path], Path]) -> None:
    binary = finished(gobuild.build(PROGRAM, version=version))
    tracer = tracing.build_tracer(SPEC, binary)

    run = tracing.trace(tracer, binary)

    truth = run.program.truth
    assert len(truth) > 230
    compare.assert_no_loss(run.traced.summary)
    assert len(run.traced.records) == len(truth)
    unknown = set()
    for record, call in zip(run.traced.records, truth, strict=True):
        assert record["function"] == call["function"]
        unknown.add(
            check(record, call["args"], "v" if record["function"] == "main.takeAny" else "err")
        )
    assert unknown - {""} == {"*main.own"}
