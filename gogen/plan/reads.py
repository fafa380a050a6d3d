# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Decide how one value is read: its kind, its place in C, its size in the record.

In:   AbiParamAssignment
Out:  FieldPlan, without the names that depend on its neighbours

Every scalar travels as wide as it is in Go, so that C's own conversion drops the upper bits
of its register, which Go leaves undefined (abi-internal.md, section "amd64 architecture").
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gogen.abi.model import AbiParamAssignment, RegClass, RegWord
from gogen.errors import UnsupportedError
from gogen.golang.sizes import UnknownType, layout, resolve
from gogen.golang.types import Basic, GoType, Pointer, Slice, Types
from gogen.plan import path, special, tree
from gogen.plan import place as places
from gogen.plan import steps as plan_steps
from gogen.plan.floats import late_words, lost
from gogen.plan.valuemodel import LateWord, ReadStep, ValueNode, WordPlan

if TYPE_CHECKING:
    from gogen.golang.expression import Expression
    from gogen.plan.known import Known
    from gogen.spec.model import Limits

FLOAT_REASON = "register-assigned float: not in pt_regs"
IGNORED_REASON = "in a register that the function ignores: lost if its stack grows as it begins"

_STRING_HERE_MAX = 64
"""Bytes of a string that are worth room of their own in a record, used or not."""

_SCALARS: dict[Basic, tuple[str, str, int]] = {
    Basic.BOOL: ("bool", "__u8", 1),
    Basic.INT: ("int", "__s64", 8),
    Basic.INT8: ("int", "__s8", 1),
    Basic.INT16: ("int", "__s16", 2),
    Basic.INT32: ("int", "__s32", 4),
    Basic.INT64: ("int", "__s64", 8),
    Basic.UINT: ("uint", "__u64", 8),
    Basic.UINT8: ("uint", "__u8", 1),
    Basic.UINT16: ("uint", "__u16", 2),
    Basic.UINT32: ("uint", "__u32", 4),
    Basic.UINT64: ("uint", "__u64", 8),
    Basic.UINTPTR: ("uint", "__u64", 8),
    Basic.UNSAFE_POINTER: ("address", "__u64", 8),
}

