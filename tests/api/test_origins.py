"""Pages of other origins: refused by default; --allow-origin lets them search and read, and nothing else."""

import subprocess

import pytest

from pictures import PRODUCTS, photo
from program import PROGRAM, Schemas, Server

SHOP = "https://shop.example"
OTHER_SHOP = "http://localhost:3000"
EVIL = "https://evil.example"


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory):
    web = tmp_path_factory.mktemp("web")
    (web / "shop-by-image.js").write_text("export {};")
    running = Server(tmp_path_factory.mktemp("open") / "data", "--web", web, "--allow-origin", SHOP,
                     "--allow-origin", OTHER_SHOP)
    yield running
    assert running.stop() == 0, running.log()


def preflight(server: Server, path: str, origin: str, method: str = "POST"):
    return server.ask("OPTIONS", path, Origin=origin, Access_Control_Request_Method=method)


def search(server: Server, origin: str, body: bytes):
    return server.ask("POST", "/v1/search", body, Content_Type="image/jpeg", Origin=origin)


def test_by_default_no_other_origin_reads_anything(server: Server):
    answer = search(server, SHOP, photo(PRODUCTS[0]))
    assert answer.status == 200
    assert "access-control-allow-origin" not in answer.headers
    assert preflight(server, "/v1/search", SHOP).status == 405


@pytest.mark.parametrize("origin", [SHOP, OTHER_SHOP])
def test_an_allowed_origin_searches(open_server: Server, origin: str):
    asked = preflight(open_server, "/v1/search", origin)
    assert asked.status == 204
    assert asked.body == b""
    assert asked.headers["access-control-allow-origin"] == origin
    assert asked.headers["access-control-allow-methods"] == "POST"
    answer = search(open_server, origin, photo(PRODUCTS[0]))
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in answer.headers


def test_an_allowed_origin_reads_why_it_failed(open_server: Server):
    answer = search(open_server, SHOP, b"no picture")
    assert answer.status == 400
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert "Retry-After" in answer.headers["access-control-expose-headers"]
    too_large = search(open_server, SHOP, bytes((32 << 20) + (65 << 10)))
    assert too_large.status == 413
    assert too_large.headers["access-control-allow-origin"] == SHOP


def test_other_origins_stay_refused(open_server: Server, schemas: Schemas):
    schemas.check_problem(preflight(open_server, "/v1/search", EVIL), 403, "invalid_argument")
    answer = search(open_server, EVIL, photo(PRODUCTS[0]))
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/imports"), ("PUT", "/v1/rates"), ("POST", "/v1/generations")])
def test_nothing_that_changes_the_shop_is_open(open_server: Server, method: str, path: str):
    assert preflight(open_server, path, SHOP, method).status == 405
    assert "access-control-allow-origin" not in open_server.get("/metrics", Origin=SHOP).headers


def test_a_product_may_be_read_but_not_written(open_server: Server):
    asked = preflight(open_server, "/v1/products/x", SHOP, "PUT")
    assert asked.headers["access-control-allow-methods"] == "GET"


def test_the_element_is_for_all_origins(open_server: Server):
    answer = open_server.get("/shop-by-image.js", Origin=EVIL)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    again = open_server.get("/shop-by-image.js", If_None_Match=answer.headers["etag"])
    assert again.status == 304


def test_what_is_no_origin_is_refused_at_the_start(tmp_path):
    done = subprocess.run([PROGRAM, "serve", "--data", tmp_path / "data", "--port", "0", "--allow-origin",
                           "https://shop.example/"], capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert "is not an origin" in done.stderr
