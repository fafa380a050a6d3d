# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Programs that start later, whose file is gone, or that are in another namespace than we."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import compare
import gobuild
import process
import pytest
import tracing

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

FUNCTIONS = """
[[function]]
symbol = "main.foo"
signature = "func(a1, a2, a3 int64, b []byte) (int64, []byte)"
"""
ENDLESS = ("-every", "1ms")
JSON = ("--format", "json")
IN_NAMESPACE = ("unshare", "-pf", "--kill-child", "--mount-proc")

# For a shell that has $tracer and $blog; tests/guest runs them on another kernel, too.
# What a shell has started is that shell still, for a moment.
RUNS = """
runs() { until [ "/proc/$1/exe" -ef "$blog" ]; do :; done; }
"""
HIDDEN = 'mount -t tmpfs none "$PWD/.." && exec chroot . /blog -every 1ms'
NUMBERED = f"""{RUNS}
"$blog" -every 1ms >/dev/null & one=$!
"$blog" -every 1ms >/dev/null & two=$!
"$blog" -every 1ms >/dev/null & three=$!
runs $one; runs $two; runs $three
echo one=$one; echo two=$two; echo three=$three
trace="$tracer --format json --strict $options"
$trace --pid $one --count 3 && echo chosen &&
$trace --pid $one --pid $three --duration $span && echo both &&
$trace --duration $span
status=$?; kill $one $two $three; exit $status
"""
STARTED = 'exec "$tracer" --format json --strict -- "$blog" -calls 40 -every 50us'
NESTED = f"""{RUNS}
unshare -p -f "$blog" -every 1ms >/dev/null & outer=$!
until pid=$(cat /proc/$outer/task/$outer/children) && [ "$pid" ]; do :; done
runs $pid
"$tracer" --pid $pid --count 1; status=$?; kill -9 $pid; exit $status
"""


@pytest.fixture(scope="module")
def binary() -> Path:
    return gobuild.build(gobuild.EXAMPLES / "blog", version=gobuild.NEWEST)


@pytest.fixture(scope="module")
def tracer(binary: Path) -> Path:
    return tracing.build_tracer(FUNCTIONS, binary)


def records_of(stdout: str) -> list[tracing.Json]:
    lines = [json.loads(line) for line in stdout.splitlines() if line.startswith("{")]
    return [entry for entry in lines if entry["event"] == "call"]


def numbers(text: str) -> dict[str, int]:
    """Give what scripts here tell as NAME=NUMBER on a line of its own."""
    return {name: int(number) for name, number in re.findall(r"^(\w+)=(\d+)$", text, re.MULTILINE)}


