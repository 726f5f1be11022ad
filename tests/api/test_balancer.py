"""The balancer of deploy/ before two real servers: a real haproxy with its real file, but for addresses."""

import pathlib
import shutil
import socket
import subprocess
import time

import pytest

from pictures import PRODUCTS, photo
from program import PATIENCE_S, ROOT, Server

HAPROXY = shutil.which("haproxy", path="/usr/sbin:/usr/bin")
FILE = ROOT / "deploy/haproxy/haproxy.cfg"
pytestmark = pytest.mark.skipif(HAPROXY is None, reason="no haproxy (Debian's package haproxy)")


def test_its_file_is_valid():
    done = subprocess.run([HAPROXY, "-c", "-f", FILE], capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr


class Balancer(Server):
    """Asked as a server is."""

    def __init__(self, folder: pathlib.Path, servers: list[Server]):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        text = FILE.read_text().replace("bind :8080", f"bind 127.0.0.1:{self.port}")
        for number, server in enumerate(servers, 1):
            text = text.replace(f" shop-{number}:8080", f" 127.0.0.1:{server.port}")
        (folder / "haproxy.cfg").write_text(text)
        self.log_path = folder / "haproxy.log"
        with open(self.log_path, "w") as log:
            self.process = subprocess.Popen([HAPROXY, "-db", "-f", folder / "haproxy.cfg"], stdout=log, stderr=log)
        while True:
            assert self.process.poll() is None, self.log()
            try:
                if self.get("/readyz").status == 200:
                    return
            except OSError:
                pass  # not listening yet
            time.sleep(0.05)


def test_a_client_stays_with_one_server_and_is_moved_when_that_dies(tmp_path: pathlib.Path):
    servers = [Server(tmp_path / name) for name in ("a", "b")]
    for name, server in zip("ab", servers):  # each with a product of its own, which tells them apart
        assert server.put(name, {"title": name}, photo(PRODUCTS[0])).status == 201
    balancer = Balancer(tmp_path, servers)
    seen = {balancer.get("/v1/products/a").status for _ in range(20)}
    assert seen in ({200}, {404})
    asked = 0 if seen == {200} else 1
    servers[asked].process.kill()
    servers[asked].process.wait()
    for _ in range(20):  # none fails, also before the balancer has noticed
        assert balancer.get("/v1/products/" + "ab"[1 - asked]).status == 200
        assert balancer.search(photo(PRODUCTS[0]), k=1).status == 200
    servers[asked] = Server(tmp_path / "ab"[asked])
    assert balancer.stop() is not None
    for server in servers:
        assert server.stop() == 0, server.log()
