# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""A tracer refuses every binary but the one it was built for, and touches nothing."""

from __future__ import annotations

import json
from pathlib import Path

import gobuild
import pytest
import tracing

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

FUNCTIONS = '[[function]]\nsymbol = "main.advance"\nsignature = "func(n int) int"\n'
SOURCES = gobuild.read_sources(gobuild.PROGRAMS / "rebuild")

each_version = pytest.mark.parametrize("version", gobuild.toolchains())


def rebuilt(version: str, step: int) -> Path:
    files = SOURCES | {
        "main.go": SOURCES["main.go"].replace("const step = 1000", f"const step = {step}")
    }
    assert step == 1000 or files != SOURCES
    return gobuild.build_text(files, name="rebuild", version=version)


def links_in_kernel() -> str:
    """The kernel's own list of uprobes; what `bpftool link` shows of perf and multi links."""
    return tracing.run_command("bpftool", "link", "show")


@each_version
def test_a_rebuilt_program_is_refused_by_its_build_id(version: str) -> None:
    tracer = tracing.build_tracer(FUNCTIONS, rebuilt(version, 1000))
    other = rebuilt(version, 1001)

    with tracing.Target(other) as program:
        before = links_in_kernel()
        refused = tracing.run_tracer_to_end(tracer, "--pid", str(program.pid))
        after = links_in_kernel()
        program.go()
        finished = program.finish()

    assert refused.returncode == 3
    assert "error: not the binary this tracer was built for: " in refused.stderr
    assert "build ID" in refused.stderr
    assert "expected" in refused.stderr
    assert "ready" not in refused.stderr
    assert refused.stdout == ""
    assert before == after
    assert finished.lines[-1] == str(9 * 1001 + 1)


def changed_byte(binary: Path, folder: Path, file_offset: int, value: int | None = None) -> Path:
    """A copy that differs in one byte only: its build IDs are the same."""
    data = bytearray(binary.read_bytes())
    data[file_offset] = (data[file_offset] ^ 0x01) if value is None else value
    copy = folder / f"changed-{file_offset:x}"
    copy.write_bytes(data)
    copy.chmod(0o755)
    return copy


@each_version
def test_one_changed_byte_of_a_probed_function_is_refused(version: str, tmp_path: Path) -> None:
    binary = rebuilt(version, 1000)
    tracer = tracing.build_tracer(FUNCTIONS, binary)
    manifest = json.loads(tracer.with_suffix(".manifest.json").read_text())
    (function,) = manifest["functions"]
    start = int(function["code"]["file_offset"], 16)
    sites = [function["entry"], *function["rets"]]
    site_bytes = {
        int(site["file_offset"], 16) + i for site in sites for i in range(len(site["code"]) // 2)
    }
    assert len(sites) == 3

    for position in range(start, start + function["code"]["size"]):
        copy = changed_byte(binary, tmp_path, position)
        refused = tracing.run_tracer_to_end(tracer, "--binary", str(copy), "--check")
        copy.unlink()
        assert refused.returncode == 3, f"byte {position - start}"
        what = "the instruction of" if position in site_bytes else "the code of"
        assert f"{what} main.advance" in refused.stderr, refused.stderr

    # One byte beyond the function is none of its business.
    copy = changed_byte(binary, tmp_path, start - 0x1000)
    accepted = tracing.run_tracer_to_end(tracer, "--binary", str(copy), "--check")
    assert accepted.returncode == 0, accepted.stderr


def test_what_is_not_a_go_binary_is_refused(tmp_path: Path) -> None:
    binary = rebuilt(gobuild.NEWEST, 1000)
    tracer = tracing.build_tracer(FUNCTIONS, binary)
    short = tmp_path / "short"
    short.write_bytes(binary.read_bytes()[:4096])
    text = tmp_path / "text"
    text.write_text("not a program\n")

    for path in (short, text, Path("/bin/ls")):
        refused = tracing.run_tracer_to_end(tracer, "--binary", str(path))
        assert refused.returncode == 3, path
        assert refused.stderr.startswith("error: not the binary this tracer was built for: ")
    for path in (tmp_path, tmp_path / "missing"):
        refused = tracing.run_tracer_to_end(tracer, "--binary", str(path))
        assert refused.returncode == 1, path
        assert refused.stderr.startswith(f"error: {path}: ")


def test_a_program_replaced_while_it_runs_is_traced_by_pid(tmp_path: Path) -> None:
    """An upgrade in place deletes the running file; /proc/PID/exe still is the old one."""
    binary = tmp_path / "program"
    binary.write_bytes(rebuilt(gobuild.NEWEST, 1000).read_bytes())
    binary.chmod(0o755)
    tracer = tracing.build_tracer(FUNCTIONS, rebuilt(gobuild.NEWEST, 1000))

    with tracing.Target(binary) as program:
        binary.unlink()
        binary.write_bytes(rebuilt(gobuild.NEWEST, 1001).read_bytes())
        options = ("--format", "json", "--pid", str(program.pid))
        with tracing.run_tracer(tracer, *options) as running:
            program.go()
            program.finish()
            traced = running.stop()

    assert [record["args"]["n"] for record in traced.records] == list(range(10))
