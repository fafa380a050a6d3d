# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Write a tracer's sources.

In:   ProbePlan
Out:  SourceTree

The runtime of templates/include goes along verbatim; the rest is laid out by templates.
Equal plans give equal bytes.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from gogen.emit import env
from gogen.emit.model import SourceFile, SourceTree

if TYPE_CHECKING:
    from gogen.plan.model import FunctionPlan, ProbePlan, SitePlan
    from gogen.plan.valuemodel import FieldPlan


def render(plan: ProbePlan) -> SourceTree:
    """Write every file of `generated/NAME/` that is not built."""
    files = [
        SourceFile(path=f"include/{path.name}", text=path.read_text(encoding="utf-8"))
        for path in (env.templates_dir() / "include").iterdir()
        if path.suffix in {".c", ".h"}
    ]
    for template, path in (
        ("tracer.h.j2", f"{plan.name}.h"),
        ("tracer.bpf.c.j2", f"{plan.name}.bpf.c"),
        ("tracer.c.j2", f"{plan.name}.c"),
        ("Makefile.j2", "Makefile"),
    ):
        files.append(SourceFile(path=path, text=env.render(template, plan=plan)))
    files.append(SourceFile(path=f"{plan.name}.manifest.json", text=_manifest(plan)))
    return SourceTree(
        name=plan.name,
        ident=plan.ident,
        target_arch=plan.target_arch,
        machine=plan.machine,
        files=tuple(sorted(files, key=lambda file: file.path)),
    )


def _manifest(plan: ProbePlan) -> str:
    """What was decided, and from what, as JSON."""
    manifest = {
        "gogen": plan.gogen_version,
        "name": plan.name,
        "spec": {"file": plan.spec_name, "sha256": plan.spec_digest},
        "binary": {
            "file": plan.binary,
            "machine": plan.machine,
            "go": plan.go_version,
            "gnu_build_id": plan.gnu_build_id,
            "go_build_id": plan.go_build_id,
        },
        "runtime": asdict(plan.runtime),
        "functions": [_function(function) for function in plan.functions],
    }
    return json.dumps(manifest, indent=2, ensure_ascii=True) + "\n"


def _function(function: FunctionPlan) -> dict[str, object]:
    return {
        "symbol": function.symbol,
        "signature": function.signature,
        "emit": function.emit,
        "code": {
            "address": hex(function.address),
            "file_offset": hex(function.file_offset),
            "size": function.size,
            "fnv1a": f"{function.code_hash:016x}",
        },
        "entry": _site(function.entry_site) if function.entry_site else None,
        "entry_choice": function.entry_choice,
        "rets": [_site(site) for site in function.ret_sites],
        "tails": [_site(site) for site in function.tail_sites],
        "records": [
            {
                "struct": record.struct,
                "size": record.size,
                "args": [_value(field) for field in record.args],
                "results": [_value(field) for field in record.results],
            }
            for record in function.records
        ],
        "unreadable": {
            f"{section}.{field.name}": field.reason
            for record in function.records
            for section, fields in (("args", record.args), ("results", record.results))
            for field in fields
            if field.reason
        },
        "warnings": list(function.warnings),
    }


def _site(site: SitePlan) -> dict[str, object]:
    return {
        "address": hex(site.address),
        "file_offset": hex(site.file_offset),
        "code": site.code.hex(),
        "text": site.text,
    }


def _value(field: FieldPlan) -> dict[str, object]:
    return {"name": field.name, "type": field.go_type, "kind": field.kind, "place": field.notation}
