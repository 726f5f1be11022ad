"""PUT, GET and DELETE /v1/products/{id}: what was acknowledged is found, what was deleted is not."""

import http.server
import json
import pathlib
import threading
import uuid
from urllib.parse import quote

import pytest

from answers import field_errors, found_ids
from pictures import encode, photo, png_bomb, product
from program import Form, Schemas, Server


@pytest.fixture
def new_id(server: Server):
    made = "test " + uuid.uuid4().hex[:8] + "/é"
    yield made
    server.ask("DELETE", "/v1/products/" + quoted(made))


def quoted(text: str) -> str:
    return quote(text, safe="")


def star(turn: float) -> bytes:
    return encode(product("yellow cross", turn=turn), quality=92)


def test_a_put_product_is_found_by_the_next_search(server: Server, schemas: Schemas, new_id: str):
    answer = server.put(quoted(new_id), {"title": "Star", "titles": {"de": "Stern"}, "price": "1299", "currency": "JPY"},
                        star(30), star(45))
    assert answer.status == 201
    assert answer.headers["location"] == "/v1/products/" + quoted(new_id)
    stored = schemas.check(answer, "Product")
    assert stored["id"] == new_id
    assert stored["titles"] == {"": "Star", "de": "Stern"}
    assert (stored["price"], stored["currency"]) == ("1299", "JPY")
    assert [picture["width"] for picture in stored["pictures"]] == [256, 256]
    assert server.get("/v1/products/" + quoted(new_id)).json() == stored

    match = server.search(star(45)).json()["objects"][-1]["products"][0]
    assert match["id"] == new_id
    assert match["picture"] == stored["pictures"][1]["url"]  # the picture that does best


def test_a_deleted_product_is_not_found_by_the_next_search(server: Server, schemas: Schemas, new_id: str):
    assert server.put(quoted(new_id), {}, star(60)).status == 201
    assert found_ids(server.search(star(60)).json())[0] == new_id
    assert server.ask("DELETE", "/v1/products/" + quoted(new_id)).status == 204
    assert new_id not in found_ids(server.search(star(60), k=500).json())
    schemas.check_problem(server.get("/v1/products/" + quoted(new_id)), 404, "not_found")
    schemas.check_problem(server.ask("DELETE", "/v1/products/" + quoted(new_id)), 404, "not_found")


def test_json_alone_keeps_the_pictures(server: Server, schemas: Schemas, new_id: str):
    before = server.put(quoted(new_id), {"title": "Star"}, star(15)).json()
    answer = server.ask("PUT", "/v1/products/" + quoted(new_id), {"title": "Moon", "brand": "Sky"})
    assert answer.status == 200
    after = schemas.check(answer, "Product")
    assert after["pictures"] == before["pictures"]
    assert (after["title"], after["brand"]) == ("Moon", "Sky")
    assert server.search(star(15), brand="Sky").json()["objects"][-1]["products"][0]["title"] == "Moon"


def test_new_pictures_replace_the_old_ones(server: Server, new_id: str):
    before = server.put(quoted(new_id), {}, star(5)).json()
    answer = server.put(quoted(new_id), {}, encode(product("pink triangle", turn=180)))
    assert answer.status == 200
    assert answer.json()["pictures"] != before["pictures"]
    assert server.get(before["pictures"][0]["url"]).status == 404
    assert found_ids(server.search(encode(product("pink triangle", turn=180))).json())[0] == new_id


def test_a_product_without_price_has_none(server: Server, schemas: Schemas, new_id: str):
    stored = schemas.check(server.put(quoted(new_id), {}, star(10)), "Product")
    assert stored["price"] is None
    assert stored["currency"] is None


