# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Join what the file says into one answer.

In:   the path of a Go binary, the functions asked for
Out:  BinaryFacts

The one convention: the binary is read once, and nothing of it stays open; a fact that
cannot be told for certain is refused, never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from gogen.binary import (
    debugfile,
    dictionaries,
    dwarf,
    floats,
    inlining,
    kinds,
    layouts,
    lines,
    runtime,
    signals,
    sites,
    tracebacks,
    typenames,
)
from gogen.binary.code import decode, fnv1a
from gogen.binary.floatmodel import FloatSite, FloatSlot
from gogen.binary.model import BinaryFacts, FunctionCode, Site
from gogen.binary.source import opened
from gogen.binary.symbols import find, objects
from gogen.errors import BinaryError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gogen.binary.image import Image
    from gogen.binary.instruction import Instruction
    from gogen.binary.model import Tracebacks
    from gogen.binary.pclntab import Func, Pclntab
    from gogen.binary.source import Source
    from gogen.golang.types import GoType

_ARGS_UNKNOWN = -0x80000000
"""Go's abi.ArgsSizeUnknown: a function that says nothing of its arguments."""
_IPV4, _UNIQUE = "net/netip.z4", 23
"""A pointer that marks addresses of IPv4; from this minor version on they say it themselves."""
_MAX_INLINED = 1000
"""Places that are kept of the inlined calls of one function."""


def analyze(
    source: Source | Path,
    symbols: tuple[str, ...],
    *,
    go: str = "",
    pointers: int = 0,
    dynamic: tuple[GoType, ...] = (),
    known: tuple[GoType, ...] = (),
    own: bool = False,
    stacks: bool = False,
    by_signal: bool = False,
) -> BinaryFacts:
    """
    Read a Go binary and the functions asked for.

    Args:
        source: the binary.
        symbols: as `go tool nm` prints them.
        go: the version to assume when the binary does not say which Go built it: 1.26.1.
        pointers: how many pointers to follow when DWARF tells types.
        dynamic: types that interfaces may hold, named as source code or DWARF names them.
        known: others, of which nobody has to say what they are.
        own: types of the functions' own packages, too, as far as DWARF says what they are.
        stacks: find what it takes to tell where calls came from.
        by_signal: find what it takes to have float registers shown by a signal.

    Raises:
        BinaryError: not a Go program, damaged, or it says another version than `go`.
        SymbolNotFound: no such function; the nearest names are offered.
        UnsupportedError: a machine, a Go version or a function that gogen cannot do.
    """
    if isinstance(source, Path):
        source = opened(source)
    file, info, table = source.file, source.info, source.table
    version = _version(file, info.go_version if info else "", go)
    debug = source.debug if symbols else None
    offsets = (symbols and source.own_offsets) or runtime.offsets(file.path, version)
    minor = runtime.minor(file.path, version)
    unwinds, blind = source.unwinds
    region = typenames.region(file, table, minor)
    if own and debug is not None:
        packages = tuple(dict.fromkeys(map(_package, symbols)))
        dynamic = tuple(dict.fromkeys((*dynamic, *source.own_types(region, packages))))
    held = source.described(region, dynamic)
    others = tuple(type_ for type_ in known if type_ not in dynamic)
    held, types = source.define(held, pointers) if debug is not None else (held, ())
    settings = info.settings if info else ()
    shown, hidden = signals.find(file, table, minor, settings) if by_signal else (None, "")
    read_functions = _functions(_Read(source, debug, minor, pointers), symbols)
    facts = BinaryFacts(
        name=file.name,
        machine=file.machine,
        go_version=version,
        settings=settings,
        gnu_build_id=file.note(*debugfile.GNU_BUILD_ID).hex(),
        go_build_id=file.note(*debugfile.GO_BUILD_ID).decode("utf-8", "replace"),
        position_independent=file.position_independent,
        runtime=offsets,
        type_names=region[0],
        functions=read_functions,
        unwinds=unwinds,
        blind=blind,
        dynamic=(*held, *source.described(region, others)),
        types=types,
        go_minor=minor,
        tracebacks=_tracebacks(file, table, minor, needed=stacks),
        signals=shown,
        no_signals=hidden,
        debug_file=debugfile.told(file),
        ipv4=objects(file, {_IPV4}).get(_IPV4, 0) if minor < _UNIQUE else 0,
    )
    if debug is not None:
        declared = [f.declaration for f in read_functions if f.declaration]
        values = [value.type for d in declared for value in (*d.params, *d.results)]
        values += [type_ for d in declared for _, type_ in d.types]
        odd = layouts.differing(debug, layouts.kinds_in([*values, *(type_ for _, type_ in types)]))
        facts = replace(facts, odd=odd)
    file.check()
    return facts


def _tracebacks(file: Image, table: Pclntab, minor: int, *, needed: bool) -> Tracebacks | None:
    try:
        return tracebacks.find(file, table, minor)
    except BinaryError:
        if needed:
            raise
        return None  # functions are then told by their addresses


