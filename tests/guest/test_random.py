# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Random programs on arm64 with kernel 6.1, built by every Go version that is tested.

Only for GOGEN_VM=all: `make fuzz-live` and `make test-vm` run them, the first with more versions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import gobuild
import pytest
import scenarios
import test_oracle
import vm

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.vm, pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

MACHINE = "arm64"
SEEDS = range(4)

if scenarios.EVERYTHING:

    @pytest.mark.parametrize("version", gobuild.toolchains())
    def test_random_programs_on_arm64(
        version: str, record_property: Callable[[str, object], None]
    ) -> None:
        built = [test_oracle.build(seed, version, env={"GOARCH": MACHINE}) for seed in SEEDS]
        outcome = vm.run(
            MACHINE,
            tuple(
                vm.Scenario(name=f"oracle-{seed}", tracer=tracer, program=binary)
                for seed, (tracer, binary) in zip(SEEDS, built, strict=True)
            ),
        )
        judged = 0
        for seed, (tracer, _) in zip(SEEDS, built, strict=True):
            found = test_oracle.judge(seed, version, tracer, outcome.runs[f"oracle-{seed}"])
            assert found > 100
            judged += found
        record_property("calls of random programs judged on arm64", judged)
