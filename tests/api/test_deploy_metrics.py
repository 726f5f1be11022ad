"""What deploy/ draws and watches is what a server really prints."""

import pathlib
import re

import pytest

from pictures import photo
from postgres import find_programs
from program import ROOT, Server


def missing(server: Server) -> set[str]:
    """What deploy/ names and the server does not print."""
    server.search(photo())
    server.get("/v1/products/there-is-none")
    printed = set(re.findall(r"^([a-z_]+)[{ ]", server.get("/metrics").body.decode(), re.M))
    named: set[str] = set()
    for path in ("grafana/dashboards/snapshelf.json", "prometheus/alerts.yml"):
        named |= set(re.findall(r"\b(?:snapshelf|http_server)_[a-z_]+\b", pathlib.Path(ROOT / "deploy" / path).read_text()))
    assert len(named) > 5
    return named - printed


def test_dashboard_and_alerts_name_metrics_that_are_printed(server: Server):
    assert all(name.startswith("snapshelf_milvus_") for name in missing(server)), missing(server)


@pytest.mark.skipif(find_programs() is None, reason="no PostgreSQL (Debian's package postgresql)")
def test_a_server_on_milvus_prints_all_of_them(cluster: pathlib.Path, tmp_path: pathlib.Path):
    server = Server(tmp_path / "data", "--config", cluster)
    assert not missing(server)
    assert server.stop() == 0, server.log()


def test_the_balancer_checks_what_the_server_answers(server: Server):
    for path in ("healthz", "readyz"):
        assert server.get(f"/{path}").status == 200
        assert any(f"/{path}" in file.read_text() for file in (ROOT / "deploy").rglob("*") if file.is_file())
