"""A real Milvus cluster on the loopback: etcd, Kafka, an object store, one process for the coordinators and one that stands by for it, a data and an
index node, two query nodes, two proxies. Programs by name: Milvus and Swift from PyPI, etcd from Debian, Kafka from Maven; all below build/milvus-cluster."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/milvus"))
import object_store  # noqa: E402
import server as standalone  # noqa: E402

PROGRAMS = ROOT / "build/milvus-cluster"
START_SECONDS = 120
NODE_PORTS = {
    "coordinators1": ["ROOTCOORD_PORT", "DATACOORD_PORT", "QUERYCOORD_PORT"],
    "coordinators2": ["ROOTCOORD_PORT", "DATACOORD_PORT", "QUERYCOORD_PORT"],
    "datanode": ["DATANODE_PORT"], "indexnode": ["INDEXNODE_PORT"], "querynode1": ["QUERYNODE_PORT"], "querynode2": ["QUERYNODE_PORT"],
    "proxy1": ["PROXY_PORT", "PROXY_INTERNALPORT"], "proxy2": ["PROXY_PORT", "PROXY_INTERNALPORT"],
}
STORE = (*object_store.RINGS, "store")
ORDER = ["etcd", "kafka", *STORE, *NODE_PORTS]


def install() -> None:
    """Once; later calls find it there. Raises where something cannot be had, and says what."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise RuntimeError(f"no {program}: Kafka needs Debian's default-jre-headless and maven")
    standalone.unpack()
    PROGRAMS.mkdir(parents=True, exist_ok=True)
    if not (PROGRAMS / "etcd/usr/bin/etcd").exists():
        subprocess.run(["apt-get", "download", "-qq", "etcd-server"], cwd=PROGRAMS, check=True)
        subprocess.run(["dpkg-deb", "-x", next(PROGRAMS.glob("etcd-server*.deb")), PROGRAMS / "etcd"], check=True)
    object_store.install()
    if not list(PROGRAMS.glob("kafka/kafka_*.jar")):
        subprocess.run(["mvn", "-q", "-f", ROOT / "tests/cluster/pom.xml", "dependency:copy-dependencies",
                        f"-DoutputDirectory={PROGRAMS / 'kafka'}"], check=True, stdout=sys.stderr)


