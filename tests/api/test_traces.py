"""Proves that a request's trace goes on through the server: in its log and at a collector."""

import http.server
import json
import re
import socket
import threading

import pytest
from pictures import photo
from program import Server

TRACE_ID, PARENT_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE_ID}-{PARENT_ID}-01"


class Collector:
    """Takes what is posted to /v1/traces."""

    def __init__(self):
        self.spans: list[dict] = []
        self.arrived = threading.Condition()
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.path == "/v1/traces" and self.headers["Content-Type"] == "application/json"
                with collector.arrived:
                    for resource in body["resourceSpans"]:
                        assert {"key": "service.name", "value": {"stringValue": "snapshelf"}} in resource["resource"]["attributes"]
                        collector.spans += [span for scope in resource["scopeSpans"] for span in scope["spans"]]
                    collector.arrived.notify_all()
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def wait_for(self, wanted) -> list[dict]:
        with self.arrived:
            assert self.arrived.wait_for(lambda: any(map(wanted, self.spans)), timeout=60), self.spans
            return list(self.spans)


@pytest.fixture
def collector():
    running = Collector()
    yield running
    running.server.shutdown()


def is_search(span: dict) -> bool:
    return span["name"] == "POST /v1/search"


def test_the_stages_of_a_traced_request_are_logged(server: Server):
    server.ask("POST", "/v1/search?k=2", photo(), Content_Type="image/jpeg", traceparent=TRACEPARENT)
    lines = server.await_log(f"trace={TRACE_ID}")
    assert len(lines) == 1
    stages = re.findall(r" (\w+)=[0-9.]+\b", lines[0].split(TRACE_ID)[1])
    assert stages[:3] == ["photo", "detect", "embed"] and {"search", "products"} <= set(stages)


def test_spans_reach_the_collector_below_the_callers_span(tmp_path, collector):
    server = Server(tmp_path / "data", "--otlp-endpoint", collector.address)
    server.ask("POST", "/v1/search?k=2", photo(), Content_Type="image/jpeg", traceparent=TRACEPARENT)
    spans = collector.wait_for(is_search)
    request = next(filter(is_search, spans))
    assert (request["traceId"], request["parentSpanId"]) == (TRACE_ID, PARENT_ID)
    stages = {span["name"]: span for span in spans if span.get("parentSpanId") == request["spanId"]}
    assert {"photo", "detect", "embed", "search", "products"} <= set(stages)
    for span in stages.values():
        assert span["traceId"] == TRACE_ID
        assert int(request["startTimeUnixNano"]) <= int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"])
    assert server.stop() == 0


def test_what_the_caller_does_not_sample_is_not_sent(tmp_path, collector):
    server = Server(tmp_path / "data", "--otlp-endpoint", collector.address)
    server.get("/healthz", traceparent=TRACEPARENT[:-2] + "00")
    server.get("/v1/products/none", traceparent=TRACEPARENT)
    collector.wait_for(lambda span: span["name"] == "GET /v1/products/{id}")
    assert not [span for span in collector.spans if span["name"] == "GET /healthz"]
    assert server.stop() == 0


def test_a_dead_collector_costs_no_answer(tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        server = Server(tmp_path / "data", "--otlp-endpoint", f"http://127.0.0.1:{closed.getsockname()[1]}")
        assert [server.get("/healthz").status for _ in range(20)] == [200] * 20
        assert server.stop() == 0
    assert server.log().count("spans cannot be sent") == 1
