# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""`-- COMMAND`: traced from its first instruction, and what both make of signals and ends."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from typing import TYPE_CHECKING

import compare
import gobuild
import pytest
import tracing

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

FUNCTIONS = """
[[function]]
symbol = "main.foo"
signature = "func(a1, a2, a3 int64, b []byte) (int64, []byte)"
"""
ENDLESS = ("-every", "1ms")


@pytest.fixture(scope="module")
def binary() -> Path:
    return gobuild.build(gobuild.EXAMPLES / "blog", version=gobuild.NEWEST)


@pytest.fixture(scope="module")
def tracer(binary: Path) -> Path:
    return tracing.build_tracer(FUNCTIONS, binary)


@pytest.mark.parametrize("attach", ["multi", "perf"])
def test_the_first_call_is_traced_and_no_other_process(
    tracer: Path, binary: Path, tmp_path: Path, attach: str
) -> None:
    out = tmp_path / "records.json"
    options = ("--debug-attach", attach, "--output", str(out), "--strict")
    command = (str(binary), "-calls", "300", "-every", "20us")
    with tracing.Target(binary, *ENDLESS, waits=False):
        done = tracing.run_tracer_to_end(tracer, *options, "--", *command)
    traced = tracing.collect(done.returncode, out.read_text(), done.stderr)

    assert done.returncode == 0, done.stderr
    # Its own standard output, and nothing else, as it would be without us.
    assert done.stdout.splitlines() == ['foo(2, 3, 4, "cccccc")'] * 300 + ["300 calls"]
    compare.assert_no_loss(traced.summary)
    assert compare.emitted(traced.summary) == {"main.foo": 300}
    assert len({record["pid"] for record in traced.records}) == 1


@pytest.mark.parametrize(
    ("script", "status"), [("exit 0", 0), ("exit 7", 7), ("kill -USR1 $$", 128 + signal.SIGUSR1)]
)
def test_the_exit_status_is_the_commands(
    tracer: Path, binary: Path, script: str, status: int
) -> None:
    done = tracing.run_tracer_to_end(tracer, "--binary", str(binary), "--", "sh", "-c", script)

    assert done.returncode == status
    assert done.summary is not None


def test_an_error_of_ours_comes_before_the_commands_status(tracer: Path, binary: Path) -> None:
    script = f"{binary} -calls 20000 -every 1us >/dev/null; exit 7"
    options = ("--binary", str(binary), "--output", "/dev/full")
    exec_it = f"exec {binary} -calls 20 -every 1ms"

    ours = tracing.run_tracer_to_end(tracer, *options, "--", "sh", "-c", exec_it)
    assert ours.returncode == 1
    assert "error: can't write: No space left on device" in ours.stderr
    # A child of the command is not traced, so that nothing is written.
    other = tracing.run_tracer_to_end(tracer, *options[:2], "--", "sh", "-c", script)
    assert other.returncode == 7
    assert "summary: main.foo: hits 0," in other.stderr


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("no-such-command", "No such file or directory in any folder of PATH"),
        ("./no-such-command", "No such file or directory"),
        ("/etc/passwd", "Permission denied"),
        ("/", "Permission denied"),
    ],
)
def test_a_missing_command_is_told_and_nothing_attached(
    tracer: Path, command: str, problem: str
) -> None:
    refused = tracing.run_tracer_to_end(tracer, "--", command)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"error: can't run {command}: {problem}\n"


def test_a_command_that_cannot_be_executed_ends_the_tracer(
    tracer: Path, binary: Path, tmp_path: Path
) -> None:
    junk = tmp_path / "junk"
    junk.write_text("junk")
    junk.chmod(0o755)
    refused = tracing.run_tracer_to_end(tracer, "--binary", str(binary), "--", str(junk))

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.splitlines()[1:] == [f"error: can't run {junk}: Exec format error"]


