# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Give the JSON Schema of spec.toml, for editors and for `gogen schema`.

In:   -
Out:  a JSON Schema document as a dict

Upstream: "JSON Schema: A Media Type for Describing JSON Documents", draft 2020-12.
The schema is pydantic's own for spec.raw, so it can't drift from what `load` accepts;
what Go makes of a string (signatures, names to capture) only `load` can tell.
"""

from __future__ import annotations

from typing import Any

from gogen.spec.raw import RawSpec


def schema() -> dict[str, Any]:
    """The schema; keys in the order of spec.raw, the same on every call."""
    document: dict[str, Any] = _tidy(RawSpec.model_json_schema())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gogen spec",
        **document,
    }


def _tidy(node: Any) -> Any:
    """Drop titles made from key names, and every `null`: TOML has none."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    # `X | None` is anyOf [X, null]; one branch that is left stands for itself.
    choices = [choice for choice in node.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        node = {key: value for key, value in node.items() if key != "anyOf"} | choices[0]
    return {
        key: _tidy(value)
        for key, value in node.items()
        if not (key == "title" and isinstance(value, str))
        and not (key == "default" and value is None)
    }
