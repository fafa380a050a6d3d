# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Find what DWARF declares of a function, reading only what that needs.

In:   Image; a function's symbol and address
Out:  Declaration: parameters and results in the order of the ABI, and their types

Upstream: Go's cmd/internal/dwarf/dwarf.go (putparamtypes, PutConcreteFunc);
facts/go-abi.md, section 2, for what the lists leave out, repeat or misplace.
The one convention: a name is found in the raw bytes and believed only when the DIE
around it parses, is a function, and begins at the address the function table says.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from gogen.binary import closures, dwarf_units
from gogen.binary.dwarf_places import registers_at
from gogen.binary.dwarf_types import TypeReader
from gogen.binary.model import Declaration, DeclaredParam
from gogen.errors import BinaryError
from gogen.golang.types import Basic, Pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gogen.binary.dwarf_units import DIE, Units
    from gogen.binary.image import Image
    from gogen.binary.model import DynamicType
    from gogen.golang.types import GoType

DICTIONARY = ".dict"
_RECEIVER_FIRST = 21
"""The minor version from which a generic method's receiver precedes its dictionary."""
_LISTS_BLANKS = 22
"""The minor version from which DWARF lists blank parameters."""
_MAX_HITS = 50_000
_MADE = ("type:.", "type..")
"""What the compiler makes of a type, as it equals another: it needs no dictionary."""
# A closure has the dictionary in its context, or DWARF lists it.
_CLOSURE = re.compile(r"\.(?:func|deferwrap|gowrap)\d|-range\d|-fm$")


