# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Functions that share programs: each is told, counted, bounded and detached as if alone."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import compare
import gobuild
import pytest
import tracing

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

NUMBERS = 200
TEXTS = 100
_DEADLINE_S = 120.0
FEW = 10
"""Each perf event takes a tenth of a second and more to close, one after another."""


_MAIN = """
func call(which, times int) {
	for k := 0; k < times; k++ {
		switch {
		case which < 0:
			alone()
		case which < len(fs):
			fs[which](k)
		default:
			ss[which-len(fs)](k, fmt.Sprint(which, k))
		}
	}
	fmt.Println("did", which)
}

func main() {
	fmt.Println("waiting")
	var which, times int
	if len(os.Args) > 1 {
		fmt.Scanln()
		for which = -1; which < len(fs)+len(ss); which++ {
			call(which, 2)
		}
		return
	}
	for {
		if _, err := fmt.Scan(&which, &times); err != nil {
			return
		}
		call(which, times)
	}
}
"""


def binary(machine: str = "amd64") -> Path:
    """Build a program that calls functions by number, as lines of input ask, or all of them."""
    functions = "".join(
        f"//go:noinline\nfunc f{n:03}(n int) int {{ return leaf(n) + {n} }}\n"
        for n in range(NUMBERS)
    ) + "".join(
        f"//go:noinline\nfunc s{n:03}(n int, s string) string {{ if leaf(n) == {n} {{ "
        'return "" }; return s }\n'
        for n in range(TEXTS)
    )
    numbers = ", ".join(f"f{n:03}" for n in range(NUMBERS))
    texts = ", ".join(f"s{n:03}" for n in range(TEXTS))
    source = (
        'package main\n\nimport (\n\t"fmt"\n\t"os"\n)\n\n'
        "//go:noinline\nfunc leaf(n int) int { return n ^ 1 }\n\n"
        f"//go:noinline\nfunc alone() int {{ return leaf(1) }}\n{functions}\n"
        f"var fs = []func(int) int{{{numbers}}}\n"
        f"var ss = []func(int, string) string{{{texts}}}\n{_MAIN}"
    )
    files = {"main.go": source, "go.mod": "module many\n\ngo 1.19\n"}
    env = {"GOARCH": machine}
    return gobuild.build_text(files, name="several", version=gobuild.NEWEST, env=env)


def spec(*, few: bool, emit: str = "call") -> str:
    digits = "00" if few else ".."
    match = f"match = '^main\\.[fs]{digits}.$'"
    return (
        f"[limits]\nrate = 0\n[[function]]\n{match}\nemit = '{emit}'\n"
        f"[[function]]\nsymbol = 'main.alone'\nemit = '{emit}'\n"
    )


def build(*, few: bool, emit: str = "call") -> Path:
    return tracing.build_tracer(spec(few=few, emit=emit), binary(), yes=True)


def ask(program: tracing.Target, which: int, times: int) -> None:
    program.send(f"{which} {times}\n")
    program.wait_line(lambda line: line == f"did {which}\n")


def name_of(which: int) -> str:
    if which < 0:
        return "main.alone"
    return f"main.f{which:03}" if which < NUMBERS else f"main.s{which - NUMBERS:03}"


def expected(which: int, k: int) -> tuple[object, object]:
    """Give the arguments and results of call k."""
    if which < 0:
        return {}, {"~r0": 0}
    if which < NUMBERS:
        return {"n": k}, {"~r0": (k ^ 1) + which}
    text = f"{which} {k}"
    return {"n": k, "s": text}, {"~r0": "" if k ^ 1 == which - NUMBERS else text}


@pytest.mark.parametrize(
    ("attach", "emit", "few"),
    [
        ("multi", "call", False),
        ("multi", "entry", True),
        ("multi", "return", True),
        ("multi", "both", True),
        ("perf", "call", True),
    ],
)
def test_each_call_is_of_the_function_that_was_called(attach: str, emit: str, few: bool) -> None:
    tracer = build(few=few, emit=emit)
    options = ("--format", "json", "--strict", "--debug-attach", attach)
    shown = range(FEW) if few else range(NUMBERS)
    told = range(NUMBERS, NUMBERS + (FEW if few else TEXTS))
    calls = [(which, which % 3 + 1) for which in (-1, *shown, *told)]
    with tracing.Target(binary()) as program:
        with tracing.run_tracer(tracer, *options, "--pid", str(program.pid)) as running:
            for which, times in calls:
                ask(program, which, times)
            traced = running.stop(_DEADLINE_S)
        program.finish()

    assert traced.returncode == 0, traced.stderr
    compare.assert_no_loss(traced.summary)
    events = {"call": ["call"], "both": ["entry", "return"]}.get(emit, [emit])
    wanted: Counter[str] = Counter()
    for which, times in calls:
        for k in range(times):
            args, results = expected(which, k)
            for event in events:
                values = [args] if event in {"call", "entry"} else []
                values += [results] if event in {"call", "return"} else []
                wanted[f"{event} {name_of(which)} {values}"] += 1
    seen = Counter(
        f"{record['event']} {record['function']} "
        f"{[record[section] for section in ('args', 'results') if section in record]}"
        for record in traced.records
    )
    assert seen == wanted


def test_each_function_keeps_to_its_own_rate() -> None:
    more = "".join(
        f"[[function]]\nsymbol = 'main.f1{n:02}'\nlimits = {{ rate = {100 if n else 10} }}\n"
        for n in range(FEW)
    )
    tracer = tracing.build_tracer(more, binary())
    with tracing.Target(binary()) as program:
        pid = str(program.pid)
        with tracing.run_tracer(tracer, "--format", "json", "--pid", pid) as running:
            ask(program, 100, 50)
            ask(program, 101, 50)
            ask(program, 102, 20_000)
            traced = running.stop(_DEADLINE_S)
        program.finish()

    compare.assert_no_loss(traced.summary)
    assert traced.summary is not None
    rows = {row["function"]: row for row in traced.summary["functions"]}
    first, second, third = (rows[f"main.f10{n}"] for n in range(3))
    assert (first["hits"], second["hits"], third["hits"]) == (50, 50, 20_000)
    assert 10 <= first["emitted"] < 50
    assert second["emitted"] == 50
    assert 100 <= third["emitted"] < 20_000


@pytest.mark.parametrize("attach", ["multi", "perf"])
def test_the_costliest_is_detached_and_those_that_share_its_programs_stay(attach: str) -> None:
    tracer = build(few=True)
    options = ("--format", "json", "--max-overhead", "5", "--debug-attach", attach)
    with tracing.Target(binary()) as program:
        pid = str(program.pid)
        with tracing.run_tracer(tracer, *options, "--pid", pid) as running:
            gone = None
            while gone is None:
                ask(program, 3, 20_000)
                gone = running.stderr.wait_for(lambda line: "is traced no more" in line, 0.3)
                assert running.running(), running.account("ended")
            assert re.match(r"warning: main\.f003 is traced no more: ", gone)
            for which in (4, NUMBERS + 3):
                ask(program, which, 7)
            ask(program, 3, 20_000)
            traced = running.stop(_DEADLINE_S)
        program.finish()

    compare.assert_identity(traced.summary)
    assert traced.summary is not None
    rows = {row["function"]: row for row in traced.summary["functions"]}
    assert [name for name, row in rows.items() if "detached" in row] == ["main.f003"]
    for name in ("main.f004", "main.s003"):
        assert (rows[name]["hits"], rows[name]["emitted"]) == (7, 7)
