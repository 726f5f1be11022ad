"""Health, metrics, the description, the page, and HTTP itself."""

import pathlib
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from pictures import noise, photo
from program import PROGRAM, Schemas, Server


def test_health_and_readiness(server: Server, schemas: Schemas):
    schemas.check(server.get("/healthz"), "Health")
    ready = schemas.check(server.get("/readyz"), "Readiness")
    assert ready["products"] >= 6
    assert ready["vectors"] >= ready["products"]
    assert ready["vectors_lost"] == 0


def test_others_read_the_store_beside_the_server(server: Server):
    for command in ("inspect", "verify"):
        done = subprocess.run([PROGRAM, command, "--json", "--data", server.data], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f'"vectors":{server.get("/readyz").json()["vectors"]}' in done.stdout
    repair = subprocess.run([PROGRAM, "verify", "--repair", "--data", server.data], capture_output=True, text=True, timeout=300)
    assert repair.returncode == 1 and "in use by process" in repair.stderr


def test_metrics_count_requests_and_stages(server: Server):
    server.search(photo())
    server.search(b"x")
    answer = server.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    text = answer.body.decode()
    for status in (200, 400):
        assert re.search(rf'http_server_request_duration_seconds_count{{route="/v1/search",method="POST",status="{status}"}} \d', text)
    for stage in ("photo", "detect", "embed", "search"):
        assert f'snapshelf_stage_duration_seconds_count{{stage="{stage}"}}' in text
    for name in ("snapshelf_compute_queue_depth", "snapshelf_vectors", "snapshelf_http_errors_total"):
        assert re.search(rf"^{name}[ {{]", text, re.MULTILINE), name
    for line in text.splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) .+|[a-z_]+(\{.*\})? [0-9.e+-]+(inf|nan)?", line), line


def test_the_description_names_every_route(server: Server, schemas: Schemas):
    paths = schemas.description["paths"]
    for path, operations in paths.items():
        for method in operations.keys() & {"get", "put", "post", "delete"}:
            answer = server.ask(method.upper(), path.replace("{id}", "none"))
            assert answer.status != 405, (method, path)


def test_the_page_comes_with_a_strict_policy(server: Server):
    page = server.get("/")
    assert b"<title>shop</title>" in page.body
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    assert page.headers["x-content-type-options"] == "nosniff"
    assert server.get("/", If_None_Match=page.headers["etag"]).status == 304


@pytest.mark.parametrize("path", ["/../data", "/%2e%2e/data", "/..%2f..%2fetc/passwd", "//etc/passwd", "/nothing"])
def test_nothing_outside_the_page_is_served(server: Server, schemas: Schemas, path: str):
    schemas.check_problem(server.get(path), 404, "not_found")


def test_other_methods_get_the_right_ones(server: Server, schemas: Schemas):
    answer = server.get("/v1/search")
    schemas.check_problem(answer, 405, "invalid_argument")
    assert answer.headers["allow"] == "POST"


def test_request_ids_are_taken_or_made(server: Server):
    assert server.get("/healthz", X_Request_Id="mine-1").headers["x-request-id"] == "mine-1"
    assert re.fullmatch("[0-9a-f]{16}", server.get("/healthz", X_Request_Id="not fine").headers["x-request-id"])
    server.await_log("mine-1")


def test_the_log_holds_no_tokens(server: Server):
    token = server.search(photo()).json()["photo"]
    server.ask("POST", f"/v1/search?photo={token}&k=2", X_Request_Id="with-token")
    server.await_log("with-token")
    assert token not in server.log()
    assert re.search(r"POST /v1/search 200 [0-9.]+ ms [0-9a-f]{16}", server.log())


def test_long_headers_are_refused(server: Server, schemas: Schemas):
    schemas.check_problem(server.get("/healthz", X_Long="x" * 20_000), 431, "resource_exhausted")


def test_what_is_not_http_is_refused(server: Server):
    with server.connect() as connection:
        connection.sendall(b"hello\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


def test_slow_clients_do_not_block_others(server: Server):
    slow = [server.connect() for _ in range(100)]
    for connection in slow:
        connection.sendall(b"POST /v1/search HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: 9\r\n\r\nabc")
    assert server.search(photo()).status == 200
    for connection in slow:
        connection.close()


def test_a_full_line_answers_busy_and_recovers(tmp_path: pathlib.Path, schemas: Schemas):
    server = Server(tmp_path / "data", "--workers", 1, "--queue", 1)
    try:
        large = noise(4000, 3000)
        with ThreadPoolExecutor(16) as clients:
            answers = list(clients.map(lambda _: server.search(large), range(16)))
        busy = [answer for answer in answers if answer.status == 503]
        assert busy
        assert any(answer.status == 200 for answer in answers)
        assert len(busy) + sum(answer.status == 200 for answer in answers) == 16
        for answer in busy:
            schemas.check_problem(answer, 503, "unavailable")
            assert int(answer.headers["retry-after"]) >= 1
        assert server.search(photo()).status == 200
    finally:
        assert server.stop() == 0


def test_a_stopping_server_finishes_what_it_took(tmp_path: pathlib.Path):
    server = Server(tmp_path / "data")
    body = photo()
    with server.connect() as connection:
        connection.sendall(b"POST /v1/search HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\n"
                           b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 Continue")  # taken
        server.process.terminate()
        while True:  # until it listens no more
            try:
                server.connect().close()
            except ConnectionError:
                break
        connection.sendall(body)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"Connection: close" in answer
    assert server.process.wait(60) == 0


def test_a_second_program_on_the_same_data_is_refused(server: Server):
    done = subprocess.run([PROGRAM, "serve", "--data", server.data, "--port", "0"], capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == 1
    assert done.stderr
