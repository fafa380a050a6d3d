# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
The zoo, however it was built: where functions are, where values are, what is refused.

Addresses: `go tool nm`. Entries and returns: objdump's disassembly, read by rules of this
module. Places: tables written by hand from facts/go-abi.md, sections 1 and 10.
"""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import gobuild
import gomatrix
import pytest
from conftest import in_ci
from gomatrix import Variant

from gogen.abi import assign, registers, settle
from gogen.abi.model import RegClass
from gogen.binary.analyze import analyze
from gogen.binary.model import EntryChoice, FunctionCode
from gogen.errors import BinaryError, GogenError, SymbolNotFound, UnsupportedError

if TYPE_CHECKING:
    from pathlib import Path

    from gogen.abi.model import AbiParamAssignment

pytestmark = pytest.mark.golang

CONFIG = {"amd64": assign.AMD64, "arm64": assign.ARM64}
REGISTERS = {"amd64": registers.AMD64, "arm64": registers.ARM64}

# Every parameter and result of a function, in order: the registers of its words, `SP+` and
# the distance at entry and at RET, or `-` for what has no size. Blank ones are left out.
PLACES = {
    "main.Ints9": (
        "a=RAX b=RBX c=RCX d=RDI e=RSI f=R8 g=R9 h=R10 i=R11 -> ~r0=RAX ~r1=RBX ~r2=RCX ~r3=RDI "
        "~r4=RSI ~r5=R8 ~r6=R9 ~r7=R10 ~r8=R11"
    ),
    "main.Ints10": (
        "a=RAX b=RBX c=RCX d=RDI e=RSI f=R8 g=R9 h=R10 i=R11 j=SP+8 -> ~r0=RAX ~r1=RBX ~r2=RCX "
        "~r3=RDI ~r4=RSI ~r5=R8 ~r6=R9 ~r7=R10 ~r8=R11 ~r9=SP+16"
    ),
    "main.Ints12Mixed": (
        "a=RAX b=RBX c=RCX d=RDI e=RSI f=R8 g=R9 h=R10 i=R11 j=SP+8 k=SP+10 l=SP+12 -> sum=RAX"
    ),
    "main.Variadic": "a=RAX b=RBX rest=RCX,RDI,RSI -> ~r0=RAX",
    "main.SpillString": (
        "a=RAX b=RBX c=RCX d=RDI e=RSI f=R8 g=R9 h=R10 s=SP+8 z=R11 -> ~r0=RAX ~r1=RBX,RCX"
    ),
    "main.SpillMid": (
        "a=RAX b=RBX c=RCX d=RDI e=RSI f=R8 g=R9 h=R10 s=SP+8 t=SP+32 z=R11 w=SP+48 -> ~r0=RAX "
        "~r1=RBX,RCX ~r2=RDI"
    ),
    "main.Arr2Arg": "x=RAX a=SP+8 y=RBX -> ~r0=RAX ~r1=SP+32 ~r2=RBX",
    "main.ArrTop": "x=RAX a=SP+8 y=RBX d=SP+12 z=RCX -> ~r0=RAX ~r1=SP+16 ~r2=RBX",
    "main.BigArg": "x=RAX b=SP+8 y=RBX -> ~r0=RAX ~r1=SP+88",
    "main.Arr1Arg": "a=RAX s=RBX,RCX n=RDI -> ~r0=RAX",
    "main.Arr0Arg": "n=RAX a=- m=RBX -> ~r0=RAX",
    "main.TrailZero": "t=RAX n=RBX -> ~r0=RAX",
    "main.Empty": "n=RAX e=- m=RBX -> ~r0=RAX",
    "main.BlankArg": "s=RAX,RBX,RCX,RDI,RSI,R8 z=R9 -> ~r0=RAX",
    "main.BlankParam": "a=RBX b=RSI -> ~r0=RAX ~r1=RBX",
    "main.MixF": "a=RAX x=X0 s=RBX,RCX y=X1 c=RDI -> n=RAX r=X0 m=RBX err=RCX,RDI",
    "main.Floats16": (
        "f0=X0 f1=X1 f2=X2 f3=X3 f4=X4 f5=X5 f6=X6 f7=X7 f8=X8 f9=X9 f10=X10 f11=X11 f12=X12 "
        "f13=X13 f14=X14 f15=SP+8 f16=SP+16 -> ~r0=RAX"
    ),
    "main.NestedArg": "v=RAX,RBX,RCX,RDI,X0,RSI,R8 n=R9 -> ~r0=RAX ~r1=RBX,RCX",
    "main.Iface": "e=RAX,RBX s=RCX,RDI m=RSI c=R8 f=R9 n=R10 -> ~r0=RAX",
    "main.NamedArg": (
        "v=RAX,RBX,RCX,RDI,RSI,R8 k=R9 -> ~r0=RAX,RBX,RCX,RDI,RSI,R8 ~r1=R9,R10 ~r2=R11"
    ),
    "main.Pointers": "p=RAX n=RBX -> ~r0=RAX",
    "main.TimeArg": "t=RAX,RBX,RCX d=RDI -> ~r0=RAX ~r1=RBX,RCX",
    "main.(*Stack[int]).Push": "s=RAX .dict=RBX x=RCX n=RDI -> ~r0=RAX",
    "main.GSum[string]": ".dict=RAX a=RBX,RCX b=RDI,RSI -> ~r0=RAX,RBX",
    "main.GSum[int]": ".dict=RAX a=RBX b=RCX -> ~r0=RAX",
    "main.(*T).Ptr": "t=RAX a=RBX -> ~r0=RAX",
    "main.MkClosure": "step=RAX -> ~r0=RAX",
    "main.MkClosure.func1": "x=RAX -> ~r0=RAX",
    "main.Sw": "n=RAX -> ~r0=RAX,RBX",
    "main.HugeFrame": "n=RAX -> ~r0=RAX",
    "main.DeepRec": "n=RAX -> ~r0=RAX",
    "main.StackCopyDuring": "n=RAX -> ~r0=RAX",
    "main.small2": "n=RAX -> ~r0=RAX",
    "main.Recovers": "n=RAX -> value=RAX err=RBX,RCX",
    "main.RecoversUnnamed": "n=RAX -> ~r0=RAX",
    "main.MayPanic": "n=RAX -> ~r0=RAX",
    "main.AlwaysPanics": "n=RAX ->",
    "main.GoexitFn": "n=RAX ->",
    "main.NoRes": "n=RAX ->",
    # DWARF places y in RBX at the first instruction, where it is only later.
    "math/big.(*Int).And": "z=RAX x=RBX y=RCX -> ~r0=RAX",
    "runtime.newproc": "fn=RAX ->",
}

# Go 1.19 puts the dictionary before the receiver.
PLACES_119 = {"main.(*Stack[int]).Push": ".dict=RAX s=RBX x=RCX n=RDI -> ~r0=RAX"}

# With 16 registers of each class: those that do not fit amd64's, in arm64's words.
PLACES_ARM64 = {
    "main.Ints10": (
        "a=R0 b=R1 c=R2 d=R3 e=R4 f=R5 g=R6 h=R7 i=R8 j=R9 -> ~r0=R0 ~r1=R1 ~r2=R2 ~r3=R3 ~r4=R4 "
        "~r5=R5 ~r6=R6 ~r7=R7 ~r8=R8 ~r9=R9"
    ),
    "main.Ints12Mixed": ("a=R0 b=R1 c=R2 d=R3 e=R4 f=R5 g=R6 h=R7 i=R8 j=R9 k=R10 l=R11 -> sum=R0"),
    "main.SpillString": (
        "a=R0 b=R1 c=R2 d=R3 e=R4 f=R5 g=R6 h=R7 s=R8,R9 z=R10 -> ~r0=R0 ~r1=R1,R2"
    ),
    "main.SpillMid": (
        "a=R0 b=R1 c=R2 d=R3 e=R4 f=R5 g=R6 h=R7 s=R8,R9,R10 t=R11,R12 z=R13 w=R14 -> ~r0=R0 "
        "~r1=R1,R2 ~r2=R3"
    ),
    "main.BigArg": (
        "x=R0 b=R1,R2,R3,R4,R5,R6,R7,R8,R9,R10 y=R11 -> ~r0=R0 ~r1=R1,R2,R3,R4,R5,R6,R7,R8,R9,R10"
    ),
    "main.Floats16": (
        "f0=F0 f1=F1 f2=F2 f3=F3 f4=F4 f5=F5 f6=F6 f7=F7 f8=F8 f9=F9 f10=F10 f11=F11 f12=F12 "
        "f13=F13 f14=F14 f15=F15 f16=SP+8 -> ~r0=R0"
    ),
}
TO_ARM64 = {
    **{f"X{n}": f"F{n}" for n in range(15)},
    "RAX": "R0",
    "RBX": "R1",
    "RCX": "R2",
    "RDI": "R3",
    "RSI": "R4",
    "R8": "R5",
    "R9": "R6",
    "R10": "R7",
    "R11": "R8",
}

# pclntab's sums, as facts/go-abi.md gives them or as counted by hand; amd64.
ARGS = {
    "main.BlankParam": 40,
    "main.NamedArg": 56,
    "main.Ints9": 72,
    "main.Ints10": 8 + 8 + 72,
    "main.SpillMid": 48 + 72,
    "main.BigArg": 80 + 80 + 16,
    "main.Floats16": 16 + 120,
    "main.Arr2Arg": 24 + 24 + 16,
    "main.NoRes": 8,
}


# A literal pool that no instruction loads: the function is refused, see the test of it.
UNDECODED = {("1.21.13", "arm64"): "main.HugeFrame"}

SHORTENED = re.compile(r"\[(int|string)\]")
INSTRUCTION = re.compile(r"\s*([0-9a-f]+):\t\s*(\S+)\s*(.*?)\s*")
FUNCTION = re.compile(r"[0-9a-f]+ <(.*)>:")
NO_RETURN = "it has no return instruction"
INLINED = "calls compiled into their callers (1) are not seen"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "variant" in metafunc.fixturenames:
        metafunc.parametrize("variant", gomatrix.chosen(), ids=str)


@pytest.fixture(scope="module", autouse=True)
def _built(request: pytest.FixtureRequest) -> None:
    """Build what the tests of this run want side by side, not one after the other."""
    calls = (getattr(item, "callspec", None) for item in request.session.items)
    wanted = (call.params.get("variant") for call in calls if call is not None)
    gomatrix.build_ahead(tuple(dict.fromkeys(v for v in wanted if isinstance(v, Variant))))
    if gomatrix.wants_all():
        reporter = request.config.pluginmanager.get_plugin("terminalreporter")
        for variant, reason in gomatrix.left_out().items():
            if reporter is not None:
                reporter.write_line(f"left out: {variant}: {reason}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One instruction as objdump lists it: `jbe`, `401000 <main.Sw+0x20>`."""

    address: int
    mnemonic: str
    operands: str


