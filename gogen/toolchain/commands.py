# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Write down the commands of a build.

In:   SourceTree, Tools
Out:  Command, in order

The generated Makefile runs the same ones; a test compares what both make. All of them run in
the tracer's folder on relative paths, so that no product knows where it was built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.toolchain.model import Command, Tools

if TYPE_CHECKING:
    from gogen.emit.model import SourceTree

_WARNINGS = ("-Wall", "-Wextra", "-Werror")


def commands(tree: SourceTree, tools: Tools) -> tuple[Command, ...]:
    """List what turns the sources into the tracer."""
    name = tree.name
    runtime = sorted(f.path for f in tree.files if f.path.startswith("include/") and _is_c(f.path))
    return (
        Command(
            verb="BPF",
            product=f"{name}.tmp.bpf.o",
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
                f"{name}.bpf.c",
                "-o",
                f"{name}.tmp.bpf.o",
            ),
        ),
        Command(
            verb="GEN-OBJ",
            product=f"{name}.bpf.o",
            # Links, and drops DWARF, which would triple the tracer.
            argv=(str(tools.bpftool), "gen", "object", f"{name}.bpf.o", f"{name}.tmp.bpf.o"),
        ),
        Command(
            verb="GEN-SKEL",
            product=f"{name}.skel.h",
            argv=(
                str(tools.bpftool),
                "gen",
                "skeleton",
                f"{name}.bpf.o",
                "name",
                f"{tree.ident}_bpf",
            ),
            to_stdout=True,
        ),
        Command(
            verb="BINARY",
            product=name,
            argv=(
                str(tools.cc),
                "-O2",
                *_WARNINGS,
                "-static",
                f"{name}.c",
                *runtime,
                "-lbpf",
                "-lelf",
                "-lz",
                "-o",
                name,
            ),
        ),
        Command(verb="STRIP", product=name, argv=(str(tools.strip), name)),
    )


def _is_c(path: str) -> bool:
    return path.endswith(".c")
