"""What deploy/ draws and watches is what a server really prints."""

import pathlib
import re

from pictures import photo
from program import ROOT, Server


def test_dashboard_and_alerts_name_metrics_that_are_printed(server: Server):
    server.search(photo())
    server.get("/v1/products/there-is-none")
    printed = set(re.findall(r"^([a-z_]+)[{ ]", server.get("/metrics").body.decode(), re.M))
    named: set[str] = set()
    for path in ("grafana/dashboards/snapshelf.json", "prometheus/alerts.yml"):
        named |= set(re.findall(r"\b(?:snapshelf|http_server)_[a-z_]+\b", pathlib.Path(ROOT / "deploy" / path).read_text()))
    assert len(named) > 5
    assert named <= printed, named - printed


def test_the_balancer_checks_what_the_server_answers(server: Server):
    for path in ("healthz", "readyz"):
        assert server.get(f"/{path}").status == 200
        assert any(f"/{path}" in file.read_text() for file in (ROOT / "deploy").rglob("*") if file.is_file())
