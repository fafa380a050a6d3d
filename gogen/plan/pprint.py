# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Print a plan for people: `gogen explain`, the goldens and bug reports.

In:   ProbePlan
Out:  text, in the plan's order, with nothing that depends on the machine it is printed on
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gogen.plan.model import FunctionPlan, ProbePlan, RecordPlan, SitePlan
    from gogen.plan.valuemodel import FieldPlan


def dump(plan: ProbePlan) -> str:
    """Give the whole plan; no newline ends it."""
    lines = [
        f"tracer {plan.name}",
        *(f"  {line}" for line in plan.provenance),
        (
            f"  runtime: g.stack.hi +{plan.runtime.g_stack_hi}, g.m +{plan.runtime.g_m}, "
            f"g.goid +{plan.runtime.g_goid}, m.curg +{plan.runtime.m_curg}"
        ),
        (
            f"  {plan.func_cnt} function{'s' * (plan.func_cnt != 1)}, {plan.site_cnt} sites, "
            f"at most {plan.open_call_cnt} open calls"
        ),
    ]
    for function in plan.functions:
        lines += ["", *_function(function)]
    return "\n".join(lines)


def _function(function: FunctionPlan) -> list[str]:
    lines = [
        function.signature,
        (
            f"  emit {function.emit}, C name {function.ident}, {function.size} bytes of code at "
            f"{function.address:#x} (file offset {function.file_offset:#x})"
        ),
    ]
    if function.other_cnt:
        lines.append(f"  its programs serve {function.other_cnt} more functions")
    if function.served_by:
        lines.append(f"  served by the programs of {function.served_by}")
    if function.interval_ns:
        lines.append(f"  at most a call in {function.interval_ns} ns is recorded, in the long run")
    if function.entry_site:
        lines.append(f"  entry  {_site(function.entry_site)}  {function.entry_choice}")
    if function.floats:
        lines.append(f"  floats {_site(function.floats.site)}")
    lines += [f"    {line}" for line in function.floats_told]
    if function.signal:
        lines.append("  floats in registers: from the frame of a SIGURG that each call is sent")
    lines += [f"  ret    {_site(site)}" for site in function.ret_sites]
    lines += [f"  tail   {_site(site)}" for site in function.tail_sites]
    for record in function.records:
        lines += _record(record)
    return lines + [f"  warning: {warning}" for warning in function.warnings]


def _site(site: SitePlan) -> str:
    return f"{site.address:#x}  file offset {site.file_offset:#x}  {site.text}"


def _record(record: RecordPlan) -> list[str]:
    lines = [
        f"  record {record.struct}, {record.size} bytes{', its stack' * record.has_stack}",
    ]
    for section, fields in (("args", record.args), ("results", record.results)):
        lines += [f"    {section}.{_field(field)}" for field in fields]
    return lines


def _field(field: FieldPlan) -> str:
    text = f"{field.name}  {field.go_type}  {field.notation}  as {field.kind}"
    if field.reason:
        return f"{text}: {field.reason}"
    if field.bytes_member:
        return f"{text}, at most {field.limit} bytes"
    if field.steps:
        return f"{text}, and what it refers to"
    return text
