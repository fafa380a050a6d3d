# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""The rules of docs/architecture.md, read from the sources: who may import whom, and file shape."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
SPDX = "SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause"
CEILING = 350

STAGES = {"spec", "binary", "abi", "plan", "emit", "toolchain"}

# The command line shows what the stages dump, and asks toolchain about this machine (`doctor`)
# and to become the tracer (`run`); it hands no stage's answer to another stage.
CLI_STAGES = {"toolchain"}
CLI_MODULES = {"model", "pprint"}

# Third-party package, or part of the standard library with one owner -> its importers.
OWNERS = {
    "capstone": {"gogen/binary/code.py"},
    "elftools": {
        "gogen/binary/dwarf_places.py",
        "gogen/binary/dwarf_units.py",
    },
    "jinja2": {"gogen/emit/env.py"},
    "pydantic": {"gogen/spec/raw.py", "gogen/spec/validate.py"},
    "pydantic_core": {"gogen/spec/validate.py"},
    "rich": {"gogen/cli/console.py"},
    "subprocess": {"gogen/toolchain/run.py"},
    "tomllib": {"gogen/spec/load.py"},
    "tree_sitter": {"gogen/golang/tree.py", "gogen/spec/positions.py"},
    "tree_sitter_go": {"gogen/golang/tree.py"},
    "tree_sitter_toml": {"gogen/spec/positions.py"},
    "tomlkit": {"gogen/spec/write.py"},
    "typer": {"gogen/cli/app.py", "gogen/cli/building.py", "gogen/cli/exploring.py"},
}

Import = tuple[str, int]
"""A dotted module and the line that imports it."""


def sources(*folders: str) -> list[str]:
    """Python, C and template files that people write, relative to the top."""
    return sorted(
        str(path.relative_to(TOP))
        for folder in folders
        for suffix in ("py", "c", "h", "j2")
        for path in (TOP / folder).rglob(f"*.{suffix}")
        if "observed" not in path.parts and ".cache" not in path.parts
    )


