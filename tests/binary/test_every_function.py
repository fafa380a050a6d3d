# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Every function of a program: names against nm, exits and entries against objdump, signatures
against the sizes in pclntab.

`make test` asks about a small program. `make test-every` (GOGEN_EVERY=all) asks about the
compilers of eight Go versions, 15,000 to 20,000 functions each, and prints what it counted.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import everyfunction
import gobuild
import pytest

from gogen.binary import kinds
from gogen.binary.model import EntryChoice

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.golang

ALL = os.environ.get("GOGEN_EVERY", "") == "all"
VERSIONS = ("1.19", "1.21.13", "1.22.10", "1.23.9", "1.24.11", "1.25.5", "1.26.6", "1.27.3")
COMPILERS = (
    *((version, "amd64") for version in VERSIONS),
    *((version, "arm64") for version in ("1.19", "1.24.11", "1.27.3")),
)
SMALL = tuple((v, arch) for v in gobuild.toolchains() for arch in ("amd64", "arm64"))

MARKS = frozenset({"go:textfipsstart", "go:textfipsend"})
"""Addresses that pclntab lists as functions."""

# Data among the code of assembly functions, none of which gogen traces.
UNDECODABLE = {
    "amd64": {"crypto/internal/boring/sig.StandardCrypto"},
    "arm64": {
        "runtime.abort",
        "runtime.morestack",
        "runtime.rt0_go",
        "runtime.systemstack_switch",
    },
}

WITHOUT_TAIL_CALLS = range(20, 24)
"""cmd/compile/internal/noder/reader.go, func addTailCall: the wrappers of these versions call."""

EQUALS = ("type..eq.", "type:.eq.")
"""The compiler gives some of these no DIE before Go 1.27."""
# DWARF writes the local type as indexedMethod, a middle dot and 1.
NO_DWARF = {
    "1.27.3": {
        (
            "slices.SortFunc[go.shape.[]cmd/compile/internal/importer.indexedMethod.1,"
            "go.shape.struct { cmd/compile/internal/importer.index int; "
            "cmd/compile/internal/importer.fn *cmd/compile/internal/types2.Func }]"
        )
    }
}

