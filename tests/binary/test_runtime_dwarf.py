# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The tables of runtime layouts, compared with the DWARF that the same Go writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import gobuild
import pytest
from elftools.elf.elffile import ELFFile

from gogen import explore
from gogen.binary import dwarf, image, layouts
from gogen.binary.analyze import analyze
from gogen.binary.model import RuntimeOffsets
from gogen.errors import UnsupportedError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.golang

STRUCTS = (
    "runtime.g",
    "runtime.m",
    "runtime.stack",
    "runtime.gobuf",
    "runtime._panic",
    "runtime._defer",
)


def dwarf_offsets(binary: Path) -> dict[tuple[str, str], int]:
    """Struct and field to offset, of the structs above."""
    found: dict[tuple[str, str], int] = {}
    with binary.open("rb") as file:
        dwarf: Any = ELFFile(file).get_dwarf_info()
        for unit in dwarf.iter_CUs():
            top = unit.get_top_DIE()
            if top.attributes["DW_AT_name"].value != b"runtime":
                continue
            for die in unit.iter_DIEs():
                name = die.attributes.get("DW_AT_name")
                if die.tag != "DW_TAG_structure_type" or name is None:
                    continue
                if (struct := name.value.decode()) in STRUCTS:
                    for member in die.iter_children():
                        field = member.attributes["DW_AT_name"].value.decode()
                        location = member.attributes["DW_AT_data_member_location"].value
                        found[struct, field] = location
    return found


@pytest.mark.parametrize("goarch", ["amd64", "arm64"])
@pytest.mark.parametrize("version", gobuild.toolchains())
def test_offsets_are_those_of_dwarf(version: str, goarch: str) -> None:
    binary = gobuild.build(gobuild.PROGRAMS / "shapes", version=version, env={"GOARCH": goarch})
    fields = dwarf_offsets(binary)
    deferring = "_panic" if version not in ("1.19", "1.21.13") else "_defer"

    runtime = RuntimeOffsets(
        g_stack_hi=fields["runtime.g", "stack"] + fields["runtime.stack", "hi"],
        g_m=fields["runtime.g", "m"],
        g_goid=fields["runtime.g", "goid"],
        m_curg=fields["runtime.m", "curg"],
        g_sched_sp=fields["runtime.g", "sched"] + fields["runtime.gobuf", "sp"],
        g_deferring=fields["runtime.g", deferring],
        deferring_sp=fields[f"runtime.{deferring}", "sp"],
        deferring_link=fields[f"runtime.{deferring}", "link"],
    )
    assert analyze(binary, ()).runtime == runtime
    # And without DWARF, where the table has to know.
    assert analyze(gobuild.strip(binary), ()).runtime == runtime


LAID = """\
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

type Held struct {
	At   time.Time
	Err  error
	Any  any
	Many map[string]int
	Ends chan int
}

//go:noinline
func show(h Held, m map[string]int, c chan int, e error, a any, t time.Time) int {
	return len(h.Many) + len(m) + cap(c)
}

func main() {
	err := fmt.Errorf("%w", &fs.PathError{Op: "x", Err: errors.New("y")})
	fmt.Println(show(Held{}, map[string]int{}, make(chan int, 3), err, 1, time.Now()), os.Args)
}
"""
PLAIN = ("-ldflags=-compressdwarf=false",)


def laid(version: str, goarch: str = "amd64") -> Path:
    files = {"main.go": LAID, "go.mod": "module laid\n\ngo 1.18\n"}
    env = {"GOARCH": goarch}
    return gobuild.build_text(files, name="laid", version=version, flags=PLAIN, env=env)


@pytest.mark.parametrize("goarch", ["amd64", "arm64"])
@pytest.mark.parametrize("version", gobuild.toolchains())
def test_every_layout_is_that_of_dwarf(version: str, goarch: str) -> None:
    """Of each kind at least one struct is there to be compared, and both of an interface."""
    debug = dwarf.read(image.load(laid(version, goarch)))
    assert debug is not None
    there = {
        kind: [name for name in structs if debug.fields(name)]
        for kind, structs in layouts.EXPECTED.items()
    }

    assert layouts.differing(debug, layouts.EXPECTED) == ()
    assert {kind: len(names) for kind, names in there.items()} == {
        "map": 1, "chan": 1, "interface": 2, "error": 3, "time": 1,
    }  # fmt: skip


def moved(binary: Path, folder: Path, field: str, at: int) -> Path:
    """Let DWARF say that a field is one byte further: by its name, its own is the last byte."""
    data = bytearray(binary.read_bytes())
    section = image.load(binary).section(".debug_info")
    assert section is not None
    needle = f"{field}\0".encode()
    places, found = [], section.file_offset
    while (found := data.find(needle, found + 1, section.file_offset + section.file_size)) >= 0:
        # A member: name, offset (udata), type (ref_addr), whether it is embedded.
        if data[found + len(needle)] == at and data[found - 1] < 0x80:
            places.append(found + len(needle))
    for place in places:
        data[place] += 1
    path = folder / "moved"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("field", "at", "lost"),
    [
        ("used", 0, {"h": "Many", "m": ""}),
        ("dataqsiz", 8, {"h": "Ends", "c": ""}),
        ("Str", 40, {"h": "Err", "e": "", "a": ""}),
        ("msg", 0, {"h": "Err", "e": ""}),
    ],
)
def test_what_is_laid_out_otherwise_is_unreadable(
    field: str, at: int, lost: dict[str, str], tmp_path: Path
) -> None:
    binary = moved(laid(gobuild.NEWEST), tmp_path, field, at)
    found = explore.inspect(binary, "main.show", signature=None, go="").json
    values = cast("list[dict[str, Any]]", found["parameters"])
    reasons = {value["name"]: value["unreadable"] for value in values if value["unreadable"]}
    whole = explore.inspect(laid(gobuild.NEWEST), "main.show", signature=None, go="").json
    before = {
        v["name"] for v in cast("list[dict[str, Any]]", whole["parameters"]) if v["unreadable"]
    }

    assert reasons.keys() - before == lost.keys()
    for name, part in lost.items():
        assert f".{field} is at {at + 1} in this binary, expected at {at}" in reasons[name]
        assert part in reasons[name]


def test_goid_is_where_dwarf_says(tmp_path: Path) -> None:
    """Also in a Go that is not known; without DWARF that is refused."""
    data = laid(gobuild.NEWEST).read_bytes()
    newer = tmp_path / "newer"
    newer.write_bytes(data.replace(b"go1.27.3", b"go1.28.3"))
    (tmp_path / "bare").write_bytes(
        gobuild.strip(laid(gobuild.NEWEST)).read_bytes().replace(b"go1.27.3", b"go1.28.3")
    )

    assert analyze(newer, ("main.show",)).runtime == analyze(laid(gobuild.NEWEST), ()).runtime
    with pytest.raises(UnsupportedError, match=r'built by "go1\.28\.3"; gogen knows Go 1\.19'):
        analyze(tmp_path / "bare", ("main.show",))
