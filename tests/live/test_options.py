# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The tracer's own command line: every option and exit status of the contract."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import subprocess
from functools import partial
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
FAST = ("-every", "1ms")
BOTH_MISSING = "error: not permitted: CAP_BPF and CAP_PERFMON are missing - run as root"


@pytest.fixture(scope="module")
def binary() -> Path:
    return gobuild.build(gobuild.EXAMPLES / "blog", version=gobuild.NEWEST)


@pytest.fixture(scope="module")
def tracer(binary: Path) -> Path:
    return tracing.build_tracer(FUNCTIONS, binary)


def calls(record_lines: str) -> list[tracing.Json]:
    objects = [json.loads(line) for line in record_lines.splitlines()]
    return [entry for entry in objects if entry["event"] == "call"]


def test_count_stops_after_so_many_records(tracer: Path, binary: Path) -> None:
    with tracing.Target(binary, "-every", "100us", waits=False) as program:
        traced = tracing.run_tracer_to_end(
            tracer, "--pid", str(program.pid), "--count", "7", "--format", "json"
        )
        assert program.running()

    assert traced.returncode == 0
    assert len(traced.records) == 7
    compare.assert_identity(traced.summary)
    assert compare.emitted(traced.summary) == {"main.foo": 7}


def test_duration_stops_by_itself(tracer: Path, binary: Path) -> None:
    with tracing.Target(binary, *FAST, waits=False) as program:
        traced = tracing.run_tracer_to_end(
            tracer, "--pid", str(program.pid), "--duration", "0.3", "--format", "json"
        )
        assert program.running()

    assert traced.returncode == 0
    assert len(traced.records) > 10


def test_output_goes_to_a_file(tracer: Path, binary: Path, tmp_path: Path) -> None:
    out = tmp_path / "records.json"
    with tracing.Target(binary, *FAST, waits=False) as program:
        options = ("--count", "3", "--format", "json", "--output", str(out))
        traced = tracing.run_tracer_to_end(tracer, "--pid", str(program.pid), *options)

    assert (traced.returncode, traced.stdout) == (0, "")
    assert len(calls(out.read_text())) == 3
    assert json.loads(out.read_text().splitlines()[-1])["event"] == "summary"


def test_output_that_cannot_be_written_is_an_error(tracer: Path, binary: Path) -> None:
    missing = "/nonexistent/records"
    refused = tracing.run_tracer_to_end(tracer, "--binary", str(binary), "--output", missing)

    assert refused.returncode == 1
    assert refused.stderr == f"error: {missing}: No such file or directory\n"


def test_a_full_disk_is_an_error_and_not_silence(tracer: Path, binary: Path) -> None:
    with tracing.Target(binary, *FAST, waits=False) as program:
        options = ("--format", "json", "--output", "/dev/full")
        traced = tracing.run_tracer_to_end(tracer, "--pid", str(program.pid), *options)

    assert traced.returncode == 1
    assert "error: can't write: No space left on device" in traced.stderr


def test_a_consumer_that_goes_away_ends_the_trace_cleanly(tracer: Path, binary: Path) -> None:
    with tracing.Target(binary, *FAST, waits=False) as program:
        reading, writing = os.pipe()
        with subprocess.Popen(
            [tracer, "--pid", str(program.pid), "--format", "json"],
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
        ) as running:
            os.close(writing)
            with os.fdopen(reading) as pipe:
                first = json.loads(pipe.readline())
            stderr = running.communicate(timeout=60)[1]
        assert program.running()

    assert first["args"]["b"] == base64.b64encode(b"cccccc").decode()
    assert running.returncode == 0
    assert stderr.splitlines()[-1].startswith("summary: main.foo: hits ")


def programs() -> set[str]:
    """Give the numbers of the BPF programs that the kernel has."""
    return set(re.findall(r"(?m)^\d+(?=:)", tracing.run_command("bpftool", "prog", "show")))


