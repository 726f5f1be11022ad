"""Bodies that are no photo, or more photo than the server takes."""

import pathlib
import secrets
import uuid

import pytest

from pictures import encode, photo, png_bomb, product
from program import Form, Schemas, Server

UPLOAD_BYTES = 200 << 20
PIECE = bytes(1 << 20)


@pytest.mark.parametrize("body", [b"", b"GIF89a", b"\xff\xd8\xff", b"<svg xmlns='http://www.w3.org/2000/svg'/>",
                                  secrets.token_bytes(10_000), b"hello"])
def test_what_is_no_photo_is_refused(server: Server, schemas: Schemas, body: bytes):
    for media_type in ("image/jpeg", "application/octet-stream"):
        schemas.check_problem(server.search(body, media_type), 400, "invalid_argument")
    schemas.check_problem(server.ask("POST", "/v1/search", Form([("photo", body)])), 400, "invalid_argument")


def test_no_body_at_all_says_what_to_send(server: Server, schemas: Schemas):
    problem = schemas.check_problem(server.ask("POST", "/v1/search"), 400, "invalid_argument")
    assert "multipart/form-data" in problem["detail"]


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP"])
def test_truncated_photos_are_refused(server: Server, schemas: Schemas, format_name: str):
    whole = encode(product("blue disc", 600), format_name)
    for part in (0.1, 0.5, 0.9):
        schemas.check_problem(server.search(whole[: int(len(whole) * part)]), 400, "invalid_argument")


def test_a_png_bomb_is_refused_by_its_pixels(server: Server, schemas: Schemas):
    problem = schemas.check_problem(server.search(png_bomb(), "image/png"), 413, "resource_exhausted")
    assert "50000" in problem["detail"] or "2500000000" in problem["detail"]


def peak_bytes(server: Server) -> int:
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def upload(server: Server, header: str, is_chunked: bool) -> bytes:
    """Sends UPLOAD_BYTES of zeros, whatever the server says meanwhile, and returns its answer."""
    with server.connect() as connection:
        connection.sendall(header.encode())
        piece = f"{len(PIECE):x}\r\n".encode() + PIECE + b"\r\n" if is_chunked else PIECE
        for _ in range(UPLOAD_BYTES // len(PIECE)):
            connection.sendall(piece)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer


@pytest.mark.parametrize("how", ["length", "chunked"])
def test_a_200_mb_upload_is_refused_without_keeping_it(server: Server, how: str):
    server.search(photo())  # the models have their memory by now
    before = peak_bytes(server)
    length = {"length": f"Content-Length: {UPLOAD_BYTES}", "chunked": "Transfer-Encoding: chunked"}[how]
    head = f"POST /v1/search HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\n{length}\r\n\r\n"
    answer = upload(server, head, how == "chunked")
    assert answer.startswith(b"HTTP/1.1 413 "), answer[:200]
    assert b"application/problem+json" in answer
    assert peak_bytes(server) - before < 80 << 20  # never more than the 32 MiB limit, doubled while it grows
    assert server.search(photo()).status == 200


@pytest.mark.parametrize("media_type", ["text/plain", "application/json", "application/x-www-form-urlencoded",
                                        "multipart/mixed; boundary=x"])
def test_other_media_types_are_refused(server: Server, schemas: Schemas, media_type: str):
    problem = schemas.check_problem(server.search(photo(), media_type), 415, "invalid_argument")
    assert "multipart/form-data" in problem["detail"]


@pytest.mark.parametrize("parts", [
    [], [("k", "5")], [("photo", photo()), ("photo", photo())], [("image", photo())],
])
def test_forms_without_one_photo_are_refused(server: Server, schemas: Schemas, parts: list):
    schemas.check_problem(server.ask("POST", "/v1/search", Form(parts)), 400, "invalid_argument")


def test_a_form_that_was_cut_off_is_refused(server: Server, schemas: Schemas):
    body, media_type = Form([("photo", photo())]).encode()
    schemas.check_problem(server.search(body[:-20], media_type), 400, "invalid_argument")
    schemas.check_problem(server.search(body, "multipart/form-data"), 400, "invalid_argument")


def test_a_searched_photo_is_written_nowhere(tmp_path: pathlib.Path):
    data, temporary = tmp_path / "data", tmp_path / "temporary"
    temporary.mkdir()
    server = Server(data, environment={"TMPDIR": str(temporary)})
    try:
        marker = uuid.uuid4().hex.encode()
        body = encode(product("blue disc"), comment=marker)
        assert marker in body
        for _ in range(3):
            assert server.search(body).status == 200
    finally:
        assert server.stop() == 0
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    for path in files:
        content = path.read_bytes()
        assert marker not in content, path
        assert body[:600] not in content, path
    assert not [path for path in files if temporary in path.parents]
