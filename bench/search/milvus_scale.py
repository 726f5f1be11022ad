#!/usr/bin/env python3
"""What a Milvus cluster needs: memory and processor time by number of vectors and of query nodes.

    build/milvus-venv/bin/python -m pip install -r bench/search/milvus_bench.txt
    build/milvus-venv/bin/python bench/search/milvus_scale.py 100000 300000 1000000 --out bench/results/milvus_scale.json

For each COUNT a whole cluster (tests/cluster/milvus_cluster.py: etcd, Kafka, coordinators, data and index node, two query nodes,
two proxies) holds that many product-like vectors with HNSW in one replica, first on one query node, then on two. Segments are of
128 MB at most instead of 512, so that a million vectors are enough of them to be shared. Once nothing is built any more, 500 queries
are asked twice, one by one; the second round's latency counts, and of each process the processor time over both. docs/operations.md's
sizing rests on these figures.
"""

import argparse
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/cluster"))
from pymilvus import Collection, connections, utility  # noqa: E402

from milvus_cluster import NODE_PORTS, MilvusCluster  # noqa: E402

BENCH = ROOT / "build/release/bin/milvus_bench"
WINDOW = 64
QUERIES_ASKED = 1000
SEGMENT_MB = 128
QUIET_SECONDS = 20


def run(*words) -> list[dict]:
    text = subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in text.splitlines()]


def memory_bytes(pid: int) -> int:
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


def processor_seconds(pid: int) -> float:
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def segments(cluster: MilvusCluster) -> list[list[int]]:
    """Of each loaded segment the rows and the number of its node."""
    return sorted([segment.num_rows, segment.nodeIds[0]] for segment in utility.get_query_segment_info("bench"))


def wait_until_quiet(cluster: MilvusCluster) -> None:
    """Until the index node has had nothing to do for a while, and the segments have stayed what they are."""
    pid, before = cluster.running["indexnode"].pid, (-math.inf, [])
    while True:
        now = (processor_seconds(pid), segments(cluster))
        if now[0] < before[0] + 1 and now[1] == before[1]:
            return
        before = now
        time.sleep(QUIET_SECONDS)


def ask(cluster: MilvusCluster, folder: pathlib.Path) -> dict:
    pids = {name: cluster.running[name].pid for name in NODE_PORTS if cluster.running[name].poll() is None}
    before = {name: processor_seconds(pid) for name, pid in pids.items()}
    answer = run(BENCH, "ask", WINDOW, folder, cluster.endpoints[0])[0]
    return answer | {"segments": segments(cluster), "nodes": {name: {"memory_mib": round(memory_bytes(pid) / 2**20),
                                      "processor_us": round((processor_seconds(pid) - before[name]) / QUERIES_ASKED * 1e6)}
                               for name, pid in pids.items()}}


def spread(cluster: MilvusCluster) -> None:
    """Loads the collection anew over both query nodes: by itself the coordinator moves segments when it sees fit."""
    collection = Collection("bench")
    collection.release()
    collection.load()
    wait_until_quiet(cluster)


def measure(count: int, folder: pathlib.Path) -> dict:
    with MilvusCluster(folder / "cluster", DATACOORD_SEGMENT_MAXSIZE=str(SEGMENT_MB)) as cluster:
        cluster.kill("querynode2")
        empty = {name: round(memory_bytes(cluster.running[name].pid) / 2**20) for name in NODE_PORTS if name != "querynode2"}
        loaded = run(BENCH, "load", count, folder, cluster.endpoints[0])[0]
        host, port = cluster.endpoints[0].split(":")
        connections.connect(host=host, port=port, user="root", password="Milvus")
        wait_until_quiet(cluster)
        one = ask(cluster, folder)
        cluster.start("querynode2")
        spread(cluster)
        result = loaded | {"empty_memory_mib": empty, "one_query_node": one, "two_query_nodes": ask(cluster, folder)}
        connections.disconnect("default")
        return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("counts", type=int, nargs="+")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    result = {"server": "milvus 2.3.5 cluster, HNSW M 16, efConstruction 200", "window": WINDOW, "segment_mb": SEGMENT_MB, "sizes": []}
    for count in arguments.counts:
        with tempfile.TemporaryDirectory() as folder:
            result["sizes"].append(measure(count, pathlib.Path(folder)))
        arguments.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