@pytest.mark.parametrize(("draft", "wrong"), [
    ({"price": 12.99, "currency": "EUR"}, "price"), ({"price": "12.99"}, "currency"),
    ({"price": "-1", "currency": "EUR"}, "price"), ({"price": "1", "currency": "XQQ"}, "currency"),
    ({"availability": "soon"}, "availability"), ({"title": 5}, "title"), ({"id": "other"}, "id"),
    ({"image_link": "https://shop.example/a.jpg"}, "image_link"), ({"colour": "red"}, "colour"),
])
def test_wrong_fields_are_named(server: Server, schemas: Schemas, draft: dict, wrong: str):
    problem = schemas.check_problem(server.put("p", draft, photo()), 400, "invalid_argument")
    assert wrong in field_errors(problem)
    schemas.check_problem(server.get("/v1/products/p"), 404, "not_found")


def test_picture_addresses_are_refused_clearly(server: Server, schemas: Schemas):
    form = Form([("product", "{}"), ("picture", "https://shop.example/a.jpg")])
    problem = schemas.check_problem(server.ask("PUT", "/v1/products/p", form), 400, "invalid_argument")
    assert "--picture-hosts" in problem["detail"]


@pytest.fixture(scope="module")
def picture_host():
    """A host with a picture, a way to another address, and something much too long."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = {"/star.png": star(5), "/words": b"no picture"}.get(self.path, b"")
            self.send_response({"/away": 302}.get(self.path, 200 if body else 404))
            if self.path == "/away":
                self.send_header("Location", "/star.png")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    host = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=host.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{host.server_port}"
    host.shutdown()


def test_pictures_are_read_from_named_hosts(tmp_path: pathlib.Path, schemas: Schemas, picture_host: str):
    shop = Server(tmp_path / "data", "--picture-hosts", picture_host)
    put = lambda *addresses: shop.ask("PUT", "/v1/products/p", {"title": "Star", "pictures": list(addresses)})
    try:
        assert put(f"http://{picture_host}/star.png").status == 201
        assert found_ids(shop.search(star(15)).json())[0] == "p"
        for wrong in (f"http://{picture_host}/away", f"http://{picture_host}/none", "http://127.0.0.1:9/star.png",
                      "file:///etc/hostname", f"http://{picture_host}/words", f"ftp://{picture_host}/star.png"):
            schemas.check_problem(put(wrong), 400, "invalid_argument")
    finally:
        assert shop.stop() == 0


@pytest.mark.parametrize(("parts", "status"), [
    ([("picture", photo())], 400), ([("product", "{}")], 400), ([("product", "{"), ("picture", photo())], 400),
    ([("product", "{}"), ("picture", b"")], 400), ([("product", "{}"), ("picture", b"no photo")], 400),
    ([("product", "{}"), ("picture", photo()), ("picture", photo()[:300])], 400),
    ([("product", "{}"), ("file", photo())], 400), ([("product", "{}")] + [("picture", photo())] * 21, 400),
])
def test_bad_forms_change_nothing(server: Server, schemas: Schemas, parts: list, status: int):
    schemas.check_problem(server.ask("PUT", "/v1/products/p", Form(parts)), status, "invalid_argument")
    schemas.check_problem(server.get("/v1/products/p"), 404, "not_found")


def test_a_bad_picture_is_named_by_its_position(server: Server, schemas: Schemas):
    answer = server.put("p", {}, photo(), b"no photo")
    assert "picture 2" in schemas.check_problem(answer, 400, "invalid_argument")["detail"]


def test_a_picture_bomb_is_refused(server: Server, schemas: Schemas):
    schemas.check_problem(server.put("p", {}, png_bomb()), 413, "resource_exhausted")


def test_json_alone_for_a_new_product_is_refused(server: Server, schemas: Schemas):
    answer = server.ask("PUT", "/v1/products/p", {"title": "Star"})
    assert "picture" in schemas.check_problem(answer, 400, "invalid_argument")["detail"]


def test_other_media_types_are_refused(server: Server, schemas: Schemas):
    answer = server.ask("PUT", "/v1/products/p", json.dumps({}).encode(), Content_Type="text/plain")
    schemas.check_problem(answer, 415, "invalid_argument")