def test_check_loads_and_attaches_nothing(tracer: Path, binary: Path) -> None:
    before = programs()
    checked = tracing.run_tracer_to_end(tracer, "--check", "--binary", str(binary))

    assert checked.returncode == 0
    assert (
        "the one this tracer was built for: 1 functions, 3 sites, and 2 in the runtime"
        in checked.stdout
    )
    assert "nothing was loaded or attached" in checked.stdout
    # Those of earlier tests may still go.
    assert programs() <= before


def test_list_prints_every_probe_and_needs_no_binary(tracer: Path) -> None:
    listed = tracing.run_tracer_to_end(tracer, "--list")
    manifest = json.loads(tracer.with_suffix(".manifest.json").read_text())
    (function,) = manifest["functions"]

    assert listed.returncode == 0
    assert listed.stdout.splitlines()[0] == "main.foo"
    for site in (function["entry"], *function["rets"]):
        assert f"address {site['address']}  file offset {site['file_offset']}" in listed.stdout
    assert listed.stdout.count("code c3") == len(function["rets"]) == 2
    memory = listed.stdout.split("memory of the kernel, at most:\n")[1].splitlines()
    taken = {name: int(number) for name, number, _ in (line.rsplit(maxsplit=2) for line in memory)}
    assert taken.pop("  in all") == sum(taken.values())
    assert taken["  rb"] >= 1 << 20
    assert taken["  inflight"] > 0


def test_version_prints_the_provenance(tracer: Path) -> None:
    printed = tracing.run_tracer_to_end(tracer, "--version")
    manifest = json.loads(tracer.with_suffix(".manifest.json").read_text())

    assert printed.returncode == 0
    for fact in (
        f"gogen {manifest['gogen']}",
        manifest["binary"]["go"],
        manifest["binary"]["gnu_build_id"],
        manifest["binary"]["go_build_id"],
        manifest["spec"]["sha256"],
    ):
        assert fact
        assert fact in printed.stdout


def test_help_names_every_option_of_the_contract(tracer: Path) -> None:
    printed = tracing.run_tracer_to_end(tracer, "--help")

    assert printed.returncode == 0
    options = [
        "pid",
        "binary",
        "format",
        "output",
        "duration",
        "count",
        "check",
        "list",
        "strict",
        "version",
    ]
    assert [o for o in options if f"--{o}" not in printed.stdout] == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--pid", "zero"), "error: --pid zero: expected a process id"),
        (("--pid", "0"), "error: --pid 0: expected a process id"),
        (("--pid", "-1"), "error: --pid -1: expected a process id"),
        (("--format", "xml"), "error: --format xml: expected text, json or folded"),
        (("--format", "folded"), "error: --format folded: this tracer records no stacks - build"),
        (("--duration", "soon"), "error: --duration soon: expected seconds, such as 2.5"),
        (("--count", "-3"), "error: --count -3: expected a number of records"),
        (("--ring-bytes", "5000"), "error: --ring-bytes 5000: expected a power"),
        (("--nonsense",), "unrecognized option '--nonsense'"),
        (("--",), "error: nothing behind --: expected a command"),
        (("--pid", "7", "--", "true"), "error: --pid 7 and a command: expected one of them"),
        (("1234",), "error: unexpected argument 1234 - did you mean --pid 1234?"),
    ],
)
def test_usage_errors_end_with_status_2(
    tracer: Path, options: tuple[str, ...], message: str
) -> None:
    refused = tracing.run_tracer_to_end(tracer, *options)

    assert refused.returncode == 2
    assert message in refused.stderr
    assert refused.stdout == ""


def test_no_process_runs_the_binary(tracer: Path) -> None:
    refused = tracing.run_tracer_to_end(tracer, "--check")

    assert refused.returncode == 1
    assert "error: no process runs the blog this tracer was built for" in refused.stderr
    assert "--binary PATH" in refused.stderr


def is_of(pid: int, line: str) -> bool:
    return f'"pid":{pid},' in line


