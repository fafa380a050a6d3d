# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""A server nobody here wrote, stripped, as its package ships it: the queries it is sent."""

from __future__ import annotations

import gobuild
import promserver
import pytest
import tracing

pytestmark = [pytest.mark.live, pytest.mark.golang, pytest.mark.toolchain]

QUERIES = (
    "up",
    'count(up{job="none"}) by (instance)',
    "1 + 1",
    'vector(1) or label_replace(up, "a", "ü\U0001f388", "b", ".*")',
    "sum(rate(http_requests_total[5m])) / 1e3",
)


def test_every_query_sent_to_a_stripped_prometheus_is_printed() -> None:
    text = (gobuild.EXAMPLES / "prometheus" / "spec.toml").read_text()
    functions = text[text.index("[limits]") :] + "stack = true\n"

    with promserver.serve() as server:
        tracer = tracing.build_tracer(functions, promserver.binary(), name="prometheus")
        options = ("--format", "json", "--pid", str(server.pid))
        with tracing.run_tracer(tracer, *options) as running:
            for query in QUERIES:
                server.query(query)
            traced = running.stop()
        assert server.running()

    assert [record["args"] for record in traced.records] == [{"qs": query} for query in QUERIES]
    assert [record["exit"] for record in traced.records] == ["return"] * len(QUERIES)
    assert traced.returncode == 0
    for record in traced.records:
        callers = [frame["function"] for frame in record["stack"]]
        assert callers[0] == record["function"]
        assert callers[1].endswith("/prometheus/web/api/v1.(*API).query")
        assert callers[-3:] == [
            "net/http.serverHandler.ServeHTTP",
            "net/http.(*conn).serve",
            "runtime.goexit",
        ]
