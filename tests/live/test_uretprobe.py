# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Why gogen exists: a return probe kills a Go program, its tracer does not."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import gobuild
import pytest
import tracing

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

SOURCE = Path(__file__).with_name("uretprobe.c")


@pytest.fixture(scope="module")
def uretprobe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("uretprobe") / "uretprobe"
    warnings = ("-Wall", "-Wextra", "-Werror")
    libraries = ("-lbpf", "-lelf", "-lz")
    subprocess.run(["cc", *warnings, "-static", str(SOURCE), *libraries, "-o", out], check=True)
    return out


def file_offset(tracer: Path) -> str:
    """Where main.foo begins, as its tracer's manifest has it."""
    manifest = json.loads(tracer.with_suffix(".manifest.json").read_text())
    offset = manifest["functions"][0]["code"]["file_offset"]
    assert isinstance(offset, str)
    return offset


@pytest.mark.parametrize("version", gobuild.toolchains())
def test_a_uretprobe_kills_the_blog_program_and_its_tracer_does_not(
    version: str, uretprobe: Path
) -> None:
    binary = gobuild.build(gobuild.EXAMPLES / "blog", version=version)
    functions = (
        '[[function]]\nsymbol = "main.foo"\n'
        'signature = "func(a1, a2, a3 int64, b []byte) (int64, []byte)"\n'
    )
    tracer = tracing.build_tracer(functions, binary)

    with (
        tracing.run_tracer(uretprobe, str(binary), file_offset(tracer)),
        tracing.Target(binary, "-calls", "1000", "-every", "1ms", waits=False) as victim,
    ):
        died = victim.finish()
    assert died.returncode != 0
    assert "unexpected return pc" in died.stderr
    assert len(died.lines) < 1000

    with tracing.run_tracer(tracer, "--format", "json", "--binary", str(binary)) as running:
        with tracing.Target(binary, "-calls", "100", "-every", "1ms", waits=False) as program:
            lived = program.finish()
        traced = running.stop()
    assert (lived.returncode, lived.stderr) == (0, "")
    assert len(traced.records) == 100
