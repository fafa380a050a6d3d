# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The command line among others: full disks, closed pipes, signals, and where --debug stands."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import gobuild
import pytest

from gogen import cli
from gogen.cli import console

GOGEN = [sys.executable, "-m", "gogen"]


@pytest.mark.parametrize("argument", ["schema", "--help", "--version"])
def test_standard_output_on_a_full_disk(argument: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*GOGEN, argument], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (
        1,
        "error: standard output: No space left on device\n",
    )


@pytest.mark.parametrize("argument", ["schema", "--help", "--version"])
def test_a_reader_that_went_away(argument: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*GOGEN, argument], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


def test_a_full_disk_elsewhere_is_not_standard_outputs() -> None:
    assert cli._refusal(OSError(28, "No space left on device", "file")) == ""
    assert cli._refusal(OSError(5, "Input/output error")) == ""
    assert cli._refusal(ValueError()) == ""


@pytest.mark.parametrize(
    ("given", "debug", "rest"),
    [
        (["check", "x"], False, ["check", "x"]),
        (["--debug", "check", "x"], True, ["check", "x"]),
        (["check", "--debug", "x"], True, ["check", "x"]),
        (["check", "x", "--debug"], True, ["check", "x"]),
        (["run", "x", "--", "--debug"], False, ["run", "x", "--", "--debug"]),
        (["run", "--debug", "x", "--", "--debug"], True, ["run", "x", "--", "--debug"]),
        ([], False, []),
    ],
)
def test_debug_stands_anywhere(given: list[str], debug: bool, rest: list[str]) -> None:
    assert cli._arguments(given) == (debug, rest)


def test_debug_behind_a_command_shows_where(tmp_path: Path) -> None:
    done = subprocess.run(
        [*GOGEN, "check", "--debug", "none.toml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Traceback (most recent call last)")
    assert done.stderr.endswith("error: none.toml: no such file - give the path of a spec.toml\n")


@pytest.mark.golang
@pytest.mark.toolchain
@pytest.mark.parametrize(
    ("name", "before", "status"),
    [("TERM", "", 143), ("HUP", "", 129), ("INT", "", 130), ("HUP", "trap '' HUP;", 6)],
)
def test_a_signal_ends_a_build_and_leaves_nothing(
    tmp_path: Path, name: str, before: str, status: int
) -> None:
    """The compiler sends it, in the middle of the build; one that is ignored stays ignored."""
    blog = gobuild.build(gobuild.EXAMPLES / "blog", version=gobuild.NEWEST, flags=("-trimpath",))
    clang = tmp_path / "bin" / "clang-99"
    clang.parent.mkdir()
    clang.write_text(
        "#!/bin/sh\n[ $1 = --version ] && echo clang version 99 && exit\n"
        f"kill -{name} $PPID\nexit 3\n"
    )
    clang.chmod(0o755)
    (tmp_path / "spec.toml").write_text(
        f"[tracer]\nname = 'shop'\nbinary = '{blog}'\n\n[[function]]\nsymbol = 'main.foo'\n"
        "signature = 'func(a1, a2, a3 int64, b []byte) (int64, []byte)'\n"
    )
    found = sorted(tmp_path.rglob("*"))
    done = subprocess.run(
        ["sh", "-c", f'{before} exec "$@"', "sh", *GOGEN, "build", "spec.toml", "-o", "new/out"],
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{clang.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (status, ""), done.stderr
    assert ("ended with status 3" if status == 6 else "") in done.stderr
    assert status == 6 or done.stderr == ""
    assert sorted(tmp_path.rglob("*")) == found


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_wheel_turns_on_terminals_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """And is taken back; where what is done takes no time, there is none."""
    terminal, file = Terminal(), io.StringIO()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(console, "_PATIENCE", 0)
    for where in (terminal, file):
        monkeypatch.setattr(sys, "stderr", where)
        with console.working("reading \x1b[2Jit"):
            while where is terminal and "\r" not in terminal.getvalue():
                threading.Event().wait(0.001)
    assert terminal.getvalue().startswith("\r| reading <U+001B>[2Jit")
    assert terminal.getvalue().endswith("\r\x1b[K")
    assert file.getvalue() == ""

    monkeypatch.setattr(console, "_PATIENCE", 60)
    quiet = Terminal()
    monkeypatch.setattr(sys, "stderr", quiet)
    with console.working("nothing"):
        pass
    assert quiet.getvalue() == ""
