# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Write down the commands of a build.

In:   SourceTree, Tools
Out:  Command, in groups: those of one group need nothing of each other

The generated Makefile runs the same ones; a test compares what both make. All of them run in
the tracer's folder on relative paths, so that no product knows where it was built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.toolchain.model import Command, Tools

if TYPE_CHECKING:
    from gogen.emit.model import SourceTree

_WARNINGS = ("-Wall", "-Wextra", "-Werror")


def commands(tree: SourceTree, tools: Tools) -> tuple[tuple[Command, ...], ...]:
    """List what turns the sources into the tracer."""
    name = tree.name
    runtime = sorted(
        file.path.removesuffix(".c")
        for file in tree.files
        if file.path.startswith("include/") and file.path.endswith(".c")
    )
    objects = tuple(f"{stem}.o" for stem in (name, *runtime))
    return (
        (_bpf(tree, tools), *(_compile(stem, tools, reusable=True) for stem in runtime)),
        (
            Command(
                verb="GEN-OBJ",
                product=f"{name}.bpf.o",
                # Links, and drops DWARF, which would triple the tracer.
                argv=(str(tools.bpftool), "gen", "object", f"{name}.bpf.o", f"{name}.tmp.bpf.o"),
            ),
        ),
        (
            Command(
                verb="GEN-SKEL",
                product=f"{name}.skel.h",
                argv=(
                    *(str(tools.bpftool), "gen", "skeleton"),
                    *(f"{name}.bpf.o", "name", f"{tree.ident}_bpf"),
                ),
                to_stdout=True,
            ),
        ),
        (_compile(name, tools),),
        (
            Command(
                verb="BINARY",
                product=name,
                argv=(
                    *(str(tools.cc), "-static", "-pthread", *objects),
                    *("-lbpf", "-lelf", "-lz", "-o", name),
                ),
            ),
        ),
        (Command(verb="STRIP", product=name, argv=(str(tools.strip), name)),),
    )


def _bpf(tree: SourceTree, tools: Tools) -> Command:
    return Command(
        verb="BPF",
        product=f"{tree.name}.tmp.bpf.o",
        argv=(
            str(tools.clang),
            "-g",  # BTF, which the skeleton's maps are described by
            "-O2",  # without it the programs do not pass the verifier
            "-target",
            "bpf",
            f"-D__TARGET_ARCH_{tree.target_arch}",
            "-fno-ident",  # clang's version is not part of the product
            "-fdebug-compilation-dir=.",  # nor is the folder
            *_WARNINGS,
            "-c",
            f"{tree.name}.bpf.c",
            "-o",
            f"{tree.name}.tmp.bpf.o",
        ),
    )


def _compile(stem: str, tools: Tools, *, reusable: bool = False) -> Command:
    return Command(
        verb="CC",
        product=f"{stem}.o",
        argv=(str(tools.cc), "-O2", *_WARNINGS, "-c", f"{stem}.c", "-o", f"{stem}.o"),
        reusable=reusable,
    )
