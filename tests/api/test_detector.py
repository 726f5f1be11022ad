"""GET /v1/detector: the detector for pages that mark the things in a photo on the shopper's device."""

import hashlib

import pytest

from program import Schemas, Server


@pytest.fixture(scope="module")
def giving(tmp_path_factory: pytest.TempPathFactory):
    running = Server(tmp_path_factory.mktemp("data"), "--device-boxes")
    yield running
    assert running.stop() == 0, running.log()


def test_the_card_tells_of_the_file_that_is_given(giving: Server, schemas: Schemas):
    assert giving.get("/readyz").json()["device_boxes"] is True
    card = schemas.check(giving.get("/v1/detector"), "DetectorCard")
    model = giving.get("/v1/detector/model")
    assert (model.status, model.headers["content-type"]) == (200, "application/octet-stream")
    assert hashlib.sha256(model.body).hexdigest() == card["sha256"]
    assert len(card["classes"]) > 1 and card["input"]["width"] > 0


def test_a_client_that_has_the_file_is_told_so(giving: Server):
    etag = giving.get("/v1/detector/model").headers["etag"]
    again = giving.get("/v1/detector/model", If_None_Match=etag)
    assert (again.status, again.body) == (304, b"")


def test_workers_may_compile_webassembly_and_the_page_not(giving: Server):
    assert "'wasm-unsafe-eval'" in giving.get("/detect_worker.js").headers["content-security-policy"]
    assert "wasm" not in giving.get("/").headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/v1/detector", "/v1/detector/model"])
def test_off_unless_switched_on(server: Server, schemas: Schemas, path: str):
    assert server.get("/readyz").json()["device_boxes"] is False
    problem = schemas.check_problem(server.get(path), 404, "not_found")
    assert "--device-boxes" in problem["detail"]
