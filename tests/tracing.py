# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Run generated tracers and Go programs side by side, and compare what both say.

In:   a spec's functions and a Go binary; the options of a tracer
Out:  TraceResult (what the tracer printed), Finished (what the program printed)

Nothing here waits by time: a tracer is attached once it prints `ready:`, a program waits
for a line on standard input, and a tracer that is told to stop has drained its ring when
it ends. Both contexts kill their process on the way out (process.py).
compare.py holds the comparison.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
from gobuild import TOP
from process import DEADLINE, Process

from gogen import pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TRACERS = TOP / ".cache" / "tracers"
_VALIDATED = 500
"""Records of a run that are held against the schema: it is slow, and they are much alike."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceResult:
    """
    What a tracer left behind.

    Attributes:
        records: the JSON records in the order they were printed, without the summary.
        summary: per-function counters as the last record gives them; None when there is none.
        stdout: everything it printed, for the text format.
    """

    returncode: int
    records: tuple[Json, ...]
    summary: Json | None
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """
    What a Go program left behind.

    Attributes:
        lines: standard output without the line `waiting`.
        truth: those of the lines that are JSON objects with a "function": its own account.
        counts: calls by function, from its last line; empty when it prints none.
    """

    returncode: int
    lines: tuple[str, ...]
    stderr: str
    truth: tuple[Json, ...]
    counts: dict[str, int]


class Tracer(Process):
    """A running tracer; `run_tracer` makes one."""

    def wait_ready(self, deadline: float = DEADLINE) -> str:
        """Give the `ready:` line, once every probe is in place."""
        line = self.stderr.wait_for(lambda line: line.startswith("ready:"), deadline)
        if line is None:
            raise AssertionError(self.account("did not get ready"))
        return line.rstrip("\n")

    def stop(self, deadline: float = DEADLINE) -> TraceResult:
        """Interrupt it, as Ctrl-C does, and collect what it printed."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGINT)
        return self.wait(deadline)

    def wait(self, deadline: float = DEADLINE) -> TraceResult:
        """Wait for its own end (--duration, --count, an error) and collect what it printed."""
        returncode = self.wait_end(deadline)
        return collect(returncode, self.stdout.text(), self.stderr.text())


class Target(Process):
    """
    A Go program to be traced.

    Args:
        binary: as `gobuild.build` gives it.
        arguments: of the program.
        env: over the test's own environment.
        waits: it prints `waiting` and waits for a line, as those in tests/go do.
    """

    def __init__(
        self,
        binary: Path,
        *arguments: str,
        env: dict[str, str] | None = None,
        waits: bool = True,
    ) -> None:
        super().__init__([str(binary), *arguments], env)
        if waits and self.stdout.wait_for(lambda line: line == "waiting\n", DEADLINE) is None:
            with self:
                raise AssertionError(self.account("did not wait"))

    def go(self) -> None:
        """Let it begin."""
        self.send("\n")

    def wait_line(
        self, wanted: Callable[[str], bool], *, error: bool = False, deadline: float = DEADLINE
    ) -> str:
        """Give the first line on its standard output, or error, that is wanted."""
        line = (self.stderr if error else self.stdout).wait_for(wanted, deadline)
        if line is None:
            raise AssertionError(self.account("did not print the line waited for"))
        return line

    def finish(self, deadline: float = DEADLINE) -> Finished:
        """End its standard input, wait for its end and collect what it printed."""
        self.close_stdin()
        returncode = self.wait_end(deadline)
        return finished(returncode, self.stdout.text(), self.stderr.text())


@contextmanager
def run_tracer(
    tracer: Path, *options: str, env: dict[str, str] | None = None, deadline: float = DEADLINE
) -> Iterator[Tracer]:
    """Start a tracer and hand it over once every probe is in place."""
    with Tracer([str(tracer), *options], env) as running:
        running.wait_ready(deadline)
        yield running


