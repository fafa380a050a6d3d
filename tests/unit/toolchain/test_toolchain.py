# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Building aside and renaming; finding tools, or saying which package has them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from goldencases import tree_of

from gogen.errors import ToolError
from gogen.toolchain.build import build
from gogen.toolchain.find import find, survey
from gogen.toolchain.run import run

if TYPE_CHECKING:
    from gogen.toolchain.model import Command

pytestmark = pytest.mark.toolchain

TREE = tree_of("scalar_one_reg")
RUNTIME = [
    file.path.removesuffix(".c")
    for file in TREE.files
    if file.path.startswith("include/") and file.path.endswith(".c")
]


def fake(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder that is the whole PATH: links to the real tools, to take away or replace."""
    folder = tmp_path / "path"
    folder.mkdir()
    real = find()
    for tool in (real.clang, real.bpftool, real.cc, real.strip):
        (folder / tool.name).symlink_to(tool.resolve() if tool.name != "cc" else tool)
    for name in ("as", "ld", "sh", "sleep"):  # what cc and the fakes run
        if path := shutil.which(name):
            (folder / name).symlink_to(path)
    monkeypatch.setenv("PATH", str(folder))
    here = Path.is_file
    monkeypatch.setattr(
        Path, "is_file", lambda self: str(self) != "/usr/sbin/bpftool" and here(self)
    )
    return folder


def listing(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
    }


def test_all_that_is_needed_is_found(tools: Path) -> None:
    found = find()
    assert found.clang.parent == found.bpftool.parent == found.cc.parent == tools
    assert [(tool.name, tool.problem) for tool in survey()] == [
        *((name, "") for name in ("clang", "bpftool", "cc", "strip")),
        *((name, "") for name in ("libbpf headers", "libbpf", "libelf", "zlib")),
    ]


@pytest.mark.parametrize(
    ("name", "package"),
    [("clang", "clang-19"), ("bpftool", "bpftool"), ("cc", "gcc"), ("strip", "binutils")],
)
def test_a_missing_tool_names_its_package(
    tools: Path, tmp_path: Path, name: str, package: str
) -> None:
    for path in tools.iterdir():
        if path.name.partition("-")[0] == name:
            path.unlink()
    with pytest.raises(ToolError) as raised:
        build(TREE, tmp_path / "out")
    assert raised.value.exit_code == 6
    assert raised.value.context == "cannot build"
    assert f"{name}: missing" in raised.value.problem
    assert raised.value.hint.startswith("apt-get install ")
    assert package in raised.value.hint.split()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("archive", "package"),
    [("libbpf.a", "libbpf-dev"), ("libelf.a", "libelf-dev"), ("libz.a", "zlib1g-dev")],
)
def test_a_missing_library_names_its_package(tools: Path, archive: str, package: str) -> None:
    real = (tools / "cc").resolve()
    (tools / "cc").unlink()
    missing = f'case "$1" in *={archive}) echo {archive};; *) exec {real} "$@";; esac'
    fake(tools / "cc", missing)
    with pytest.raises(ToolError, match=f": missing - apt-get install {package}$"):
        find()


def test_missing_headers_name_their_package(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tools
    here = Path.is_file
    monkeypatch.setattr(Path, "is_file", lambda self: "bpf_helpers" not in str(self) and here(self))
    with pytest.raises(ToolError, match=r"libbpf headers: missing - apt-get install libbpf-dev$"):
        find()


def clang(folder: Path, name: str, version: str) -> None:
    fake(folder / name, f"echo 'Debian clang version {version}'")


def without_clang(tools: Path) -> None:
    for path in tools.glob("clang*"):
        path.unlink()


def test_an_old_clang_is_refused(tools: Path) -> None:
    without_clang(tools)
    clang(tools, "clang-13", "13.0.1-6")
    clang(tools, "clang", "13.0.1-6")
    with pytest.raises(ToolError) as raised:
        find()
    assert str(raised.value) == (
        "cannot build: clang: version 13.0.1, at least 14 is needed - apt-get install clang-19"
    )


def test_a_clang_that_says_nothing_is_refused(tools: Path) -> None:
    without_clang(tools)
    fake(tools / "clang", "exit 1")
    with pytest.raises(ToolError, match="clang: version unknown, at least 14 is needed"):
        find()


def test_the_newest_clang_wins(tools: Path) -> None:
    without_clang(tools)
    for number in (9, 14, 16):
        clang(tools, f"clang-{number}", f"{number}.0.0")
    clang(tools, "clang", "15.0.7")
    fake(tools / "clang-format", "exit 1")
    fake(tools / "clang-cpp-18", "exit 1")
    assert find().clang.name == "clang-16"
    clang(tools, "clang", "17.0.0git")
    assert find().clang.name == "clang"


def test_a_build_leaves_its_sources_and_one_tracer(tmp_path: Path) -> None:
    seen: list[Command] = []
    built = build(TREE, tmp_path / "new" / "out", report=seen.append)
    steps = ["BPF", *["CC"] * len(RUNTIME), "GEN-OBJ", "GEN-SKEL", "CC", "BINARY", "STRIP"]
    assert [command.verb for command in seen] == steps
    folder = tmp_path / "new" / "out" / "shop"
    assert built.folder == folder
    assert built.tracer == folder / "shop"
    assert built.size == (folder / "shop").stat().st_size
    assert folder.stat().st_mode & 0o777 == 0o755
    expected = {file.path for file in TREE.files} | {"shop", "shop.skel.h", "include"}
    assert set(listing(folder)) == expected
    assert [path.name for path in folder.parent.iterdir()] == ["shop"]
    for file in TREE.files:
        assert (folder / file.path).read_text() == file.text


def test_sources_alone(tmp_path: Path, tools: Path) -> None:
    """No tool is looked for, and what an earlier build left is gone."""
    for path in tools.iterdir():
        path.unlink()
    emitted = build(TREE, tmp_path / "out", compile_it=False)
    assert emitted.tracer is None
    (emitted.folder / "shop").write_bytes(b"an old tracer")
    build(TREE, tmp_path / "out", compile_it=False)
    assert set(listing(emitted.folder)) == {file.path for file in TREE.files} | {"include"}


@pytest.mark.parametrize(
    ("tool", "script", "says"),
    [
        ("clang-99", "[ $1 = --version ] && echo version 99 && exit; echo no >&2; exit 3", "no"),
        ("bpftool", "[ $1 = --version ] && echo v7.1 && exit; echo no >&2; exit 3", "no"),
        ("strip", "echo oh; echo no >&2; exit 3", "no"),
    ],
)  # fmt: skip
def test_a_failed_build_leaves_the_old_folder(
    tmp_path: Path, tools: Path, tool: str, script: str, says: str
) -> None:
    out = tmp_path / "out"
    build(TREE, out, compile_it=False)
    (out / "shop" / "shop").write_bytes(b"the tracer of an earlier build")
    before = listing(out)
    (tools / tool).unlink(missing_ok=True)
    fake(tools / tool, script)
    with pytest.raises(ToolError) as raised:
        build(TREE, out)
    first, _, rest = raised.value.problem.partition("\n")
    assert raised.value.context == str(tools / tool)
    assert first.startswith(f"ended with status 3: {tools / tool} ")
    assert rest == says
    assert listing(out) == before
    with pytest.raises(ToolError):
        build(TREE, tmp_path / "nothing" / "here")
    assert not (tmp_path / "nothing").exists()


def test_what_the_compiler_says_is_shown(tmp_path: Path) -> None:
    """A source that does not compile: its name, line and the compiler's own words."""
    broken = tuple(
        type(file)(path=file.path, text=file.text.replace("return 0;", "return nothing;", 1))
        for file in TREE.files
    )
    tree = type(TREE)(**{name: getattr(TREE, name) for name in TREE.__slots__} | {"files": broken})
    with pytest.raises(ToolError, match=r"use of undeclared identifier 'nothing'") as raised:
        build(tree, tmp_path / "out")
    assert " -target bpf " in str(raised.value)
    assert "shop.bpf.c:" in str(raised.value)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_not_gogens_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "my-notes.txt").write_text("mine")
    with pytest.raises(ToolError) as raised:
        build(TREE, tmp_path, compile_it=False)
    assert str(raised.value) == (
        f"{folder}: exists and was not made by gogen - choose another with -o"
    )
    assert listing(tmp_path) == {"shop": b"", "shop/my-notes.txt": b"mine"}


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    assert build(TREE, tmp_path, compile_it=False).folder == tmp_path / "shop"


