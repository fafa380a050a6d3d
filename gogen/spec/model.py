# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""What the user asked for: the answer of `spec.load`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from gogen.golang.expression import Assert

if TYPE_CHECKING:
    from pathlib import Path

    from gogen.golang.expression import Expression
    from gogen.golang.types import GoType, Signature


class Emit(Enum):
    """Which records a function gives."""

    CALL = "call"
    ENTRY = "entry"
    RETURN = "return"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """
    How much of a value travels.

    Attributes:
        string: bytes of a string or []byte.
        slice: elements of a slice or array.
        depth: pointers followed.
        rate: records per second and function; 0 for as many as there are.
    """

    string: int = 64
    slice: int = 8
    depth: int = 3
    rate: int = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """
    One value to record.

    Attributes:
        name: its key in records: the expression, or the alias it was given.
        expression: where it is.
    """

    name: str
    expression: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSpec:
    """
    One [[function]].

    Attributes:
        symbol: as `go tool nm` prints it; empty before `expand` when `match` is there.
        signature: receiver first; None until `complete` has the binary's own.
        declared: the signature is the binary's own, not the user's.
        match: the regular expression that asked for it; empty when its symbol did.
        emit: which records.
        capture: what to record, in this order; None means every parameter and result.
        limits: defaults and the function's own, merged.
        stack: record where each call came from.
        by_signal: have a signal show the floats in registers.
        where: `spec.toml:7: function[0]`, for later stages' messages.
    """

    symbol: str
    signature: Signature | None
    emit: Emit
    capture: tuple[Capture, ...] | None
    limits: Limits
    where: str
    declared: bool = False
    match: str = ""
    stack: bool = False
    by_signal: bool = False

    @property
    def pointers(self) -> int:
        """How many pointers its values may lead over: those of an expression, then `depth`."""
        steps = [len(each.expression.steps) for each in self.capture or ()]
        return self.limits.depth + max(steps, default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSpec:
    """
    A whole spec.toml.

    Attributes:
        name: the tracer's name.
        path: the spec's own path, as given.
        binary: the Go binary, resolved against the spec's folder.
        go: the Go version for a binary that does not say, `1.26.1`; else empty.
        output: folder to write NAME/ into, resolved; None means the caller's default.
        types: named types, name -> underlying, sorted by name.
        functions: in file order.
        digest: SHA-256 of the spec's bytes, hexadecimal.
    """

    name: str
    path: Path
    binary: Path
    go: str
    output: Path | None
    types: tuple[tuple[str, GoType], ...]
    functions: tuple[FunctionSpec, ...]
    digest: str

    @property
    def asserted(self) -> tuple[GoType, ...]:
        """The types of type assertions, each once."""
        steps = (s for f in self.functions for c in f.capture or () for s in c.expression.steps)
        return tuple(dict.fromkeys(step.type for step in steps if isinstance(step, Assert)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """
    One function to offer.

    Attributes:
        symbol: as `go tool nm` prints it.
        signature: in Go syntax, for a comment.
        ends: it has an end to record.
        captured: names of its parameters and results that can be captured.
        left_out: what can't, one sentence each.
        string_cnt: strings and []byte among those captured: each reserves its limit.
    """

    symbol: str
    signature: str
    ends: bool
    captured: tuple[str, ...]
    left_out: tuple[str, ...]
    string_cnt: int
