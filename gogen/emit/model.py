# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The text of a tracer: the answer of `emit.render`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file: its path inside the tracer's folder, with `/`, and its text."""

    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTree:
    """
    A whole C project.

    Attributes:
        name: the tracer's name, also that of its folder.
        ident: the same as a C identifier; the skeleton is `IDENT_bpf`.
        target_arch: `x86` or `arm64`, for `-D__TARGET_ARCH_`.
        machine: `amd64` or `arm64`.
        files: sorted by path.
    """

    name: str
    ident: str
    target_arch: str
    machine: str
    files: tuple[SourceFile, ...]
