# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Run a child whose output is drained, whose lines can be waited for, and which is killed.

In:   a command line
Out:  its lines as they come; its exit status

Deadlines only turn a hang into a failure that shows standard error.
"""

from __future__ import annotations

import os
import select
import subprocess
import threading
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Self

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable

DEADLINE = 30.0


class Drain(threading.Thread):
    """Reads a pipe to its end, so that the writer never blocks, and lets others wait for a line."""

    def __init__(self, pipe: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._pipe = pipe
        self._lines: list[str] = []
        self._ended = False
        self._changed = threading.Condition()
        self.start()

    def run(self) -> None:
        with self._pipe:
            for line in self._pipe:
                with self._changed:
                    self._lines.append(line.decode(errors="backslashreplace"))
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def wait_for(self, wanted: Callable[[str], bool], deadline: float) -> str | None:
        """Give the first line that is wanted; None at the end of the pipe or of patience."""

        def found() -> str | None:
            return next((line for line in self._lines if wanted(line)), None)

        with self._changed:
            self._changed.wait_for(lambda: found() is not None or self._ended, deadline)
            return found()

    def text(self) -> str:
        """Give everything read so far."""
        with self._changed:
            return "".join(self._lines)


class Process:
    """A child whose output is drained and which does not outlive its context."""

    def __init__(self, arguments: list[str], env: dict[str, str] | None = None) -> None:
        self.arguments = arguments
        self._child = subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(env or {})},
        )
        assert self._child.stdout is not None
        assert self._child.stderr is not None
        self.pid = self._child.pid
        self.stdout = Drain(self._child.stdout)
        self.stderr = Drain(self._child.stderr)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._child.poll() is None:
            self._child.kill()
        self.close_stdin()
        self._child.wait()
        self.stdout.join()
        self.stderr.join()

    def running(self) -> bool:
        """Tell whether the process has not ended yet."""
        return self._child.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; SIGSTOP makes a consumer that does not consume."""
        self._child.send_signal(number)

    def send(self, text: str) -> None:
        assert self._child.stdin is not None
        self._child.stdin.write(text.encode())
        self._child.stdin.flush()

    def close_stdin(self) -> None:
        assert self._child.stdin is not None
        # It may have ended with a line unread.
        with suppress(BrokenPipeError):
            self._child.stdin.close()

    def wait_end(self, deadline: float) -> int:
        assert self._ends_within(deadline), self.account(f"did not end within {deadline} s")
        returncode = self._child.wait()
        self.stdout.join()
        self.stderr.join()
        return returncode

    def _ends_within(self, deadline: float) -> bool:
        """Wait as Popen.wait() does, which looks only every 50 ms."""
        if self._child.poll() is not None:
            return True
        process = os.pidfd_open(self.pid)
        try:
            ended = select.poll()
            ended.register(process, select.POLLIN)
            return bool(ended.poll(deadline * 1000))
        finally:
            os.close(process)

    def account(self, what: str) -> str:
        command = " ".join(self.arguments)
        return f"{command}: {what}; exit {self._child.poll()}; stderr:\n{self.stderr.text()}"


def poll(question: Callable[[], bool], what: str, deadline: float = DEADLINE) -> None:
    """Wait until the system outside says yes; for what no pipe tells."""
    end = time.monotonic() + deadline
    while not question():
        assert time.monotonic() < end, f"{what}: not within {deadline} s"
        time.sleep(0.01)  # the pause of a poll, not a wait for an outcome