# kind, type of one word, its size, how many words
_FLOATS: dict[Basic, tuple[str, str, int, int]] = {
    Basic.FLOAT32: ("float32", "__u32", 4, 1),
    Basic.FLOAT64: ("float64", "__u64", 8, 1),
    Basic.COMPLEX64: ("complex64", "__u32", 4, 2),
    Basic.COMPLEX128: ("complex128", "__u64", 8, 2),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """
    How one value is read.

    Attributes:
        kind, c_type: as in FieldPlan.
        parts: (size, alignment) of each member it adds to the record, bytes.
        sources, stack: as in FieldPlan.
        can_fail: it reads memory.
        reason: why it is unreadable; empty when it is not.
        tree, words, word_cnt, steps, declarations, late, late_reason: as in FieldPlan.
        note: what a user must know of how it is read; empty when there is nothing.
    """

    kind: str
    c_type: str
    parts: tuple[tuple[int, int], ...]
    sources: tuple[str, ...]
    stack: str
    can_fail: bool
    reason: str = ""
    tree: ValueNode | None = None
    words: tuple[WordPlan, ...] = ()
    word_cnt: int = 0
    steps: tuple[ReadStep, ...] = ()
    declarations: tuple[str, ...] = ()
    late: tuple[LateWord, ...] = ()
    late_reason: str = ""
    note: str = ""


def decide_expression(
    value: AbiParamAssignment,
    expression: Expression,
    known: Known,
    limits: Limits,
    *,
    context: str,
) -> tuple[Read, GoType]:
    """
    Choose how the value of an expression is read, and say what type it has.

    Args:
        value: where the ABI puts the parameter or result it begins at.
        expression: of at least one step.
        known: what the program's types are.
        limits: how much of it may travel.
        context: where the expression is, for errors.

    Raises:
        SpecError: the types do not have what it asks for.
        UnsupportedError: its value cannot be captured.
    """
    try:
        reached = path.walk(
            expression, value.type, known.types, context=context, dynamic=known.dynamic
        )
        place = places.find(reached, known, limits, lost(value.words, known.floats))
    except UnsupportedError as error:
        raise UnsupportedError(
            context, f'"{expression.text}": {error.context}: {error.problem}', error.hint
        ) from error
    if _is_lost(value, known):
        return unreadable(IGNORED_REASON), place.type
    last = place.first + place.size
    words = tuple(
        dataclasses.replace(word, offset=word.offset - place.first)
        for word in value.words
        if place.first <= word.offset < last
    )
    read = _read_tree(
        place.tree,
        size=place.size,
        words=words,
        late=late_words(words, known.floats),
        late_reason=known.floats.reason,
        stack=_address(value, place.first),
        note=_depth_note(expression.text, place.depth, limits),
    )
    return read, place.type


def _is_byte(go_type: GoType, types: Types) -> bool:
    try:
        return resolve(go_type, types) is Basic.UINT8
    except UnknownType:
        return False


def _is_lost(value: AbiParamAssignment, known: Known) -> bool:
    """Tell whether registers that hold a value may hold another when its function begins again."""
    return known.ignored and bool(value.words) and value.stack_offset is None


def unreadable(reason: str) -> Read:
    """Read nothing, and say why."""
    return Read(
        kind="unreadable",
        c_type="",
        parts=(),
        sources=(),
        stack="",
        can_fail=False,
        reason=reason,
    )


def decide(value: AbiParamAssignment, known: Known, limits: Limits, *, context: str) -> Read:
    """
    Choose the kind and place of one value.

    Args:
        value: where the ABI puts it.
        known: what the program's types are.
        limits: how much of it may travel.
        context: where the signature is, for errors.

    Raises:
        UnsupportedError: values of that type cannot be captured.
    """
    if _is_lost(value, known):
        return unreadable(IGNORED_REASON)
    types = known.types
    go_type = resolve(value.type, types)
    on_stack = value.stack_offset is not None
    stack = _address(value)
    if isinstance(go_type, Basic) and go_type in _FLOATS:
        kind, c_type, size, count = _FLOATS[go_type]
        late = late_words(value.words, known.floats)
        if not on_stack and lost(value.words, known.floats):
            return unreadable(FLOAT_REASON)
        parts = ((size * count, size),)
        return Read(
            kind=kind,
            c_type=c_type,
            parts=parts,
            sources=(),
            stack=stack,
            can_fail=True,
            late=late,
            late_reason=known.floats.reason if late else "",
        )
    sources = tuple(f"GO_I{word.index}(ctx)" for word in value.words if word.cls is RegClass.INT)
    if special.kind_of(value.type, types):
        return _tree(value, known, limits, context=context)
    if isinstance(go_type, Basic) and go_type in _SCALARS:
        kind, c_type, size = _SCALARS[go_type]
        return Read(
            kind=kind,
            c_type=c_type,
            parts=((size, size),),
            sources=sources,
            stack=stack,
            can_fail=on_stack,
        )
    if _is_unknown(go_type, types):
        return Read(
            kind="address",
            c_type="__u64",
            parts=((8, 8),),
            sources=sources,
            stack=stack,
            can_fail=on_stack,
        )
    is_bytes = isinstance(go_type, Slice) and _is_byte(go_type.elem, types)
    if (go_type is Basic.STRING or is_bytes) and limits.string <= _STRING_HERE_MAX:
        return Read(
            kind="bytes" if is_bytes else "string",
            c_type="struct go_bytes",
            parts=((16, 8), (limits.string, 1)),
            sources=sources[:2],
            stack=stack,
            can_fail=True,
        )
    return _tree(value, known, limits, context=context)


def _tree(value: AbiParamAssignment, known: Known, limits: Limits, *, context: str) -> Read:
    """Read a value with all it refers to."""
    try:
        grown, depth = tree.grow(value.type, known, limits, lost(value.words, known.floats))
    except UnsupportedError as error:
        raise UnsupportedError(
            context, f'"{value.name}": {error.context}: {error.problem}', error.hint
        ) from error
    return _read_tree(
        grown,
        size=value.size,
        words=value.words,
        late=late_words(value.words, known.floats),
        late_reason=known.floats.reason,
        stack=_address(value),
        note=_depth_note(value.name, depth, limits),
    )


def _address(value: AbiParamAssignment, first: int = 0) -> str:
    """Give the C expression of a value's address, `first` bytes in; empty when it has none."""
    if value.stack_offset is None:
        return ""
    macro = "GO_CLOSURE" if value.in_closure else "GO_STACK"
    return f"{macro}(ctx, {value.stack_offset + first})"


def _depth_note(name: str, depth: int, limits: Limits) -> str:
    if depth == limits.depth:
        return ""
    return f'"{name}" is followed {depth} deep, not {limits.depth}: more does not fit into a record'


def _read_tree(
    grown: ValueNode,
    *,
    size: int,
    words: tuple[RegWord, ...],
    late: tuple[LateWord, ...],
    late_reason: str,
    stack: str,
    note: str,
) -> Read:
    """Read `size` bytes of a parameter or result, and what the tree leads to from there."""
    steps, declarations = plan_steps.steps(grown)
    on_stack = bool(stack) and size > 0
    word_cnt = -(-size // 8)
    return Read(
        kind="tree",
        c_type="",
        parts=((8 * word_cnt, 8),) if word_cnt else (),
        sources=(),
        stack=stack if on_stack else "",
        can_fail=on_stack or bool(late),
        tree=grown,
        words=tuple(
            WordPlan(
                offset=word.offset, c_type=f"__u{8 * word.size}", source=f"GO_I{word.index}(ctx)"
            )
            for word in words
            if word.cls is RegClass.INT
        ),
        word_cnt=word_cnt,
        steps=steps,
        declarations=declarations,
        late=late,
        late_reason=late_reason if late else "",
        note=note,
    )


def _is_unknown(go_type: GoType, types: Types) -> bool:
    """Tell a pointer to what nothing defines, or nothing can be seen of."""
    if not isinstance(go_type, Pointer):
        return False
    try:
        return layout(go_type.elem, types).size == 0
    except UnsupportedError:
        return True
