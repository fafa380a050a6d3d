# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""Types that hold slices of themselves, and those that only seem to."""

from __future__ import annotations

import pytest

from gogen.golang.recursion import holds_itself
from gogen.golang.syntax import parse_type

TYPES = {
    "main.Node": "struct { name string; kids []main.Node }",
    "main.Loop": "[]main.Loop",
    "main.Street": "struct { houses []main.House }",
    "main.House": "struct { beside [1][]main.Street }",
    "main.List": "struct { next *main.List }",
    "main.Box": "struct { inside any; of map[string]main.Box; to chan main.Box }",
    "main.Forest": "struct { trees []main.Node; more []main.Gone }",
    "main.Odd": "struct { kids []struct { of main.Odd } }",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("main.Node", True),
        ("main.Loop", True),
        ("main.Street", True),
        ("main.House", True),
        ("[]main.Street", True),
        ("struct { of main.Odd }", True),
        ("main.List", False),
        ("main.Box", False),
        ("main.Forest", False),
        ("main.Gone", False),
        ("[]int", False),
        ("int", False),
    ],
)
def test_what_slices_lead_back_to(text: str, expected: bool) -> None:
    types = {name: parse_type(body) for name, body in TYPES.items()}
    known: dict[object, bool] = {}
    asked = parse_type(text)
    assert holds_itself(asked, types, known) is expected  # type: ignore[arg-type]
    assert known == {asked: expected}
