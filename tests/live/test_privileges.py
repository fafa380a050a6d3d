# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""As few privileges as possible, and none once all probes are in place."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import gobuild
import pytest
import tracing

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

FUNCTIONS = """
[[function]]
symbol = "main.foo"
signature = "func(a1, a2, a3 int64, b []byte) (int64, []byte)"
"""
ENDLESS = ("-every", "1ms")
NOBODY = 65534


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tracer and program where anybody may run them."""
    folder = tmp_path_factory.mktemp("anybodys")
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o755)
    binary = gobuild.build(gobuild.EXAMPLES / "blog", version=gobuild.NEWEST)
    shutil.copy(binary, folder / "blog")
    shutil.copy(tracing.build_tracer(FUNCTIONS, binary), folder / "tracer")
    return folder


def as_nobody(*capabilities: str) -> list[str]:
    """Run what follows as an ordinary user with these capabilities."""
    sets = ",".join(("-all", *(f"+{name}" for name in capabilities)))
    user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    return [*user, f"--inh-caps={sets}", f"--ambient-caps={sets}", f"--bounding-set={sets}"]


def capabilities(status: str) -> dict[str, int]:
    """Give the sets of a process by their names in its /proc/PID/status."""
    return {
        name: int(bits, 16)
        for name, bits in re.findall(r"^(Cap\w+):\s*(\w+)$", status, re.MULTILINE)
    }


def assert_nothing_left(left: dict[str, int], *, of_root: bool) -> None:
    assert len(left) == 5
    # Only who has CAP_SETPCAP may take from what could be had by executing something else.
    if not of_root:
        left.pop("CapBnd")
    assert set(left.values()) == {0}, left


@pytest.mark.parametrize("attach", ["multi", "perf"])
def test_few_capabilities_suffice_for_ones_own_processes(folder: Path, attach: str) -> None:
    options = ("--format", "json", "--count", "3", "--debug-attach", attach)
    needed = ("bpf", "perfmon") if attach == "multi" else ("sys_admin",)
    with tracing.Target(
        Path("/usr/bin/setpriv"), *as_nobody()[1:], str(folder / "blog"), *ENDLESS, waits=False
    ) as program:
        program.wait_line(lambda line: line.startswith("foo("))
        tracer = [str(folder / "tracer"), *options, "--pid", str(program.pid)]
        with tracing.Tracer([*as_nobody(*needed), *tracer]) as running:
            traced = running.wait()
        with tracing.Tracer([*as_nobody("bpf", "perfmon"), *tracer, "--check"]) as running:
            checked = running.wait()

    if attach == "perf":
        assert checked.returncode == 4
        assert "error: not permitted: CAP_SYS_ADMIN is missing" in checked.stderr
    else:
        assert checked.returncode == 0
    assert traced.returncode == 0, traced.stderr
    assert {record["pid"] for record in traced.records} == {program.pid}


@pytest.mark.parametrize("attach", ["multi", "perf"])
def test_the_advice_to_set_capabilities_of_the_file_is_good(folder: Path, attach: str) -> None:
    tracer = folder / f"set-{attach}"
    shutil.copy(folder / "tracer", tracer)
    user = as_nobody()[:4]
    with tracing.Target(
        Path(user[0]), *user[1:], str(folder / "blog"), *ENDLESS, waits=False
    ) as program:
        program.wait_line(lambda line: line.startswith("foo("))
        options = ("--count", "3", "--debug-attach", attach, "--pid", str(program.pid))
        with tracing.Tracer([*as_nobody("bpf", "perfmon"), str(tracer), *options]) as running:
            refused = running.wait()
        if attach == "perf":
            advice = re.search(r"or once: setcap (\S+) tracer\n$", refused.stderr)
        else:
            with tracing.Tracer([*user, str(tracer), *options]) as running:
                refused = running.wait()
            advice = re.search(r"or once: setcap (\S+) tracer, before Linux 6\.6", refused.stderr)
        assert advice, refused.stderr
        tracing.run_command("setcap", advice[1], str(tracer))
        with tracing.Tracer([*user, str(tracer), *options]) as running:
            traced = running.wait()

    assert traced.returncode == 0, traced.stderr
    assert {record["pid"] for record in traced.records} == {program.pid}


def test_anothers_process_needs_one_more_and_that_is_said(folder: Path) -> None:
    with tracing.Target(folder / "blog", *ENDLESS, waits=False) as program:
        options = [str(folder / "tracer"), "--count", "1", "--pid", str(program.pid)]
        with tracing.Tracer([*as_nobody("bpf", "perfmon"), *options]) as running:
            refused = running.wait()
        with tracing.Tracer([*as_nobody("bpf", "perfmon", "sys_ptrace"), *options]) as running:
            traced = running.wait()

    assert refused.returncode == 4
    missing = f"error: not permitted: CAP_SYS_PTRACE is missing, which --pid {program.pid} needs"
    assert missing in refused.stderr
    assert traced.returncode == 0, traced.stderr


@pytest.mark.parametrize("command", [[], as_nobody("bpf", "perfmon", "sys_ptrace")], ids=str)
def test_nothing_is_left_once_all_probes_are_in_place(folder: Path, command: list[str]) -> None:
    with tracing.Target(folder / "blog", *ENDLESS, waits=False) as program:
        options = ("--format", "json", "--pid", str(program.pid))
        with tracing.Tracer([*command, str(folder / "tracer"), *options]) as running:
            running.wait_ready()
            left = capabilities(Path(f"/proc/{running.pid}/status").read_text())
            assert running.stdout.wait_for(lambda line: '"event":"call"' in line, 30)
            traced = running.stop()

    assert_nothing_left(left, of_root=not command)
    assert traced.returncode == 0
    assert traced.summary is not None


def test_a_command_keeps_what_it_would_have_without_us(folder: Path) -> None:
    binary = ("--binary", str(folder / "blog"))
    script = ("sh", "-c", "grep ^CapEff /proc/self/status")
    done = tracing.run_tracer_to_end(folder / "tracer", *binary, "--", *script)
    without = tracing.run_command(*script)

    assert done.returncode == 0
    assert without in done.stdout