# Go before 1.22 lists no receiver of a promoted method's wrapper; these are large values
# of their own, or values no register of the other parameters tells of.
HIDDEN_RECEIVERS = {
    "cmd/compile/internal/types2.Checker.ObjectOf",
    "cmd/compile/internal/types2.Checker.TypeOf",
    "cmd/internal/obj.dwCtxt.AddImport",
}
# The dictionary comes last and is not listed: facts/go-abi.md has the same of 1.27.
CALLED_CLOSURE = "crypto/internal/fips140/hmac.New[go.shape.*uint8].func1"
# Bodies of range-over-func loops, without the blank parameters of yield.
RANGE_BODY = "cmd/compile/internal/types2.NewSignatureType-range1"
CONTRADICTED = {
    ("1.19", "amd64"): HIDDEN_RECEIVERS
    | {
        "cmd/internal/obj.LinkArch.InFamily",
        "os/exec.closeOnce.ReadAt",
        "os/exec.closeOnce.WriteAt",
    },
    ("1.19", "arm64"): HIDDEN_RECEIVERS,
    ("1.21.13", "amd64"): HIDDEN_RECEIVERS
    | {
        "cmd/compile/internal/noder.(*pkgWriter).NewEncoder",
        "cmd/compile/internal/noder.(*pkgWriter).NewEncoderRaw",
        "cmd/internal/bio.(*Writer).Reset",
        "cmd/internal/bio.Writer.Reset",
        "cmd/internal/obj.LinkArch.InFamily",
    },
    ("1.24.11", "amd64"): {CALLED_CLOSURE},
    ("1.24.11", "arm64"): {CALLED_CLOSURE},
    ("1.25.5", "amd64"): {CALLED_CLOSURE},
    ("1.26.6", "amd64"): {
        CALLED_CLOSURE,
        RANGE_BODY,
        "cmd/compile/internal/importer.(*reader).signature.NewSignatureType-range1",
    },
    ("1.27.3", "amd64"): {RANGE_BODY},
    ("1.27.3", "arm64"): {RANGE_BODY},
}
"""Functions whose parameters DWARF does not tell and that are therefore refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    version: str
    goarch: str
    answers: list[everyfunction.Answer]
    listing: everyfunction.Listing
    nm: dict[int, tuple[int, str]]

    @property
    def minor(self) -> int:
        return int(self.version.split(".")[1])


@pytest.fixture(scope="module", params=COMPILERS if ALL else SMALL, ids="-".join)
def program(request: pytest.FixtureRequest) -> Program:
    version, goarch = request.param
    if ALL:
        binary = everyfunction.compiler(version, goarch)
    else:
        source = gobuild.PROGRAMS / "abi"
        binary = gobuild.build(source, version=version, env={"GOARCH": goarch})
    found = Program(
        version=version,
        goarch=goarch,
        answers=everyfunction.answers(binary),
        listing=everyfunction.listing(binary),
        nm=everyfunction.nm(binary),
    )
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    capture = request.config.pluginmanager.get_plugin("capturemanager")
    if ALL and reporter is not None and capture is not None:
        with capture.global_and_fixture_disabled():
            reporter.write_line(f"\n{version} {goarch}: {counted(found.answers)}")
    return found


def counted(answers: list[everyfunction.Answer]) -> str:
    exits = sum(len(answer.returns) for answer in answers)
    refused = sum(bool(answer.refused) for answer in answers)
    kinds = Counter(
        "contradicted" if answer.signature.startswith('"') else answer.signature
        for answer in answers
    )
    signatures = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    return (
        f"{len(answers)} functions, {exits} exits, {refused} not decoded; signatures: {signatures}"
    )


def probed(program: Program) -> Iterable[everyfunction.Answer]:
    return (answer for answer in program.answers if not answer.refused)


def test_every_name_is_one_of_nms(program: Program) -> None:
    """At its address; nm lists no function more, and ends ABI0's names in .abi0."""
    listed = {address: name for address, (_, name) in program.nm.items()}

    assert len(listed) > 1000
    assert {a.address: a.symbol for a in program.answers} == {
        address: name.removesuffix(".abi0") for address, name in listed.items()
    }
    assert [a.symbol for a in program.answers if listed[a.address].endswith(".abi0")] == [
        a.symbol for a in program.answers if a.abi == "ABI0" and listed[a.address] != a.symbol
    ]


def test_every_name_leads_to_its_function(program: Program) -> None:
    """To the one Go code calls, where assembly has one of the same name."""
    by_address = {answer.address: answer for answer in program.answers}
    borne = Counter(name for _, name in program.nm.values())
    for answer in program.answers:
        if answer.asked == answer.address:
            continue
        if answer.abi == "ABI0" and isinstance(answer.asked, int):
            other = by_address[answer.asked]
            assert (other.symbol, other.abi) == (answer.symbol, "ABIInternal")
        elif answer.abi == "ABI0":
            assert "an assembly function" in str(answer.asked)
        else:
            assert borne[answer.symbol] > 1, answer
            assert f"{borne[answer.symbol]} functions bear this name" in str(answer.asked)


def test_every_size_is_nms(program: Program) -> None:
    """On arm64, nm counts the padding before the next function too."""
    for answer in probed(program):
        size, name = program.nm[answer.address]
        padding = size - answer.size
        assert padding == 0 or (program.goarch == "arm64" and 0 < padding < 64), name


def test_only_data_among_assembly_is_refused(program: Program) -> None:
    refused = {a.symbol: a for a in program.answers if a.refused}

    assert refused.keys() - MARKS <= UNDECODABLE[program.goarch]
    assert {a.abi for name, a in refused.items() if name not in MARKS} <= {"ABI0"}


