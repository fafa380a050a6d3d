# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Trace Go programs in virtual machines with another kernel, of this processor and of arm64.

In:   scenarios (a tracer, a program, how to start both), shell scripts, BPF objects to load
Out:  what each side printed, as `tracing` gives it for this machine; what the kernel said

A machine is Debian's kernel 6.1 (scripts/get-kernel), an initramfs made here, and QEMU's
emulation, so that it needs neither KVM nor a disk. What happens in it: guest/init.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import os
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import tracing
from gobuild import TOP

from gogen.toolchain.find import find

GUEST = TOP / "tests" / "guest"
DEADLINE = 900.0
"""Seconds for a machine from power on to power off; on a busy host it takes many times longer."""

# On a busy host the kernel may see too few ticks of an emulated timer, and take it for broken.
_QEMU = {
    "amd64": ("qemu-system-x86_64", "-append", "console=ttyS0 quiet panic=-1 no_timer_check"),
    "arm64": (
        *("qemu-system-aarch64", "-machine", "virt", "-cpu", "cortex-a72"),
        *("-append", "console=ttyAMA0 quiet panic=-1"),
    ),
}


# One thread for all processors. With one each, QEMU now and then runs what lay in a uprobe's
# single-step slot before: a `ret` in the place of a `mov`, which no processor does.
_ACCEL = "tcg,thread=single"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """
    One program that is traced to its end.

    Attributes:
        name: of the scenario, for its folder.
        tracer: as `tracing.build_tracer` gives it.
        program: as `gobuild.build` gives it.
        arguments: of the program.
        waits: it prints `waiting` and waits for a line, as those in tests/go do.
    """

    name: str
    tracer: Path
    program: Path
    arguments: tuple[str, ...] = ()
    waits: bool = True

    def here(self) -> tracing.Run:
        """Run it on this machine."""
        if self.waits:
            return tracing.trace(self.tracer, self.program, *self.arguments)
        options = ("--format", "json", "--binary", str(self.program))
        with tracing.run_tracer(self.tracer, *options) as running:
            with tracing.Target(self.program, *self.arguments, waits=False) as target:
                finished = target.finish()
            return tracing.Run(traced=running.stop(), program=finished)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """
    What a shell is to do there; guest/init has functions for it.

    Attributes:
        name: of the script, for its folder.
        text: for busybox's shell, in that folder: each file it makes is handed back.
        programs: by the variable that holds each one's path.
    """

    name: str
    text: str
    programs: dict[str, Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    What came out of a virtual machine.

    Attributes:
        uname: kernel and machine.
        runs: both sides of each scenario, by name.
        files: what each script left, by its name and theirs; `stdout`, `stderr`, `status` too.
        loaded: what guest/load.c printed: a line for each BPF object.
        kernel: the kernel's own messages.
    """

    uname: str
    runs: dict[str, tracing.Run]
    files: dict[str, dict[str, str]]
    loaded: str
    kernel: str


@dataclass(slots=True)
class Archive:
    """A cpio archive as an initramfs is made of: Documentation/driver-api/early-userspace."""

    _data: bytearray = field(default_factory=bytearray)
    _cnt: int = 0

    def add(
        self, name: str, mode: int, data: bytes = b"", *, device: tuple[int, int] = (0, 0)
    ) -> None:
        """Append a file, or a folder or device by its mode."""
        self._cnt += 1
        fields = (self._cnt, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0)
        self._data += b"070701" + "".join(f"{value:08x}" for value in fields).encode()
        for part in (name.encode() + b"\0", data):
            self._data += part
            self._data += bytes(-len(self._data) % 4)

    def packed(self) -> bytes:
        """End the archive and compress it."""
        self.add("TRAILER!!!", 0)
        return gzip.compress(self._data, compresslevel=1, mtime=0)


def run(
    machine: str,
    scenarios: tuple[Scenario, ...],
    scripts: tuple[Script, ...] = (),
    objects: tuple[Path, ...] = (),
) -> Outcome:
    """
    Boot a machine, run the scenarios and scripts in it, load the objects, and shut it down.

    Args:
        machine: `amd64` or `arm64`.
        scenarios: whose tracers and programs are of that machine.
        scripts: the same of theirs.
        objects: BPF objects whose programs the kernel is to take.
    """
    kernel = _kernel(machine)
    with tempfile.TemporaryDirectory() as folder:
        initramfs = Path(folder) / "initramfs.gz"
        initramfs.write_bytes(_initramfs(machine, kernel / "busybox", scenarios, scripts, objects))
        printed = _boot(machine, kernel / "vmlinuz", initramfs)
    files = _unpack(printed)
    return Outcome(
        uname=files["uname"].strip(),
        runs={scenario.name: _run(files, scenario.name) for scenario in scenarios},
        files={script.name: _folder(files, script.name) for script in scripts},
        loaded=files.get("loaded", ""),
        kernel=files["dmesg"],
    )


def _kernel(machine: str) -> Path:
    done = subprocess.run(
        [TOP / "scripts" / "get-kernel", machine], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


def _initramfs(
    machine: str,
    busybox: Path,
    scenarios: tuple[Scenario, ...],
    scripts: tuple[Script, ...],
    objects: tuple[Path, ...],
) -> bytes:
    archive = Archive()
    for name in ("bin", "dev", "run", "scripts", "objects.d"):
        archive.add(name, 0o040755)
    archive.add("dev/console", 0o020600, device=(5, 1))
    archive.add("init", 0o100755, (GUEST / "init").read_bytes())
    archive.add("bin/busybox", 0o100755, busybox.read_bytes())
    names: dict[Path, str] = {}

    def add(path: Path) -> str:
        if path not in names:
            # The kernel keeps 15 letters of it, which are the `comm` of records.
            names[path] = f"{len(names)}/{path.name}"
            archive.add(f"run/{len(names) - 1}", 0o040755)
            archive.add(f"run/{names[path]}", 0o100755, path.read_bytes())
        return names[path]

    rows = []
    for scenario in scenarios:
        how = "pid" if scenario.waits else "binary"
        row = (scenario.name, how, add(scenario.tracer), add(scenario.program))
        rows.append("|".join((*row, " ".join(scenario.arguments))))
    for script in scripts:
        rows.append(f"{script.name}|script|||")
        paths = [f"export {name}=/run/{add(path)}" for name, path in script.programs.items()]
        text = "\n".join((*paths, script.text))
        archive.add(f"scripts/{script.name}", 0o100644, text.encode())
    archive.add("runs", 0o100644, "".join(f"{row}\n" for row in rows).encode())
    if objects:
        archive.add("run/load", 0o100755, build_c(machine, "load").read_bytes())
        for path in objects:
            archive.add(f"objects.d/{path.name}", 0o100644, path.read_bytes())
        listed = "".join(f"/objects.d/{path.name}\n" for path in objects)
        archive.add("objects", 0o100644, listed.encode())
    return archive.packed()


def build_c(machine: str, name: str) -> Path:
    """Build a program of guest/, static, as a tracer is."""
    out = TOP / ".cache" / "kernels" / f"{name}-{machine}"
    source = GUEST / f"{name}.c"
    if not out.exists() or out.stat().st_mtime < source.stat().st_mtime:
        out.parent.mkdir(parents=True, exist_ok=True)
        aside = out.with_name(f"{out.name}.{os.getpid()}")
        argv = [str(find(machine).cc), "-O2", "-Wall", "-Wextra", "-Werror", "-static", str(source)]
        subprocess.run([*argv, "-lbpf", "-lelf", "-lz", "-o", str(aside)], check=True)
        aside.replace(out)
    return out


def _boot(machine: str, vmlinuz: Path, initramfs: Path) -> str:
    argv = [
        *(*_QEMU[machine], "-accel", _ACCEL, "-smp", "2", "-m", "1024", "-nic", "none"),
        *("-nographic", "-no-reboot", "-kernel", str(vmlinuz), "-initrd", str(initramfs)),
    ]
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=DEADLINE
        )
    except subprocess.TimeoutExpired as error:
        console = (error.stdout or b"").decode(errors="replace")
        raise AssertionError(f"{machine}: did not power off\n{console[-3000:]}") from None
    console = done.stdout.decode(errors="replace")
    assert done.returncode == 0, f"{argv[0]}: {done.stderr.decode()}\n{console[-3000:]}"
    return console


def _unpack(console: str) -> dict[str, str]:
    """Give the files of /out, by path, from what a machine printed."""
    packed = console.rpartition("<<<gogen")[2].partition("gogen>>>")[0]
    try:
        data = base64.b64decode("".join(packed.split()), validate=True)
        files = {}
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive:
                if content := archive.extractfile(member) if member.isfile() else None:
                    name = member.name.removeprefix("./")
                    files[name] = content.read().decode(errors="backslashreplace")
    except (binascii.Error, tarfile.TarError, EOFError) as error:
        raise AssertionError(f"no results: {error}\n{console[-3000:]}") from error
    return files


def _folder(files: dict[str, str], name: str) -> dict[str, str]:
    within = f"{name}/"
    return {
        path.removeprefix(within): text for path, text in files.items() if path.startswith(within)
    }


def _run(files: dict[str, str], name: str) -> tracing.Run:
    def file(which: str) -> str:
        return files.get(f"{name}/{which}", "")

    def status(which: str) -> int:
        return int(file(which) or "-1")

    return tracing.Run(
        traced=tracing.collect(status("tracer-status"), file("records"), file("errors")),
        program=tracing.finished(status("status"), file("stdout"), file("stderr")),
    )
