# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Turn the DIEs of Go types into Go types.

In:   Units, the DIE of a type
Out:  GoType, and the named types its bytes need

Upstream: Go's cmd/link/internal/ld/dwarf.go, func newtype and dotypedef; the kinds are
reflect.Kind, in the attribute DW_AT_go_kind.
The one convention: DWARF tells types; sizes and offsets come from golang.sizes, and
where DWARF says other ones the binary is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gogen.errors import BinaryError, UnsupportedError
from gogen.golang.sizes import layout
from gogen.golang.types import (
    PREDECLARED,
    Array,
    Basic,
    Chan,
    Field,
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
    from gogen.binary.dwarf_units import DIE, Units

_GO_KIND = 0x2900
_GO_KEY = 0x2901
_GO_ELEM = 0x2902
_GO_EMBEDDED = 0x2903

_BASICS = {
    1: Basic.BOOL,
    2: Basic.INT,
    3: Basic.INT8,
    4: Basic.INT16,
    5: Basic.INT32,
    6: Basic.INT64,
    7: Basic.UINT,
    8: Basic.UINT8,
    9: Basic.UINT16,
    10: Basic.UINT32,
    11: Basic.UINT64,
    12: Basic.UINTPTR,
    13: Basic.FLOAT32,
    14: Basic.FLOAT64,
    15: Basic.COMPLEX64,
    16: Basic.COMPLEX128,
    24: Basic.STRING,
    26: Basic.UNSAFE_POINTER,
}
_ARRAY, _CHAN, _FUNC, _INTERFACE, _MAP, _POINTER, _SLICE, _STRUCT = 17, 18, 19, 20, 21, 22, 23, 25

_LITERAL = ("*", "[", "map[", "chan ", "<-chan ", "chan<- ", "func(", "struct {", "interface {")
"""How the name of a type without a name of its own begins."""

_TYPE_PARAMETER = ".param"

_METHODS = Interface(methods=("_()",))
"""An interface with methods: DWARF does not name them, and only the words matter."""

_MAX_DEPTH = 60
_MAX_TYPES = 5000
_MAX_NODES = 100_000
"""Of all types written out: a type without a name counts wherever it is repeated."""
_UINTS = {1: Basic.UINT8, 2: Basic.UINT16, 4: Basic.UINT32, 8: Basic.UINT64}


class TypeReader:
    """
    Reads types, each DIE once, and remembers what the named ones stand for.

    Attributes:
        types: name -> underlying type of every named type whose bytes are part of a value
            read so far, and of what `follow_pointers` found behind them.
    """

    def __init__(self, units: Units) -> None:
        self.types: dict[str, GoType] = {}
        self._units = units
        self._seen: dict[tuple[int, bool], tuple[GoType, int]] = {}
        self._nodes = 0  # of the definition being read
        self._all_nodes = 0
        self._structs: list[tuple[str, Struct, tuple[int, ...], int]] = []
        self._pointees: dict[int, DIE] = {}

    def follow_pointers(self, depth: int) -> None:
        """
        Read what the values read so far point to, `depth` pointers far.

        Nothing rests on these types but what may be captured: one that is no Go type, such
        as C's, or one too many, stays a name.
        """
        for _ in range(depth):
            reached, self._pointees = self._pointees, {}
            for die in reached.values():
                before = dict(self.types)
                try:
                    self.read(die)
                    self.check()
                except BinaryError:
                    self.types = before
                    self._structs.clear()
                    if len(self._seen) > _MAX_TYPES or self._all_nodes > _MAX_NODES:
                        return

    def read(self, die: DIE | None, *, depth: int = 0, value: bool = True) -> GoType:
        """
        Read one type.

        Raises:
            BinaryError: not a Go type, or nested deeper than any program's.
        """
        if die is None:
            raise self._bad("a value without a type")
        if depth > _MAX_DEPTH or len(self._seen) > _MAX_TYPES:
            raise self._bad("types nested without end")
        # What was only pointed to has a name and no definition yet.
        known = self._seen.get((die.offset, value))
        if known is not None:
            self._count(known[1])
            return known[0]
        before = self._nodes
        self._count(1)
        name = self._name(die)
        if name in PREDECLARED:
            return PREDECLARED[name]
        if name == "unsafe.Pointer":
            return Basic.UNSAFE_POINTER
        if name.startswith(_TYPE_PARAMETER) and die.tag == "DW_TAG_typedef":
            # Every generic function has its own .param0: the name means nothing elsewhere.
            target = self._units.follow(die, "DW_AT_type")
            return self.read(target, depth=depth + 1, value=value)
        if not name or name.startswith(_LITERAL):
            found = self._underlying(die, depth, value=value)
            self._seen[die.offset, value] = found, self._nodes - before
            return found
        named = Named(name=name)
        self._seen[die.offset, value] = named, 1
        if value and name not in self.types:
            # The name is there before its type is: a slice of itself finds it.
            self.types[name] = Struct(fields=())
            outer, self._nodes = self._nodes, 0
            self.types[name] = self._underlying(die, depth, value=True)
            self._nodes = outer
        return named

    def check(self) -> None:
        """
        Compare each struct's offsets and size with those gogen computes.

        Raises:
            BinaryError: they differ.
        """
        # Inner structs come first; one that was checked is from then on bytes of its size.
        known = dict(self.types)
        for name, struct, offsets, size in self._structs:
            try:
                ours = layout(struct, known)
            except UnsupportedError:
                continue  # refused where it is used, with the user's words
            if (ours.field_offsets, ours.size) != (offsets, size):
                raise self._bad(
                    f'struct "{name}" has its fields at {list(offsets)} in {size} bytes, gogen '
                    f"computes {list(ours.field_offsets)} in {ours.size}"
                )
            if known.get(name) is struct:
                known[name] = Array(length=size // ours.align, elem=_UINTS[ours.align])
        self._structs.clear()

    def _count(self, nodes: int) -> None:
        self._nodes += nodes
        self._all_nodes += nodes
        if self._all_nodes > _MAX_NODES:
            raise self._bad("types larger than any program's")

    def _underlying(self, die: DIE, depth: int, *, value: bool) -> GoType:
        kind = self._kind(die)
        if kind in _BASICS:
            return _BASICS[kind]
        if kind in (_CHAN, _MAP) or die.tag == "DW_TAG_subroutine_type":
            return self._reference(die, kind)
        if kind == _INTERFACE:
            return self._interface(die)
        if kind == _POINTER or die.tag == "DW_TAG_pointer_type":
            elem = self._units.follow(die, "DW_AT_type")
            if elem is None:
                return Basic.UNSAFE_POINTER
            if value:
                self._pointees[elem.offset] = elem
            return Pointer(elem=self.read(elem, depth=depth + 1, value=False))
        if kind == _SLICE:
            elem = self._go_type(die, _GO_ELEM) or self._slice_elem(die)
            return Slice(elem=self.read(elem, depth=depth + 1, value=value))
        if kind == _ARRAY or die.tag == "DW_TAG_array_type":
            return self._array(die, depth, value=value)
        if die.tag == "DW_TAG_structure_type":
            return self._struct(die, depth, value=value)
        if die.tag == "DW_TAG_typedef":
            target = self._units.follow(die, "DW_AT_type")
            if target is None or depth > _MAX_DEPTH:
                raise self._bad(f'typedef "{self._name(die)}" of nothing')
            return self._underlying(target, depth + 1, value=value)
        raise self._bad(f'"{self._name(die)}" ({die.tag}) is not a Go type')

    def _reference(self, die: DIE, kind: int) -> GoType:
        """Read a map, chan or func: one word, and no types behind it are followed."""
        elem = self._go_type(die, _GO_ELEM)
        if kind == _MAP:
            key = self._go_type(die, _GO_KEY)
            return Map(key=self._behind(key), elem=self._behind(elem))
        if kind == _CHAN:
            direction = self._name(die).split(" ", 1)[0]
            known = direction if direction in ("<-chan", "chan<-") else "chan"
            return Chan(elem=self._behind(elem), direction=known)
        return Func(params=(), results=())

    def _behind(self, die: DIE | None) -> GoType:
        return Struct(fields=()) if die is None else self.read(die, depth=1, value=False)

    def _interface(self, die: DIE) -> GoType:
        """Tell an interface without methods from one with: runtime.eface, runtime.iface."""
        target: DIE | None = die
        for _ in range(_MAX_DEPTH):
            if target is None or self._name(target) in ("runtime.eface", "runtime.iface"):
                break
            target = self._units.follow(target, "DW_AT_type")
        if target is not None and self._name(target) == "runtime.eface":
            return Interface()
        return _METHODS

    def _slice_elem(self, die: DIE) -> DIE | None:
        for member in self._units.children(die):
            pointer = self._units.follow(member, "DW_AT_type")
            if self._name(member) == "array" and pointer is not None:
                return self._units.follow(pointer, "DW_AT_type")
        return None

    def _array(self, die: DIE, depth: int, *, value: bool) -> Array:
        length = 0
        for child in self._units.children(die):
            if child.tag == "DW_TAG_subrange_type":
                length = self._number(child, "DW_AT_count")
        elem = self._units.follow(die, "DW_AT_type")
        return Array(length=length, elem=self.read(elem, depth=depth + 1, value=value))

    def _struct(self, die: DIE, depth: int, *, value: bool) -> Struct:
        fields: list[Field] = []
        offsets: list[int] = []
        for member in self._units.children(die):
            if member.tag != "DW_TAG_member":
                continue
            of = self._units.follow(member, "DW_AT_type")
            offsets.append(self._number(member, "DW_AT_data_member_location"))
            fields.append(
                Field(
                    name=self._name(member) or "_",
                    type=self.read(of, depth=depth + 1, value=value),
                    embedded=bool(self._attribute(member, _GO_EMBEDDED)),
                )
            )
        found = Struct(fields=tuple(fields))
        if value:
            size = self._number(die, "DW_AT_byte_size")
            self._structs.append((self._name(die), found, tuple(offsets), size))
        return found

    def _go_type(self, die: DIE, attribute: int) -> DIE | None:
        offset = self._attribute(die, attribute)
        return self._units.die(offset) if isinstance(offset, int) else None

    def _kind(self, die: DIE) -> int:
        kind = self._attribute(die, _GO_KIND)
        return kind if isinstance(kind, int) else 0

    def _attribute(self, die: DIE, number: int) -> Any:
        names = {_GO_KIND: "kind", _GO_KEY: "key", _GO_ELEM: "elem", _GO_EMBEDDED: "embedded_field"}
        found = die.attributes.get(number) or die.attributes.get(f"DW_AT_go_{names[number]}")
        return None if found is None else found.value

    def _number(self, die: DIE, attribute: str) -> int:
        found = die.attributes.get(attribute)
        value = 0 if found is None else found.value
        if not isinstance(value, int) or value < 0:
            raise self._bad(f"{attribute} is not a number")
        return value

    def _name(self, die: DIE) -> str:
        found = die.attributes.get("DW_AT_name")
        value = found.value if found else b""
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else ""
        return text if text.isprintable() else text.encode("unicode_escape").decode()

    def _bad(self, problem: str) -> BinaryError:
        return BinaryError(self._units.path, f"DWARF: {problem}")
