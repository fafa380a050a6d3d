# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Debug files: a stripped binary beside its own gives the facts of the whole one, and no other."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import gobuild
import pytest

from gogen import pipeline
from gogen.binary import debugfile
from gogen.binary.analyze import analyze
from gogen.binary.functions import list_functions
from gogen.errors import BinaryError, SpecError
from gogen.explore import inspect

if TYPE_CHECKING:
    from pathlib import Path

    from gogen.binary.model import BinaryFacts

pytestmark = pytest.mark.golang

ZOO = gobuild.PROGRAMS / "zoo"
FLAGS = ((), ("-buildmode=pie",), ("-ldflags=-compressdwarf=false",))

versions = pytest.mark.parametrize("version", gobuild.toolchains())


def zoo(version: str, flags: tuple[str, ...] = ()) -> Path:
    return gobuild.build(ZOO, version=version, flags=flags)


def split(whole: Path, folder: Path, debug: str, *, linked: bool) -> Path:
    """Put DWARF and symbol table into a file of their own, as packages of distributions do."""
    stripped, kept = folder / whole.name, folder / debug
    folder.mkdir(exist_ok=True)
    kept.parent.mkdir(parents=True, exist_ok=True)
    objcopy("--only-keep-debug", whole, kept)
    objcopy("--strip-all", whole, stripped)
    if linked:
        link(stripped, kept)
    return stripped


def link(stripped: Path, debug: Path) -> None:
    objcopy(f"--add-gnu-debuglink={debug}", stripped)


def objcopy(*arguments: str | Path) -> None:
    subprocess.run(["objcopy", *map(str, arguments)], check=True)


def facts(binary: Path) -> BinaryFacts:
    """Everything of functions that nothing but DWARF or a symbol table tells in full."""
    listed = [info.symbol for info in list_functions(binary, "main.*") if not info.why_not]
    # Go 1.19 gives several instances one name, which only a symbol table tells apart.
    symbols = tuple(symbol for symbol in listed if listed.count(symbol) == 1)
    found = analyze(binary, symbols, pointers=2, own=True, stacks=True)
    assert len(found.functions) > 60
    return found


@pytest.mark.parametrize("flags", FLAGS, ids=[" ".join(flags) or "plain" for flags in FLAGS])
@versions
def test_its_facts_are_those_of_the_whole_binary(
    version: str, flags: tuple[str, ...], tmp_path: Path
) -> None:
    whole = zoo(version, flags)
    stripped = split(whole, tmp_path, "zoo.debug", linked=False)
    told, expected = facts(stripped), facts(whole)
    assert told.debug_file == debugfile.DebugFile(path=str(tmp_path / "zoo.debug"))
    assert expected.debug_file is None
    assert replace(told, debug_file=None) == expected
    assert list_functions(stripped, "") == list_functions(whole, "")
    (tmp_path / "zoo.debug").unlink()
    assert not any(function.declaration for function in facts(stripped).functions)


@pytest.mark.parametrize("debug", ["other name", ".debug/other name"])
def test_it_is_found_by_its_link(debug: str, tmp_path: Path) -> None:
    stripped = split(zoo(gobuild.NEWEST), tmp_path, debug, linked=True)
    found = debugfile.told(debugfile.load(stripped))
    assert found == debugfile.DebugFile(path=str(tmp_path / debug))


def test_it_is_found_from_a_symbolic_link(tmp_path: Path) -> None:
    stripped = split(zoo(gobuild.NEWEST), tmp_path / "opt", "zoo.debug", linked=True)
    pointing = tmp_path / "server"
    pointing.symlink_to(stripped)
    found = debugfile.told(debugfile.load(pointing))
    assert found == debugfile.DebugFile(path=str(tmp_path / "opt" / "zoo.debug"))