def test_without_pid_every_process_of_the_binary_is_traced(tracer: Path, binary: Path) -> None:
    with (
        tracing.Target(binary, *FAST, waits=False) as one,
        tracing.Target(binary, *FAST, waits=False) as two,
        tracing.run_tracer(tracer, "--format", "json") as running,
    ):
        for program in (one, two):
            assert running.stdout.wait_for(partial(is_of, program.pid), 30)
        traced = running.stop()

    assert {record["pid"] for record in traced.records} == {one.pid, two.pid}


@pytest.mark.parametrize("attach", ["multi", "perf"])
def test_pid_chooses_among_processes(tracer: Path, binary: Path, attach: str) -> None:
    with (
        tracing.Target(binary, *FAST, waits=False) as one,
        tracing.Target(binary, *FAST, waits=False) as two,
        tracing.Target(binary, *FAST, waits=False) as three,
    ):
        for chosen in ((one,), (one, three)):
            pids = [option for program in chosen for option in ("--pid", str(program.pid))]
            options = ("--format", "json", "--debug-attach", attach, "--duration", "0.3")
            traced = tracing.run_tracer_to_end(tracer, *options, *pids)
            assert {record["pid"] for record in traced.records} == {p.pid for p in chosen}
        assert two.running()


def test_pids_of_different_programs_are_refused(tracer: Path, binary: Path) -> None:
    other = gobuild.build(gobuild.PROGRAMS / "rebuild", version=gobuild.NEWEST)
    with tracing.Target(binary, *FAST, waits=False) as one, tracing.Target(other) as two:
        pids = ("--pid", str(one.pid), "--pid", str(two.pid))
        refused = tracing.run_tracer_to_end(tracer, *pids)

    assert refused.returncode == 1
    assert f"error: --pid {two.pid} runs another file than --pid {one.pid}" in refused.stderr


def without(tracer: Path, binary: Path, *capabilities: str) -> tracing.TraceResult:
    """Run the tracer as root less some capabilities."""
    drop = ",".join(capabilities)
    capsh = shutil.which("capsh", path="/usr/sbin:/sbin:/usr/bin")
    assert capsh, "capsh is missing (libcap2-bin)"
    command = f"exec '{tracer}' --binary '{binary}' --duration 0.1"
    return tracing.run_tracer_to_end(Path(capsh), f"--drop={drop}", "--", "-c", command)


def test_missing_capabilities_are_named(tracer: Path, binary: Path) -> None:
    no_bpf = without(tracer, binary, "cap_sys_admin", "cap_bpf")
    assert no_bpf.returncode == 4
    assert no_bpf.stderr.startswith("error: not permitted: CAP_BPF is missing - run as root")

    no_perfmon = without(tracer, binary, "cap_sys_admin", "cap_perfmon")
    assert no_perfmon.returncode == 4
    assert no_perfmon.stderr.startswith("error: not permitted: CAP_PERFMON is missing - run")


def test_cap_bpf_and_cap_perfmon_suffice_for_multi_links(tracer: Path, binary: Path) -> None:
    traced = without(tracer, binary, "cap_sys_admin")

    assert traced.returncode == 0, traced.stderr
    assert "ready: 1 functions, 3 sites, and 2 in the runtime" in traced.stderr


def test_an_ordinary_user_is_told_what_is_missing(
    tracer: Path, binary: Path, tmp_path: Path
) -> None:
    for path in (tracer, binary):
        shutil.copy(path, tmp_path / path.name)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    done = subprocess.run(
        [tmp_path / tracer.name, "--binary", tmp_path / binary.name],
        capture_output=True,
        text=True,
        check=False,
        user="nobody",
    )

    assert done.returncode == 4
    assert done.stderr.startswith(BOTH_MISSING)


def test_the_reason_comes_before_the_binary_for_an_ordinary_user(
    tracer: Path, binary: Path, tmp_path: Path
) -> None:
    shutil.copy(tracer, tmp_path / tracer.name)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    with tracing.Target(binary, *FAST, waits=False) as program:
        for options in ((), ("--pid", str(program.pid))):
            done = subprocess.run(
                [tmp_path / tracer.name, *options],
                capture_output=True,
                text=True,
                check=False,
                user="nobody",
            )
            assert done.returncode == 4
            assert done.stderr.startswith(BOTH_MISSING)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, None])