def is_module(dotted: str) -> bool:
    path = TOP.joinpath(*dotted.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def imports(text: str) -> list[Import]:
    """Every module a source imports, anywhere in it, `from a import b` as a.b if that is one."""
    found: list[Import] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for alias in node.names:
                dotted = f"{module}.{alias.name}"
                found.append((dotted if is_module(dotted) else module, node.lineno))
    return found


def layering_faults(file: str, text: str) -> list[str]:
    """Imports of gogen's own that the rules forbid."""
    parts = file.split("/")[1:]
    home = parts[0] if len(parts) > 1 else Path(parts[0]).stem
    faults = []
    for module, line in imports(text):
        if module.startswith("."):
            faults.append(f"{file}:{line}: relative import")
        elif module.startswith("gogen.") and not may_import(home, module.split(".")[1:]):
            faults.append(f"{file}:{line}: {home} must not import {module}")
    return faults


def is_model(inside: list[str]) -> bool:
    return len(inside) == 1 and inside[0].endswith("model")


def may_import(home: str, target: list[str]) -> bool:
    package, *inside = target
    if package in {home, "errors"} or home in {"explore", "pipeline"}:
        return True
    if home in STAGES:
        return package == "golang" or (package in STAGES and is_model(inside))
    if home == "cli":
        return package in {"explore", "pipeline", *CLI_STAGES} or (
            package in STAGES and inside[0] in CLI_MODULES
        )
    return home == "__main__" and package == "cli"


def owner_faults(file: str, text: str) -> list[str]:
    """Imports of packages that another module owns, or that nobody does."""
    faults = []
    for module, line in imports(text):
        package = module.split(".")[0]
        if package in OWNERS:
            if file not in OWNERS[package]:
                faults.append(f"{file}:{line}: {package} is for {sorted(OWNERS[package])}")
        elif package not in {"gogen", ""} and package not in sys.stdlib_module_names:
            faults.append(f"{file}:{line}: {package} has no owner")
        elif package == "importlib":
            faults.append(f"{file}:{line}: imports must be readable: no {package}")
    return faults


def starts_with_spdx(text: str) -> bool:
    first, _, rest = text.partition("\n")
    if first.startswith("#!"):
        first = rest.partition("\n")[0]
    comment = re.fullmatch(r"(#|//) (?P<a>.*)|/\* (?P<b>.*) \*/|\{#-? (?P<c>.*) -?#\}", first)
    return comment is not None and SPDX in comment.groups()


GOGEN = sources("gogen")


def test_there_is_something_to_check() -> None:
    assert {"gogen/pipeline.py", "gogen/spec/load.py"} <= set(GOGEN)
    assert {file.split("/")[1] for file in GOGEN if file.count("/") > 1} == {
        *STAGES,
        "cli",
        "golang",
    }


@pytest.mark.parametrize("file", GOGEN)
def test_only_the_pipeline_joins_stages(file: str) -> None:
    assert layering_faults(file, (TOP / file).read_text()) == []


@pytest.mark.parametrize("file", GOGEN)
def test_every_package_has_its_importers(file: str) -> None:
    assert owner_faults(file, (TOP / file).read_text()) == []


def test_every_owner_imports_what_it_owns() -> None:
    """An entry that nothing uses would hide the next one that moves."""
    idle = {
        (package, file)
        for package, files in OWNERS.items()
        for file in files
        if (TOP / file).is_file()
        and package not in {module.split(".")[0] for module, _ in imports((TOP / file).read_text())}
    }

    assert idle == set()


@pytest.mark.parametrize("file", sources("gogen", "templates", "tests", "bench", "examples"))
def test_every_file_names_its_licence_first(file: str) -> None:
    assert starts_with_spdx((TOP / file).read_text())


@pytest.mark.parametrize("file", sources("gogen", "templates"))
def test_no_module_is_longer_than_one_sitting(file: str) -> None:
    assert len((TOP / file).read_text().splitlines()) <= CEILING


@pytest.mark.parametrize(
    ("file", "text", "faults"),
    [
        ("gogen/plan/build.py", "from gogen.abi.model import AbiAssignment", []),
        ("gogen/plan/build.py", "from gogen.abi import model", []),
        ("gogen/plan/build.py", "from gogen import __version__\nimport gogen.plan.names", []),
        ("gogen/spec/load.py", "from gogen.golang.syntax import parse_type", []),
        ("gogen/pipeline.py", "from gogen.abi import assign, registers", []),
        ("gogen/cli/building.py", "from gogen.plan import pprint\nfrom gogen import pipeline", []),
        (
            "gogen/plan/build.py",
            "def f():\n    from gogen.abi import assign",
            ["gogen/plan/build.py:2: plan must not import gogen.abi.assign"],
        ),
        (
            "gogen/abi/assign.py",
            "import gogen.binary",
            ["gogen/abi/assign.py:1: abi must not import gogen.binary"],
        ),
        (
            "gogen/emit/env.py",
            "from gogen import pipeline",
            ["gogen/emit/env.py:1: emit must not import gogen.pipeline"],
        ),
        (
            "gogen/golang/sizes.py",
            "from gogen.abi.model import RegClass",
            ["gogen/golang/sizes.py:1: golang must not import gogen.abi.model"],
        ),
        (
            "gogen/cli/building.py",
            "from gogen.spec.load import load",
            ["gogen/cli/building.py:1: cli must not import gogen.spec.load"],
        ),
        (
            "gogen/errors.py",
            "from gogen.spec import model",
            ["gogen/errors.py:1: errors must not import gogen.spec.model"],
        ),
        ("gogen/abi/assign.py", "from . import model", ["gogen/abi/assign.py:1: relative import"]),
    ],
)
def test_the_check_of_layers_can_fail(file: str, text: str, faults: list[str]) -> None:
    assert layering_faults(file, text) == faults


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("import jinja2", ["gogen/plan/x.py:1: jinja2 is for ['gogen/emit/env.py']"]),
        ("import os, yaml", ["gogen/plan/x.py:1: yaml has no owner"]),
        ("import importlib", ["gogen/plan/x.py:1: imports must be readable: no importlib"]),
        ("from gogen.plan import names\nimport re", []),
    ],
)
def test_the_check_of_owners_can_fail(text: str, faults: list[str]) -> None:
    assert owner_faults("gogen/plan/x.py", text) == faults


@pytest.mark.parametrize(
    ("text", "good"),
    [
        (f"# {SPDX}\n", True),
        (f"#!/bin/sh\n# {SPDX}\n", True),
        (f"// {SPDX}\n", True),
        (f"/* {SPDX} */\n", True),
        (f"{{# {SPDX} #}}\n", True),
        (f"\n# {SPDX}\n", False),
        ("# SPDX-License-Identifier: MIT\n", False),
        (f"{SPDX}\n", False),
        ("", False),
    ],
)
def test_the_check_of_licences_can_fail(text: str, good: bool) -> None:
    assert starts_with_spdx(text) == good