@pytest.mark.parametrize("by_build_id", [True, False])
def test_it_is_found_where_packages_put_it(
    by_build_id: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, installed = zoo(gobuild.NEWEST), tmp_path / "lib"
    monkeypatch.setattr(debugfile, "GLOBAL", installed)
    stripped = split(whole, tmp_path / "bin", "zoo.dbg", linked=not by_build_id)
    build_id = facts(whole).gnu_build_id
    assert len(build_id) == 40
    at = installed / (tmp_path / "bin").relative_to("/") / "zoo.dbg"
    if by_build_id:
        at = installed / ".build-id" / build_id[:2] / f"{build_id[2:]}.debug"
    at.parent.mkdir(parents=True)
    (tmp_path / "bin" / "zoo.dbg").rename(at)
    assert debugfile.told(debugfile.load(stripped)) == debugfile.DebugFile(path=str(at))


@versions
def test_one_of_another_build_is_said_and_not_read(version: str, tmp_path: Path) -> None:
    stripped = split(zoo(version), tmp_path, "zoo.debug", linked=True)
    objcopy("--only-keep-debug", zoo(version, ("-gcflags=-N",)), tmp_path / "zoo.debug")
    told = facts(stripped)
    assert told.debug_file is not None
    assert told.debug_file.why_not == "of another build"
    assert not any(function.declaration for function in told.functions)
    text = inspect(stripped, "main.Variadic", signature=None, go="").text
    assert f"debug file {tmp_path / 'zoo.debug'} (of another build: not read)" in text


def test_one_of_another_build_is_why_a_signature_is_needed(tmp_path: Path) -> None:
    stripped = split(zoo(gobuild.NEWEST), tmp_path, "zoo.debug", linked=True)
    spec = tmp_path / "spec.toml"
    spec.write_text("[tracer]\nbinary = 'zoo'\n[[function]]\nsymbol = 'main.Variadic'\n")
    assert pipeline.plan_probes(pipeline.load(spec)).functions
    objcopy("--only-keep-debug", zoo(gobuild.NEWEST, ("-gcflags=-N",)), tmp_path / "zoo.debug")
    with pytest.raises(SpecError) as raised:
        pipeline.plan_probes(pipeline.load(spec))
    assert raised.value.problem == (
        'is needed: the binary has no DWARF for "main.Variadic", and debug file '
        f"{stripped}.debug is of another build"
    )


def test_what_is_no_debug_file_is_none(tmp_path: Path) -> None:
    stripped = split(zoo(gobuild.NEWEST), tmp_path, "zoo.debug", linked=True)
    debug = tmp_path / "zoo.debug"
    for content in (b"", b"\x7fELF", b"#!/bin/sh\n", debug.read_bytes()[:1000]):
        debug.write_bytes(content)
        assert facts(stripped).debug_file is None
    debug.unlink()
    debug.mkdir()
    assert facts(stripped).debug_file is None
    debug.rmdir()
    debug.symlink_to(debug)
    assert facts(stripped).debug_file is None
    debug.unlink()
    shutil.copy(stripped, debug)
    assert facts(stripped).debug_file is None


@pytest.mark.parametrize(
    "name", ["../zoo.dbg", "/etc/passwd", "..", "", "a\nb", "\udcff", "x" * 300]
)
def test_a_link_leads_nowhere_else(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    stripped = split(zoo(gobuild.NEWEST), folder, "zoo.dbg", linked=True)
    (folder / "zoo.dbg").rename(tmp_path / "zoo.dbg")
    content = tmp_path / "link"
    content.write_bytes(name.encode("utf-8", "surrogateescape") + b"\0\0\0\0\0\0\0\0")
    objcopy(f"--update-section=.gnu_debuglink={content}", stripped)
    assert facts(stripped).debug_file is None


def test_damage_in_it_is_an_error_of_its_own(tmp_path: Path) -> None:
    stripped = split(zoo(gobuild.NEWEST), tmp_path, "zoo.debug", linked=True)
    debug = tmp_path / "zoo.debug"
    empty = tmp_path / "empty"
    empty.write_bytes(b"\xff" * 100)
    objcopy("--decompress-debug-sections", debug)
    objcopy(f"--update-section=.debug_info={empty}", debug)
    with pytest.raises(BinaryError) as raised:
        facts(stripped)
    assert raised.value.context == str(debug)


def test_it_is_no_program_itself(tmp_path: Path) -> None:
    split(zoo(gobuild.NEWEST), tmp_path, "zoo.debug", linked=False)
    with pytest.raises(BinaryError, match="debug information without the program it is of"):
        list_functions(tmp_path / "zoo.debug", "")
