# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Name the ways to build the zoo, and build it in each.

In:   a Go version, a kind of build, a machine
Out:  the binary, and its twin that has a symbol table

`every` is all that links, `diagonal` the part of it that the ordinary tests take:
each version, each kind and each machine, but not each of one with each of the others.
GOGEN_MATRIX=all (make test-matrix) makes `chosen` give the former. What cannot link is
left out by `why_not`, with the reason.
"""

from __future__ import annotations

import functools
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import gobuild

if TYPE_CHECKING:
    from pathlib import Path

ZOO = gobuild.PROGRAMS / "zoo"
VERSIONS = ("1.19", "1.21.13", "1.22.10", "1.23.9", "1.24.11", "1.25.5", "1.26.6", "1.27.3")
MACHINES = ("amd64", "arm64")
EXTERNAL = "-ldflags=-linkmode=external"

KINDS: dict[str, tuple[str, ...]] = {
    "plain": (),
    "N-l": ("-gcflags=-N -l",),
    "w": ("-ldflags=-w",),
    "s": ("-ldflags=-s",),
    "stripped": (),
    "trimpath": ("-trimpath",),
    "pie": ("-buildmode=pie",),
    "cgo": (EXTERNAL,),
    "cgo-pie": (EXTERNAL, "-buildmode=pie"),
    "race": ("-race",),
}
"""Flags of `go build`; a stripped binary is stripped after it is built."""

_NEEDS_CGO = frozenset({"cgo", "cgo-pie", "race"})
_WITHOUT_SYMBOLS = frozenset({"s", "stripped"})
_WITHOUT_DWARF = frozenset({"w", *_WITHOUT_SYMBOLS})

# Each kind on other versions, the old and the new ends of what changed between them: DWARF
# 4 and 5, pclntab's text address, the frame pointer. One more version of a kind that only
# links is cheap; one that compiles the standard library again is not.
_AMD64 = {
    "plain": VERSIONS,
    "N-l": ("1.19", "1.23.9", "1.27.3"),
    "w": ("1.21.13", "1.26.6"),
    "s": ("1.24.11", "1.27.3"),
    "stripped": ("1.19", "1.22.10", "1.26.6"),
    "trimpath": ("1.25.5",),
    "pie": ("1.21.13", "1.26.6"),
    "cgo": ("1.22.10", "1.26.6"),
    "cgo-pie": ("1.21.13",),
    "race": ("1.24.11",),
}
_ARM64 = {"plain": ("1.19", "1.23.9", "1.27.3"), "N-l": ("1.27.3",), "stripped": ("1.23.9",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """
    One way to build the zoo.

    Attributes:
        version: of Go, one of VERSIONS.
        kind: one of KINDS.
        machine: one of MACHINES.
    """

    version: str
    kind: str = "plain"
    machine: str = "amd64"

    def __str__(self) -> str:
        return f"{self.version}-{self.kind}-{self.machine}"

    @property
    def minor(self) -> int:
        """27 for 1.27.3."""
        return int(self.version.split(".")[1])

    @property
    def symbols(self) -> bool:
        """Whether it has a symbol table."""
        return self.kind not in _WITHOUT_SYMBOLS

    @property
    def dwarf(self) -> bool:
        """Whether it has DWARF."""
        return self.kind not in _WITHOUT_DWARF

    @property
    def twin(self) -> Variant:
        """The build with equal code and with everything: itself unless something was left out."""
        return self if self.dwarf else replace(self, kind="plain")


def diagonal() -> tuple[Variant, ...]:
    """Give every version, kind and machine at least once."""
    parts = (("amd64", _AMD64), ("arm64", _ARM64))
    return tuple(
        Variant(version=version, kind=kind, machine=machine)
        for machine, kinds in parts
        for kind, versions in kinds.items()
        for version in versions
        if why_not(Variant(version=version, kind=kind, machine=machine)) is None
    )


def every() -> tuple[Variant, ...]:
    """Give all that link."""
    return tuple(variant for variant in _product() if why_not(variant) is None)


def left_out() -> dict[Variant, str]:
    """Give what does not link, each with the reason."""
    reasons = {variant: why_not(variant) for variant in _product()}
    return {variant: reason for variant, reason in reasons.items() if reason is not None}


def chosen() -> tuple[Variant, ...]:
    """Give what this run is to test."""
    return every() if wants_all() else diagonal()


def wants_all() -> bool:
    """Tell whether GOGEN_MATRIX asks for all there is."""
    asked = os.environ.get("GOGEN_MATRIX", "")
    if asked not in ("", "all"):
        raise ValueError(f'GOGEN_MATRIX is "{asked}" - it may be "all", or not be set')
    return asked == "all"


def why_not(variant: Variant) -> str | None:
    """Give the reason why a variant cannot be linked here, or None."""
    if variant.kind not in _NEEDS_CGO:
        return None
    if variant.machine == "arm64":
        return f"{variant.kind} needs a C compiler for arm64"
    if variant.kind == "race" and not _has_race(variant.version):
        return f"Go {variant.version} comes without the race detector's object file"
    return None


def build(variant: Variant) -> Path:
    """Build the zoo, once on a machine."""
    binary = gobuild.build(
        ZOO,
        version=variant.version,
        flags=KINDS[variant.kind],
        env={
            "GOARCH": variant.machine,
            "CGO_ENABLED": "1" if variant.kind in _NEEDS_CGO else "0",
        },
    )
    return gobuild.strip(binary) if variant.kind == "stripped" else binary


@functools.cache
def build_ahead(variants: tuple[Variant, ...]) -> None:
    """
    Build many, as many at a time as there are processors.

    Half of a build is one package, the runtime, which only one processor compiles. What
    fails here fails again, and is told, in the test that wants it.
    """
    wanted = dict.fromkeys(v for variant in variants for v in (variant.twin, variant))
    first = [v for v in wanted if v.kind != "stripped"]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for done in [pool.submit(build, variant) for variant in first]:
            done.exception()


def _product() -> tuple[Variant, ...]:
    return tuple(
        Variant(version=version, kind=kind, machine=machine)
        for machine in MACHINES
        for kind in KINDS
        for version in VERSIONS
    )


def _has_race(version: str) -> bool:
    """The detector is a C++ library that comes as an object file, or in Debian not at all."""
    root = gobuild.go(version).resolve().parent.parent
    return any((root / "src" / "runtime" / "race").rglob("race_linux*.syso"))