def _package(symbol: str) -> str:
    """Give the package of a function: net/http of net/http.(*conn).serve."""
    path, slash, last = symbol.partition("[")[0].rpartition("/")
    return f"{path}{slash}{last.partition('.')[0]}"


def _version(file: Image, said: str, assumed: str) -> str:
    """Return the binary's Go version, or the one to assume when the binary cannot tell."""
    assumed = f"go{assumed.removeprefix('go')}" if assumed else ""
    if not said and not assumed:
        raise BinaryError(
            file.path,
            "it does not say which Go built it (no build info)",
            'say it in the spec: [tracer] go = "1.26.1"',
        )
    if not assumed or not runtime.is_release(said):
        return assumed or said
    if runtime.minor(file.path, said) != runtime.minor(file.path, assumed):
        raise BinaryError(
            file.path, f'built by "{said}", but the spec says "{assumed}"', "leave [tracer] go out"
        )
    return said


@dataclass(frozen=True, slots=True)
class _Read:
    """The file's parts, of which each function takes what is about it."""

    source: Source
    debug: dwarf.Dwarf | None
    minor: int
    pointers: int


def _functions(read: _Read, symbols: tuple[str, ...]) -> tuple[FunctionCode, ...]:
    """Read the functions that were not read before."""
    known, file, table = read.source.functions, read.source.file, read.source.table
    new = tuple(name for name in symbols if (name, read.pointers) not in known)
    funcs = find(file, table, new)
    inlined = _inlined(file, table, funcs)
    for name, func in zip(new, funcs, strict=True):
        known[name, read.pointers] = _function(read, name, func, inlined)
    return tuple(known[name, read.pointers] for name in symbols)


def _inlined(file: Image, table: Pclntab, funcs: Sequence[Func]) -> inlining.Inlining | None:
    """Read the inline trees when one of these functions may be in them."""
    names = {table.name_at(func.address) for func in funcs}
    if not inlining.mentioned(file, table, names):
        return None
    return inlining.read(file, table)


def _function(
    read: _Read, name: str, func: Func, inlined: inlining.Inlining | None
) -> FunctionCode:
    file, table = read.source.file, read.source.table
    if func.end <= func.address:
        raise BinaryError(f'"{name}"', f"no code at {func.address:#x}")
    code = decode(
        file.machine, name, func.address, file.code(func.address, func.end - func.address)
    )

    def name_of(address: int) -> str:
        holding = table.holding(address)
        return holding.name if holding else ""

    def site(instruction: Instruction) -> Site:
        return Site(
            address=instruction.address,
            file_offset=file.code_offset(instruction.address),
            code=instruction.code,
            text=instruction.text,
        )

    def restarted(address: int) -> tuple[int, int] | None:
        span = lines.restarted(table, table.index(func.address), address - func.address)
        return span and (span[0] + func.address, span[1] + func.address)

    chosen = sites.choose(name, code, name_of, restarted)
    places = {table.name_at(func.address)}
    count = inlined.count(places) if inlined else 0
    unseen = (f"calls compiled into their callers ({count}) are not seen",) if count else ()
    declaration = read.debug and read.debug.declaration(
        name, func.address, go_minor=read.minor, pointers=read.pointers
    )
    instances, untold = dictionaries.find(file, name)
    passages, floats_end = floats.find(code, chosen)
    return FunctionCode(
        symbol=name,
        address=func.address,
        file_offset=file.code_offset(func.address),
        size=code.size,
        code_hash=fnv1a(code.data),
        args=None if func.args == _ARGS_UNKNOWN else func.args,
        entry=site(chosen.entry),
        entry_choice=chosen.choice,
        ret_sites=tuple(site(i) for i in chosen.returns),
        tail_sites=tuple(site(i) for i in chosen.tails),
        unsure_sites=tuple(site(i) for i in chosen.unsure),
        warnings=(*chosen.warnings, *unseen, *untold),
        declaration=declaration or None,
        dictionaries=instances,
        kinds=(
            *kinds.of_name(name),
            *((kinds.WRAPPER,) if func.func_id == kinds.wrapper_id(read.minor) else ()),
            *kinds.of_code(code),
        ),
        inlined=tuple(islice(inlined.calls(places), _MAX_INLINED)) if inlined and count else (),
        inlined_cnt=count,
        float_sites=tuple(_float_site(passage, site) for passage in passages),
        floats_end=floats_end,
        floats_kept=floats.kept(chosen),
        keeps_args=chosen.keeps_args,
    )


def _float_site(passage: floats.Passage, site: Callable[[Instruction], Site]) -> FloatSite:
    return FloatSite(
        site=site(passage.instruction),
        below_entry=-passage.sp,
        slots=tuple(
            FloatSlot(register=register, size=size, sp_distance=distance)
            for register, size, distance in passage.slots
        ),
        emulated=passage.emulated,
    )