@dataclasses.dataclass(frozen=True, slots=True)
class Dwarf:
    """The DWARF of one binary."""

    units: Units

    def declaration(
        self, symbol: str, address: int, *, go_minor: int, pointers: int = 0
    ) -> Declaration | None:
        """
        Read one function's parameters and results; None when DWARF does not know it.

        Args:
            symbol: the function's name.
            address: where it begins.
            go_minor: of the Go version that built it.
            pointers: how many pointers to follow for types.

        Raises:
            BinaryError: DWARF that is malformed where this function needs it.
        """
        die = self._concrete(symbol, address)
        if die is None:
            return None
        types = TypeReader(self.units)
        params: list[DeclaredParam] = []
        results: list[DeclaredParam] = []
        for child in self.units.children(die):
            if child.tag == "DW_TAG_formal_parameter":
                read, is_result = self._param(child, address, types, go_minor)
                if not is_result:
                    params.append(read)
                elif read.name not in [result.name for result in results] or read.name == "_":
                    results.append(read)
        captured = closures.captured(self.units, die, types)
        types.check()
        types.follow_pointers(pointers)
        line = self._inherited(die, "DW_AT_decl_line")
        return Declaration(
            params=tuple(_with_dictionary(symbol, params, go_minor)),
            results=tuple(results),
            types=tuple(sorted(types.types.items())),
            line=line if isinstance(line, int) else 0,
            captured=captured,
        )

    def define(
        self, held: tuple[DynamicType, ...], *, pointers: int
    ) -> tuple[tuple[DynamicType, ...], tuple[tuple[str, GoType], ...]]:
        """
        Say what types that interfaces hold are, under the names that DWARF has for them.

        Args:
            held: as their descriptors tell them.
            pointers: how many pointers to follow.
        """
        reader = TypeReader(self.units)
        defined = [dataclasses.replace(each, type=self._of(each, reader)) for each in held]
        reader.follow_pointers(pointers)
        return tuple(defined), tuple(sorted(reader.types.items()))

    def _of(self, held: DynamicType, reader: TypeReader) -> GoType:
        """Find the definition of what is held, or of what it points to."""
        bare = held.name.removeprefix("*").partition(".")[2]
        path, slash, last = held.package.rpartition("/")
        escaped = f"{path}{slash}{last.replace('.', '%2e')}"
        for name in dict.fromkeys((f"{held.package}.{bare}", f"{escaped}.{bare}")):
            for tag in ("DW_TAG_structure_type", "DW_TAG_base_type", "DW_TAG_typedef"):
                for die in self._named(name, tag=tag) if bare and held.package else ():
                    before = dict(reader.types)
                    try:
                        found = reader.read(die)
                        reader.check()
                    except BinaryError:
                        reader.types = before
                        continue
                    return Pointer(elem=found) if held.name.startswith("*") else found
        return held.type

    def struct_offsets(self, name: str, fields: tuple[str, ...]) -> tuple[int, ...] | None:
        """Return the byte offsets of a struct's fields; None when DWARF does not have them all."""
        for die in self._named(name, tag="DW_TAG_structure_type"):
            offsets = self._offsets(die)
            if all(isinstance(offsets.get(field), int) for field in fields):
                return tuple(offsets[field] for field in fields)
        return None

    def fields(self, name: str) -> dict[str, int]:
        """Return the byte offsets of all fields of a struct; none when DWARF does not have it."""
        for die in self._named(name, tag="DW_TAG_structure_type"):
            if offsets := self._offsets(die):
                return offsets
        return {}

    def _offsets(self, die: DIE) -> dict[str, int]:
        return {
            child.attributes["DW_AT_name"].value.decode("utf-8", "replace"): child.attributes[
                "DW_AT_data_member_location"
            ].value
            for child in self.units.children(die)
            if {"DW_AT_name", "DW_AT_data_member_location"} <= child.attributes.keys()
        }

    def _named(self, name: str, *, tag: str = "DW_TAG_subprogram") -> Iterator[DIE]:
        wanted = name.encode("utf-8", "backslashreplace")
        for at in self.units.find(wanted + b"\0", _MAX_HITS):
            for die in self.units.before(at):
                found = die.attributes.get("DW_AT_name")
                if die.tag == tag and found is not None and found.value == wanted:
                    yield die

    def _concrete(self, symbol: str, address: int) -> DIE | None:
        for die in self._named(symbol):
            if _begins_at(die, address):
                return die
            if "DW_AT_inline" in die.attributes:
                copy = self._copy_of(die, address)
                if copy is not None:
                    return copy
        return None

    def _copy_of(self, abstract: DIE, address: int) -> DIE | None:
        """Find an inlinable function's own code: a DIE whose first attribute is its origin."""
        for at in self.units.find(abstract.offset.to_bytes(4, "little"), _MAX_HITS):
            for die in self.units.before(at):
                if die.tag == "DW_TAG_subprogram" and _begins_at(die, address):
                    return die
        return None

    def _param(
        self, die: DIE, address: int, types: TypeReader, go_minor: int
    ) -> tuple[DeclaredParam, bool]:
        origin = self.units.follow(die, "DW_AT_abstract_origin") or die
        name = origin.attributes.get("DW_AT_name")
        text = name.value.decode("utf-8", "replace") if name else "_"
        result = bool(self._inherited(die, "DW_AT_variable_parameter"))
        if result and text.startswith("~b"):  # a blank one, before Go 1.22
            text = f"~r{text[2:]}"
        elif text.startswith("~p") or not text.isprintable():
            text = "_"
        type_ = types.read(self.units.follow(origin, "DW_AT_type"))
        # Only lists with gaps need the hint.
        hint = go_minor < _LISTS_BLANKS and not result
        registers = registers_at(self.units, die, address) if hint else ()
        return DeclaredParam(name=text, type=type_, registers=registers), result

    def _inherited(self, die: DIE, attribute: str) -> object:
        found = die.attributes.get(attribute)
        if found is None:
            origin = self.units.follow(die, "DW_AT_abstract_origin")
            found = origin.attributes.get(attribute) if origin else None
        return found.value if found else None


def read(image: Image) -> Dwarf | None:
    """
    Open a binary's DWARF; None when it has none.

    Raises:
        BinaryError: sections that cannot be decompressed or indexed.
    """
    units = dwarf_units.read(image)
    return Dwarf(units) if units else None


def _begins_at(die: DIE, address: int) -> bool:
    low = die.attributes.get("DW_AT_low_pc")
    return low is not None and low.value == address


def _with_dictionary(
    symbol: str, params: list[DeclaredParam], go_minor: int
) -> list[DeclaredParam]:
    """Put the dictionary of a generic function where the ABI passes it."""
    listed = [param for param in params if param.name == DICTIONARY]
    rest = [param for param in params if param.name != DICTIONARY]
    made = symbol.startswith(_MADE)
    hidden = "[go.shape" in symbol and not made and not _CLOSURE.search(symbol.rpartition("]")[2])
    if not listed and not hidden:
        return params
    dictionary = listed[0] if listed else DeclaredParam(name=DICTIONARY, type=Basic.UINTPTR)
    dictionary = dataclasses.replace(dictionary, type=Basic.UINTPTR)
    # (*Stack[go.shape.int]).Push and Stack[go.shape.int].Push are methods, Sum[go.shape.int] none.
    method = symbol.rpartition("]")[2].lstrip(")").startswith(".")
    at = 1 if method and go_minor >= _RECEIVER_FIRST and rest else 0
    return [*rest[:at], dictionary, *rest[at:]]
