#!/usr/bin/env python3
"""Our client of Milvus beside pymilvus on the same server, and the embedded engine beside Milvus.

    build/milvus-venv/bin/python -m pip install -r bench/search/milvus_bench.txt
    build/milvus-venv/bin/python bench/search/milvus_bench.py 100000 --out bench/results/milvus_100k.json

A real server (tests/milvus/server.py) holds COUNT product-like vectors with HNSW. At each window both clients ask the
same 500 queries one by one, in turns, three times; the better run of each counts. Recall is that of the 10 nearest
against a scan. processor_us is the client's own processor time a query: other work on the machine disturbs it little.
"""

import argparse
import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = ROOT / "build/release/bin/milvus_bench"
SERVER = ROOT / "tests/milvus/server.py"
WINDOWS = (32, 64, 128, 256)
ROUNDS, NEAREST = 3, 10


def run(*words) -> list[dict]:
    text = subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in text.splitlines()]


def processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def ask_pymilvus(folder: pathlib.Path, endpoint: str, window: int) -> dict:
    from pymilvus import Collection, connections
    host, port = endpoint.split(":")
    connections.connect(host=host, port=port, user="root", password="Milvus")
    collection = Collection("bench")
    queries = np.fromfile(folder / "queries.f32", np.float32).reshape(-1, 256)
    truth = np.fromfile(folder / "truth.i64", np.int64).reshape(-1, NEAREST)
    params = {"metric_type": "COSINE", "params": {"ef": window}}
    for counts in (False, True):
        seconds, found, processor = [], 0, processor_seconds()
        for query, nearest in zip(queries, truth):
            start = time.perf_counter()
            # As many hits, and the same field, as our client asks for.
            hits = collection.search([query], "vector", params, limit=NEAREST + 8, output_fields=["group_id"],
                                     consistency_level="Eventually")[0]
            seconds.append(time.perf_counter() - start)
            found += len(set(hits.ids[:NEAREST]) & set(nearest.tolist()))
        processor = processor_seconds() - processor
    seconds.sort()
    return {"window": window, "recall": round(found / truth.size, 4), "qps": round(len(seconds) / sum(seconds), 1),
            "p50_ms": round(seconds[len(seconds) // 2] * 1e3, 3),
            "p99_ms": round(seconds[len(seconds) * 99 // 100] * 1e3, 3),
            "processor_us": round(processor / len(seconds) * 1e6, 1)}


def memory_bytes(pid: int) -> int:
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        server = folder / "server"
        subprocess.run([sys.executable, SERVER, "start", server], check=True)
        try:
            endpoint = (server / "address").read_text().strip()
            pid = int((server / "pid").read_text())
            result = {"server": "milvus 2.3.5 standalone, HNSW M 16, efConstruction 200", "empty_bytes": memory_bytes(pid)}
            result |= run(BENCH, "load", arguments.count, folder, endpoint)[0]
            result["loaded_bytes"] = memory_bytes(pid)
            result["clients"] = {"ours": [], "pymilvus": []}
            for window in WINDOWS:
                runs = {"ours": [], "pymilvus": []}
                for _ in range(ROUNDS):
                    runs["ours"] += run(BENCH, "ask", window, folder, endpoint)
                    runs["pymilvus"].append(ask_pymilvus(folder, endpoint, window))
                for name, all_runs in runs.items():
                    result["clients"][name].append(min(all_runs, key=lambda one: one["p50_ms"]))
            result["filters"] = run(BENCH, "filters", arguments.count, folder, endpoint)
        finally:
            subprocess.run([sys.executable, SERVER, "stop", server], check=True)
        result["embedded"] = run(BENCH, "embedded", arguments.count, folder)
    arguments.out.write_text(json.dumps(result, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
