"""GET /v1/photo: a photo by its address, and no way into the server's own networks."""

import http.server
import io
import pathlib
import threading
import urllib.parse

import pytest
from PIL import Image

from answers import found_ids, product_id
from pictures import PRODUCTS, encode, photo, product
from program import Schemas, Server


class Site:
    """A host with a photo, words, too much, and ways to other places."""

    def __init__(self) -> None:
        site = self
        self.asked: list[str] = []
        self.traceparents: list[str | None] = []
        self.enough = threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                site.traceparents.append(self.headers.get("traceparent"))
                to = site.redirects.get(self.path)
                body = {"/photo.jpg": photo("red ring"), "/words": b"no picture", "/long": bytes(40 << 20),
                        "/drop-by-drop": b"x"}.get(self.path)
                self.send_response(302 if to else 200 if body else 404)
                if to:
                    self.send_header("Location", to)
                self.end_headers()
                try:
                    while self.path == "/drop-by-drop" and not site.enough.wait(0.2):
                        self.wfile.write(b"x")
                    self.wfile.write(body or b"")
                except OSError:
                    pass  # the server had enough

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.redirects: dict[str, str] = {}
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def sites():
    """One that the server trusts, and one of the network that it must not reach."""
    trusted, inner = Site(), Site()
    trusted.redirects = {"/again": "/photo.jpg", "/inner": f"http://{inner.host}/photo.jpg", "/round": "/round",
                         "/file": "file:///etc/hostname", "/name": f"http://localhost:{inner.server.server_port}/"}
    yield trusted, inner
    trusted.server.shutdown()
    inner.server.shutdown()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, sites: tuple[Site, Site]):
    running = Server(tmp_path_factory.mktemp("data"), "--photo-addresses", "--picture-hosts", sites[0].host)
    for name in PRODUCTS[:2]:
        assert running.put(product_id(name), {"title": name}, encode(product(name))).status == 201
    yield running
    assert running.stop() == 0, running.log()


def fetch(shop: Server, address: str):
    return shop.get("/v1/photo?address=" + urllib.parse.quote(address, safe=""))


@pytest.mark.parametrize("path", ["/photo.jpg", "/again"])
def test_a_photo_is_read_and_can_be_searched(shop: Server, sites: tuple[Site, Site], path: str):
    assert shop.get("/readyz").json()["photo_addresses"] is True
    answer = fetch(shop, f"http://{sites[0].host}{path}")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["cache-control"] == "no-store"
    assert Image.open(io.BytesIO(answer.body)).format == "JPEG"
    assert found_ids(shop.search(answer.body).json())[0] == "red-ring"


def test_off_unless_switched_on(server: Server, schemas: Schemas):
    assert server.get("/readyz").json()["photo_addresses"] is False
    problem = schemas.check_problem(fetch(server, "https://shop.example/a.jpg"), 404, "not_found")
    assert "--photo-addresses" in problem["detail"]


def test_no_way_leads_into_the_servers_networks(shop: Server, schemas: Schemas, sites: tuple[Site, Site]):
    trusted, inner = sites
    port = inner.server.server_port
    number = int.from_bytes(bytes([127, 0, 0, 1]), "big")
    for address in (f"http://{inner.host}/photo.jpg", f"http://localhost:{port}/", "http://localhost/", "http://127.0.0.1/",
                    f"http://{number}/", "http://0x7f000001/", "http://0/", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
                    "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://192.168.0.1/", "http://[fe80::1]/",
                    f"http://user@{inner.host}/", f"http://{trusted.host}@{inner.host}/", f"http://{trusted.host}/inner",
                    f"http://{trusted.host}/name", f"http://{trusted.host}/file", f"http://{trusted.host}/round",
                    "file:///etc/hostname", "gopher://127.0.0.1/", "shop.example/a.jpg", "no address", "http://"):
        schemas.check_problem(fetch(shop, address), 400, "invalid_argument")
    assert inner.asked == []


def test_a_host_that_takes_its_time_is_given_up(shop: Server, schemas: Schemas, sites: tuple[Site, Site]):
    problem = schemas.check_problem(fetch(shop, f"http://{sites[0].host}/drop-by-drop"), 504, "deadline_exceeded")
    sites[0].enough.set()
    assert "longer than 10 s" in problem["detail"]


def test_the_shops_own_hosts_belong_to_its_traces(shop: Server, sites: tuple[Site, Site]):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    address = urllib.parse.quote(f"http://{sites[0].host}/photo.jpg", safe="")
    assert shop.get("/v1/photo?address=" + address, traceparent=f"00-{trace}-00f067aa0ba902b7-01").status == 200
    assert sites[0].traceparents[-1].split("-")[1] == trace


def test_what_is_no_photo_is_refused(shop: Server, schemas: Schemas, sites: tuple[Site, Site]):
    trusted = sites[0]
    schemas.check_problem(fetch(shop, f"http://{trusted.host}/words"), 400, "invalid_argument")
    schemas.check_problem(fetch(shop, f"http://{trusted.host}/none"), 400, "invalid_argument")
    schemas.check_problem(fetch(shop, f"http://{trusted.host}/long"), 413, "resource_exhausted")
    schemas.check_problem(shop.get("/v1/photo"), 400, "invalid_argument")
    schemas.check_problem(shop.get("/v1/photo?link=x"), 400, "invalid_argument")