@pytest.mark.parametrize("kind", ["file", "link", "dangling"])
def test_what_is_no_folder_is_left_alone(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "elsewhere"
    if kind == "file":
        (tmp_path / "shop").write_text("mine")
    else:
        if kind == "link":
            build(TREE, target, compile_it=False)
            target = target / "shop"
        (tmp_path / "shop").symlink_to(target)
    before = listing(tmp_path)
    with pytest.raises(ToolError, match="exists and was not made by gogen"):
        build(TREE, tmp_path, compile_it=False)
    assert listing(tmp_path) == before


def test_an_output_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    for output in (tmp_path / "out", tmp_path / "out" / "below"):
        with pytest.raises(ToolError, match=r"cannot be written: .* - choose another with -o"):
            build(TREE, output, compile_it=False)
    assert listing(tmp_path) == {"out": b"mine"}


def test_an_output_on_a_read_only_filesystem() -> None:
    """Root may write anywhere but there; /proc is as good as read-only and always mounted."""
    with pytest.raises(ToolError, match="/proc/gogen: cannot be written: "):
        build(TREE, Path("/proc/gogen"), compile_it=False)


def test_two_builds_give_the_same_bytes_and_so_does_make(tmp_path: Path) -> None:
    """In folders of other names and depths; make finds no gogen and no Python on its PATH."""
    first = build(TREE, tmp_path / "a")
    second = build(TREE, tmp_path / "another" / "and" / "deeper")
    third = tmp_path / "by-make"
    shutil.copytree(first.folder, third)
    for name in ("shop", "shop.skel.h"):
        (third / name).unlink()
    done = subprocess.run(
        ["make"],
        cwd=third,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "  BPF      shop.tmp.bpf.o",
        "  GEN-OBJ  shop.bpf.o",
        "  GEN-SKEL shop.skel.h",
        "  CC       shop.o",
        *(f"  CC       {stem}.o" for stem in RUNTIME),
        "  BINARY   shop",
    ]
    for name in ("shop", "shop.skel.h"):
        expected = (first.folder / name).read_bytes()
        assert (second.folder / name).read_bytes() == expected, name
        assert (third / name).read_bytes() == expected, name
    subprocess.run(["make", "clean"], cwd=third, check=True, capture_output=True)
    assert set(listing(third)) == {file.path for file in TREE.files} | {"include"}


def test_a_tracer_does_not_know_where_it_was_built(tmp_path: Path) -> None:
    tracer = build(TREE, tmp_path).tracer
    assert tracer
    text = subprocess.run(
        ["strings", "-a", tracer], capture_output=True, text=True, check=True
    ).stdout
    top = Path(__file__).resolve().parents[3]
    for word in (str(tmp_path), str(top), f"{os.uname().nodename}.", "/tmp/"):  # noqa: S108
        assert word not in text, word
    assert "clang version" not in text


def test_commands_that_cannot_run() -> None:
    with pytest.raises(ToolError, match="cannot be run: No such file or directory"):
        run(["/nowhere/tool"])
    with pytest.raises(ToolError, match=r"ended with status 1: false$"):
        run(["false"])
    assert run(["sh", "-c", "echo $LC_ALL"]) == b"C.UTF-8\n"
