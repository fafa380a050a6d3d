# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The JSON Schema agrees with what load accepts, and has a word on every key."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from test_load import FUNCTION, MEANING, SHAPE, SMALLEST, TRACER
from test_load_hostile import GOOD

from gogen.spec.load import load
from gogen.spec.model import Emit, Limits
from gogen.spec.schema import schema

if TYPE_CHECKING:
    from pathlib import Path

VALIDATOR = jsonschema.Draft202012Validator(schema())

# What only `load` can tell: the strings' meaning as Go, as paths, and repetition.
BY_SCHEMA_TOO = {"name", "go", "symbol-empty", "capture-empty", "type-number"}
BY_SCHEMA_TOO |= {"type-unquoted"}

# Python's `$`, unlike that of JSON Schema, lets one final newline pass.
NOT_COMPARABLE = {"name-newline"}
# jsonschema prints the number, which has more digits than Python agrees to print.
UNPRINTABLE = {"string-huge"}


def accepts(text: str) -> bool:
    return bool(VALIDATOR.is_valid(tomllib.loads(text)))


def nodes(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for item in node for found in nodes(item)]
    if not isinstance(node, dict):
        return []
    return [node, *(found for item in node.values() for found in nodes(item))]


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())

    assert json.dumps(schema()) == json.dumps(schema())


@pytest.mark.parametrize("text", [SMALLEST, GOOD, TRACER + 'go = "1.27rc1"\n' + FUNCTION])
def test_good_specs_pass_both(text: str, tmp_path: Path) -> None:
    path = tmp_path / "spec.toml"
    path.write_text(text)

    load(path)
    assert accepts(text)


@pytest.mark.parametrize("case", sorted(SHAPE.keys() - UNPRINTABLE))
def test_the_schema_refuses_every_wrong_shape(case: str) -> None:
    assert not accepts(SHAPE[case][0])


@pytest.mark.parametrize("case", sorted(MEANING.keys() - NOT_COMPARABLE))
def test_the_schema_leaves_meaning_to_load(case: str) -> None:
    assert accepts(MEANING[case][0]) == (case not in BY_SCHEMA_TOO)


@pytest.mark.parametrize("key", ["where", "sample", "metric"])
def test_keys_that_come_later_are_not_offered(key: str) -> None:
    assert not accepts(SMALLEST + f"{key} = 1\n")


def test_every_key_is_described_as_a_sentence() -> None:
    described = [
        (key, value["description"])
        for node in nodes(schema())
        for key, value in node.get("properties", {}).items()
    ]

    assert {key for key, _ in described} == {
        *("tracer", "limits", "types", "function"),
        *("name", "binary", "go", "output"),
        *("symbol", "match", "signature", "emit", "capture", "stack", "floats"),
        *("string", "slice", "depth", "rate"),
    }
    for key, text in described:
        assert text.endswith("."), key
        assert text[0].isupper(), key


def test_the_schema_has_no_null_and_no_made_up_titles() -> None:
    for node in nodes(schema()):
        assert node.get("type") != "null"
        assert "anyOf" not in node
        assert node.get("title", "gogen spec") == "gogen spec"


def test_defaults_and_choices_are_those_of_the_model() -> None:
    definitions = schema()["$defs"]
    limits = definitions["RawLimits"]["properties"]

    assert Limits(**{key: limits[key]["default"] for key in limits}) == Limits()
    assert definitions["RawFunction"]["properties"]["emit"]["enum"] == [e.value for e in Emit]
