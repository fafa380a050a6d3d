# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
What is traced in virtual machines, and what of its records must be the same everywhere.

In:   a machine, how much is wanted
Out:  vm.Scenario of each program, vm.Script of what takes more than that;
      vm.Outcome of each machine; records without what differs from run to run
"""

from __future__ import annotations

import functools
import json
import os
import re
import shlex
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import gobuild
import tracing
import vm

sys.path.append(str(gobuild.TOP / "tests" / "live"))
import test_concurrency
import test_ends
import test_expressions
import test_floats
import test_many
import test_overhead
import test_panics
import test_special
import test_stacks
import test_whereabouts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
EVERYTHING = os.environ.get("GOGEN_VM") == "all"
"""`make test-vm` wants more than `make test`."""

KINDS = gobuild.PROGRAMS / "kinds"
_BLOG = '[[function]]\nsymbol = "main.foo"\n'
_TAILS = "\n".join(
    f'[[function]]\nsymbol = "main.(*{receiver}).Add"\nsignature = "func(t uintptr, n int) int"\n'
    'capture = ["n", "~r0"]\n'
    for receiver in ("ByPointer", "ByInterface", "Tally")
)
# The program numbers its calls as they come, in no order that would come again.
_PANICS = f"{test_panics.SPEC}capture = []\n"
_CROWD = ("-goroutines", "40", "-rounds", "2", "-divers", "2")

IDENTICAL = ("blog", "ends", "many", "panics", "recursion", "tails")
"""Scenarios whose records are the same on every kernel and machine."""

_VARIES = ("time", "pid", "tid", "goid", "duration_ns", "comm")
_ADDRESS = re.compile(r"0x[0-9a-f]+")


@functools.cache
def boot() -> dict[str, vm.Outcome]:
    """Boot both machines side by side, once: each takes about a minute, most of it alone."""
    wanted = {
        machine: (make(machine, everything=EVERYTHING), make_scripts(machine))
        for machine in MACHINES
    }
    with ThreadPoolExecutor(len(wanted)) as pool:
        booted = {machine: pool.submit(vm.run, machine, *wanted[machine]) for machine in wanted}
        return {machine: future.result() for machine, future in booted.items()}


def make(machine: str, *, everything: bool) -> tuple[vm.Scenario, ...]:
    """Build programs and tracers for a machine."""
    ends = test_ends.spec(*test_ends.COUNTED)
    rows: list[tuple[str, Path, str, tuple[str, ...]]] = [
        ("blog", gobuild.EXAMPLES / "blog", _BLOG, ("-calls", "20", "-every", "1ms")),
        ("ends", test_ends.PROGRAM, ends, ()),
        ("panics", test_panics.PROGRAM, _PANICS, ()),
        ("recursion", gobuild.PROGRAMS / "crowd", test_concurrency.FUNCTIONS, _CROWD),
        ("tails", gobuild.PROGRAMS / "tails", _TAILS, ()),
        ("stacks", test_stacks.PROGRAM, test_stacks.FUNCTIONS, ()),
        ("kinds", KINDS, (KINDS / "functions.toml").read_text(), ()),
    ]
    if everything:
        rows.append(("expressions", test_expressions.PROGRAM, test_expressions.spec(), ()))
        rows.append(("special", test_special.PROGRAM, test_special.spec(gobuild.NEWEST), ()))
        rows.append(("floats", test_floats.PROGRAM, test_floats.spec({}), ("20",)))
    scenarios = [
        _scenario(name, _program(source, machine), spec, arguments)
        for name, source, spec, arguments in rows
    ]
    several = test_many.binary(machine)
    scenarios.append(_scenario("many", several, test_many.spec(few=True), ("all",)))
    return tuple(scenarios)


def make_scripts(machine: str) -> tuple[vm.Script, ...]:
    """Give what the scripts here are, with their programs."""
    blog = _program(gobuild.EXAMPLES / "blog", machine)
    target = _program(gobuild.TOP / "bench" / "target", machine)
    tracer = tracing.build_tracer(_BLOG, blog)
    overhead = tracing.build_tracer(test_overhead.FUNCTIONS, target)
    nobody = vm.build_c(machine, "nobody")
    texts = {
        "hidden": test_whereabouts.HIDDEN,
        "numbered": test_whereabouts.NUMBERED,
        "started": test_whereabouts.STARTED,
        "nested": test_whereabouts.NESTED,
        "options": "",
        "span": "2",
    }
    exports = "".join(f"export {name}={shlex.quote(text)}\n" for name, text in texts.items())
    return (
        _script("privileges", {"tracer": tracer, "blog": blog, "nobody": nobody}),
        _script("command", {"tracer": tracer, "blog": blog}),
        _script("overhead", {"tracer": overhead, "target": target}),
        _script("namespaces", {"tracer": tracer, "blog": blog}, exports),
    )


def _script(name: str, programs: dict[str, Path], before: str = "") -> vm.Script:
    text = (vm.GUEST / f"{name}.sh").read_text()
    return vm.Script(name=name, text=before + text, programs=programs)


def _program(source: Path, machine: str) -> Path:
    return gobuild.build(source, version=gobuild.NEWEST, env={"GOARCH": machine})


def _scenario(name: str, binary: Path, spec: str, arguments: tuple[str, ...] = ()) -> vm.Scenario:
    tracer = tracing.build_tracer(spec, binary)
    waits = name != "blog"
    return vm.Scenario(name=name, tracer=tracer, program=binary, arguments=arguments, waits=waits)


def comparable(records: Iterable[tracing.Json]) -> list[list[str]]:
    """
    Give what must be the same in every run, goroutine by goroutine.

    Calls that end at one moment are sent in no particular order, so each goroutine's are sorted.
    """
    goroutines: dict[int, list[str]] = defaultdict(list)
    for record in records:
        same = {key: value for key, value in record.items() if key not in _VARIES}
        goroutines[record["goid"]].append(_ADDRESS.sub("0x", json.dumps(same, sort_keys=True)))
    return sorted(sorted(lines) for lines in goroutines.values())