def test_every_exit_is_one_of_objdumps(program: Program) -> None:
    """In each function, and outside of all there is none."""
    listing = program.listing
    wrong = [
        (answer.symbol, answer.returns, theirs)
        for answer in probed(program)
        if answer.returns != (theirs := listing.returns_in(answer.address, answer.end))
    ]
    ours = {at for answer in program.answers for at in answer.returns}
    elsewhere = {
        at
        for answer in program.answers
        if answer.refused
        for at in listing.returns_in(answer.address, answer.end)
    }

    assert wrong == []
    assert len(ours) > 1500
    assert set(listing.returns) == ours | elsewhere


def test_a_list_tells_what_decoding_everything_tells(program: Program) -> None:
    """Although it decodes few functions; assembly, which cannot be traced, it never does."""
    of_code = {kinds.NEVER_RETURNS, kinds.TAIL_JUMP, kinds.LOOP_AT_ENTRY}
    wrong = [
        (answer.symbol, answer.listed, answer.kinds)
        for answer in probed(program)
        if answer.abi != "ABI0" and of_code & {*answer.listed} != {*answer.kinds}
    ]
    counted = Counter(kind for answer in program.answers for kind in answer.listed)

    assert wrong == []
    assert counted[kinds.NEVER_RETURNS] > 10
    assert counted[kinds.WRAPPER] > 30
    assert (counted[kinds.TAIL_JUMP] > 50) == (program.minor not in WITHOUT_TAIL_CALLS) or not ALL


def test_no_branch_goes_to_where_calls_are_counted(program: Program) -> None:
    """Except to a first instruction without a stack check, of which a warning tells."""
    wrong = []
    for answer in probed(program):
        jumps = program.listing.jumps_in(answer.address, answer.end, answer.entry)
        whole = program.listing.is_start(answer.entry)
        explained = not jumps or answer.choice is EntryChoice.FIRST
        if not whole or not explained or jumps != answer.loops:
            wrong.append((answer, jumps))

    assert wrong == []


def test_functions_that_grow_the_stack_are_probed_behind_the_check(program: Program) -> None:
    grown = [
        answer
        for answer in probed(program)
        if answer.abi == "ABIInternal" and program.listing.grows_stack(answer.address, answer.end)
    ]
    kinds = {answer.choice for answer in grown}

    assert len(grown) > 700
    if program.goarch == "arm64":
        # Large frames take several instructions, which Go may start over.
        assert kinds == {EntryChoice.AFTER_CHECK, EntryChoice.LAST_OF_ONE}
    else:
        # Go 1.21 is the first to push the frame pointer, which the kernel emulates.
        old = program.minor < 21
        assert kinds == {EntryChoice.CHECK_BRANCH if old else EntryChoice.AFTER_CHECK_EMULATED}


def test_every_signature_keeps_the_checksum(program: Program) -> None:
    """Functions whose arguments DWARF does not tell are refused, and these are all of them."""
    known = {"as declared", "repaired", "no DWARF", "no arguments"}
    refused = {answer.symbol for answer in program.answers if answer.signature not in known}
    unknown = {
        answer.symbol
        for answer in program.answers
        if answer.signature == "no DWARF" and not answer.symbol.startswith(EQUALS)
    }
    told = [answer for answer in program.answers if answer.args_sum is not None]

    assert len(told) > 900
    assert all(answer.args == answer.args_sum for answer in told)
    assert refused == (CONTRADICTED.get((program.version, program.goarch), set()) if ALL else set())
    assert unknown - MARKS == (NO_DWARF.get(program.version, set()) if ALL else set())


def test_nothing_is_repaired_where_dwarf_lists_every_parameter(program: Program) -> None:
    repaired = [a.symbol for a in program.answers if a.signature == "repaired"]

    assert bool(repaired) == (program.minor < 22)