def test_a_reader_that_stalls_does_not_keep_the_tracer(
    tracer: Path, binary: Path, number: signal.Signals | None
) -> None:
    # Without a signal, --duration tells it to stop.
    limit = () if number else ("--duration", "1")
    reading, writing = os.pipe()
    try:
        with (
            tracing.Target(binary, "-every", "20us", waits=False) as program,
            subprocess.Popen(
                [tracer, "--pid", str(program.pid), "--format", "json", *limit],
                stdout=writing,
                stderr=subprocess.PIPE,
                text=True,
            ) as running,
        ):
            try:
                process.poll(lambda: is_in_poll(running.pid), "the tracer to wait for its reader")
                if number:
                    running.send_signal(number)
                stderr = running.communicate(timeout=30)[1]
            finally:
                running.kill()
            assert program.running()
    finally:
        os.close(reading)
        os.close(writing)

    assert running.returncode == 1
    assert "error: can't write: the reader has stopped reading" in stderr
    assert "summary: main.foo: hits " in stderr


def is_in_poll(pid: int) -> bool:
    """It sleeps in poll(2), which it calls only to wait for its reader."""
    number = Path(f"/proc/{pid}/syscall").read_text().split()[0]
    return number == "7"


def test_output_to_a_file_is_json_unless_text_is_asked_for(
    tracer: Path, binary: Path, tmp_path: Path
) -> None:
    out = tmp_path / "records"
    with tracing.Target(binary, *FAST, waits=False) as program:
        command = f"{tracer} --pid {program.pid} --count 1 -o {out}"
        # script(1) gives it a terminal
        subprocess.run(["script", "-qec", command, "/dev/null"], check=True, capture_output=True)

    assert json.loads(out.read_text().splitlines()[0])["event"] == "call"


def test_no_such_process_and_a_thread_are_told_apart(tracer: Path, binary: Path) -> None:
    with tracing.Target(binary, *FAST, waits=False) as program:
        # Its runtime has started threads by the time it prints.
        program.wait_line(lambda line: line.startswith("foo("))
        threads = [int(path.name) for path in Path(f"/proc/{program.pid}/task").iterdir()]
        thread = next(tid for tid in threads if tid != program.pid)
        refused = tracing.run_tracer_to_end(tracer, "--pid", str(thread))
        assert refused.stderr == f"error: --pid {thread}: a thread of process {program.pid}\n"
        assert refused.returncode == 1
    gone = tracing.run_tracer_to_end(tracer, "--pid", str(program.pid))
    assert (gone.returncode, gone.stderr) == (1, f"error: --pid {program.pid}: no such process\n")


def test_closed_standard_streams_do_not_become_the_target(
    tracer: Path, binary: Path, tmp_path: Path
) -> None:
    out = tmp_path / "records.json"
    with tracing.Target(binary, *FAST, waits=False) as program:
        command = f"exec {tracer} --pid {program.pid} --count 2 -o {out} >&- 2>&-"
        done = subprocess.run(["sh", "-c", command], check=False)

    assert done.returncode == 0
    assert [json.loads(line)["event"] for line in out.read_text().splitlines()] == [
        "call",
        "call",
        "summary",
    ]


def test_many_functions_fit_into_few_file_descriptors() -> None:
    """Every program is a file, and every probe one more; the soft limit is raised to the hard."""
    kinds = gobuild.PROGRAMS / "kinds"
    binary = gobuild.build(kinds, version=gobuild.NEWEST)
    tracer = tracing.build_tracer((kinds / "functions.toml").read_text(), binary)
    command = f"ulimit -Sn 32; exec {tracer} --binary {binary} --duration 0.01"

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    functions = int(done.stderr.split("ready: ")[1].split()[0])
    assert functions > 32
