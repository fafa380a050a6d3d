# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Ask the kernel about this machine and its processes, and find room for output.

Source of the formats: proc(5) and the kernel's Documentation/scheduler/sched-stats.rst,
section "/proc/<pid>/schedstat".
"""

from __future__ import annotations

import os
import platform
import re
import tempfile
from pathlib import Path

BREAKPOINT = 0xCC
"""int3: what a uprobe puts in the place of an instruction's first byte, on x86-64."""

_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


class UnfitMachineError(Exception):
    """Nothing can be measured here, or by this user; the message says what is missing."""


def check_rights() -> None:
    """Tell whoever may not attach probes before anything is built."""
    if os.geteuid() != 0:
        raise UnfitMachineError("attaching probes needs root - run: sudo make bench")


def two_cpus() -> tuple[int, int]:
    """Give a processor for the target, and another for whoever traces it."""
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < 2:
        raise UnfitMachineError("one processor only - target and tracer need one each")
    return cpus[0], cpus[1]


def scratch() -> tempfile.TemporaryDirectory[str]:
    """Make a folder for records: in memory if possible, where no disk has its say."""
    folder = _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else None
    return tempfile.TemporaryDirectory(prefix="gogen-bench-", dir=folder)


def describe() -> str:
    """Tell what a reader needs to judge figures from here."""
    cpuinfo = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*: (.*)$", cpuinfo, re.MULTILINE)
    guest = (
        " (virtual machine)" if re.search(r"^flags.*\bhypervisor\b", cpuinfo, re.MULTILINE) else ""
    )
    name = model[1] if model else platform.machine()
    return f"{name}{guest}, {os.cpu_count()} CPUs, Linux {platform.release()}"


def load() -> float:
    """Give the average number of runnable tasks over the last minute."""
    return os.getloadavg()[0]


def peak_kib(pid: int) -> int:
    """Give the most memory that was ever resident in a process, in KiB."""
    return _status(pid, "VmHWM")


def wakeups(pid: int) -> int:
    """Give how often a process gave up its processor to wait."""
    return _status(pid, "voluntary_ctxt_switches")


def cpu_ns(pid: int) -> int:
    """
    Give the processor time a process's main thread has used, in nanoseconds.

    Its clock ticks are 10 ms, too coarse for what hardly runs, so they are the second choice.
    """
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    except FileNotFoundError:
        # Fields after the name, which is in parentheses and may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        return ticks * 10**9 // os.sysconf("SC_CLK_TCK")


def waits_in(pid: int) -> str:
    """Give the kernel function that a process is waiting in; "0" when it is not waiting."""
    return Path(f"/proc/{pid}/wchan").read_text()


def byte_at(pid: int, address: int) -> int:
    """Read a byte of a process's memory, breakpoints included."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        memory.seek(address)
        return memory.read(1)[0]


def _status(pid: int, name: str) -> int:
    found = re.search(rf"^{name}:\s*(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    if not found:
        raise UnfitMachineError(f"/proc/{pid}/status has no {name}")
    return int(found[1])
