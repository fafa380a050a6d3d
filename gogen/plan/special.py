# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Know the types of Go's own packages that programmers know by their text.

In:   GoType, Types
Out:  what kind it is, and the nodes of what its text is made of

Upstream: time/time.go, net/ip.go, net/mac.go, net/netip/netip.go, math/big/int.go;
google/uuid's and others' `type UUID [16]byte`. A name alone is not believed: a type of another
layout is a type like others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.golang.pprint import format_type
from gogen.golang.sizes import layout, resolve
from gogen.golang.types import Array, Basic, GoType, Named, Pointer, Slice, Struct
from gogen.plan.valuemodel import ValueNode

if TYPE_CHECKING:
    from collections.abc import Callable

    from gogen.golang.types import Types
    from gogen.plan.known import Known

DURATION = "time.Duration"
"""Numbers may be converted to it though no type of the program is it."""

_WORDS = {DURATION: "duration", "time.Month": "month", "time.Weekday": "weekday"}
_WORD = {"duration": Basic.INT64, "month": Basic.INT, "weekday": Basic.INT}
_BYTES = {"net.IP": "ip", "net.IPMask": "ip_mask", "net.HardwareAddr": "mac"}
_BYTES_MAX = 32
"""Bytes of an address: what is longer is not one that Go prints as such."""
_STRUCTS = {
    "time.Time": ("time", 24, ()),
    "netip.Addr": ("addr", 24, ("addr", "z")),
    "netip.AddrPort": ("addr_port", 32, ("ip", "port")),
    "netip.Prefix": ("prefix", 32, ("ip",)),
    "big.Int": ("big", 32, ("neg", "abs")),
}
_DIGITS_MAX = 16
"""Words of a number: 1,024 bits."""
_ZONE_MAX = 64
_UUID_SIZE = 16
_EITHER = "IPv4, or the same in IPv6: before Go 1.23 only the address of net/netip.z4 tells"
_MOVES = f"{_EITHER}, and the program is loaded anywhere"
_NO_SYMBOL = f"{_EITHER}, and the binary has no symbol of it"

_PATHS = {
    "net/netip.Addr": "netip.Addr",
    "net/netip.AddrPort": "netip.AddrPort",
    "net/netip.Prefix": "netip.Prefix",
    "math/big.Int": "big.Int",
}
"""As DWARF names them, and as source code does."""


def kind_of(type_: GoType, types: Types) -> str:
    """Name the kind of a special type; empty for others."""
    if not isinstance(type_, Named):
        return ""
    name = _PATHS.get(type_.name, type_.name)
    under = resolve(type_, types)
    if name in _WORDS:
        return _WORDS[name] if under == _WORD[_WORDS[name]] else ""
    if name in _BYTES:
        is_bytes = isinstance(under, Slice) and resolve(under.elem, types) is Basic.UINT8
        return _BYTES[name] if is_bytes else ""
    if name in _STRUCTS and isinstance(under, Struct):
        kind, size, fields = _STRUCTS[name]
        has = tuple(field.name for field in under.fields)[: len(fields)] == fields
        return kind if has and layout(under, types).size == size else ""
    if name.rpartition(".")[2] == "UUID" and isinstance(under, Array):
        is_bytes = resolve(under.elem, types) is Basic.UINT8
        return "uuid" if is_bytes and under.length == _UUID_SIZE else ""
    return ""


def limit_of(kind: str) -> int:
    """Give the bytes of a slice that are its text; 0 for what is no slice."""
    return _BYTES_MAX if kind in _BYTES.values() else 0


def children_of(
    kind: str, type_: GoType, known: Known, node: Callable[[GoType, str, int], ValueNode]
) -> tuple[ValueNode, ...]:
    """
    Give the nodes of what the text of a special type is made of.

    Args:
        kind: as `kind_of` gives it.
        type_: the type.
        known: what the program's types are.
        node: makes the node of a field, from its type, name and offset.
    """
    types = known.types
    under = resolve(type_, types)
    if not isinstance(under, Struct) or kind == "time":
        return ()
    places = layout(under, types).field_offsets
    if kind == "big":
        return (_node("slice", 24, places[1], limit=_DIGITS_MAX, stride=8, piece=8 * _DIGITS_MAX),)
    if kind == "addr":
        return _zone(resolve(under.fields[1].type, types), places[1], known)
    return tuple(
        node(field.type, field.name, place)
        for field, place in zip(under.fields, places, strict=True)
    )


def _zone(z: GoType, offset: int, known: Known) -> tuple[ValueNode, ...]:
    """
    Follow Addr.z: a unique.Handle of netip.addrDetail since Go 1.23, an *intern.Value before.

    addrDetail is `isV6 bool; zoneV6 string`; of intern.Value, whose `cmpVal any` holds the zone,
    only the data word matters. The two without a zone are those that netip.z4 and netip.z6noz
    point to: the package makes them when the program begins.
    """
    if isinstance(z, Pointer):
        zone = _node("string", 16, 0, limit=_ZONE_MAX, piece=_ZONE_MAX)
        value = _node("pointer", 8, 8, piece=16, children=(zone,))
        why = _MOVES if known.moves else "" if known.ipv4 else _NO_SYMBOL
        pointer = _node("pointer", 8, offset, piece=16, children=(value,), reason=why)
        return (pointer,) if why else (pointer, _node("global", 8, 0, piece=8, skip=known.ipv4))
    zone = _node("string", 16, 8, limit=_ZONE_MAX, piece=_ZONE_MAX)
    detail = _node("struct", 24, 0, children=(zone,))
    return (_node("pointer", 8, offset, piece=24, children=(detail,)),)


def _node(
    kind: str,
    size: int,
    offset: int,
    *,
    limit: int = 0,
    stride: int = 0,
    piece: int = 0,
    children: tuple[ValueNode, ...] = (),
    reason: str = "",
    skip: int = 0,
) -> ValueNode:
    return ValueNode(
        kind=kind,
        name="",
        go_type=format_type(Basic.UINTPTR),
        offset=offset,
        size=size,
        limit=limit,
        stride=stride,
        piece=piece,
        children=children,
        reason=reason,
        reads=True,
        skip=skip,
    )