class MilvusCluster:
    """Processes by the names of ORDER. `folder` gets data and logs; `settings` are Milvus' own, as environment variables."""

    def __init__(self, folder: pathlib.Path, **settings: str):
        install()
        self.folder = folder
        self.settings = settings
        self.running: dict[str, subprocess.Popen] = {}
        self.ports = {name: {port: standalone.free_port() for port in [*ports, "METRICS_PORT"]} for name, ports in NODE_PORTS.items()}
        self.ports |= {name: {port: standalone.free_port() for port in ("client", "internal")} for name in ("etcd", "kafka")}
        self.ports |= {name: {"client": standalone.free_port()} for name in STORE}
        for name in ("logs", "run", "etcd"):
            (folder / name).mkdir(parents=True, mode=0o700)
        self.store = object_store.ObjectStore(folder / "store", {name: self.ports[name]["client"] for name in STORE})
        try:
            for name in ORDER:
                self.start(name)
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> "MilvusCluster":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def endpoints(self) -> list[str]:
        return [f"127.0.0.1:{self.ports[name]['PROXY_PORT']}" for name in ("proxy1", "proxy2")]

    def _etcd(self) -> list:
        client, peer = (f"http://127.0.0.1:{port}" for port in self.ports["etcd"].values())
        return [PROGRAMS / "etcd/usr/bin/etcd", "--data-dir", self.folder / "etcd", "--listen-client-urls", client,
                "--advertise-client-urls", client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                "--initial-cluster", f"default={peer}", "--logger", "zap", "--log-level", "warn"]

    def _kafka(self) -> list:
        client, controller = self.ports["kafka"].values()
        settings = self.folder / "kafka.properties"
        java = ["java", "-Xms256m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{PROGRAMS}/kafka/*"]
        if not settings.exists():
            settings.write_text(f"""process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{client},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{client}
controller.listener.names=CONTROLLER
log.dirs={self.folder}/kafka
message.max.bytes=10485760
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
""")
            subprocess.run([*java, "kafka.tools.StorageTool", "format", "-t", "AAAAAAAAQACAAAAAAAAAAA", "-c", settings], check=True,
                           capture_output=True)
        return [*java, "kafka.Kafka", settings]

    def _environment(self, name: str) -> dict[str, str]:
        roles = ["ROOTCOORD", "DATACOORD", "QUERYCOORD", "PROXY", "QUERYNODE", "DATANODE", "INDEXNODE"]
        return {
            **os.environ,
            **{port: str(number) for port, number in self.ports[name].items()},
            **{f"{role}_IP": "127.0.0.1" for role in roles},
            "DEPLOY_MODE": "CLUSTER", "LD_LIBRARY_PATH": str(standalone.UNPACKED / "bin"),
            "MILVUSCONF": str(standalone.UNPACKED / "configs"), "MILVUS_RUN_DIR": str(self.folder / "run"),
            "ETCD_USE_EMBED": "false", "ETCD_ENDPOINTS": f"127.0.0.1:{self.ports['etcd']['client']}",
            "MQ_TYPE": "kafka", "KAFKA_BROKERLIST": f"127.0.0.1:{self.ports['kafka']['client']}",
            "COMMON_STORAGETYPE": "minio", "MINIO_ADDRESS": "127.0.0.1", "MINIO_PORT": str(self.ports["store"]["client"]),
            "MINIO_ACCESSKEYID": object_store.ACCESS_KEY, "MINIO_SECRETACCESSKEY": object_store.SECRET_KEY,
            "MINIO_BUCKETNAME": "milvus", "LOCALSTORAGE_PATH": str(self.folder / "local" / name),
            "COMMON_SECURITY_AUTHORIZATIONENABLED": "true", "LOG_LEVEL": "warn", "LOG_FILE_ROOTPATH": "",
            "COMMON_GRACEFULSTOPTIMEOUT": "3", "ROOTCOORD_DMLCHANNELNUM": "4",
            # A dead process is noticed after 5 s instead of 30, and a query node that comes back serves at once.
            "COMMON_SESSION_TTL": "5", "QUERYCOORD_UPDATENEXTTARGETINTERVAL": "1", "QUERYCOORD_CHECKSEGMENTINTERVAL": "500",
            "ROOTCOORD_ENABLEACTIVESTANDBY": "true", "DATACOORD_ENABLEACTIVESTANDBY": "true", "QUERYCOORD_ENABLEACTIVESTANDBY": "true",
            "QUERYCOORD_CHECKCHANNELINTERVAL": "500", "PROXY_REPLICASELECTIONPOLICY": "round_robin",
            "GRPC_CLIENT_INITIALBACKOFF": "0.02", "GRPC_CLIENT_MAXMAXATTEMPTS": "3",
            **self.settings,
        }

    def start(self, name: str) -> float:
        """Returns the seconds until it is well; starts it anew if it ends at once, as a killed one of Milvus 2.3.5 now and then does."""
        start = time.monotonic()
        while not self._try_to_start(name):
            if time.monotonic() > start + START_SECONDS:
                raise RuntimeError(f"{name} did not start: {standalone.last_words(self.folder / 'logs' / name)}")
        return time.monotonic() - start

    def _try_to_start(self, name: str) -> bool:
        """Whether it is well now; not if it ended."""
        environment = os.environ
        if name == "etcd":
            command = self._etcd()
        elif name == "kafka":
            command = self._kafka()
        elif name in STORE:
            command = self.store.command(name)
        else:
            environment = self._environment(name)
            role = name.rstrip("12")
            flags = []
            if role == "coordinators":
                role, flags = "mixture", ["-rootcoord", "-querycoord", "-datacoord", "-indexcoord"]
            command = [standalone.UNPACKED / "bin/milvus", "run", role, *flags, "-alias", name]
        with open(self.folder / "logs" / name, "a") as log:
            self.running[name] = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log, cwd=self.folder / "run",
                                                  env=environment, start_new_session=True)
        end = time.monotonic() + START_SECONDS
        while not self._is_well(name):
            time.sleep(0.05)
            if self.running[name].poll() is not None or time.monotonic() > end:
                return False
        return True

    def _is_well(self, name: str) -> bool:
        try:
            if name in ("etcd", "kafka", *STORE):
                socket.create_connection(("127.0.0.1", self.ports[name]["client"]), timeout=1).close()
                return True
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[name]['METRICS_PORT']}/healthz", timeout=2) as answer:
                return "OK" in answer.read().decode()
        except OSError:
            return False

    def kill(self, name: str) -> None:
        self.running[name].kill()
        self.running[name].wait()

    def stop(self) -> None:
        for process in reversed(self.running.values()):
            process.send_signal(signal.SIGTERM)
        end = time.monotonic() + 10
        for process in self.running.values():
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
