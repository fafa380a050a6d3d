# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Ask gogen about every function of a program, and other tools about the same functions.

In:   a binary
Out:  gogen's answers, by function; what objdump disassembles; what `go tool nm` lists

The programs are Go's own compilers, cmd/compile, built with DWARF by each version.
The one convention: nothing here judges. Answers and lists are compared in
tests/binary/test_every_function.py.
"""

from __future__ import annotations

import functools
import multiprocessing
import re
import subprocess
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import gobuild

from gogen.abi import assign, repair
from gogen.binary import (
    buildinfo,
    dwarf,
    functions,
    image,
    kinds,
    lines,
    pclntab,
    runtime,
    sites,
    symbols,
)
from gogen.binary.code import decode
from gogen.binary.model import EntryChoice, FunctionInfo, Machine
from gogen.errors import GogenError

if TYPE_CHECKING:
    from gogen.binary.dwarf import Dwarf
    from gogen.binary.image import Image
    from gogen.binary.pclntab import Func, Pclntab

_ARGS_UNKNOWN = -0x80000000
_LOOPS = re.compile(r"(\d+) branch(?:es)? goe?s? back to its first instruction")
_NM = re.compile(r"\s*([0-9a-f]+)\s+(\d+) [Tt] (.*)")
_MARKS = frozenset({"runtime.text", "runtime.etext"})
_TARGET = re.compile(r"[\s,]([0-9a-f]+) <")
_OBJDUMP = {Machine.AMD64: "objdump", Machine.ARM64: "aarch64-linux-gnu-objdump"}
_JUMP = {
    # Neither calls nor what only looks at another address.
    Machine.AMD64: re.compile(r"(?:\S+ )?(?:j|loop|xbegin)"),
    Machine.ARM64: re.compile(r"(?:b|b\.\w+|bc\.\w+|cbn?z|tbn?z)\s"),
}
_RETURN = {
    Machine.AMD64: re.compile(r"(?:\S+ )?\S*ret"),
    # The compiler leaves through an interface's method with `ret xN`: a tail jump.
    Machine.ARM64: re.compile(r"(?:ret\s*$|reta|eret)"),
}
_WORKERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    What gogen says of one function.

    Attributes:
        symbol, address, end: as `gogen list` has them.
        size: of its code, without padding; 0 when refused.
        listed, kinds: what it is, as listed and by decoding all of it.
        abi: `ABIInternal` or `ABI0`.
        asked: the address that a spec naming the symbol gets, or why none.
        refused: why it cannot be probed; empty when it can.
        entry, choice, loops: where calls are counted, why there, and how many branches to it
            a warning tells of.
        returns: every exit's address.
        signature: `as declared`, `repaired`, `no DWARF`, `no arguments`, or why none.
        args: `_func.args`; None when unknown.
        args_sum: of the signature; None without one.
    """

    symbol: str
    address: int
    end: int
    size: int = 0
    listed: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    abi: str
    asked: int | str
    refused: str = ""
    entry: int = 0
    choice: EntryChoice | None = None
    loops: int = 0
    returns: tuple[int, ...] = ()
    signature: str
    args: int | None
    args_sum: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """
    What objdump disassembles: sorted addresses.

    Attributes:
        starts: of every instruction.
        returns: of every kind of return.
        jumps, targets: of direct jumps, conditional or not, and where each goes.
        growing: of what calls or jumps to runtime.morestack.
    """

    starts: array[int]
    returns: array[int]
    jumps: array[int]
    targets: array[int]
    growing: array[int]

    def is_start(self, address: int) -> bool:
        at = bisect_left(self.starts, address)
        return at < len(self.starts) and self.starts[at] == address

    def returns_in(self, start: int, end: int) -> tuple[int, ...]:
        return tuple(
            self.returns[bisect_left(self.returns, start) : bisect_left(self.returns, end)]
        )

    def grows_stack(self, start: int, end: int) -> bool:
        return bisect_left(self.growing, start) < bisect_left(self.growing, end)

    def jumps_in(self, start: int, end: int, target: int) -> int:
        """Count the jumps of some code to an address."""
        first, last = bisect_left(self.jumps, start), bisect_left(self.jumps, end)
        return self.targets[first:last].count(target)


def compiler(version: str, goarch: str) -> Path:
    """Build cmd/compile of a Go version with that version."""
    out = gobuild.CACHE / gobuild._digest({"cmd/compile": version, "": goarch}) / "compile"
    if not out.exists():
        command = gobuild.go(version)
        with gobuild._aside() as folder:
            made = Path(folder) / out.name
            arguments = [str(command), "build", "-buildvcs=false", "-o", str(made), "cmd/compile"]
            env = gobuild._environment(command, {"GOARCH": goarch})
            gobuild._run(arguments, cwd=Path(folder), env=env)
            gobuild._publish(made, out)
    return out


