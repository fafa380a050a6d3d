# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""gogen from a wheel, in an environment and a folder of its own: it finds its templates."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import gobuild
import pytest
from conftest import TOP, in_ci

pytestmark = [pytest.mark.toolchain, pytest.mark.golang]

SPEC = """
[tracer]
name = "shop"
binary = "{binary}"

[[function]]
symbol = "main.foo"
signature = "func(a1, a2, a3 int64, b []byte) (int64, []byte)"
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, TOP],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and "hatchling" in done.stderr and not in_ci():
        pytest.skip("pip cannot fetch hatchling, which builds the wheel: no network?")
    assert done.returncode == 0, done.stderr
    (made,) = folder.iterdir()
    return made


def test_what_a_wheel_carries(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for path in (TOP / "templates").rglob("*"):
        if path.is_file():
            assert f"gogen/templates/{path.relative_to(TOP / 'templates')}" in names
    assert "gogen/py.typed" in names
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"gogen"}


def test_an_installed_gogen_works_elsewhere(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    venv.create(home, symlinks=True)
    python = home / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    # What gogen depends on comes from this environment: a path in a .pth file adds a folder to
    # look in, but not the .pth files that lie there, so this checkout's gogen stays out of it.
    (site,) = home.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")

    blog = gobuild.build(gobuild.EXAMPLES / "blog", version=gobuild.NEWEST, flags=("-trimpath",))
    (tmp_path / "spec.toml").write_text(SPEC.format(binary=blog))
    env = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}

    def output(*command: str | Path) -> str:
        return subprocess.run(
            command, cwd=tmp_path, env=env, check=True, capture_output=True, text=True
        ).stdout

    where = output(python, "-c", "import gogen; print(gogen.__file__)").strip()
    assert Path(where).is_relative_to(site)
    assert output(home / "bin" / "gogen", "emit", "spec.toml", "-o", "wheel") == "wheel/shop\n"
    here = [sys.executable, "-m", "gogen", "emit", "spec.toml", "-o", "here"]
    subprocess.run(here, cwd=tmp_path, check=True, capture_output=True)
    made, expected = (
        {
            str(path.relative_to(tmp_path / name)): path.read_bytes()
            for path in (tmp_path / name).rglob("*")
            if path.is_file()
        }
        for name in ("wheel", "here")
    )
    assert made == expected
    assert len(made) > 20
