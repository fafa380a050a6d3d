# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Arguments in registers that a function ignores are lost when its stack grows as it begins."""

from __future__ import annotations

import compare
import gobuild
import pytest
import tracing

from gogen.binary.analyze import analyze
from gogen.binary.functions import list_functions

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

PROGRAM = gobuild.PROGRAMS / "ignored"
NAMES = ("main.all", "main.some", "main.leaf")
SPEC = "".join(f'[[function]]\nsymbol = "{name}"\n' for name in NAMES)
LOST = "in a register that the function ignores: lost if its stack grows as it begins"


@pytest.mark.parametrize("emit", ["call", "entry"])
@pytest.mark.parametrize("flags", [(), ("-gcflags=all=-N -l",)], ids=["plain", "N-l"])
@pytest.mark.parametrize("version", gobuild.toolchains())
def test_what_is_lost_is_not_shown(version: str, flags: tuple[str, ...], emit: str) -> None:
    """It was shown: whatever the runtime had left in the registers."""
    binary = gobuild.build(PROGRAM, version=version, flags=flags)
    spec = SPEC.replace('"\n', f'"\nemit = "{emit}"\n')
    run = tracing.trace(tracing.build_tracer(spec, binary), binary)
    compare.assert_no_loss(run.traced.summary)
    seen = dict.fromkeys(NAMES, 0)
    for record in run.traced.records:
        number = seen[record["function"]]
        seen[record["function"]] += 1
        told = {"a": number, "s": "text", "large": [number, 1, 2]}
        if record.get("unreadable"):
            assert record["function"] == "main.all"
            assert record["unreadable"] == {"args.a": LOST, "args.s": LOST}
            told |= {"a": None, "s": None}
        else:
            assert flags or record["function"] != "main.all"
        assert record["args"] == told
    assert set(seen.values()) == {20}


@pytest.mark.parametrize("emit", ["call", "return"])
@pytest.mark.parametrize("version", gobuild.toolchains())
def test_which_instance_was_called_is_lost_with_them(version: str, emit: str) -> None:
    """And is never told by a record that begins with the return: neither could be built."""
    binary = gobuild.build(PROGRAM, version=version)
    (each,) = (f.symbol for f in list_functions(binary, "main.each*") if "shape" in f.symbol)
    spec = f'[[function]]\nsymbol = "{each}"\nemit = "{emit}"\n'
    run = tracing.trace(tracing.build_tracer(spec, binary), binary)
    assert len(run.traced.records) == 40
    for record in run.traced.records:
        assert "type_args" not in record
        lost = {"args.a": LOST, "args.s": LOST} if emit == "call" else {}
        assert record.get("unreadable", {}) == lost


@pytest.mark.parametrize("goarch", ["amd64", "arm64"])
@pytest.mark.parametrize("version", gobuild.toolchains())
def test_the_tail_of_a_function_tells(version: str, goarch: str) -> None:
    binary = gobuild.build(PROGRAM, version=version, env={"GOARCH": goarch})
    found = {f.symbol: f.keeps_args for f in analyze(binary, NAMES).functions}
    assert found == {"main.all": False, "main.some": True, "main.leaf": True}
