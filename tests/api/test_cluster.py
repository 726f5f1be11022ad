"""Two servers of one shop on a real Milvus and a real PostgreSQL, of which one part after the other dies and comes back."""

import pathlib
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest

from answers import found_ids, product_id
from milvus import Milvus
from pictures import PRODUCTS, photo
from postgres import Postgres, find_programs
from program import PATIENCE_S, PROGRAM, Answer, Server, WaitingServer
from relay import certificate, relay
from shoppers import PRODUCT, Shoppers, put

FAKETIME = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)  # Debian's package faketime
pytestmark = pytest.mark.skipif(find_programs() is None, reason="no PostgreSQL (Debian's package postgresql)")


def verify(data: pathlib.Path, cluster: pathlib.Path, *options: str) -> subprocess.CompletedProcess:
    return subprocess.run([PROGRAM, "verify", "--data", data, "--config", cluster, *options], capture_output=True, text=True,
                          timeout=PATIENCE_S)


def start_before(milvus: Milvus, data: pathlib.Path, config: pathlib.Path) -> Server:
    """A server that was started while Milvus was away, said why it waits, and works since Milvus is there."""
    milvus.do("signal", "KILL")
    server = WaitingServer(data, "--config", config)
    assert server.get("/healthz").status == 200
    answer = server.get("/readyz")
    assert answer.status == 503 and milvus.endpoint in answer.json()["detail"]
    milvus.do("again")
    server.await_ready()
    assert put(server, PRODUCTS[0]).status == 201
    assert found_ids(server.search(photo(PRODUCTS[0]), k=1).json()) == [product_id(PRODUCTS[0])]
    return server


def test_what_one_server_takes_the_other_finds_at_once(cluster: pathlib.Path, tmp_path: pathlib.Path):
    servers = [Server(tmp_path / name, "--config", cluster) for name in ("a", "b")]
    for turn, name in enumerate(PRODUCTS):
        one, other = servers[turn % 2], servers[1 - turn % 2]
        assert put(one, name).status == 201
        assert found_ids(other.search(photo(name), k=1).json()) == [product_id(name)]
    assert servers[0].ask("DELETE", f"/v1/products/{product_id(PRODUCTS[0])}").status == 204
    assert product_id(PRODUCTS[0]) not in found_ids(servers[1].search(photo(PRODUCTS[0]), k=20).json())
    for server in servers:
        assert server.get("/readyz").json()["products"] == len(PRODUCTS) - 1
    metrics = servers[0].get("/metrics").body.decode()
    assert 'snapshelf_milvus_calls_total{' in metrics and 'call="search"' in metrics
    for server in servers:
        assert server.stop() == 0, server.log()
    done = verify(tmp_path / "a", cluster)
    assert done.returncode == 0, done.stdout + done.stderr


def test_servers_whose_clocks_differ_see_each_others_changes_at_once(cluster: pathlib.Path, tmp_path: pathlib.Path):
    """One is hours ahead of the other and of both databases: nothing of what is found rests on a server's clock."""
    ahead = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": "+5h", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    servers = [Server(tmp_path / "right", "--config", cluster),
               Server(tmp_path / "ahead", "--config", cluster, environment=ahead)]
    dates = [parsedate_to_datetime(server.get("/healthz").headers["date"]) for server in servers]
    assert dates[1] - dates[0] > timedelta(hours=4)
    for turn, name in enumerate(PRODUCTS[:4]):
        one, other = servers[turn % 2], servers[1 - turn % 2]
        assert put(one, name).status == 201
        for server in (other, one):
            assert found_ids(server.search(photo(name), k=1).json()) == [product_id(name)]
    for turn, name in enumerate(PRODUCTS[:4]):
        one, other = servers[turn % 2], servers[1 - turn % 2]
        assert other.ask("DELETE", f"/v1/products/{product_id(name)}").status == 204
        assert product_id(name) not in found_ids(one.search(photo(name), k=20).json())
    for server in servers:
        assert server.stop() == 0, server.log()


def test_a_server_follows_the_models_that_another_gives_the_shop(cluster: pathlib.Path, models: pathlib.Path,
                                                                 tmp_path: pathlib.Path):
    servers = [Server(tmp_path / name, "--config", cluster, "--models", models) for name in ("a", "b")]
    for name in PRODUCTS[:4]:
        assert put(servers[0], name).status == 201
    assert servers[0].ask("POST", "/v1/generations", {"embedder": "second"}).status == 202
    # The other one goes on answering and writing; what it writes in the second between is refused, not lost.
    name = PRODUCTS[4]
    while servers[1].get("/v1/generations").json()["generation"] == 1:
        assert found_ids(servers[1].search(photo(PRODUCTS[0]), k=1).json()) == [product_id(PRODUCTS[0])]
        answer = put(servers[1], name)
        assert answer.status in (200, 201) or (answer.status == 503 and "other models" in answer.json()["detail"]), answer
    assert put(servers[1], PRODUCTS[5]).status == 201
    for server in servers:
        assert server.get("/v1/generations").json()["embedder"].endswith("@second")
        for wanted in PRODUCTS[:6]:
            assert found_ids(server.search(photo(wanted), k=1).json()) == [product_id(wanted)]
    for server in servers:
        assert server.stop() == 0, server.log()
    done = verify(tmp_path / "b", cluster, "--models", models)
    assert done.returncode == 0, done.stdout + done.stderr


def test_starts_without_milvus_says_why_and_recovers(milvus: Milvus, cluster: pathlib.Path, tmp_path: pathlib.Path):
    cluster.write_text(cluster.read_text().replace("deadline_ms = 90000", "deadline_ms = 6000"))
    server = start_before(milvus, tmp_path / "data", cluster)
    milvus.do("signal", "KILL")
    answer = server.get("/readyz")
    assert answer.status == 503 and milvus.endpoint in answer.json()["detail"]
    milvus.do("again")
    while (answer := server.get("/readyz")).status != 200:
        time.sleep(0.1)  # polling, not a guess
    assert answer.json()["vectors"] > 0
    assert server.stop() == 0


