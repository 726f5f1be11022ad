"""GET /v1/pictures/{id}: originals, thumbnails and caching."""

import io

import pytest
from PIL import Image

from pictures import photo
from program import Schemas, Server


@pytest.fixture(scope="module")
def url(server: Server) -> str:
    return server.get("/v1/products/blue-disc").json()["pictures"][0]["url"]


def test_the_original_comes_back_byte_for_byte(server: Server, url: str):
    answer = server.get(url)
    assert answer.status == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.body == photo("blue disc")


def test_thumbnails_are_webp_of_that_width(server: Server, url: str):
    answer = server.get(url + "?w=64")
    assert answer.headers["content-type"] == "image/webp"
    assert Image.open(io.BytesIO(answer.body)).size == (64, 64)


def test_thumbnails_are_never_enlarged(server: Server, url: str):
    assert Image.open(io.BytesIO(server.get(url + "?w=2048").body)).size == (256, 256)


def test_pictures_may_be_kept_and_are_not_sent_twice(server: Server, url: str):
    for path in (url, url + "?w=64"):
        first = server.get(path)
        assert first.headers["cache-control"] == "public, max-age=31536000, immutable"
        again = server.get(path, If_None_Match=first.headers["etag"])
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    assert server.get(url).headers["etag"] != server.get(url + "?w=64").headers["etag"]


@pytest.mark.parametrize("width", ["0", "15", "2049", "-1", "x", ""])
def test_widths_out_of_range_are_refused(server: Server, schemas: Schemas, url: str, width: str):
    schemas.check_problem(server.get(f"{url}?w={width}"), 400, "invalid_argument")


@pytest.mark.parametrize("picture", ["999999999", "x", "-1", "99999999999999999999999", "..%2f..%2fetc"])
def test_unknown_pictures_are_not_found(server: Server, schemas: Schemas, picture: str):
    schemas.check_problem(server.get("/v1/pictures/" + picture), 404, "not_found")


def test_head_has_the_length_without_the_bytes(server: Server, url: str):
    answer = server.ask("HEAD", url)
    assert answer.status == 200
    assert int(answer.headers["content-length"]) == len(photo("blue disc"))
    assert answer.body == b""
