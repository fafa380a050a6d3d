# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Random programs against their own account: every field of every record, or why it is not there.

GOGEN_ORACLE says how many programs per Go version; `make fuzz-live` tries many.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import compare
import gobuild
import pytest
import tracing

from gogen.binary.functions import list_functions

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "oracle"))
from generate import program
from judge import Judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

_DEADLINE = 600.0
"""The kernel verifies a hundred large programs, which takes minutes on a busy machine."""
_LOWERED = re.compile(r'"(.*)" is followed (\d) deep')
SHAPES = re.compile(r"\[go\.shape\..*\]$")
_LARGE = re.compile(r'"(.*?)"(?:: type ".*": its values (?:take|refer to)| is left out: )')


def warned(tracer: Path) -> dict[str, dict[str, Any]]:
    """Give what gogen said it would not show, by function, as Judge takes it."""
    manifest = json.loads((tracer.parent / f"{tracer.name}.manifest.json").read_text())
    return {
        function["symbol"]: {
            "lowered": {
                found[1]: int(found[2])
                for warning in function["warnings"]
                if (found := _LOWERED.match(warning))
            },
            "left_out": frozenset(
                found[1] for warning in function["warnings"] if (found := _LARGE.match(warning))
            ),
        }
        for function in manifest["functions"]
    }


def every(binary: Path, symbols: tuple[str, ...]) -> Iterator[str]:
    """Put for a generic function, whose symbol ends at its `[`, all that it is compiled to."""
    for symbol in symbols:
        if not symbol.endswith("["):
            yield symbol
            continue
        listed = list_functions(binary, symbol.removesuffix("[") + "*")
        yield from (info.symbol for info in listed if info.symbol.startswith(f"{symbol}go.shape."))


def build(
    seed: int, version: str, *, flags: tuple[str, ...] = (), env: dict[str, str] | None = None
) -> tuple[Path, Path]:
    """Make one random program and its tracer; give the tracer and the binary."""
    made = program(seed, blanks=int(version.split(".")[1]) >= 22)
    binary = gobuild.build_text(made.files, name="oracle", version=version, flags=flags, env=env)
    functions = "\n".join(
        f"[[function]]\nsymbol = '{symbol}'\n" for symbol in every(binary, made.symbols)
    )
    return tracing.build_tracer(functions, binary), binary


def judge(seed: int, version: str, tracer: Path, run: tracing.Run) -> int:
    """Compare every record with the program's account; return how many calls were judged."""
    known = warned(tracer)
    ignoring = program(seed, blanks=int(version.split(".")[1]) >= 22).ignoring
    assert run.program.returncode == 0, run.program.stderr
    compare.assert_no_loss(run.traced.summary)
    assert len(run.traced.records) == len(run.program.truth)
    for number, (record, call) in enumerate(
        zip(run.traced.records, run.program.truth, strict=True)
    ):
        assert SHAPES.sub("", record["function"]) == call["function"], number
        try:
            ignores = call["function"] in ignoring
            Judge(record, ignores=ignores, **known[record["function"]]).compare(call)
        except AssertionError as error:
            raise AssertionError(
                f"seed {seed}, Go {version}, call {number} of {call['function']}: {error}\n"
                f"record: {record}\ntruth: {call}"
            ) from error
    return len(run.program.truth)


@pytest.mark.parametrize("version", gobuild.toolchains())
@pytest.mark.parametrize("seed", range(int(os.environ.get("GOGEN_ORACLE", "2"))))
def test_random_programs(
    seed: int, version: str, record_property: Callable[[str, object], None]
) -> None:
    tracer, binary = build(seed, version)
    judged = judge(seed, version, tracer, tracing.trace(tracer, binary, deadline=_DEADLINE))
    assert judged > 200
    record_property("calls of random programs judged", judged)
