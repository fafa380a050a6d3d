# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Compare how tracers read the runtime's structs with what the binary's own DWARF says of them.

In:   Dwarf, the types of the values that are asked for
Out:  the kinds of value that can't be read, and why not

Upstream: Go's runtime/chan.go (hchan), runtime/map.go (hmap, before Go 1.24), internal/runtime/maps
(Map), runtime/iface.go and internal/abi (ITab, Type; before Go 1.21 runtime._type and
runtime.itab), time/time.go, errors/errors.go, fmt/errors.go, io/fs/fs.go. The offsets are those
of Go 1.19 to 1.27, on amd64 and arm64; tests compare each row with the DWARF of those versions.
The one convention: a struct that DWARF does not have proves nothing, and one that differs
makes values of its kind unreadable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.golang.types import (
    Array,
    Chan,
    Func,
    GoType,
    Interface,
    Map,
    Named,
    Pointer,
    Slice,
    Struct,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gogen.binary.dwarf import Dwarf

MAP, CHAN, INTERFACE, ERROR, TIME = "map", "chan", "interface", "error", "time"

_DESCRIPTOR = {"Hash": 16, "TFlag": 20, "Kind_": 23, "Str": 40}
_OLD_DESCRIPTOR = {"hash": 16, "tflag": 20, "kind": 23, "str": 40}
EXPECTED: dict[str, dict[str, dict[str, int]]] = {
    MAP: {"internal/runtime/maps.Map": {"used": 0}, "runtime.hmap": {"count": 0}},
    CHAN: {"runtime.hchan": {"qcount": 0, "dataqsiz": 8}},
    INTERFACE: {
        "internal/abi.ITab": {"Type": 8, "Hash": 16},
        "internal/abi.Type": _DESCRIPTOR,
        "runtime.itab": {"_type": 8, "hash": 16},
        "runtime._type": _OLD_DESCRIPTOR,
    },
    ERROR: {
        "errors.errorString": {"s": 0},
        "fmt.wrapError": {"msg": 0, "err": 16},
        "io/fs.PathError": {"Op": 0, "Path": 16, "Err": 32},
    },
    TIME: {"time.Time": {"wall": 0, "ext": 8, "loc": 16}},
}
"""By kind: structs and the offsets of the fields that are read."""

_MAX_NODES = 10_000


def differing(debug: Dwarf, kinds: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Give each of these kinds that is laid out otherwise in this binary, and the reason."""
    found = []
    for kind in sorted(kinds):
        for name, expected in EXPECTED[kind].items():
            fields = debug.fields(name)
            wrong = next((f for f, at in expected.items() if fields and fields.get(f) != at), None)
            if fields and wrong is not None:
                at = fields.get(wrong)
                there = f"at {at}" if at is not None else "not there"
                reason = f"{name}.{wrong} is {there} in this binary, expected at {expected[wrong]}"
                found.append((kind, reason))
                break
    return tuple(found)


def kinds_in(types: Iterable[GoType]) -> set[str]:
    """Give the kinds whose layout matters for values of these types, named ones left out."""
    found: set[str] = set()
    left = list(types)
    for _ in range(_MAX_NODES):
        if not left:
            break
        each = left.pop()
        match each:
            case Array() | Slice() | Pointer():
                left.append(each.elem)
            case Struct():
                left += [field.type for field in each.fields]
            case Map():
                found.add(MAP)
            case Chan():
                found.add(CHAN)
            case Interface():
                found |= {INTERFACE, ERROR}
            case Named(name="time.Time"):
                found.add(TIME)
            case Named() | Func():
                pass
    return found if not left else set(EXPECTED)
