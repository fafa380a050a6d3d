# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""What is captured of one value: how it is read and shown; for its C, see `plan.model`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gogen.plan.sharing import SharePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeTag:
    """
    What tells a type's descriptor from all others of the program.

    Attributes:
        tag: C expression: eight bytes of it, hash, flags, alignments, kind.
        name_at: where its name is.
    """

    tag: str
    name_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueNode:
    """
    A value, or a part of one that refers to others: what is read of it.

    Attributes:
        kind: `struct`, `array`, `slice`, `pointer`, `address` (a pointer not followed), `string`,
            `bytes`, `map`, `chan`, `any`, `interface`, `error`, `bool`, `int`, `uint`, `float`,
            `complex`, `unreadable`, or one of plan.special. Of expressions: `via` (what a pointer
            leads to, or what a string or slice has at `start`), `count` (len or cap of a map or
            chan), `asserted` (its child, if the interface holds a value of that type),
            `converted`, `hex`, and `text_here`, `bytes_here`, `hex_here` (an array's bytes).
        name: of a struct's field; empty for others.
        go_type: Go's type, as text.
        offset, size: in the object that holds it, bytes.
        limit: bytes of a string, elements of a slice or array; 0 for an interface whose
            value is not followed.
        stride: bytes of one element.
        piece: the most bytes of the memory it refers to, 0 when it refers to none.
        children: fields, the element, or the pointee.
        reason: why it is unreadable, or what it means when there is nothing behind it; empty
            when it is not.
        reads: it, or something in it, has a piece.
        skip: bytes into what it refers to, where its piece begins; the address of a `global`.
        start, stop: elements of a string or slice, of which only those from start to stop are
            meant; stop is 0 when nothing ends them.
        indexed: it is the element at `start` that is meant.
        to: the kind a `converted` value becomes.
        held: what an `asserted` interface has to hold.
        has_tab: its first word is an itab, not the type itself.
        depth, steps, room: how far an interface is followed: pointers and interfaces, references
            in all, and bytes; `steps` is 0 when only its type is read.
    """

    kind: str
    name: str
    go_type: str
    offset: int
    size: int
    limit: int
    stride: int
    piece: int
    children: tuple[ValueNode, ...]
    reason: str
    reads: bool
    skip: int = 0
    start: int = 0
    stop: int = 0
    indexed: bool = False
    to: str = ""
    held: TypeTag | None = None
    has_tab: bool = False
    depth: int = 0
    steps: int = 0
    room: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePlan:
    """
    A ValueNode as a row of the loader's table.

    Attributes:
        const: C enumerator, `VALUE_STRUCT`.
        name, go_type, offset, size, limit, stride, reason, start, stop: as in ValueNode.
        first, cnt: rows of its children.
        to: C enumerator of what it is converted to; empty when it is not.
        held: what an asserted interface has to hold.
        depth, steps: how far an interface is followed.
    """

    const: str
    name: str
    go_type: str
    offset: int
    size: int
    limit: int
    stride: int
    first: int
    cnt: int
    reason: str
    start: int = 0
    stop: int = 0
    to: str = ""
    held: TypeTag | None = None
    depth: int = 0
    steps: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStep:
    """
    One step of the program that reads what a value refers to.

    Attributes:
        op: which macro of templates/steps.j2 writes it.
        level: how many blocks it stands in.
        at: C expression of where the reference is.
        pointer, counter: C variables it sets; empty when it needs none.
        stride, limit: bytes of an element, and how many of them at most.
        size: bytes of the object.
        skip: bytes into what is referred to, where they begin; of a variable, its address.
        start: the first element that is meant; of a shared piece, the first byte.
        held: what an asserted interface has to hold.
        has_tab: its first word is an itab: `true` or `false`, as C has it.
        how, turns: how far an interface is followed: a C expression, and the steps of it.
    """

    op: str
    level: int
    at: str
    pointer: str
    counter: str
    stride: int
    limit: int
    size: int
    skip: int = 0
    start: int = 0
    held: TypeTag | None = None
    has_tab: str = "false"
    how: str = ""
    turns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RefPlan:
    """
    A reference in a value that an interface holds, as a row of templates/include/held.h.

    Attributes:
        offset: in the value.
        op: C enumerator of how it refers.
        row: of what it refers to.
        limit: elements; of an object, 1 when it is read however deep.
    """

    offset: int
    op: str
    row: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPlan:
    """
    A type's bytes and the references in them.

    Attributes:
        size: of a value.
        first, cnt: its references.
    """

    size: int
    first: int
    cnt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SayPlan:
    """
    A part of the text that a value says of itself, as templates/include/walk.h has it.

    Attributes:
        op: C enumerator.
        text: as it is, or to be compared with.
        offset: in the value, of what it is made of.
        size: of a number, bytes; of a condition, the parts that depend on it.
        other: another offset, where the op needs one.
    """

    op: str
    text: str = ""
    offset: int = 0
    size: int = 0
    other: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldType:
    """
    A type that interfaces may hold.

    Attributes:
        ident: C identifier, which its tables begin with.
        tag: what tells its descriptor.
        row: of the value, or of what it points to.
        says: its text; empty when its value is shown.
        wraps: C expression of where the errors are that it wraps.
        table: rows of the loader's tree; empty when its text is shown.
    """

    ident: str
    tag: TypeTag
    row: int
    says: tuple[SayPlan, ...] = ()
    wraps: str = "NO_OFFSET"
    table: tuple[NodePlan, ...] = ()

    @property
    def say_cnt(self) -> int:
        """Parts of its text."""
        return len(self.says)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPlan:
    """All types that interfaces may hold, by tag, with the rows and references they share."""

    types: tuple[HeldType, ...]
    rows: tuple[RowPlan, ...]
    refs: tuple[RefPlan, ...]

    @property
    def cnt(self) -> int:
        """Types, or 1 where there are none: C has no empty arrays."""
        return max(1, len(self.types))

    @property
    def type_cnt(self) -> int:
        """Types."""
        return len(self.types)

    @property
    def row_cnt(self) -> int:
        """Rows; never 0."""
        return len(self.rows)

    @property
    def ref_cnt(self) -> int:
        """References; never 0."""
        return len(self.refs)


