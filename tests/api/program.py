"""Starts the real program and talks to it over HTTP."""

import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import uuid
from dataclasses import dataclass, field
from urllib.parse import urlencode

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("SNAPSHELF_BIN", ROOT / "build/release/bin/snapshelf"))
PATIENCE_S = 120


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict:
        return json.loads(self.body)


@dataclass
class Form:
    """multipart/form-data: fields are text, files are bytes; names may repeat."""

    parts: list[tuple[str, str | bytes]] = field(default_factory=list)

    def encode(self) -> tuple[bytes, str]:
        boundary = uuid.uuid4().hex
        body = b""
        for name, value in self.parts:
            is_file = isinstance(value, bytes)
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'
            head += '; filename="x"\r\nContent-Type: application/octet-stream' if is_file else ""
            body += head.encode() + b"\r\n\r\n" + (value if is_file else value.encode()) + b"\r\n"
        return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


class Server:
    """One running `snapshelf serve`."""

    def __init__(self, data: pathlib.Path, *options: object, environment: dict[str, str] | None = None):
        self.data = data
        self.log_path = data.parent / f"{data.name}-server.log"
        with open(self.log_path, "w") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "serve", "--data", data, "--port", "0", *map(str, options)], stdout=subprocess.PIPE,
                stderr=log, text=True, env=os.environ | (environment or {}))
        line = self.process.stdout.readline()
        found = re.fullmatch(r"Snapshelf serves (\d+) products at http://127\.0\.0\.1:(\d+)/\n", line)
        assert found, f"{line!r}\n{self.log()}"
        self.products, self.port = int(found[1]), int(found[2])

    def log(self) -> str:
        return self.log_path.read_text()

    def await_log(self, text: str) -> list[str]:
        """The lines of the log that have the text, once there are any: that about a request may come after its answer."""
        deadline = time.monotonic() + PATIENCE_S
        while not (lines := [line for line in self.log().splitlines() if text in line]):
            assert time.monotonic() < deadline, f"no {text!r} in {self.log()}"
            time.sleep(0.05)
        return lines

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)

    def ask(self, method: str, path: str, body: bytes | Form | dict | None = None, **headers: str) -> Answer:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, Form):
            body, headers["Content-Type"] = body.encode()
        elif isinstance(body, dict):
            body = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()},
                          response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def search(self, body: bytes, media_type: str = "image/jpeg", /, **query: object) -> Answer:
        return self.ask("POST", "/v1/search?" + urlencode(query, doseq=True), body, Content_Type=media_type)

    def put(self, product_id: str, product: dict, *pictures: bytes) -> Answer:
        parts = [("product", json.dumps(product)), *(("picture", picture) for picture in pictures)]
        return self.ask("PUT", f"/v1/products/{product_id}", Form(parts))


class WaitingServer(Server):
    """A server that starts before its database."""

    def __init__(self, data: pathlib.Path, *options: object):
        self.data = data
        self.log_path = data.parent / f"{data.name}-server.log"
        with open(self.log_path, "w") as log:
            self.process = subprocess.Popen([PROGRAM, "serve", "--data", data, "--port", "0", *map(str, options)],
                                            stdout=subprocess.PIPE, stderr=log, text=True)
        self.line = self.process.stdout.readline()
        found = re.match(r"Snapshelf waits on port (\d+): ", self.line)
        assert found, f"{self.line!r}\n{self.log()}"
        self.port = int(found[1])

    def await_ready(self) -> dict:
        assert "Snapshelf serves" in self.process.stdout.readline(), self.log()
        answer = self.get("/readyz")
        assert answer.status == 200, answer.body
        return answer.json()


class Schemas:
    """The schemas that the server itself serves."""

    def __init__(self, description: dict):
        self.description = description

    def check(self, answer: Answer, name: str) -> dict:
        value = answer.json()
        jsonschema.validate(value, {"$ref": f"#/components/schemas/{name}",
                                    "components": self.description["components"]})
        return value

    def check_problem(self, answer: Answer, status: int, code: str) -> dict:
        assert answer.status == status, answer.body
        assert answer.headers["content-type"] == "application/problem+json"
        problem = self.check(answer, "Problem")
        assert problem["status"] == status
        assert problem["code"] == code
        assert problem["request_id"] == answer.headers["x-request-id"]
        return problem