def run_tracer_to_end(
    tracer: Path, *options: str, env: dict[str, str] | None = None, deadline: float = DEADLINE
) -> TraceResult:
    """Run a tracer that ends by itself: --version, --check, a refusal."""
    with Tracer([str(tracer), *options], env) as running:
        return running.wait(deadline)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Both sides of one traced run."""

    traced: TraceResult
    program: Finished


def trace(
    tracer: Path,
    target: Path,
    *arguments: str,
    options: tuple[str, ...] = (),
    deadline: float = DEADLINE,
) -> Run:
    """Trace one whole run of a program of tests/go: probes first, then its first call."""
    given = ("--format", "json", *options)
    with (
        Target(target, *arguments) as program,
        run_tracer(tracer, *given, "--pid", str(program.pid), deadline=deadline) as running,
    ):
        program.go()
        finished = program.finish(deadline)
        return Run(traced=running.stop(deadline), program=finished)


def gogen(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line with the tests' own Python; never raises for its exit status."""
    return subprocess.run(
        [sys.executable, "-m", "gogen", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(env or {})},
    )


def build_tracer(functions: str, binary: Path, *, name: str = "tracer", yes: bool = False) -> Path:
    """
    Build the tracer of a binary; equal input is built once on a machine.

    Args:
        functions: the spec without its [tracer] table: [limits], [types], [[function]].
        binary: what the spec is about.
        name: of the tracer; the result is .../NAME/NAME.
        yes: however many functions match.
    """
    parts = (functions, str(binary), name, _file_hash(binary), _gogen_hash())
    out = TRACERS / hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]
    if not out.exists():
        TRACERS.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".aside-", dir=TRACERS) as folder:
            spec = Path(folder) / "spec.toml"
            table = f"[tracer]\nname = {json.dumps(name)}\nbinary = {json.dumps(str(binary))}\n\n"
            spec.write_text(table + functions)
            if "match =" in functions:
                done = gogen("build", str(spec), "-o", folder, *(["--yes"] * yes))
                assert done.returncode == 0, f"gogen build: exit {done.returncode}\n{done.stderr}"
            else:
                _build(spec, Path(folder))
            try:
                Path(folder).rename(out)
                Path(folder).mkdir()  # for the context to remove
            except OSError:
                assert out.exists()  # another run was quicker
    return out / name / name


def _build(spec: Path, folder: Path) -> None:
    """Build in this process: what `gogen build` does that takes functions as they are named."""
    planned = pipeline.plan_probes(pipeline.load(spec))
    pipeline.build(planned, folder, compile_it=True, keep=True, report=lambda _: None)


def _split(text: str) -> list[str]:
    """Split at newlines only: str.splitlines also splits at U+2028, which JSON may hold."""
    return text.removesuffix("\n").split("\n") if text else []


def finished(returncode: int, stdout: str, stderr: str) -> Finished:
    """Sort what a program printed."""
    lines = [line for line in _split(stdout) if line != "waiting"]
    objects = [json.loads(line) for line in lines if line.startswith("{")]
    return Finished(
        returncode=returncode,
        lines=tuple(lines),
        stderr=stderr,
        truth=tuple(entry for entry in objects if "function" in entry),
        counts=next((entry["counts"] for entry in objects if "counts" in entry), {}),
    )


def collect(returncode: int, stdout: str, stderr: str) -> TraceResult:
    """Sort what a tracer printed."""
    objects = [json.loads(line) for line in _split(stdout) if line.startswith("{")]
    validate(objects)
    summaries = [entry for entry in objects if entry["event"] == "summary"]
    assert summaries in ([], objects[-1:]), "the summary is not the last record"
    return TraceResult(
        returncode=returncode,
        records=tuple(entry for entry in objects if entry["event"] != "summary"),
        summary=summaries[0] if summaries else None,
        stdout=stdout,
        stderr=stderr,
    )


def validate(objects: list[Json]) -> None:
    """Hold what a tracer printed against the contract."""
    for entry in (*objects[:_VALIDATED], *objects[-1:]):
        _schema().validate(entry)


@functools.cache
def _schema() -> jsonschema.Draft202012Validator:
    """Give the contract of the JSON format; what a tracer prints keeps it in every test."""
    document = json.loads((TOP / "docs" / "record.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(document)
    return jsonschema.Draft202012Validator(document)


@functools.cache
def _gogen_hash() -> str:
    files = sorted(
        path
        for folder in ("gogen", "templates")
        for path in (TOP / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    return hashlib.sha256("".join(map(_file_hash, files)).encode()).hexdigest()


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def run_command(*argv: str) -> str:
    """Run one of the system's tools and give its output."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    done = subprocess.run(
        argv, capture_output=True, text=True, check=True, env=os.environ | {"PATH": path}
    )
    return done.stdout