@dataclass(frozen=True, slots=True, kw_only=True)
class WordPlan:
    """
    One register's share of a value.

    Attributes:
        offset: in the value, bytes.
        c_type: as wide as the share.
        source: C expression of the register.
    """

    offset: int
    c_type: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LateWord:
    """
    A float's share of a value, which is read at a second probe.

    Attributes:
        offset: in the value, bytes.
        c_type: as wide as the share.
        address: C expression of where it lies by then.
        adds: C operator that adds its error to those of the words before it.
    """

    offset: int
    c_type: str
    address: str
    adds: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPlan:
    """
    One captured value.

    Attributes:
        name: Go's name, as records show it.
        go_type: Go's type, as text.
        kind: which file of templates/kinds lays it out.
        member, c_type: its place in the record; empty when unreadable.
        bytes_member: where the bytes of a string go, beside `member`.
        limit: how many bytes of a string travel.
        sources: C expressions of its registers, in order; empty when stack-assigned.
        stack: C expression of its address; empty when register-assigned.
        on_stack: which of the two it is.
        mark: C expression of its bit in `hdr.unread`; empty when reading cannot fail.
        unread: C expression the loader tests: `UNREAD(3)`, or `0`.
        reason: why it is unreadable; empty when it is not.
        notation: Go's own: `R{ I0 I1 }`, `stack +8`.
        tree: what is read of a value that refers to others; None for the simple kinds.
        words: its registers, and where in the value they belong.
        word_cnt: 8-byte words that hold the value in the record.
        table, table_name: the loader's rows of the tree, and their C name; another value's, and
            no rows, where they are the same.
        steps, declarations: of the program that reads what it refers to, and its C variables.
        reader: C function that reads what it refers to; empty when it refers to nothing.
        share: what it shares with others; None when it is read by itself.
        late: what of it is read at a second probe; it is unread until then.
        late_reason: why it is, if that does not come; empty when its reading then fails.
    """

    name: str
    go_type: str
    kind: str
    member: str
    c_type: str
    bytes_member: str
    limit: int
    sources: tuple[str, ...]
    stack: str
    on_stack: bool
    mark: str
    unread: str
    reason: str
    notation: str
    tree: ValueNode | None = None
    words: tuple[WordPlan, ...] = ()
    word_cnt: int = 0
    table: tuple[NodePlan, ...] = ()
    table_name: str = ""
    steps: tuple[ReadStep, ...] = ()
    declarations: tuple[str, ...] = ()
    reader: str = ""
    share: SharePlan | None = None
    late: tuple[LateWord, ...] = ()
    late_reason: str = ""
