# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""examples/http-server: every request of a server under load, told by what net/http was given."""

from __future__ import annotations

import http.client
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import compare
import gobuild
import pytest
import tracing

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

EXAMPLE = gobuild.EXAMPLES / "http-server"
CLIENTS, EACH = 4, 25


def ask(host: str, client: int) -> list[tuple[str, str, str, int]]:
    """Send requests over one connection; give method, URL, local address and status of each."""
    asked = []
    connection = http.client.HTTPConnection(host)
    for number in range(EACH):
        method = ("GET", "POST", "HEAD")[number % 3]
        path = f"/file/{client}-{number}" if number % 5 == 0 else f"/hello/{client}?n={number}"
        connection.request(method, path, headers={"X-Client": str(client)})
        port = connection.sock.getsockname()[1]
        answer = connection.getresponse()
        answer.read()
        asked.append((method, path, f"127.0.0.1:{port}", answer.status))
    connection.close()
    return asked


@pytest.mark.parametrize("version", gobuild.toolchains())
def test_every_request_is_told(version: str) -> None:
    binary = gobuild.build(EXAMPLE, version=version)
    spec = (EXAMPLE / "spec.toml").read_text()
    tracer = tracing.build_tracer(spec[spec.index("[[function]]") :], binary)
    with tracing.Target(binary, waits=False) as server:
        host = server.wait_line(lambda line: line.startswith("listening on")).split()[-1]
        options = ("--format", "json", "--pid", str(server.pid))
        with tracing.run_tracer(tracer, *options) as running:
            with ThreadPoolExecutor(CLIENTS) as pool:
                answers = pool.map(ask, [host] * CLIENTS, range(CLIENTS))
                asked = [row for rows in answers for row in rows]
            traced = running.stop()
    compare.assert_identity(traced.summary)
    assert len(asked) == CLIENTS * EACH

    seen = by_function(traced.records)
    requests = [record["args"] for record in seen["net/http.serverHandler.ServeHTTP"]]
    names = ("req.Method", "req.RequestURI", "req.URL.Path", "req.RemoteAddr")
    assert Counter(tuple(request[name] for name in names) for request in requests) == Counter(
        (method, path, path.partition("?")[0], peer) for method, path, peer, _ in asked
    )
    # X-Client and Accept-Encoding; a POST has Content-Length, too.
    assert Counter(r["headers"] - (r["req.Method"] == "POST") for r in requests) == {2: len(asked)}
    missing = [path for _, path, _, status in asked if status == 404]
    assert len(missing) == CLIENTS * EACH // 5
    statuses = Counter(r["args"]["code"] for r in seen["net/http.(*response).WriteHeader"])
    assert statuses == Counter(status for *_, status in asked)
    errors = [record["results"]["~r0"] for record in seen["main.load"]]
    assert Counter((error["type"], error["error"]) for error in errors) == Counter(
        (
            "*fs.PathError",
            f"open /nonexistent/{path.removeprefix('/file/')}: no such file or directory",
        )
        for path in missing
    )


def by_function(records: tuple[tracing.Json, ...]) -> dict[str, list[tracing.Json]]:
    found: dict[str, list[tracing.Json]] = {}
    for record in records:
        found.setdefault(record["function"], []).append(record)
    return found


LOAD = """
[[function]]
symbol = "main.load"
signature = "func(name string) error"
"""


@pytest.mark.parametrize("flags", [(), ("-buildmode=pie",)], ids=["exe", "pie"])
@pytest.mark.parametrize("version", gobuild.toolchains())
def test_types_have_names_in_stripped_copies(version: str, flags: tuple[str, ...]) -> None:
    """Stripping moves what it leaves: a tracer of the whole binary traces the copy, too."""
    binary = gobuild.build(EXAMPLE, version=version, flags=flags)
    stripped = gobuild.strip(binary)
    for source in (binary, stripped):
        tracer = tracing.build_tracer(LOAD, source)
        with tracing.Target(stripped, waits=False) as server:
            host = server.wait_line(lambda line: line.startswith("listening on")).split()[-1]
            options = ("--format", "json", "--pid", str(server.pid))
            with tracing.run_tracer(tracer, *options) as running:
                connection = http.client.HTTPConnection(host)
                connection.request("GET", "/file/x")
                connection.getresponse().read()
                connection.close()
                (record,) = running.stop().records
        assert record["results"]["~r0"] == {
            "type": "*fs.PathError",
            "error": "open /nonexistent/x: no such file or directory",
            "wraps": [{"type": "syscall.Errno", "error": "no such file or directory"}],
        }