def test_a_shop_with_products_in_its_folder_waits_for_milvus_too(milvus: Milvus, tmp_path: pathlib.Path):
    config = tmp_path / "shop.toml"
    config.write_text('vectors = "milvus"\n' + milvus.config(collection=f"folder_{tmp_path.name}", deadline_ms=6_000))
    assert start_before(milvus, tmp_path / "data", config).stop() == 0


def test_speaks_tls_with_milvus_and_trusts_only_whom_it_is_told_to(milvus: Milvus, cluster: pathlib.Path,
                                                                  tmp_path: pathlib.Path):
    plain = cluster.read_text()
    trusted, others = certificate(tmp_path / "trusted"), certificate(tmp_path / "others")
    with relay(milvus.endpoint, trusted) as proxy:
        secret = plain.replace(milvus.endpoint, proxy.endpoint)
        cluster.write_text(secret.replace("[milvus]", f"[milvus]\nca_file = '{trusted[0]}'"))
        server = Server(tmp_path / "data", "--config", cluster)
        assert put(server, PRODUCTS[0]).status == 201
        assert found_ids(server.search(photo(PRODUCTS[0]), k=1).json()) == [product_id(PRODUCTS[0])]
        assert server.stop() == 0, server.log()
        for distrust in (f"[milvus]\nca_file = '{others[0]}'", "[milvus]"):
            cluster.write_text(secret.replace("[milvus]", distrust).replace("deadline_ms = 90000", "deadline_ms = 6000"))
            waiting = WaitingServer(tmp_path / "data", "--config", cluster)
            assert proxy.endpoint in waiting.get("/readyz").json()["detail"]
            assert waiting.stop() == 0
    cluster.write_text(plain.replace("[milvus]", "[milvus]\nca_file = '/nowhere/ca.pem'"))
    refused = subprocess.run([PROGRAM, "serve", "--data", tmp_path / "data", "--config", cluster, "--port", "0"],
                             capture_output=True, text=True, timeout=PATIENCE_S)
    assert refused.returncode == 1 and "/nowhere/ca.pem" in refused.stderr


def test_a_proxy_that_falls_silent_costs_no_query_and_no_write(milvus: Milvus, cluster: pathlib.Path,
                                                              tmp_path: pathlib.Path):
    """Connected, and then without a word: as a frozen process, or a half-open connection."""
    with relay(milvus.endpoint) as first, relay(milvus.endpoint) as second:
        cluster.write_text(cluster.read_text().replace(f"['{milvus.endpoint}']", f"['{first.endpoint}', '{second.endpoint}']")
                           .replace("deadline_ms = 90000", "deadline_ms = 30000"))
        server = Server(tmp_path / "data", "--config", cluster)
        assert put(server, PRODUCTS[0]).status == 201
        for proxy in (first, second):
            proxy.speaks.clear()
            for name in PRODUCTS[1:4]:
                assert put(server, name).status in (200, 201)
                assert found_ids(server.search(photo(name), k=1).json()) == [product_id(name)]
            proxy.speaks.set()
        assert server.stop() == 0, server.log()


def test_vectors_that_milvus_lost_are_embedded_again(cluster: pathlib.Path, tmp_path: pathlib.Path):
    server = Server(tmp_path / "data", "--config", cluster)
    for name in PRODUCTS:
        assert put(server, name).status == 201
    assert server.stop() == 0
    # Another collection, with nothing in it.
    cluster.write_text(cluster.read_text().replace("collection = 'shop_", "collection = 'again_"))
    assert verify(tmp_path / "data", cluster).returncode == 1
    done = verify(tmp_path / "data", cluster, "--repair")
    assert done.returncode == 0 and f"{len(PRODUCTS)} pictures embedded again" in done.stdout, done.stdout + done.stderr
    server = Server(tmp_path / "data", "--config", cluster)
    assert found_ids(server.search(photo(PRODUCTS[0]), k=1).json()) == [product_id(PRODUCTS[0])]
    assert server.stop() == 0


def test_no_query_fails_and_nothing_is_lost_while_each_part_dies(milvus: Milvus, database: Postgres,
                                                                 cluster: pathlib.Path, tmp_path: pathlib.Path):
    servers = [Server(tmp_path / name, "--config", cluster) for name in ("a", "b")]
    assert put(servers[0], PRODUCTS[0]).status == 201
    shoppers = Shoppers(servers, PRODUCTS[0])
    with ThreadPoolExecutor(3) as pool:
        asking = [pool.submit(shoppers.query, 0), pool.submit(shoppers.query, 1), pool.submit(shoppers.import_)]
        try:
            for number, name in enumerate(("a", "b")):
                shoppers.await_more()
                servers[number].process.kill()
                servers[number].process.wait()
                shoppers.await_more()
                servers[number] = Server(tmp_path / name, "--config", cluster)
            shoppers.await_more()
            database.kill_connections()
            shoppers.await_more()
            database.stop()
            database.start()
            shoppers.await_more()
            milvus.do("signal", "KILL")
            milvus.do("again")
            shoppers.await_more()
        finally:
            shoppers.done = True
        for one in asking:
            one.result()
    assert not shoppers.failed, shoppers.failed[0]
    for identifier in shoppers.put:
        assert servers[0].get(f"/v1/products/{identifier}").status == 200
    for server in servers:
        assert server.stop() == 0, server.log()
    done = verify(tmp_path / "b", cluster)
    assert done.returncode == 0, done.stdout + done.stderr
