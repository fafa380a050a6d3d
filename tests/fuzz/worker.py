# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Read damaged binaries, one after the other, in a process that may be lost.

In:   lines of JSON: {"subject": PATH, "mutator": NAME, "seed": TEXT}
Out:  lines of JSON: {"outcome": "read", "refused" or "failed", "seconds": S, "what": TEXT}
"""

from __future__ import annotations

import functools
import json
import resource
import sys
import tempfile
import time
import traceback
from pathlib import Path

from mutate import mutate

from gogen import explore, pipeline
from gogen.errors import GogenError

MEMORY = 2 << 30
SYMBOLS = ("main.NamedArg", "main.Iface", "main.(*T).Ptr", "main.NestedArg", "main.small")
SPEC = """
[tracer]
name = "fuzz"
binary = "{binary}"
[types]
"main.Named" = "struct {{ Name string; Tags []byte; Age int }}"
[[function]]
symbol = "main.Sw"
signature = "func(n int) string"
[[function]]
symbol = "main.NamedArg"
stack = true
"""


def attempt(path: Path, folder: Path, number: int) -> str:
    """Do what a user would do with the binary; give what it was refused for, or nothing."""
    refusals = []
    spec = folder / "spec.toml"
    spec.write_text(SPEC.format(binary=path))
    symbol = SYMBOLS[number % len(SYMBOLS)]
    for work in (
        lambda: explore.functions(path, ""),
        lambda: explore.inspect(path, symbol, signature=None, go=""),
        lambda: explore.init(path, ("main.Ints9", "main.TimeArg"), go="", output=None),
        lambda: pipeline.write(pipeline.plan_probes(pipeline.load(spec))),
    ):
        try:
            work()
        except GogenError as error:
            refusals.append(str(error))
    return refusals[0] if refusals else ""


@functools.cache
def subject(path: str) -> bytes:
    return Path(path).read_bytes()


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    shared = Path("/dev/shm")  # noqa: S108 - memory, since thousands of files pass through it
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as name:
        folder = Path(name)
        path = folder / "damaged"
        for number, line in enumerate(sys.stdin):
            task = json.loads(line)
            path.write_bytes(mutate(subject(task["subject"]), task["mutator"], task["seed"]))
            began = time.process_time()
            try:
                what = attempt(path, folder, number)
                outcome = "refused" if what else "read"
            except BaseException:  # noqa: BLE001 - whatever it is, it is the finding
                what, outcome = traceback.format_exc(), "failed"
            seconds = time.process_time() - began
            answer = {"outcome": outcome, "seconds": seconds, "what": what}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
