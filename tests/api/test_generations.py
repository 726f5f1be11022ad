"""GET and POST /v1/generations: the shop changes its models while it answers."""

import json
import pathlib
import subprocess
import time

import pytest

from pictures import PRODUCTS, encode, photo, product
from program import PATIENCE_S, PROGRAM, Schemas, Server


@pytest.fixture
def shop(tmp_path: pathlib.Path, models: pathlib.Path):
    running = Server(tmp_path / "data", "--models", models)
    # Each picture a product of its own, enough of them for a change with several steps.
    for number, name in enumerate(PRODUCTS * 4):
        answer = running.put(f"p{number}", {"title": name}, encode(product(name, 256 + number)))
        assert answer.status == 201, answer.body
    yield running
    assert running.stop() == 0, running.log()


def wait_for_end(server: Server) -> dict:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        generations = server.get("/v1/generations").json()
        if generations["change"]["state"] != "running":
            return generations
    raise AssertionError(generations)


def title_found(server: Server, name: str) -> str:
    answer = server.search(photo(name), k=1)
    assert answer.status == 200, answer.body
    return answer.json()["objects"][-1]["products"][0]["title"]


def test_searches_are_answered_until_the_switch_and_after(shop: Server, schemas: Schemas):
    before = schemas.check(shop.get("/v1/generations"), "Generations")
    assert before["generation"] == 1 and "change" not in before

    started = shop.ask("POST", "/v1/generations", {"embedder": "second"})
    assert started.status == 202, started.body
    assert started.headers["location"] == "/v1/generations"
    assert schemas.check(started, "Generations")["change"]["state"] == "running"
    schemas.check_problem(shop.ask("POST", "/v1/generations", {"embedder": "second"}), 409, "already_exists")

    seen = []
    while (now := schemas.check(shop.get("/v1/generations"), "Generations"))["change"]["state"] == "running":
        seen.append(now["generation"])
        for name in PRODUCTS[:2]:
            assert title_found(shop, name) == name
    assert seen[0] == 1 and seen == sorted(seen)  # the change runs on after the switch, to drop the old vectors

    assert now["change"]["state"] == "done", now
    assert now["generation"] == 2 and now["embedder"].endswith("@second")
    assert now["detector"] == before["detector"]
    assert now["change"]["progress"]["done"] == now["change"]["progress"]["pictures"] == shop_pictures(shop)
    for name in PRODUCTS:
        assert title_found(shop, name) == name


def shop_pictures(server: Server) -> int:
    return server.get("/readyz").json()["products"]  # one picture each


def test_a_change_is_followed_by_events(shop: Server, schemas: Schemas):
    assert shop.ask("POST", "/v1/generations", {"embedder": "second"}).status == 202
    answer = shop.get("/v1/generations", Accept="text/event-stream")
    assert answer.headers["content-type"] == "text/event-stream"
    events = [text.split("\n") for text in answer.body.decode().split("\n\n")[:-1]]
    names = [name for name, _ in events]
    assert names[-1] == "event: done" and "event: progress" in names
    assert json.loads(events[-1][1].removeprefix("data: ")) == shop.get("/v1/generations").json()


def test_a_killed_server_keeps_the_old_models_and_goes_on(shop: Server, models: pathlib.Path):
    assert shop.ask("POST", "/v1/generations", {"embedder": "second"}).status == 202
    while shop.get("/v1/generations").json()["change"]["progress"]["done"] == 0:
        pass
    shop.process.kill()
    shop.process.wait(PATIENCE_S)
    shop.__init__(shop.data, "--models", models)  # the same shop, served again
    assert shop.products == len(PRODUCTS) * 4
    now = shop.get("/v1/generations").json()
    assert now["generation"] in (1, 2)  # 2 if the kill came after the switch
    assert title_found(shop, PRODUCTS[0]) == PRODUCTS[0]
    assert shop.ask("POST", "/v1/generations", {"embedder": "second"}).status == 202
    done = wait_for_end(shop)
    assert done["change"]["state"] == "done" and done["generation"] == 2
    assert title_found(shop, PRODUCTS[0]) == PRODUCTS[0]


def test_products_put_and_deleted_meanwhile_are_right_afterwards(shop: Server):
    assert shop.ask("POST", "/v1/generations", {"embedder": "second"}).status == 202
    assert shop.put("new", {"title": "new"}, encode(product("black bars", 321))).status == 201
    assert shop.ask("DELETE", "/v1/products/p0").status == 204
    assert wait_for_end(shop)["change"]["state"] == "done"
    ids = {row["id"] for found in shop.search(encode(product("black bars", 321)), k=500).json()["objects"]
           for row in found["products"]}
    assert "new" in ids and "p0" not in ids
    assert shop.get("/readyz").json()["products"] == len(PRODUCTS) * 4


def test_bad_requests_are_refused(server: Server, schemas: Schemas):
    for body in ({}, {"embedder": 5}, {"embedder": ""}, {"embedder": "../models/embedder"}, {"model": "second"}):
        schemas.check_problem(server.ask("POST", "/v1/generations", body), 400, "invalid_argument")
    schemas.check_problem(server.ask("POST", "/v1/generations", {"embedder": "none"}), 404, "not_found")
    schemas.check_problem(server.ask("POST", "/v1/generations", {"embedder": "detector"}), 400, "invalid_argument")
    schemas.check_problem(server.ask("POST", "/v1/generations", b"{}", Content_Type="text/plain"), 415,
                          "invalid_argument")
    assert "change" not in server.get("/v1/generations").json()


def test_the_command_line_names_the_request_while_a_server_runs(shop: Server, models: pathlib.Path):
    done = subprocess.run([PROGRAM, "models", "use", "second", "--models", models, "--data", shop.data],
                          capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 1
    assert str(shop.process.pid) in done.stderr and '{"embedder": "second"}' in done.stderr
