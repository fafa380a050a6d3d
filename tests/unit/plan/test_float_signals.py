# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""When a signal may be sent for float registers, and what it is then asked to show."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from plancase import code, one, plan, site

from gogen.binary import signals
from gogen.binary.floatmodel import SignalEntry
from gogen.binary.model import Machine
from gogen.errors import PlanError, SpecError
from gogen.plan.signals import REASON

if TYPE_CHECKING:
    from gogen.binary.image import Image
    from gogen.binary.pclntab import Pclntab
    from gogen.plan.model import FunctionPlan

ENTRY = SignalEntry(
    symbol="runtime.sigtramp",
    file_offset=0x60000,
    size=108,
    code_hash=1,
    site=site(0x460041, b"\xe8\xda\x52\xfe\xff", "call 0x445320"),
    wanted=0,
    handled=0,
)


def planned(
    signature: str, *, kept: tuple[int, ...] = tuple(range(15)), extra: str = ""
) -> FunctionPlan:
    made = dataclasses.replace(code("main.f"), floats_kept=kept)
    text = one(signature, extra=f'floats = "signal"\n{extra}')
    return plan(text, made, signals=ENTRY).functions[0]


def test_arguments_and_results_come_from_the_frame() -> None:
    function = planned("func(x float64, c complex64) float32")

    assert function.shows_args
    assert function.shows_results
    assert function.end
    late = {field.name: field.late for field in function.end.fields}
    assert [word.address for word in late["x"]] == ["floats + 0"]
    assert [word.address for word in late["c"]] == ["floats + 16", "floats + 32"]
    assert [word.address for word in late["~r0"]] == ["floats + 0"]
    assert {field.late_reason for field in function.end.fields} == {REASON}


def test_what_the_entry_overwrites_is_unreadable() -> None:
    function = planned("func(x, y float64)", kept=(0,))

    assert function.end
    x, y = function.end.args
    assert x.late
    assert y.reason == "register-assigned float: not in pt_regs"


def test_without_floats_in_registers_nobody_is_signalled() -> None:
    text = one("func(n int) bool", extra='floats = "signal"')

    made = plan(text, signals=ENTRY)

    assert made.signal is None
    assert made.probed_cnt == 1


def test_the_runtime_is_sent_none() -> None:
    text = one("func(x float64)", symbol="runtime.f", extra='floats = "signal"')

    with pytest.raises(PlanError, match="it may run in a signal handler"):
        plan(text, signals=ENTRY)


def test_a_program_that_cannot_have_it_is_refused_with_the_reason() -> None:
    with pytest.raises(PlanError, match="no signal can be sent: the program has cgo"):
        plan(one("func(x float64)", extra='floats = "signal"'))


def test_two_records_of_one_call_are_refused() -> None:
    with pytest.raises(PlanError, match='not supported with emit = "both"'):
        planned("func(x float64)", extra='emit = "both"')


def test_another_machine_is_refused() -> None:
    image = SimpleNamespace(machine=Machine.ARM64)

    found = signals.find(cast("Image", image), cast("Pclntab", None), 27, ())

    assert found == (None, "it was not tried on arm64")


def test_another_word_is_refused() -> None:
    with pytest.raises(SpecError, match=r"function\[0\]\.floats"):
        plan(one("func(x float64)", extra='floats = "sginal"'))
