"""A server on a real PostgreSQL that is absent, restarts, loses connections, refuses the password, or is read-only."""

import pathlib
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from answers import found_ids, product_id
from pictures import PRODUCTS, photo
from postgres import PASSWORD, Postgres, find_programs
from program import PATIENCE_S, PROGRAM, Answer, Server, WaitingServer

pytestmark = pytest.mark.skipif(find_programs() is None, reason="no PostgreSQL (Debian's package postgresql)")

PRODUCT = {"title": "red ring", "category": "Shapes", "price": "10.50", "currency": "EUR", "availability": "in_stock"}


def put(server: Server, name: str) -> Answer:
    return server.put(product_id(name), PRODUCT | {"title": name}, photo(name))


def test_serves_and_keeps_a_catalog_in_the_database(database: Postgres, tmp_path: pathlib.Path):
    config = database.config(tmp_path / "shop.toml")
    server = Server(tmp_path / "data", "--config", config)
    assert put(server, PRODUCTS[0]).status == 201
    assert found_ids(server.search(photo(PRODUCTS[0]), k=1).json()) == [product_id(PRODUCTS[0])]
    assert server.stop() == 0
    assert database.sql("SELECT count(*) FROM snapshelf.products") == "1"
    for command in ("inspect", "verify"):
        done = subprocess.run([PROGRAM, command, "--json", "--data", tmp_path / "data", "--config", config],
                              capture_output=True, text=True, timeout=PATIENCE_S)
        assert done.returncode == 0, done.stdout + done.stderr


def test_starts_without_the_database_says_why_and_recovers(database: Postgres, tmp_path: pathlib.Path):
    database.stop()
    server = WaitingServer(tmp_path / "data", "--config", database.config(tmp_path / "shop.toml", recover_wait_ms=1))
    assert server.get("/healthz").status == 200
    for answer in (server.get("/readyz"), server.get("/v1/products/x"), server.search(photo())):
        assert answer.status == 503 and "retry-after" in answer.headers
        assert f"port {database.port} failed" in answer.json()["detail"]
        assert PASSWORD not in answer.body.decode()
    database.start()
    assert server.await_ready()["products"] == 0
    assert put(server, PRODUCTS[0]).status == 201
    assert server.stop() == 0
    assert PASSWORD not in server.log()


def test_ends_when_told_so_while_it_waits(database: Postgres, tmp_path: pathlib.Path):
    database.stop()
    server = WaitingServer(tmp_path / "data", "--config", database.config(tmp_path / "shop.toml", recover_wait_ms=1))
    assert server.stop() == 0


def test_says_that_the_password_is_wrong_until_it_is_right(database: Postgres, tmp_path: pathlib.Path):
    config = database.config(tmp_path / "shop.toml")
    database.sql("ALTER ROLE shop PASSWORD 'another one'")
    server = WaitingServer(tmp_path / "data", "--config", config)
    answer = server.get("/readyz")
    assert answer.status == 503
    assert "password authentication failed" in answer.json()["detail"] and PASSWORD not in answer.body.decode()
    database.sql(f"ALTER ROLE shop PASSWORD '{PASSWORD}'", password="another one")
    server.await_ready()
    assert server.stop() == 0


def test_no_query_fails_while_connections_are_killed_and_the_database_restarts(database: Postgres, tmp_path: pathlib.Path):
    server = Server(tmp_path / "data", "--config", database.config(tmp_path / "shop.toml", recover_wait_ms=60000))
    for name in PRODUCTS:
        assert put(server, name).status == 201
    asked, failed = [0], []
    done = False

    def ask():
        while not done:
            for answer in (server.search(photo(PRODUCTS[0]), k=3, category="Shapes"),
                           server.get(f"/v1/products/{product_id(PRODUCTS[1])}")):
                asked[0] += 1
                if answer.status != 200:
                    failed.append(answer.body)

    def await_more():
        end = asked[0] + 6
        while asked[0] < end:
            time.sleep(0.01)  # polling, not a guess

    with ThreadPoolExecutor(2) as pool:
        asking = [pool.submit(ask) for _ in range(2)]
        try:
            for _ in range(5):
                await_more()
                database.kill_connections()
            await_more()
            database.stop()
            database.start()
            await_more()
        finally:
            done = True
        for one in asking:
            one.result()
    assert not failed, failed[0]
    assert server.stop() == 0


def test_a_read_only_database_answers_and_refuses_changes(database: Postgres, tmp_path: pathlib.Path):
    server = Server(tmp_path / "data", "--config", database.config(tmp_path / "shop.toml"))
    assert put(server, PRODUCTS[0]).status == 201
    database.sql("ALTER DATABASE postgres SET default_transaction_read_only = on")
    database.kill_connections()
    answer = put(server, PRODUCTS[1])
    assert answer.status == 503 and "read-only" in answer.json()["detail"]
    assert found_ids(server.search(photo(PRODUCTS[0]), k=3).json()) == [product_id(PRODUCTS[0])]
    assert server.get("/readyz").status == 200
    database.sql("ALTER DATABASE postgres SET default_transaction_read_only = off")
    database.kill_connections()
    assert put(server, PRODUCTS[1]).status == 201
    assert server.stop() == 0


def test_the_file_is_refused_by_line_and_key(tmp_path: pathlib.Path):
    config = tmp_path / "shop.toml"
    for command in (["serve"], ["inspect"]):
        config.write_text("[server]\nprot = 80\n")
        done = subprocess.run([PROGRAM, *command, "--data", tmp_path / "data", "--config", config], capture_output=True,
                              text=True, timeout=PATIENCE_S)
        assert done.returncode == 1 and f"{config}:2: server.prot is an unknown key" in done.stderr
    config.write_text("[server]\nport = 70000\n")
    done = subprocess.run([PROGRAM, "serve", "--data", tmp_path / "data", "--config", config], capture_output=True,
                          text=True, timeout=PATIENCE_S)
    assert done.returncode == 1 and f"{config}:2: server.port" in done.stderr
