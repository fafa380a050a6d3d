# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The command line as a user meets it: statuses, messages, and nothing written on an error."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import gobuild
import jsonschema
import pytest

from gogen import cli
from gogen.emit.env import templates_dir

pytestmark = pytest.mark.golang

COMMANDS = ("build", "emit", "explain", "check", "inspect", "run", "doctor", "schema")
FOO = "func(a1, a2, a3 int64, b []byte) (int64, []byte)"


@pytest.fixture(scope="session")
def blog() -> Path:
    return gobuild.build(gobuild.EXAMPLES / "blog", version=gobuild.NEWEST, flags=("-trimpath",))


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


def gogen(*arguments: str | Path, cwd: Path) -> Done:
    """Run a command inside this process, which spares each test a start of Python."""
    out, err, here, status = io.StringIO(), io.StringIO(), Path.cwd(), 0
    argv, sys.argv = sys.argv, ["gogen", *map(str, arguments)]
    os.chdir(cwd)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            cli.main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        os.chdir(here)
        sys.argv = argv
    assert "Traceback" not in err.getvalue() or "--debug" in arguments
    return Done(status, out.getvalue(), err.getvalue())


def process(*arguments: str | Path, cwd: Path, env: dict[str, str] | None = None) -> Done:
    """Run a command as a user does."""
    done = subprocess.run(
        [sys.executable, "-m", "gogen", *map(str, arguments)],
        cwd=cwd,
        env=os.environ | (env or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr + done.stdout
    return Done(done.returncode, done.stdout, done.stderr)


def spec(
    binary: Path | str, signature: str = FOO, symbol: str = "main.foo", *, more: str = ""
) -> str:
    return (
        f"[tracer]\nname = 'shop'\nbinary = '{binary}'\n\n"
        f"[[function]]\nsymbol = '{symbol}'\nsignature = '{signature}'\n{more}"
    )


def write(folder: Path, text: str) -> Path:
    path = folder / "spec.toml"
    path.write_text(text)
    return path


def elf32() -> bytes:
    """Begin a 32-bit ELF file: its header, and no more."""
    return b"\x7fELF\x01\x01\x01" + bytes(9) + struct.pack("<HHI", 2, 3, 1) + bytes(4096)


@pytest.fixture
def files(tmp_path: Path, blog: Path) -> Path:
    """Lay out what is no Go program, beside one."""
    (tmp_path / "elf32").write_bytes(elf32())
    (tmp_path / "text").write_text("not a program\n")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "short").write_bytes(blog.read_bytes()[: 1 << 16])
    (tmp_path / "folder").mkdir()
    (tmp_path / "blog").symlink_to(blog)
    return tmp_path


TWICE = spec("blog") + spec("blog").partition("\n\n")[2]

BROKEN = {
    "no-binary": (spec("none"), 3, r"none: .*no such file"),
    "folder": (spec("folder"), 3, r"folder: a directory, expected a Go program"),
    "not-elf": (spec("text"), 3, r"text: not an ELF file"),
    "empty": (spec("empty"), 3, r"empty: the file is empty, expected a Go program"),
    "32-bit": (spec("elf32"), 4, r"elf32: .*64-bit"),
    "truncated": (spec("short"), 3, r"short: "),
    "not-go": (spec("/bin/true"), 3, r"/bin/true: not a Go program"),
    "no-symbol": (spec("blog", symbol="main.fo"), 3, r'"main\.fo" - did you mean "main\.foo"'),
    "syntax": (spec("blog", "func(a int, b }"), 2, r"toml:7: .*\.signature: column 15"),
    "type": (spec("blog", "func(a Unknown)"), 4, r'signature: type "Unknown": '),
    "checksum": (spec("blog", "func(a int64)"), 2, r"take 8 bytes, but the binary says 48"),
    "twice": (TWICE, 2, r'function\[1\]\.symbol: "main\.foo" is already traced on line 6'),
    "capture": (spec("blog", more='capture = ["c"]'), 2, r'capture\[0\]: "c" is not a param'),
    "key": (spec("blog", more="emitt = 1"), 2, r"spec\.toml:8: function\[0\]\.emitt: "),
    "limit": (spec("blog", more="limits = { string = 5000 }"), 2, r"limits\.string: .*4096"),
    "not-toml": ("[tracer", 2, r"spec\.toml:1: not TOML"),
    "own-name": (spec("blog").replace("shop", "include"), 5, r'tracer "include": '),
}  # fmt: skip
"""What is wrong: the spec, the exit status, and what the message must match."""


@pytest.mark.parametrize("command", ["emit", "check"])
@pytest.mark.parametrize("name", BROKEN)
def test_bad_input_is_one_message_and_the_right_status(
    files: Path, name: str, command: str
) -> None:
    text, status, message = BROKEN[name]
    path = write(files, text)
    before = sorted(files.rglob("*"))
    done = gogen(command, path, *(["-o", "out"] if command == "emit" else []), cwd=files)
    assert (done.returncode, done.stdout) == (status, ""), done.stderr
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("error: ") == 1
    assert re.search(message, done.stderr.splitlines()[0])
    assert sorted(files.rglob("*")) == before


def test_no_such_spec(tmp_path: Path) -> None:
    for command in ("build", "emit", "explain", "check", "run"):
        done = gogen(command, "none.toml", cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == "error: none.toml: no such file - give the path of a spec.toml\n"
    assert list(tmp_path.iterdir()) == []


def test_a_column_is_pointed_at(tmp_path: Path, blog: Path) -> None:
    done = gogen("check", write(tmp_path, spec(blog, "func(a int, b }")), cwd=tmp_path)
    assert done.stderr.splitlines()[1:] == ["    func(a int, b }", "                  ^"]


def test_outputs_that_cannot_be_written(tmp_path: Path, blog: Path) -> None:
    path = write(tmp_path, spec(blog))
    (tmp_path / "file").write_text("mine")
    (tmp_path / "out" / "shop").mkdir(parents=True)
    (tmp_path / "out" / "shop" / "notes").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    for output, message in (
        ("file", "file: cannot be written: "),
        ("file/below", "file/below: cannot be written: "),
        ("/proc/gogen", "/proc/gogen: cannot be written: "),
        ("out", "out/shop: exists and was not made by gogen - choose another with -o"),
    ):
        done = gogen("emit", path, "-o", output, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (6, "")
        assert f"error: {message}" in done.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_emit_explain_check(tmp_path: Path, blog: Path) -> None:
    path = write(tmp_path, spec(blog))
    emitted = gogen("emit", path, "-o", "out", cwd=tmp_path)
    assert (emitted.returncode, emitted.stdout, emitted.stderr) == (0, "out/shop\n", "")
    names = sorted(path.name for path in (tmp_path / "out" / "shop").iterdir())
    assert names == ["Makefile", "include", "shop.bpf.c", "shop.c", "shop.h", "shop.manifest.json"]
    manifest = json.loads((tmp_path / "out" / "shop" / "shop.manifest.json").read_text())
    assert manifest["binary"]["file"] == "blog"
    assert manifest["functions"][0]["symbol"] == "main.foo"

    before = sorted(tmp_path.rglob("*"))
    explained = gogen("explain", path, cwd=tmp_path)
    assert (explained.returncode, explained.stderr) == (0, "")
    assert "record main_foo_call_event, 256 bytes\n" in explained.stdout
    programs = (
        r"main_foo_(?:entry|ret): \d+ instructions, at most \d+ of 1000000 for the verifier, "
    )
    assert len(re.findall(programs + r"\d+ of 512 bytes of stack\n", explained.stdout)) == 2
    checked = gogen("check", path, cwd=tmp_path)
    assert checked.stdout.splitlines() == [
        "main.foo: ok, 3 sites",
        f"{path}: holds for {blog} (go1.27.3)",
    ]
    assert sorted(tmp_path.rglob("*")) == before


def test_check_of_another_build(tmp_path: Path, blog: Path) -> None:
    path = write(tmp_path, spec("not-built"))
    assert gogen("check", path, cwd=tmp_path).returncode == 3
    done = gogen("check", path, "--binary", blog, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_check_of_two_functions_of_what_is_no_go_program(tmp_path: Path, blog: Path) -> None:
    """Once an UnboundLocalError: each function was to be checked in a file never opened."""
    path = write(tmp_path, spec(blog) + '\n[[function]]\nsymbol = "main.bar"\n')
    done = gogen("check", path, "--binary", "/bin/true", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("error: /bin/true: not a Go program - ")


def test_output_folders(tmp_path: Path, blog: Path) -> None:
    """-o wins over the spec's, which is relative to the spec; else generated/ here."""
    elsewhere = tmp_path / "specs"
    elsewhere.mkdir()
    path = write(elsewhere, spec(blog))
    assert gogen("emit", path, cwd=tmp_path).stdout == "generated/shop\n"
    path = write(elsewhere, spec(blog).replace("\n\n", '\noutput = "made"\n\n', 1))
    assert gogen("emit", path, cwd=tmp_path).returncode == 0
    assert (elsewhere / "made" / "shop" / "shop.c").is_file()
    assert gogen("emit", path, "-o", "mine", cwd=tmp_path).stdout == "mine/shop\n"


@pytest.mark.toolchain
def test_build_says_what_it_made_and_runs_what_it_shows(tmp_path: Path, blog: Path) -> None:
    path = write(tmp_path, spec(blog))
    done = process("build", path, "-o", "out", "-v", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "out/shop/shop\n")
    *commands, last = done.stderr.splitlines()
    assert [Path(command.split()[0]).name.partition("-")[0] for command in commands] == [
        "clang",
        *["cc"] * (len(list((templates_dir() / "include").glob("*.c")))),
        *("bpftool", "bpftool", "cc", "cc", "strip"),
    ]
    assert re.fullmatch(r"1 function, 3 sites and 2 in the runtime, \d\.\d MB", last)
    said = subprocess.run(
        [tmp_path / "out/shop/shop", "--version"], capture_output=True, text=True, check=True
    ).stdout
    assert said.startswith("shop, a tracer generated by gogen ")

    quiet = process("build", path, "-o", "out", cwd=tmp_path)
    assert quiet.stderr.splitlines() == [last]

    ran = process("run", path, "-o", "out", "--", "--list", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[0] == "main.foo"
    assert len(re.findall(r"address 0x", ran.stdout)) == 3 + 2


@pytest.mark.toolchain
def test_a_tool_that_is_missing(tmp_path: Path, blog: Path) -> None:
    """Nothing on PATH but a clang of long ago."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "clang-13").write_text("#!/bin/sh\necho clang version 13.0.1\n")
    (tools / "clang-13").chmod(0o755)
    (tools / "sh").symlink_to("/bin/sh")
    path = write(tmp_path, spec(blog))
    done = process("build", path, "-o", "out", cwd=tmp_path, env={"PATH": str(tools)})
    assert (done.returncode, done.stdout) == (6, "")
    assert "clang: version 13.0.1, at least 14 is needed; " in done.stderr
    assert "cc: missing; strip: missing; " in done.stderr
    assert " - apt-get install binutils " in done.stderr
    assert not (tmp_path / "out").exists()
    doctor = process("doctor", cwd=tmp_path, env={"PATH": str(tools)})
    assert doctor.returncode == 6
    assert "  MISSING  cc " in doctor.stdout
    assert "error: cannot build: something is missing - apt-get install " in doctor.stderr


@pytest.mark.toolchain
def test_doctor(tmp_path: Path) -> None:
    done = gogen("doctor", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "to build tracers:"
    found = [line.split()[1] for line in lines if line.startswith("  ok ")]
    assert {"clang", "bpftool", "cc", "strip", "libelf", "zlib", "kernel"} <= set(found)


def test_inspect(tmp_path: Path, blog: Path) -> None:
    done = gogen("inspect", blog, "main.foo", "--signature", FOO, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^function main\.foo$", done.stdout, re.MULTILINE)
    assert re.search(r"^  I3  RDI  b \[\]byte: data$", done.stdout, re.MULTILINE)
    for arguments, status, message in (
        (["main.fooo"], 3, r'"main\.fooo" - did you mean "main\.foo"'),
        (["main.foo", "--signature", "func("], 2, "--signature: column 5: "),
        (["main.foo", "--signature", "struct{}"], 2, "--signature: "),
    ):
        failed = gogen("inspect", blog, *arguments, cwd=tmp_path)
        assert (failed.returncode, failed.stdout) == (status, "")
        assert re.match(f"error: .*{message}", failed.stderr)


def test_help_and_version(tmp_path: Path) -> None:
    listed = process("--help", cwd=tmp_path, env={"COLUMNS": "100", "NO_COLOR": "1"})
    assert listed.returncode == 0
    for command in COMMANDS:
        assert re.search(rf"^. {command} ", listed.stdout, re.MULTILINE), command
        done = gogen(command, "--help", cwd=tmp_path)
        assert done.returncode == 0
        assert f"gogen {command}" in done.stdout
    assert re.fullmatch(r"gogen \d+\.\d+\.\d+\n", gogen("--version", cwd=tmp_path).stdout)


def test_a_glob_that_leaves_out_the_package_is_told_so(blog: Path, tmp_path: Path) -> None:
    done = gogen("list", blog, "foo*", cwd=tmp_path)
    assert done.returncode == 3
    assert 'a glob is of the whole name, with its package: "*foo*"' in done.stderr


@pytest.mark.parametrize("arguments", [["bogus"], ["build"], ["emit", "--bogus", "x"]])
def test_usage_errors(tmp_path: Path, arguments: list[str]) -> None:
    done = gogen(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: " in done.stderr


def test_debug_shows_where(tmp_path: Path) -> None:
    done = gogen("--debug", "check", "none.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback (most recent call last)" in done.stderr
    assert done.stderr.endswith("error: none.toml: no such file - give the path of a spec.toml\n")


def test_the_schema_is_one_and_describes_the_examples(tmp_path: Path) -> None:
    done = gogen("schema", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    schema = json.loads(done.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    examples = sorted(gobuild.EXAMPLES.glob("*/*.toml"))
    assert len(examples) >= 3
    for example in examples:
        jsonschema.validate(tomllib.loads(example.read_text()), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"tracer": {"binary": 1}}, schema)


def test_names_from_outside_cannot_paint_the_terminal(tmp_path: Path, blog: Path) -> None:
    """A binary's own words reach the screen as text: the file is called as an attacker likes."""
    hostile = tmp_path / "blog\x1b[31m"
    shutil.copy(blog, hostile)
    path = write(tmp_path, spec(blog))
    done = gogen("explain", path, "--binary", hostile, cwd=tmp_path)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr
    assert "blog<U+001B>[31m" in done.stdout