def symbol(name: str, version: str) -> str:
    """Give the name of an instantiation, or of any other function, in one Go version."""
    suffix = "_0" if version == "1.19" else ""
    return SHORTENED.sub(rf"[go.shape.\1{suffix}]", name)


@functools.cache
def nm(binary: Path) -> dict[str, int]:
    """Address by name of every text symbol; Debian's Go reads every version's files."""
    command = [str(gobuild.go(gobuild.DEBIAN)), "tool", "nm", str(binary)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    rows = (line.split(maxsplit=2) for line in lines)
    return {row[2]: int(row[0], 16) for row in rows if len(row) == 3 and row[1] in "Tt"}


@functools.cache
def names(variant: Variant) -> tuple[str, ...]:
    """Give the functions of package main, those in assembly left out."""
    return tuple(
        name
        for name in nm(gomatrix.build(variant.twin))
        if name.startswith("main.") and not name.endswith(".abi0")
    )


@functools.cache
def listing(variant: Variant) -> dict[str, tuple[Listed, ...]]:
    """Disassemble package main, in which the linker puts one function after the other."""
    binary = gomatrix.build(variant.twin)
    symbols = nm(binary)
    mains = [address for name, address in symbols.items() if name.startswith("main.")]
    stop = min((a for a in symbols.values() if a > max(mains)), default=max(mains) + 0x1000)
    tools: tuple[str, ...] = ("objdump",)
    if variant.machine == "arm64":
        tools = ("aarch64-linux-gnu-objdump",)
    tool = next(filter(shutil.which, tools), None)
    if tool is None:
        (pytest.fail if in_ci() else pytest.skip)(f"no {' or '.join(tools)} is installed")
    limits = (f"--start-address={min(mains):#x}", f"--stop-address={stop:#x}")
    command = [tool, "-d", "--no-show-raw-insn", *limits, str(binary)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    found: dict[str, list[Listed]] = {}
    name = ""
    for line in lines:
        if heading := FUNCTION.fullmatch(line):
            name = heading[1]
        elif match := INSTRUCTION.fullmatch(line):
            listed = Listed(address=int(match[1], 16), mnemonic=match[2], operands=match[3])
            found.setdefault(name, []).append(listed)
    return {name: tuple(code) for name, code in found.items()}


@functools.cache
def facts(variant: Variant, symbols: tuple[str, ...]) -> dict[str, FunctionCode]:
    answer = analyze(gomatrix.build(variant), symbols)
    assert answer.machine.value == variant.machine
    assert answer.position_independent == ("pie" in variant.kind)
    return {function.symbol: function for function in answer.functions}


def refusal(variant: Variant, name: str) -> GogenError:
    with pytest.raises(GogenError) as caught:
        analyze(gomatrix.build(variant), (name,))
    return caught.value


def findable(variant: Variant) -> tuple[str, ...]:
    """Give the functions with a name of their own: without symbols 1.19 has main.F[...] twice."""
    refused = UNDECODED.get((variant.version, variant.machine))
    told = variant.symbols or variant.minor > 19
    return tuple(n for n in names(variant) if n != refused and (told or "[" not in n))


def test_the_diagonal_meets_every_version_kind_and_machine() -> None:
    diagonal, every = gomatrix.diagonal(), gomatrix.every()

    assert {v.version for v in diagonal} == set(gomatrix.VERSIONS)
    assert {v.kind for v in diagonal} == set(gomatrix.KINDS)
    assert {v.machine for v in diagonal} == set(gomatrix.MACHINES)
    assert len(set(diagonal)) == len(diagonal)
    assert set(diagonal) <= set(every)
    assert set(every).isdisjoint(gomatrix.left_out())
    assert all(gomatrix.left_out().values())


def test_every_function_is_where_nm_says(variant: Variant) -> None:
    found = facts(variant, findable(variant))
    symbols = nm(gomatrix.build(variant.twin))

    assert len(found) > 50
    assert {name: code.address for name, code in found.items()} == {
        name: symbols[name] for name in found
    }
    wanted = {symbol(n, variant.version) for n in places(variant) if n.startswith("main.")}
    assert wanted <= set(names(variant))


def test_exits_are_the_returns_objdump_lists(variant: Variant) -> None:
    found = facts(variant, findable(variant))

    total = 0
    for name, code in found.items():
        returns = [i.address for i in listing(variant)[name] if i.mnemonic == "ret"]
        assert [site.address for site in code.ret_sites] == returns, name
        total += len(returns)
        said = [warning for warning in code.warnings if warning.startswith(NO_RETURN)]
        assert bool(said) == (not returns and not code.tail_sites), name
    assert total > 90
    assert len(found["main.Sw"].ret_sites) >= 8
    assert found["main.Sw"].warnings == ()


def test_entries_are_behind_the_stack_check(variant: Variant) -> None:
    """Whatever calls runtime.morestack comes back to its first instruction."""
    checked = 0
    for name, code in facts(variant, findable(variant)).items():
        listed = listing(variant)[name]
        grows = any("<runtime.morestack" in i.operands for i in listed)
        assert (code.entry_choice is not EntryChoice.FIRST) == grows, name
        assert code.entry.address == expected_entry(variant, listed, grows=grows), name
        checked += grows
    assert checked > 30


def expected_entry(variant: Variant, listed: tuple[Listed, ...], *, grows: bool) -> int:
    """Give the push behind the check's last branch, and where there is none that branch."""
    if not grows:
        return listed[0].address
    if variant.machine == "arm64":
        last = next(at for at, i in enumerate(listed) if i.mnemonic == "b.ls")
        # A large frame's size is computed in x27, and Go may start that over.
        rest = listed[last + 1 :]
        return next(i.address for i in rest if not i.operands.startswith("x27,"))
    last = next(at for at, i in enumerate(listed) if i.mnemonic == "jbe")
    pushes = listed[last + 1].mnemonic == "push"
    assert pushes == (variant.minor >= 21)
    return listed[last + pushes].address


def test_values_are_where_the_tables_say(variant: Variant) -> None:
    wanted = {symbol(name, variant.version): row for name, row in places(variant).items()}
    if not variant.dwarf:
        check_refusals(variant, [name for name in wanted if name in findable(variant)])
        return
    for name, code in facts(variant, tuple(wanted)).items():
        assert code.declaration is not None, name
        signature = settle.declared(code, CONFIG[variant.machine])
        types = dict(code.declaration.types)
        assigned = assign.assign(signature, types, CONFIG[variant.machine])
        parts = (assigned.params, assigned.results)
        seen = " -> ".join(
            " ".join(place(param, variant.machine) for param in part if param.name != "_")
            for part in parts
        )
        assert seen.strip() == wanted[name], name
        assert assigned.args_sum == code.args, name


def check_refusals(variant: Variant, wanted: list[str]) -> None:
    """Without DWARF nothing is guessed."""
    assert len(wanted) > 30
    for name, code in facts(variant, tuple(wanted)).items():
        assert code.declaration is None, name
        with pytest.raises(BinaryError, match="the binary has no DWARF that tells its parameters"):
            settle.declared(code, CONFIG[variant.machine])


def test_the_sum_of_arguments_survives_every_build(variant: Variant) -> None:
    found = facts(variant, findable(variant))

    if variant.machine == "amd64":
        assert {name: found[name].args for name in ARGS} == ARGS
    twin = facts(variant.twin, findable(variant))
    assert {n: c.args for n, c in found.items()} == {n: c.args for n, c in twin.items()}
    if variant.kind == "stripped":
        sums = {name: code.code_hash for name, code in found.items()}
        assert sums == {name: code.code_hash for name, code in twin.items()}


def places(variant: Variant) -> dict[str, str]:
    rows = PLACES | (PLACES_119 if variant.minor == 19 else {})
    if variant.machine == "amd64":
        return rows
    words = re.compile(r"(?<==)\S+")
    moved = {
        name: words.sub(lambda m: ",".join(TO_ARM64.get(w, w) for w in m[0].split(",")), row)
        for name, row in rows.items()
    }
    refused = UNDECODED.get((variant.version, variant.machine))
    return {n: row for n, row in (moved | PLACES_ARM64).items() if n != refused}


def place(param: AbiParamAssignment, machine: str) -> str:
    if not param.size:
        return f"{param.name}=-"
    if param.stack_offset is not None:
        return f"{param.name}=SP+{8 + param.stack_offset}"
    sequences = {RegClass.INT: REGISTERS[machine].ints, RegClass.FLOAT: REGISTERS[machine].floats}
    return f"{param.name}={','.join(sequences[w.cls][w.index] for w in param.words)}"


def test_what_is_inlined_is_told(variant: Variant) -> None:
    if variant.kind == "N-l":
        assert facts(variant, ("main.small", "main.small2"))["main.small2"].warnings == ()
    else:
        small = refusal(variant, "main.small")
        assert isinstance(small, SymbolNotFound)
        assert small.problem.endswith("its calls (1 here) are inlined")
        first, site = small.hint.split("\n")
        assert "//go:noinline" in first
        assert re.fullmatch(r"  \S*code\.go:\d+ in main\.callCode", site), site
        (partly,) = facts(variant, ("main.small2",)).values()
        assert partly.warnings == (INLINED,)  # from pclntab: stripped, too
    dead = refusal(variant, "main.dead")
    assert isinstance(dead, SymbolNotFound)
    assert 'no function "main.dead"' in dead.problem


@pytest.mark.parametrize(("version", "machine"), UNDECODED)
def test_data_among_the_code_is_refused(version: str, machine: str) -> None:
    error = refusal(
        Variant(version=version, kind="plain", machine=machine), UNDECODED[version, machine]
    )
    assert isinstance(error, UnsupportedError)
    assert "data among the code, so no probe can be placed safely" in str(error)


def test_assembly_is_refused(variant: Variant) -> None:
    error = refusal(variant, "main.asmAdd")
    assert isinstance(error, UnsupportedError)
    assert "an assembly function (ABI0): its arguments are not in registers" in str(error)


def test_of_two_conventions_the_one_go_calls_is_taken(variant: Variant) -> None:
    symbols = nm(gomatrix.build(variant.twin))
    (newproc,) = facts(variant, ("runtime.newproc",)).values()

    assert newproc.address == symbols["runtime.newproc"]
    assert newproc.address != symbols["runtime.newproc.abi0"]


def test_a_promoted_methods_wrapper_is_a_tail_jump_or_returns(variant: Variant) -> None:
    (wrapper,) = facts(variant, ("main.(*Emb).Ptr",)).values()
    jumps = [i for i in listing(variant)[wrapper.symbol] if "<main.(*T).Ptr>" in i.operands]
    jumps = [i for i in jumps if i.mnemonic in ("jmp", "b")]

    assert bool(jumps) == (not wrapper.ret_sites)
    if jumps:
        assert wrapper.warnings == (
            '1 exit is a tail jump into "main.(*T).Ptr": a call that leaves there has no results',
        )
        assert [site.address for site in wrapper.tail_sites] == [i.address for i in jumps]
    # A debug build calls, and a build for the race detector tells it of the way out.
    plain = variant.kind not in ("N-l", "race")
    if plain and variant.version in ("1.19", "1.27.3"):
        assert jumps


def test_a_loop_at_the_first_instruction_is_told(variant: Variant) -> None:
    loops = ["runtime.(*gcControllerState).memoryLimitHeapGoal"]
    for code in facts(variant, tuple(loops)).values():
        assert code.entry_choice is EntryChoice.FIRST
        first = code.warnings[0]
        assert first.startswith("1 branch goes back to its first instruction, where it is probed")


def test_data_in_text_gives_no_return(variant: Variant) -> None:
    """StandardCrypto is a jump over bytes that decode to a far return."""
    name = "crypto/internal/boring/sig.StandardCrypto"
    if not any(known.startswith(name) for known in nm(gomatrix.build(variant.twin))):
        assert variant.minor not in (22, 23)
        return
    assert isinstance(refusal(variant, name), UnsupportedError)