def in_namespace(script: str, **variables: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a shell script in a PID namespace of its own."""
    return subprocess.run(
        [*IN_NAMESPACE, "bash", "-c", script],
        env=os.environ | {name: str(value) for name, value in variables.items()},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def assert_numbered(stdout: str) -> None:
    """Hold what NUMBERED printed against what it says itself."""
    told = numbers(stdout)
    chosen, rest = stdout.split("chosen\n")
    both, every = rest.split("both\n")
    assert {r["pid"] for r in records_of(chosen)} == {told["one"]}
    assert {r["pid"] for r in records_of(both)} == {told["one"], told["three"]}
    assert {r["pid"] for r in records_of(every)} == {told["one"], told["two"], told["three"]}
    # Threads too are numbered from where the namespace began.
    assert all(record["tid"] < 1000 for record in records_of(every))


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_programs_that_start_later_and_again_are_traced(tracer: Path, binary: Path) -> None:
    runs = []
    with tracing.run_tracer(tracer, *JSON, "--binary", str(binary)) as running:
        for _ in range(3):
            with tracing.Target(binary, "-calls", "20", "-every", "50us", waits=False) as program:
                assert program.finish().returncode == 0
                runs.append(program.pid)
        traced = running.stop()

    compare.assert_no_loss(traced.summary)
    assert [r["pid"] for r in traced.records] == [pid for pid in runs for _ in range(20)]


def test_without_a_process_the_tracer_waits_for_one(tracer: Path, binary: Path) -> None:
    with tracing.Tracer([str(tracer), *JSON]) as running:
        assert running.stderr.wait_for(lambda line: line.startswith("waiting: no process"), 30)
        with tracing.Target(binary, *ENDLESS, waits=False) as program:
            running.wait_ready()
            assert running.stdout.wait_for(lambda line: f'"pid":{program.pid},' in line, 30)
            assert running.stop().returncode == 0


def test_waiting_ends_when_it_is_told_to(tracer: Path) -> None:
    with tracing.Tracer([str(tracer), *JSON]) as running:
        assert running.stderr.wait_for(lambda line: line.startswith("waiting:"), 30)
        stopped = running.stop()

    assert (stopped.returncode, stopped.stdout) == (0, "")


@pytest.mark.parametrize("attach", ["multi", "perf"])
def test_a_running_program_whose_file_was_replaced(
    tracer: Path, binary: Path, tmp_path: Path, attach: str
) -> None:
    path = tmp_path / "blog"
    shutil.copy(binary, path)
    with tracing.Target(path, *ENDLESS, waits=False) as program:
        program.wait_line(lambda line: line.startswith("foo("))
        path.unlink()
        shutil.copy("/bin/sleep", path)
        options = ("--pid", str(program.pid), "--count", "5", "--debug-attach", attach)
        traced = tracing.run_tracer_to_end(tracer, *JSON, *options)

    assert traced.returncode == 0, traced.stderr
    assert {record["pid"] for record in traced.records} == {program.pid}
    # Its name is that of the new file.
    refused = tracing.run_tracer_to_end(tracer, "--binary", str(path))
    assert refused.returncode == 3


@pytest.mark.parametrize("by_pid", [True, False], ids=["pid", "any"])
def test_a_program_in_a_container(
    tracer: Path, binary: Path, tmp_path: Path, *, by_pid: bool
) -> None:
    """Its own PID and mount namespace, and a root of which we know no path."""
    shutil.copy(binary, tmp_path / "blog")
    script = f"cd {tmp_path} && {HIDDEN}"
    with process.Process([*IN_NAMESPACE, "-m", "sh", "-c", script]) as container:
        assert container.stdout.wait_for(lambda line: line.startswith("foo("), 30)
        (pid,) = children(container.pid)
        options = ("--pid", str(pid)) if by_pid else ()
        traced = tracing.run_tracer_to_end(tracer, *JSON, "--count", "5", *options)

    assert traced.returncode == 0, traced.stderr
    assert {record["pid"] for record in traced.records} == {pid}


@pytest.mark.parametrize("attach", ["multi", "perf"])
def test_a_tracer_in_a_container_numbers_processes_as_all_do_there(
    tracer: Path, binary: Path, attach: str
) -> None:
    options = f"--debug-attach {attach}"
    # One that is no concern of the container's.
    with tracing.Target(binary, *ENDLESS, waits=False):
        done = in_namespace(NUMBERED, tracer=tracer, blog=binary, options=options, span="0.3")

    assert done.returncode == 0, done.stderr
    assert_numbered(done.stdout)


def test_a_command_in_a_container_and_calls_that_end_with_it(tracer: Path, binary: Path) -> None:
    done = in_namespace(STARTED, tracer=tracer, blog=binary)

    assert done.returncode == 0, done.stderr
    assert len(records_of(done.stdout)) == 40


def test_what_a_tracer_in_a_container_cannot_number_is_refused(tracer: Path, binary: Path) -> None:
    done = in_namespace(NESTED, tracer=tracer, blog=binary)

    assert done.returncode == 1
    assert "is in a PID namespace inside the tracer's" in done.stderr

    command = ["unshare", "-pf", str(tracer), "--pid", "1"]
    foreign = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert foreign.returncode == 1
    assert "/proc shows another PID namespace than the tracer's own" in foreign.stderr


def test_a_target_that_was_killed_is_not_waited_for(tracer: Path, binary: Path) -> None:
    with tracing.Target(binary, *ENDLESS, waits=False) as program:
        options = ("--pid", str(program.pid), "--duration", "0.2")
        with tracing.run_tracer(tracer, *JSON, *options) as running:
            program.signal(signal.SIGKILL)
            traced = running.wait()

    assert traced.returncode == 0
    compare.assert_identity(traced.summary)
