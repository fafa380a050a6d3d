# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Fixtures and options all tests share.

The marks of pyproject.toml are promises: `toolchain` and `golang` tests find their
commands, `live` tests may attach probes. Where a promise cannot be kept the test is
skipped with the reason, but in CI, where everything is set up, that is a failure.
"""

from __future__ import annotations

import ctypes
import difflib
import functools
import os
import platform
import shutil
import signal
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent
OBSERVED = TOP / "tests" / "observed"

# bpf(2) by number: ctypes finds no wrapper for it in libc.
_BPF_SYSCALL = {"x86_64": 321, "aarch64": 280}
_BPF_PROG_LOAD = 5
_BPF_PROG_TYPE_KPROBE = 2


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="accept what golden tests see (not in CI)"
    )


def pytest_configure(config: pytest.Config) -> None:
    # What runs in a shell's background ignores interrupts, and so would all that tests start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("--update-golden") and in_ci():
        raise pytest.UsageError("--update-golden is refused in CI - run it where you can look")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark, missing in _PROMISES.items():
        if item.get_closest_marker(mark) is not None and (reason := missing()):
            _give_up(f"{mark}: {reason}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the sums of what tests have counted: `record_property` with a number."""
    sums: Counter[str] = Counter()
    for report in terminalreporter.stats.get("passed", []):
        sums.update({name: n for name, n in report.user_properties if isinstance(n, int)})
    for name, count in sorted(sums.items()):
        terminalreporter.write_line(f"{name}: {count:,}")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare text that was made with the files it should be."""
    return Golden(update=bool(request.config.getoption("--update-golden")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """Holds produced text against expected files; see `tree` and `text`."""

    update: bool

    def text(self, expected: Path, produced: str) -> None:
        """Assert that one file holds the text."""
        self._check(expected.parent, {expected.name: produced}, only={expected.name})

    def tree(self, expected: Path, produced: dict[str, str]) -> None:
        """Assert that a directory holds these files, byte for byte, and no others."""
        self._check(expected, produced, only=None)

    def _check(self, folder: Path, produced: dict[str, str], only: set[str] | None) -> None:
        old = {
            str(path.relative_to(folder)): path.read_bytes().decode()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and (only is None or path.name in only)
        }
        if produced == old:
            return
        if self.update:
            for name in old.keys() - produced.keys():
                (folder / name).unlink()
            _write_files(folder, produced)
            return
        case = folder.relative_to(TOP / "tests")
        observed = OBSERVED / case
        shutil.rmtree(observed, ignore_errors=True)
        _write_files(observed, produced)
        name = next((part for part in reversed(case.parts) if part != "expected"), str(case))
        pytest.fail(
            f"{_difference(old, produced)}\n"
            f"observed: {observed.relative_to(TOP)}\n"
            f"to accept it: make golden CASE={name}",
            pytrace=False,
        )


def in_ci() -> bool:
    """Tell whether this is a run in which nothing may be skipped."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


@functools.cache
def no_probes() -> str | None:
    """Give the reason why probes cannot be attached here, or None."""
    if os.geteuid() != 0:
        return "not root"
    if not Path("/sys/bus/event_source/devices/uprobe/type").exists():
        return "this kernel has no uprobes"
    return _no_bpf()


@functools.cache
def no_toolchain() -> str | None:
    """Give the reason why a tracer cannot be built here, or None."""
    clangs = ("clang", *(f"clang-{version}" for version in range(30, 13, -1)))
    for names in (clangs, ("bpftool",), ("cc",)):
        if not any(_which(name) for name in names):
            return f"{names[0]} is not installed (make deps)"
    if not Path("/usr/include/bpf/libbpf.h").exists():
        return "libbpf-dev is not installed (make deps)"
    return None


@functools.cache
def no_go() -> str | None:
    """Give the reason why Go programs cannot be built here, or None."""
    if _which("go") or Path("/usr/lib/go-1.19/bin/go").exists():
        return None
    return "golang-go is not installed (make deps)"


@functools.cache
def no_machines() -> str | None:
    """Give the reason why virtual machines cannot be booted here, or None."""
    commands = ("qemu-system-x86_64", "qemu-system-aarch64", "aarch64-linux-gnu-gcc")
    for name in commands:
        if _which(name) is None:
            return f"{name} is not installed (make deps)"
    if not Path("/usr/lib/aarch64-linux-gnu/libbpf.a").exists():
        return "libbpf-dev:arm64 is not installed (make deps)"
    return None


_PROMISES = {"toolchain": no_toolchain, "golang": no_go, "live": no_probes, "vm": no_machines}


def _no_bpf() -> str | None:
    """Load the smallest program there is: r0 = 0; exit."""
    number = _BPF_SYSCALL.get(platform.machine())
    if number is None:
        return f"bpf(2) is not known by number on {platform.machine()}"
    code = (ctypes.c_uint64 * 2)(0x00000000000000B7, 0x0000000000000095)
    licence = ctypes.create_string_buffer(b"GPL")
    # union bpf_attr: prog_type, insn_cnt, insns, license; the rest is zero.
    attributes = (ctypes.c_uint64 * 16)(
        _BPF_PROG_TYPE_KPROBE | len(code) << 32,
        ctypes.addressof(code),
        ctypes.addressof(licence),
    )
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.syscall(
        number, _BPF_PROG_LOAD, ctypes.byref(attributes), ctypes.sizeof(attributes)
    )
    if descriptor < 0:
        return f"no BPF program can be loaded: {os.strerror(ctypes.get_errno())}"
    os.close(descriptor)
    return None


def _give_up(reason: str) -> None:
    if in_ci():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _which(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def _write_files(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def _difference(old: dict[str, str], new: dict[str, str]) -> str:
    lines: list[str] = []
    for name in sorted(old.keys() | new.keys()):
        for side, files in (("expected", old), ("observed", new)):
            if name in files and not files[name].endswith("\n"):
                lines.append(f"no newline at the end of {side}/{name}")
        lines += difflib.unified_diff(
            old.get(name, "").splitlines(),
            new.get(name, "").splitlines(),
            f"expected/{name}" if name in old else "absent",
            f"observed/{name}" if name in new else "absent",
            lineterm="",
        )
    return "\n".join(lines)