def answers(binary: Path) -> list[Answer]:
    """Ask gogen about every function, by address; in two processes, since it takes a minute."""
    with multiprocessing.get_context("spawn").Pool(_WORKERS) as pool:
        tasks = [(binary, part) for part in range(_WORKERS)]
        return sorted(chain.from_iterable(pool.starmap(_part, tasks)), key=lambda a: a.address)


def listing(binary: Path) -> Listing:
    """Let binutils disassemble the text."""
    machine = image.load(binary).machine
    jump, is_return = _JUMP[machine], _RETURN[machine].match
    empty = (array("Q") for _ in range(5))
    starts, returns, jumps, targets, growing = empty
    command = [_OBJDUMP[machine], "-d", "--no-show-raw-insn", "-j", ".text", str(binary)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        for line in running.stdout:
            head, separator, text = line.partition(":\t")
            if not separator:
                continue
            at = int(head, 16)
            starts.append(at)
            name = text.split("<", 1)[0]
            if is_return(text):
                returns.append(at)
            elif jump.match(name) and (target := _TARGET.search(text)):
                jumps.append(at)
                targets.append(int(target[1], 16))
            if "<runtime.morestack" in text:
                growing.append(at)
    assert running.returncode == 0
    return Listing(starts=starts, returns=returns, jumps=jumps, targets=targets, growing=growing)


def nm(binary: Path) -> dict[int, tuple[int, str]]:
    """Give address to size and name of every text symbol."""
    command = [str(gobuild.go(gobuild.DEBIAN)), "tool", "nm", "-size", str(binary)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = filter(None, map(_NM.fullmatch, done.stdout.splitlines()))
    return {int(row[1], 16): (int(row[2]), row[3]) for row in rows if row[3] not in _MARKS}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Binary:
    file: Image
    table: Pclntab
    infos: tuple[FunctionInfo, ...]
    debug: Dwarf
    minor: int

    @classmethod
    def open(cls, path: Path) -> _Binary:
        file = image.load(path)
        table, info, debug = pclntab.read(file), buildinfo.read(file), dwarf.read(file)
        assert table is not None
        assert info is not None
        assert debug is not None
        minor = runtime.minor(file.path, info.go_version)
        infos = functions.table(file, table, minor)
        return cls(file=file, table=table, infos=infos, debug=debug, minor=minor)


def _part(path: Path, part: int) -> list[Answer]:
    binary = _Binary.open(path)
    infos = binary.infos[part::_WORKERS]
    wanted = {info.symbol for info in infos}
    addresses = symbols._addresses(binary.file, wanted | {f"{name}.abi0" for name in wanted})
    return [_answer(binary, addresses, info) for info in infos]


def _answer(binary: _Binary, addresses: dict[str, set[int]], info: FunctionInfo) -> Answer:
    at = info.address
    func = binary.table.at(at)
    assert func is not None
    try:
        asked: int | str = symbols._find(binary.file, binary.table, addresses, info.symbol).address
    except GogenError as error:
        asked = str(error)
    answer = functools.partial(
        Answer,
        symbol=info.symbol,
        address=info.address,
        end=func.end,
        abi=info.abi,
        listed=info.kinds,
        asked=asked,
        args=None if func.args == _ARGS_UNKNOWN else func.args,
    )
    signature, args_sum = _signature(binary, info, func)
    answer = functools.partial(answer, signature=signature, args_sum=args_sum)
    try:
        data = binary.file.code(func.address, func.end - func.address)
        code = decode(binary.file.machine, info.symbol, func.address, data)

        def restarted(address: int) -> tuple[int, int] | None:
            span = lines.restarted(binary.table, binary.table.index(func.address), address - at)
            return span and (span[0] + at, span[1] + at)

        chosen = sites.choose(info.symbol, code, lambda _: "", restarted)
    except GogenError as error:
        return answer(refused=str(error))
    loops = [int(match[1]) for match in map(_LOOPS.match, chosen.warnings) if match]
    return answer(
        size=code.size,
        kinds=kinds.of_code(code),
        entry=chosen.entry.address,
        choice=chosen.choice,
        loops=sum(loops),
        returns=tuple(i.address for i in chosen.returns),
    )


def _signature(binary: _Binary, info: FunctionInfo, func: Func) -> tuple[str, int | None]:
    config = {Machine.AMD64: assign.AMD64, Machine.ARM64: assign.ARM64}[binary.file.machine]
    if info.abi == "ABI0" or func.args == _ARGS_UNKNOWN:
        return "no arguments", None
    try:
        declared = binary.debug.declaration(info.symbol, info.address, go_minor=binary.minor)
        if declared is None:
            return "no DWARF", None
        found = repair.signature(info.symbol, declared, func.args, config)
        args_sum = assign.assign(found, dict(declared.types), config).args_sum
    except GogenError as error:
        return str(error), None
    same = [(p.name, p.type) for p in found.params] == [(p.name, p.type) for p in declared.params]
    return "as declared" if same else "repaired", args_sum