def test_another_program_is_refused_with_the_way_out(tracer: Path, binary: Path) -> None:
    command = ("env", str(binary), "-calls", "3", "-every", "1ms")
    refused = tracing.run_tracer_to_end(tracer, "--", *command)
    assert refused.returncode == 3
    assert "error: not the binary this tracer was built for" in refused.stderr
    assert "name that with --binary PATH" in refused.stderr

    traced = tracing.run_tracer_to_end(tracer, "--binary", str(binary), "--", *command)
    assert traced.returncode == 0
    assert compare.emitted(traced.summary) == {"main.foo": 3}


def test_the_command_goes_on_when_enough_was_traced(tracer: Path, binary: Path) -> None:
    command = (str(binary), "-calls", "50", "-every", "1ms")
    traced = tracing.run_tracer_to_end(tracer, "--count", "5", "--", *command)

    assert traced.returncode == 0
    assert len(traced.records) == 5
    assert "50 calls" in traced.stdout.splitlines()


def test_a_signal_for_the_tracer_alone_is_handed_on(tracer: Path, binary: Path) -> None:
    options = ("--format", "json", "--", str(binary), *ENDLESS)
    with tracing.run_tracer(tracer, *options) as running:
        assert running.stdout.wait_for(lambda line: '"event":"call"' in line, 30)
        running.signal(signal.SIGTERM)
        traced = running.wait()

    # Go's runtime lets an unhandled SIGTERM kill it.
    assert traced.returncode == 128 + signal.SIGTERM
    compare.assert_identity(traced.summary)
    assert traced.stderr.splitlines()[-1].startswith("summary: main.foo: hits ")


def test_the_second_signal_leaves_the_command_alone(tracer: Path, binary: Path) -> None:
    # The shell's trap makes a command that does not end by the first.
    script = f"trap '' INT; echo pid $$; exec {binary} -every 1ms"
    options = ("--format", "json", "--binary", str(binary), "--", "sh", "-c", script)
    with tracing.run_tracer(tracer, *options) as running:
        line = running.stdout.wait_for(lambda line: line.startswith("pid "), 30)
        assert line
        pid = int(line.split()[1])
        try:
            assert running.stdout.wait_for(lambda line: '"event":"call"' in line, 30)
            running.signal(signal.SIGINT)
            seen = f'"pid":{pid},'
            records = running.stdout.text().count(seen)
            running.stdout.wait_for(lambda _: running.stdout.text().count(seen) > records + 50, 30)
            running.signal(signal.SIGINT)
            # It holds our pipe for standard output as long as it lives.
            assert running.stderr.wait_for(lambda line: line.startswith("summary:"), 30)
            os.kill(pid, 0)
        finally:
            os.kill(pid, signal.SIGKILL)
        assert running.wait().returncode == 0


def test_ctrl_c_reaches_both_and_the_command_decides(
    tracer: Path, binary: Path, tmp_path: Path
) -> None:
    out = tmp_path / "records.json"
    pid, terminal = pty.fork()
    if not pid:
        command = [str(tracer), "-o", str(out), "--", str(binary), *ENDLESS]
        os.execv(tracer, command)  # noqa: S606 - for a terminal of its own
    said = b""
    with os.fdopen(terminal, "rb+", buffering=0) as stream:
        while b"foo(" not in said:
            said += stream.read(4096)
        stream.write(b"\x03")
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    assert status == 128 + signal.SIGINT
    assert json.loads(out.read_text().splitlines()[-1])["event"] == "summary"


def test_the_command_has_the_limits_it_would_have_without_us(tracer: Path, binary: Path) -> None:
    inner = f"exec {tracer} --binary {binary} -- sh -c 'ulimit -Sn'"
    command = f"ulimit -Sn 64; {inner}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)

    assert done.stdout.splitlines()[0] == "64", done.stderr


def test_check_starts_nothing(tracer: Path, binary: Path, tmp_path: Path) -> None:
    mark = tmp_path / "started"
    command = ("--binary", str(binary), "--check", "--", "touch", str(mark))
    checked = tracing.run_tracer_to_end(tracer, *command)

    assert checked.returncode == 0, checked.stderr
    assert not mark.exists()
