# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The table of runtime offsets, compared with the DWARF that the same Go writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gobuild
import pytest
from elftools.elf.elffile import ELFFile

from gogen.binary.analyze import analyze
from gogen.binary.model import RuntimeOffsets

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
