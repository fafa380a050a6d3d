# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Run Debian's prometheus on the loopback address, for tests that trace it.

In:   nothing; scripts/get-prometheus finds or fetches the binary
Out:  a running server that answers PromQL, and its binary

It scrapes nothing, keeps its data in a temporary folder and chooses a free port itself.
"""

from __future__ import annotations

import functools
import json
import re
import subprocess
import tempfile
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gobuild import EXAMPLES, TOP
from process import Process

if TYPE_CHECKING:
    from collections.abc import Iterator

_LISTENING = re.compile(r'msg="Listening on" address=(127\.0\.0\.1:\d+)')
_READY = "Server is ready to receive web requests"


@functools.cache
def binary() -> Path:
    """Give the unpacked package's binary; its failure shows the script's words."""
    done = subprocess.run(
        [TOP / "scripts" / "get-prometheus"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


class Server(Process):
    """A running server; `serve` makes one."""

    address = ""

    def query(self, text: str) -> Any:
        """Send one instant query to the HTTP API and give the `data` of its answer."""
        parameters = urllib.parse.urlencode({"query": text})
        url = f"http://{self.address}/api/v1/query?{parameters}"
        with urllib.request.build_opener(_NO_PROXY).open(url, timeout=30) as answer:
            return json.load(answer)["data"]


@contextmanager
def serve(program: Path | None = None) -> Iterator[Server]:
    """Start prometheus, or a copy of it, and hand it over once it answers."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = [
            str(program or binary()),
            f"--config.file={EXAMPLES / 'prometheus' / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder}",
            "--web.listen-address=127.0.0.1:0",
        ]
        with Server(arguments) as server:
            listening = server.stderr.wait_for(lambda line: bool(_LISTENING.search(line)), 60)
            ready = server.stderr.wait_for(lambda line: _READY in line, 60)
            found = _LISTENING.search(listening or "")
            assert found is not None, server.account("does not listen")
            assert ready is not None, server.account("does not get ready")
            server.address = found[1]
            yield server


# A proxy of the environment has nothing to do with the loopback address.
_NO_PROXY = urllib.request.ProxyHandler({})
