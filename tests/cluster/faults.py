#!/usr/bin/env python3
"""Kills one process of a whole cluster after the other, while shoppers ask without pause, and reports what they noticed.

    .venv/bin/python tests/cluster/faults.py > bench/results/cluster_faults.json

test_faults.py does the same with shorter pauses and claims that nothing failed.

Milvus as a cluster with two query nodes, two proxies and a collection in two replicas (milvus_cluster.py), PostgreSQL, two Snapshelf
servers, the demo's catalog, two shoppers and an import. A shopper whose server gives no answer, or 503, asks the other one once, as
behind a balancer. Each part is killed with -9 (PostgreSQL's connections are ended), stays away, and is started again. Needs Java and
Maven for Kafka (Debian's packages default-jre-headless, maven); 3 GB of memory; some six minutes.
"""

import dataclasses
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/api"), str(ROOT / "tests/cluster")]
from milvus_cluster import NODE_PORTS, MilvusCluster  # noqa: E402
from pictures import PRODUCTS  # noqa: E402
from postgres import postgres_server  # noqa: E402
from program import PROGRAM, Server  # noqa: E402
from shoppers import Shoppers, put  # noqa: E402



@dataclasses.dataclass(frozen=True)
class Pauses:
    """Seconds with all processes, with one away, and with all again."""
    before: float
    away: float
    after: float


def tell(*words: object) -> None:
    print(f"{time.strftime('%H:%M:%S')}", *words, file=sys.stderr, flush=True)


def figures(seconds: list[float]) -> dict:
    if not seconds:
        return {"queries": 0}
    ordered = sorted(seconds)
    return {"queries": len(ordered), "median_ms": round(1000 * statistics.median(ordered)),
            "p99_ms": round(1000 * ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]), "slowest_ms": round(1000 * ordered[-1])}


class Trial:
    def __init__(self, shoppers: Shoppers, pauses: Pauses):
        self.shoppers = shoppers
        self.pauses = pauses
        self.rows: list[dict] = []

    def kill(self, what: str, kill: Callable[[], object], start: Callable[[], object]) -> None:
        tell(what)
        began = time.monotonic()
        time.sleep(self.pauses.before)
        failed, written = len(self.shoppers.failed), len(self.shoppers.put)
        killed = time.monotonic()
        kill()
        time.sleep(self.pauses.away)
        back = time.monotonic()
        start()
        started = time.monotonic()
        time.sleep(self.pauses.after)
        with self.shoppers.lock:
            queries = list(self.shoppers.seconds)
        before = [took for when, took in queries if began <= when and when + took < killed]
        usual = 3 * statistics.median(before)
        slow = [when + took for when, took in queries if when + took > killed and took > usual]
        row = {"killed": what, "failed": len(self.shoppers.failed) - failed, "written": len(self.shoppers.put) - written,
               "before": figures(before), "away": figures([took for when, took in queries if killed <= when < back]),
               "after": figures([took for when, took in queries if when >= started]),
               "slow_for_s": round(max(slow) - killed, 1) if slow else 0, "start_s": round(started - back, 1)}
        tell(json.dumps(row), self.shoppers.failed[failed:][:2])
        self.rows.append(row)


def configure(milvus: MilvusCluster, database, folder: pathlib.Path) -> pathlib.Path:
    config = folder / "cluster.toml"
    config.write_text(f'''vectors = "milvus"
products = "postgres"
[postgres]
url = "{database.url()}"
recover_wait_ms = 60000
[milvus]
endpoints = {json.dumps(milvus.endpoints)}
user = "root"
password = "Milvus"
consistency = "strong"
replicas = 2
attempt_ms = 2000
deadline_ms = 60000
''')
    return config


def kill_each(milvus: MilvusCluster, folder: pathlib.Path, pauses: Pauses) -> dict:
    """What shoppers and an import noticed, and what `verify` says afterwards."""
    with postgres_server() as database:
        options = ["--config", configure(milvus, database, folder)]
        subprocess.run([PROGRAM, "import", ROOT / "demo/catalog.csv", "--data", folder / "a", *options], capture_output=True, check=True)
        servers = [Server(folder / name, *options) for name in ("a", "b")]
        assert put(servers[0], PRODUCTS[0]).status == 201
        shoppers = Shoppers(servers, PRODUCTS[0], import_pause_s=0.5)
        trial = Trial(shoppers, pauses)

        def kill_server():
            servers[0].process.kill()
            servers[0].process.wait()

        def start_server():
            servers[0] = Server(folder / "a", *options)

        with ThreadPoolExecutor(3) as pool:
            asking = [pool.submit(shoppers.query, 0), pool.submit(shoppers.query, 1), pool.submit(shoppers.import_)]
            try:
                for name in ("store", *NODE_PORTS):
                    if name != "proxy2":  # as proxy1
                        trial.kill({"store": "the object store"}.get(name, name), lambda name=name: milvus.kill(name),
                                   lambda name=name: milvus.start(name))
                trial.kill("a Snapshelf server", kill_server, start_server)
                trial.kill("PostgreSQL's connections", database.kill_connections, lambda: None)
                trial.kill("PostgreSQL", database.stop, database.start)
            finally:
                shoppers.done = True
            for one in asking:
                one.result()
        lost = [identifier for identifier in shoppers.put if servers[0].get(f"/v1/products/{identifier}").status != 200]
        for server in servers:
            server.stop()
        verified = subprocess.run([PROGRAM, "verify", "--data", folder / "b", *options], capture_output=True, text=True)
        return {"queries": shoppers.asked, "failed": len(shoppers.failed), "failures": shoppers.failed[:20], "written": len(shoppers.put),
                "lost": len(lost), "sound": verified.returncode == 0, "verify": verified.stdout.strip(), "steps": trial.rows}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="snapshelf-cluster-") as folder, MilvusCluster(pathlib.Path(folder) / "milvus") as milvus:
        print(json.dumps(kill_each(milvus, pathlib.Path(folder), Pauses(before=6, away=12, after=12)), indent=1))


if __name__ == "__main__":
    main()
