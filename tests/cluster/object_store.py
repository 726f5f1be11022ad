"""An object store that speaks S3: OpenStack Swift from PyPI, one process for each of its rings and a proxy before them."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "build/milvus-cluster/object-store"
RINGS = ("account", "container", "object")
ACCESS_KEY, SECRET_KEY = "milvus:cluster", "milvus-secret"


def install() -> None:
    wanted = pathlib.Path(__file__).with_name("object_store.txt")
    installed = PROGRAMS / "installed.txt"
    if installed.exists() and installed.read_text() == wanted.read_text():
        return
    subprocess.run(["/usr/bin/python3", "-m", "venv", PROGRAMS], check=True)
    subprocess.run([PROGRAMS / "bin/pip", "install", "-q", "--disable-pip-version-check", "-r", wanted], check=True, stdout=sys.stderr)
    installed.write_text(wanted.read_text())


class ObjectStore:
    """Its processes' commands. `ports`: of the rings' names and "store", where clients ask."""

    def __init__(self, folder: pathlib.Path, ports: dict[str, int]):
        self.folder = folder
        (folder / "devices/disk").mkdir(parents=True)
        (folder / "swift.conf").write_text("[swift-hash]\nswift_hash_path_suffix = snapshelf\n")
        for ring in RINGS:
            self._make_ring(ring, ports[ring])
            self._configure(ring, ports[ring], f"[pipeline:main]\npipeline = {ring}-server\n[app:{ring}-server]\nuse = egg:swift#{ring}\n")
        self._configure("proxy", ports["store"], f"""[pipeline:main]
pipeline = catch_errors gatekeeper s3api tempauth slo proxy-server
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:s3api]
use = egg:swift#s3api
[filter:tempauth]
use = egg:swift#tempauth
user_{ACCESS_KEY.replace(":", "_")} = {SECRET_KEY} .admin
[filter:slo]
use = egg:swift#slo
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
""")

    def command(self, name: str) -> list:
        kind = "proxy" if name == "store" else name
        return [PROGRAMS / "bin" / f"swift-{kind}-server", self.folder / f"{kind}.conf"]

    def _make_ring(self, ring: str, port: int) -> None:
        builder = [PROGRAMS / "bin/swift-ring-builder", self.folder / f"{ring}.builder"]
        for words in (["create", "2", "1", "1"],
                      ["add", "--region", "1", "--zone", "1", "--ip", "127.0.0.1", "--port", str(port), "--device", "disk", "--weight", "1"],
                      ["rebalance"]):
            subprocess.run([*builder, *words], check=True, capture_output=True)

    def _configure(self, name: str, port: int, rest: str) -> None:
        user = subprocess.run(["id", "-un"], check=True, capture_output=True, text=True).stdout.strip()
        (self.folder / f"{name}.conf").write_text(f"""[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
swift_dir = {self.folder}
devices = {self.folder}/devices
mount_check = false
workers = 0
user = {user}
{rest}""")
