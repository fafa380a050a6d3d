# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
The questions before there is a spec: which functions, what of one, and a spec to begin with.

    Go binary -> FunctionInfo... | BinaryFacts -> AbiAssignment -> text

Beside pipeline.py this is the only module that joins stages.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gogen.binary import functions as listing
from gogen.errors import GogenError, SpecError, SymbolNotFound, located

if TYPE_CHECKING:
    from gogen.binary.model import FunctionInfo

# Each question imports what only it needs: all of it takes longer than `gogen list` may.

_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """
    One function, told twice.

    Attributes:
        text: for people.
        json: for programs; docs/inspect-json.md describes it.
    """

    text: str
    json: dict[str, object]


def inspect(path: Path, symbol: str, *, signature: str | None, go: str) -> Inspection:
    """Tell what the binary says of one function, and where its values are."""
    from gogen.abi import asjson, registers, settle  # noqa: PLC0415
    from gogen.abi import assign as abi  # noqa: PLC0415
    from gogen.abi import pprint as abi_text  # noqa: PLC0415
    from gogen.binary import analyze as binary  # noqa: PLC0415
    from gogen.binary import pprint as binary_text  # noqa: PLC0415
    from gogen.golang.definitions import definitions  # noqa: PLC0415
    from gogen.golang.syntax import parse_signature  # noqa: PLC0415
    from gogen.plan import build as plan  # noqa: PLC0415
    from gogen.plan.offer import stored_floats, unreadable  # noqa: PLC0415

    facts = binary.analyze(path, (symbol,), go=go, pointers=1)
    code, config = facts.functions[0], getattr(abi, facts.machine.name)
    found = asjson.function(facts, code)
    text = binary_text.dump(facts)
    if signature is None and code.declaration is None:
        missing = 'no DWARF tells its parameters; say them: --signature "func(a int) error"'
        return Inspection(text=f"{text}\n{missing}", json=found)
    types = dict(code.declaration.types if code.declaration else ())
    with located("--signature" if signature else "DWARF"):
        said = parse_signature(signature) if signature else settle.declared(code, config)
        assigned = abi.assign(said, types, config)
        plan.check_args(f'"{symbol}"', code, assigned)
    machine = getattr(registers, facts.machine.name)
    lost = unreadable(code, assigned, types, dict(facts.odd))
    stored, told = stored_floats(code, assigned)
    found |= asjson.assigned(said.text, assigned, types, machine, lost)
    found |= asjson.floats(stored, told)
    shown = [f"{said.text}\n", text, f"{abi_text.diagram(assigned, machine)}{definitions(types)}"]
    shown += binary_text.floats(stored)
    shown += [f"floats: {line}" for line in told]
    shown += [f"unreadable: {name}: {reason}" for name, reason in lost.items()]
    return Inspection(text="\n".join(shown), json=found)


def functions(path: Path, pattern: str) -> tuple[FunctionInfo, ...]:
    """List what there is to trace."""
    return listing.list_functions(path, pattern)


def completions(path: Path, begun: str) -> list[str]:
    """
    List the symbols that begin like this and may be traced.

    Where there are too many to look through, it lists what they begin with, up to the next
    dot or slash.
    """
    return listing.beginning(path, begun)


def init(path: Path, wanted: tuple[str, ...], *, go: str, output: Path | None) -> str:
    """
    Write a spec for functions, from what the binary says of them.

    Of those whose parameters nothing tells, it asks for calls and times alone.

    Args:
        path: the binary.
        wanted: symbols, or patterns as `functions` takes them.
        go: the version to assume when the binary does not say.
        output: where the spec will be: its paths are relative to that.
    """
    from gogen.abi import assign as abi  # noqa: PLC0415
    from gogen.abi import settle  # noqa: PLC0415
    from gogen.binary import analyze as binary  # noqa: PLC0415
    from gogen.golang.types import UNKNOWN  # noqa: PLC0415
    from gogen.plan.offer import offer  # noqa: PLC0415
    from gogen.spec.write import write  # noqa: PLC0415

    facts = binary.analyze(path, _symbols(path, wanted), go=go)
    config = getattr(abi, facts.machine.name)
    offered = []
    for code in facts.functions:
        found = settle.declared(code, config) if code.declaration else UNKNOWN
        types = dict(code.declaration.types if code.declaration else ())
        assigned = abi.assign(found, types, config)
        offered.append(offer(facts, code, assigned, types, found.text))
    folder = (output.parent if output else Path()).resolve()
    return write(os.path.relpath(path.resolve(), folder), _name(path.name), offered)


def save(text: str, output: Path) -> None:
    """
    Write a spec where there is none.

    Raises:
        GogenError: the file exists, or can't be written.
    """
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise GogenError(str(output), f"can't be written: {reason}") from error


def _symbols(path: Path, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Expand patterns to the functions they match that can be traced with their results."""
    found: dict[str, None] = {}
    for each in wanted:
        if not listing.is_pattern(each):
            found[each] = None
            continue
        matched = [info.symbol for info in functions(path, each) if not info.why_not]
        if not matched:
            raise SymbolNotFound(str(path), f'no traceable function matches "{each}"')
        found.update(dict.fromkeys(matched))
    if len(found) > _MOST:
        problem = f"{len(found)} functions match, and a spec of more than {_MOST} is no use"
        raise SpecError(
            str(path), problem, "narrow the pattern; `gogen list` shows what it matches"
        )
    return tuple(found)


def _name(text: str) -> str:
    """Make a tracer's name of a file's."""
    usable = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-_0123456789")[:63]
    return usable if usable and usable[0].isalpha() else "tracer"
