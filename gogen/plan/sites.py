# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Say of a site what the emitted C says of it.

In:   Site
Out:  SitePlan
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gogen.plan.model import SitePlan

if TYPE_CHECKING:
    from gogen.binary.model import Site


def site(found: Site) -> SitePlan:
    """Copy what is needed, with the length C asks for."""
    return SitePlan(
        address=found.address,
        file_offset=found.file_offset,
        code=found.code,
        code_len=len(found.code),
        text=found.text,
    )
