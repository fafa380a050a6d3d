# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Give what `gogen inspect` shows as plain values, for json.dumps.

In:   BinaryFacts, AbiAssignment, the types it names
Out:  one object; docs/inspect-json.md describes it

The one convention: every key is always there; what cannot be told is null, and
`unreadable` says why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.abi.model import RegClass
from gogen.abi.pprint import STACK_BASE
from gogen.errors import UnsupportedError
from gogen.golang.pprint import format_type
from gogen.golang.sizes import layout
from gogen.golang.types import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gogen.abi.model import AbiAssignment, AbiParamAssignment
    from gogen.abi.registers import MachineRegisters
    from gogen.binary.floatmodel import FloatSite
    from gogen.binary.model import BinaryFacts, FunctionCode, Site
    from gogen.golang.types import Types

Json = dict[str, object]


def function(facts: BinaryFacts, code: FunctionCode) -> Json:
    """Give what the binary says without knowing its parameters: those are null."""
    return {
        "symbol": code.symbol,
        "kinds": list(code.kinds),
        "binary": {
            "file": facts.name,
            "machine": facts.machine.value,
            "go_version": facts.go_version,
            "gnu_build_id": facts.gnu_build_id or None,
            "go_build_id": facts.go_build_id or None,
            "position_independent": facts.position_independent,
            "settings": dict(facts.settings),
        },
        "code": {
            "address": code.address,
            "file_offset": code.file_offset,
            "size": code.size,
            "hash": f"{code.code_hash:016x}",
        },
        "signature": None,
        "parameters": None,
        "results": None,
        "entry": {**_site(code.entry), "why": code.entry_choice.value},
        "exits": [
            *({**_site(site), "kind": "return"} for site in code.ret_sites),
            *({**_site(site), "kind": "tailcall"} for site in code.tail_sites),
        ],
        "types": None,
        "inlined": {
            "count": code.inlined_cnt,
            "calls": [{"file": c.file, "line": c.line, "in": c.caller} for c in code.inlined],
        },
        "floats": None,
        "warnings": list(code.warnings),
    }


def assigned(
    text: str,
    assignment: AbiAssignment,
    types: Types,
    registers: MachineRegisters,
    unreadable: Mapping[str, str],
) -> Json:
    """Give the keys that a signature fills, to lay over those of `function`."""
    return {
        "signature": text,
        "parameters": [_value(value, registers, unreadable) for value in assignment.params],
        "results": [_value(value, registers, unreadable) for value in assignment.results],
        "types": [_type(name, types) for name in types],
    }


def floats(stored: FloatSite | None, told: tuple[str, ...]) -> Json:
    """Give where float registers can be read from memory; null when none can."""
    if stored is None:
        return {"floats": None}
    slots = [
        {"abi": f"F{slot.register}", "size": slot.size, "sp_offset": slot.sp_distance}
        for slot in stored.slots
    ]
    return {"floats": {**_site(stored.site), "slots": slots, "why": list(told)}}


def _site(site: Site) -> Json:
    return {
        "address": site.address,
        "file_offset": site.file_offset,
        "instruction": site.text,
        "bytes": site.code.hex(),
    }


def _value(
    value: AbiParamAssignment, registers: MachineRegisters, unreadable: Mapping[str, str]
) -> Json:
    on_stack = value.stack_offset is not None
    return {
        "name": value.name,
        "type": format_type(value.type),
        "size": value.size,
        "registers": [
            {
                "abi": word.name,
                "machine": (registers.ints if word.cls is RegClass.INT else registers.floats)[
                    word.index
                ],
                "offset": word.offset,
                "size": word.size,
            }
            for word in value.words
        ],
        "sp_offset": STACK_BASE + (value.stack_offset or 0) if on_stack else None,
        "unreadable": unreadable.get(value.name),
    }


def _type(name: str, types: Types) -> Json:
    """Give one named type; its size is null when part of it is not known."""
    type_ = types[name]
    found: Json = {"name": name, "type": format_type(type_), "size": None, "fields": None}
    try:
        sizes = layout(type_, types)
    except UnsupportedError:
        return found
    found["size"] = sizes.size
    if isinstance(type_, Struct):
        found["type"] = "struct"
        found["fields"] = [
            {"name": field.name, "type": format_type(field.type), "offset": offset}
            for field, offset in zip(type_.fields, sizes.field_offsets, strict=True)
        ]
    return found
