"""Checks the files of deploy/ as far as that goes without pulling an image."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tomllib

import kubernetes_validate
import promql_parser
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
BIN = pathlib.Path(sys.executable).parent


def run(*command: object) -> None:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True,
                          env=os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"})
    assert done.returncode == 0, done.stdout + done.stderr


def read(path: str) -> dict:
    return yaml.safe_load((DEPLOY / path).read_text())


def manifests() -> list[dict]:
    return [document for path in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
            for document in yaml.safe_load_all(path.read_text())]


def test_dockerfile_passes_hadolint():
    run(BIN / "hadolint", DEPLOY / "Dockerfile")


def test_dockerfile_installs_what_the_build_installs():
    script = re.search(r'build_packages="([^"]*)"', (ROOT / "snapshelf").read_text())[1].split()
    first = (DEPLOY / "Dockerfile").read_text().split("--no-install-recommends")[1].split("&&")[0]
    assert sorted(first.replace("\\", " ").split()) == sorted(script)


def test_dockerfile_runs_as_a_user_with_a_health_check():
    last = (DEPLOY / "Dockerfile").read_text().split("\nFROM ")[-1]
    assert re.search(r"^USER [1-9]\d*$", last, re.M) and "HEALTHCHECK" in last


def test_image_takes_nothing_that_was_built_outside():
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    assert {".venv", "build", "**/node_modules"} <= set(ignored)


def test_compose_follows_its_specification():
    run(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml")


def test_compose_mounts_files_that_exist():
    for service in read("compose.yaml")["services"].values():
        for volume in service.get("volumes", []):
            if volume.startswith("./"):
                assert (DEPLOY / volume.split(":")[0]).exists(), volume


def test_compose_balances_and_watches_both_servers():
    servers = [name for name in read("compose.yaml")["services"] if name.startswith("shop-")]
    assert len(servers) == 2
    targets = read("prometheus/prometheus.yml")["scrape_configs"][0]["static_configs"][0]["targets"]
    assert sorted(targets) == [f"{name}:8080" for name in servers]
    balancer = (DEPLOY / "haproxy/haproxy.cfg").read_text()
    assert re.findall(r"^  server (\S+) (\S+)", balancer, re.M) == [(name, f"{name}:8080") for name in servers]


def test_a_client_finds_at_once_what_it_put():
    """Session consistency holds within one server, so a client must stay with one."""
    assert tomllib.loads((DEPLOY / "snapshelf.toml").read_text())["milvus"]["consistency"] == "session"
    assert re.search(r"^  balance source$", (DEPLOY / "haproxy/haproxy.cfg").read_text(), re.M)
    service = next(one for one in manifests() if one["kind"] == "Service")
    assert service["spec"]["sessionAffinity"] == "ClientIP"


def test_manifests_follow_the_schemas_of_kubernetes():
    assert {one["kind"] for one in manifests()} == {"ConfigMap", "Deployment", "Service", "PodDisruptionBudget"}
    for one in manifests():
        kubernetes_validate.validate(one, "1.29", strict=True)


def test_manifests_name_each_other():
    by_kind = {one["kind"]: one for one in manifests()}
    pod = by_kind["Deployment"]["spec"]["template"]
    labels = pod["metadata"]["labels"]
    assert by_kind["Service"]["spec"]["selector"].items() <= labels.items()
    assert by_kind["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"].items() <= labels.items()
    assert by_kind["PodDisruptionBudget"]["spec"]["minAvailable"] < by_kind["Deployment"]["spec"]["replicas"]
    container = pod["spec"]["containers"][0]
    assert all(container[probe]["httpGet"]["port"] == "http"
               for probe in ("startupProbe", "livenessProbe", "readinessProbe"))
    volumes = {volume["name"] for volume in pod["spec"]["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes


def test_config_of_the_manifests_has_the_keys_of_the_example():
    config = next(one for one in manifests() if one["kind"] == "ConfigMap")["data"]["snapshelf.toml"]
    text = (DEPLOY / "snapshelf.toml").read_text()
    for section, keys in tomllib.loads(config).items():
        assert section in text
        for key in keys if isinstance(keys, dict) else []:
            assert re.search(rf"^(# )?{key} = ", text, re.M), key


def test_expressions_are_promql():
    alerts = [rule["expr"] for group in read("prometheus/alerts.yml")["groups"] for rule in group["rules"]]
    dashboard = json.loads((DEPLOY / "grafana/dashboards/snapshelf.json").read_text())
    panels = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert alerts and panels
    for expression in alerts + panels:
        promql_parser.parse(expression)


def test_dashboard_is_provisioned():
    source = read("grafana/provisioning/datasources/prometheus.yaml")["datasources"][0]
    dashboard = json.loads((DEPLOY / "grafana/dashboards/snapshelf.json").read_text())
    assert all(panel["datasource"]["uid"] == source["uid"] for panel in dashboard["panels"])
    provider = read("grafana/provisioning/dashboards/snapshelf.yaml")["providers"][0]
    mounts = read("compose.yaml")["services"]["grafana"]["volumes"]
    assert any(f":{provider['options']['path']}" in mount for mount in mounts)
