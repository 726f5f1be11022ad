"""POST /v1/imports and its progress."""

import csv
import json
import pathlib
import time

import pytest

from pictures import encode, product
from program import PATIENCE_S, Schemas, Server


@pytest.fixture(scope="module")
def feed(import_root: pathlib.Path) -> str:
    """Five good rows and a bad one, and a way out of the root."""
    (import_root / "pictures").mkdir()
    with open(import_root / "feed.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "title", "price", "currency", "image_link"])
        for number in range(5):
            path = f"pictures/{number}.png"
            (import_root / path).write_bytes(encode(product("black bars", turn=10 * number), "PNG"))
            rows.writerow([f"bars-{number}", f"Bars {number}", "5.00", "EUR", path])
        rows.writerow(["bars-9", "Bars 9", "5.00", "EUR", "pictures/missing.png"])
    (import_root.parent / "outside.csv").write_text("id,image_link\n")
    (import_root / "link.csv").symlink_to(import_root.parent / "outside.csv")
    return "feed.csv"


def wait_for_end(server: Server, location: str) -> dict:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        job = server.get(location).json()
        if job["state"] != "running":
            return job
    raise AssertionError(job)


def events_of(server: Server, location: str) -> list[tuple[str, dict]]:
    answer = server.get(location, Accept="text/event-stream")
    assert answer.headers["content-type"] == "text/event-stream"
    events = []
    for text in answer.body.decode().split("\n\n")[:-1]:
        name, data = text.split("\n")
        events.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return events


def test_an_import_is_followed_to_its_end(server: Server, schemas: Schemas, feed: str):
    started = server.ask("POST", "/v1/imports", {"file": feed})
    assert started.status == 202, started.body
    location = started.headers["location"]
    assert location == "/v1/imports/" + schemas.check(started, "ImportJob")["id"]

    events = events_of(server, location)
    names = [name for name, _ in events]
    assert names[-1] == "done"
    assert "progress" in names
    problem = next(data for name, data in events if name == "problem")
    assert problem["where"] == "feed.csv:7"
    done = events[-1][1]
    assert done["state"] == "done"
    assert done["progress"]["added"] == 5
    assert done["progress"]["failed"] == 1

    assert schemas.check(server.get(location), "ImportJob") == done
    assert server.get("/v1/products/bars-3").json()["title"] == "Bars 3"


def test_a_second_import_changes_nothing(server: Server, feed: str):
    wait_for_end(server, server.ask("POST", "/v1/imports", {"file": feed}).headers["location"])
    job = wait_for_end(server, server.ask("POST", "/v1/imports", {"file": feed}).headers["location"])
    assert job["progress"]["unchanged"] == 5
    assert job["progress"]["pictures_embedded"] == 0


def test_one_import_runs_at_a_time(server: Server, schemas: Schemas, import_root: pathlib.Path):
    folder = import_root / "many"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number}.png").write_bytes(encode(product("red ring", 800, turn=number), "PNG"))
    location = server.ask("POST", "/v1/imports", {"file": "many"}).headers["location"]
    schemas.check_problem(server.ask("POST", "/v1/imports", {"file": "many"}), 409, "already_exists")
    assert wait_for_end(server, location)["progress"]["added"] == 40
    for number in range(40):  # leave the shop as the other tests want it
        assert server.ask("DELETE", f"/v1/products/{number}").status == 204


@pytest.mark.parametrize("path", ["../outside.csv", "/etc/passwd", "link.csv", "pictures/../../outside.csv", ".."])
def test_nothing_outside_the_root_is_read(server: Server, schemas: Schemas, feed: str, path: str):
    schemas.check_problem(server.ask("POST", "/v1/imports", {"file": path}), 403, "invalid_argument")


def test_no_picture_outside_the_root_is_read(server: Server, import_root: pathlib.Path):
    outside = import_root.parent / "private.png"
    outside.write_bytes(encode(product("black bars"), "PNG"))
    (import_root / "link.png").symlink_to(outside)
    rows = [f"p{number},{path}" for number, path in enumerate([outside, "../private.png", "link.png"])]
    (import_root / "leaving.csv").write_text("\n".join(["id,image_link", *rows]))
    job = wait_for_end(server, server.ask("POST", "/v1/imports", {"file": "leaving.csv"}).headers["location"])
    assert job["progress"]["added"] == 0
    assert job["progress"]["failed"] == 3
    outside_problems = [p["reason"] for p in job["problems"] if "lies outside the import root" in p["reason"]]
    assert len(outside_problems) == 3, job["problems"]


def test_bad_requests_are_refused(server: Server, schemas: Schemas):
    schemas.check_problem(server.ask("POST", "/v1/imports", {"file": "none.csv"}), 404, "not_found")
    schemas.check_problem(server.ask("POST", "/v1/imports", {}), 400, "invalid_argument")
    schemas.check_problem(server.ask("POST", "/v1/imports", {"file": 5}), 400, "invalid_argument")
    schemas.check_problem(server.ask("POST", "/v1/imports", b"{}", Content_Type="text/plain"), 415, "invalid_argument")
    schemas.check_problem(server.get("/v1/imports/none"), 404, "not_found")


def test_imports_are_off_by_default(tmp_path: pathlib.Path, schemas: Schemas):
    server = Server(tmp_path / "data")
    try:
        problem = schemas.check_problem(server.ask("POST", "/v1/imports", {"file": "x"}), 403, "unimplemented")
        assert "--import-root" in problem["detail"]
    finally:
        assert server.stop() == 0


@pytest.fixture(scope="module", autouse=True)
def without_the_feeds_products(server: Server):
    yield
    for number in range(5):
        server.ask("DELETE", f"/v1/products/bars-{number}")
