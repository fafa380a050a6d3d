# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
What does not fit any more is said, and what comes behind it stays what it is.

Found by random programs: a text of which nothing fitted had no place in the record, and the
loader took the bytes of what came next for it.
"""

from __future__ import annotations

import compare
import gobuild
import pytest
import tracing

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

INNER = "the inner text"


@pytest.mark.parametrize("string", [0, 64, 512])
def test_a_text_that_does_not_fit_keeps_its_place(string: int) -> None:
    binary = gobuild.build(gobuild.PROGRAMS / "wrapped", version=gobuild.NEWEST)
    spec = f'[limits]\nstring = {string}\n[[function]]\nsymbol = "main.take"\n'
    tracer = tracing.build_tracer(spec, binary)

    run = tracing.trace(tracer, binary)

    compare.assert_no_loss(run.traced.summary)
    told = set()
    for record, call in zip(run.traced.records, run.program.truth, strict=True):
        err, notes = record["args"]["err"], record.get("unreadable", {})
        assert record["args"]["after"] == call["args"]["after"]
        if err["error"] is None:
            assert "args.err.error" in notes
        else:
            assert call["args"]["text"].startswith(err["error"])
            assert err["error"] == call["args"]["text"] or "args.err.error" in record["truncated"]
        (inner,) = err["wraps"]
        if inner is None:
            assert "args.err.wraps[0]" in notes
        elif inner["error"] is None:
            assert "args.err.wraps[0].error" in notes
        else:
            cut = "args.err.wraps[0].error" in record.get("truncated", {})
            assert INNER.startswith(inner["error"]) if cut else inner["error"] == INNER
        told.add("whole" if err["error"] == call["args"]["text"] else "not whole")
    assert "not whole" in told
