#!/usr/bin/env python3
"""Faiss, usearch, SVS, Annoy and hnswlib (PyPI) against the embedded engine: recall@10 and queries a second.

    python3 -m venv build/peers-venv
    build/peers-venv/bin/pip install -r bench/peers/engines.txt
    build/peers-venv/bin/python bench/peers/engines.py 100000 build/peers-data --out bench/results/peers_100k.json

build/release/bin/engine_bench makes the data and is measured before and after the peers (its better run counts, as
the peers' better of two does). All engines use one thread; a peer's thousand queries are one call of it where it takes
a batch (all but Annoy, whose calls take 1 us of Python each), and the processor time of the process counts, so
that other work on the machine disturbs little.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np  # noqa: E402  (after the number of threads)

DIM, K, RECALLS = 256, 10, (0.95, 0.99)
ENGINE = pathlib.Path(__file__).resolve().parents[2] / "build/release/bin/engine_bench"


def ours(count: int, folder: pathlib.Path) -> dict:
    text = subprocess.run([ENGINE, str(count), "--ours", str(folder)], check=True, capture_output=True, text=True).stdout
    return json.loads(text)["engines"][0]


def faiss_ivf(vectors):
    import faiss
    faiss.omp_set_num_threads(os.cpu_count())
    lists = 4 * int(len(vectors) ** 0.5)
    index = faiss.index_factory(DIM, f"IVF{lists},PQ64x4fsr,RFlat", faiss.METRIC_INNER_PRODUCT)
    index.train(vectors[: 64 * lists])
    index.add(vectors)
    faiss.omp_set_num_threads(1)
    inner = faiss.extract_index_ivf(index.base_index)

    def search(queries, effort):
        inner.nprobe, index.k_factor = effort
        return index.search(queries, K)[1]
    # Lists that are read, and how many times k vectors are compared in full: more of these where the codes cost recall.
    return search, ((4, 10), (8, 10), (16, 10), (24, 10), (32, 10), (48, 10), (48, 30), (64, 30), (96, 30), (144, 30), (216, 30), (216, 90))


def usearch_i8(vectors):
    from usearch.index import Index
    index = Index(ndim=DIM, metric="cos", dtype="i8", connectivity=16, expansion_add=200)
    index.add(np.arange(len(vectors)), vectors, threads=os.cpu_count())

    def search(queries, effort):
        index.expansion_search = effort
        return index.search(queries, K, threads=1).keys
    return search, (16, 32, 64, 128, 256, 512)


def svs_lvq(vectors):
    if "GenuineIntel" not in pathlib.Path("/proc/cpuinfo").read_text():
        raise RuntimeError("its LVQ ends the program on processors that are not Intel's")
    import svs
    path = pathlib.Path(os.environ["PEERS_DATA"]) / "svs.fvecs"
    svs.write_vecs(vectors, str(path))
    loader = svs.VectorDataLoader(str(path), svs.DataType.float32, dims=DIM)
    data = svs.LVQLoader(loader, primary=4, residual=4)
    parameters = svs.VamanaBuildParameters(graph_max_degree=32, window_size=100, alpha=0.95)
    index = svs.Vamana.build(parameters, data, svs.DistanceType.MIP, num_threads=os.cpu_count())
    index.num_threads = 1

    def search(queries, effort):
        index.search_window_size = effort
        return index.search(queries, K)[0]
    return search, (10, 14, 20, 28, 40, 56, 80, 110, 160)


def annoy_angular(vectors):
    from annoy import AnnoyIndex
    index = AnnoyIndex(DIM, "dot")
    for i, vector in enumerate(vectors):
        index.add_item(i, vector)
    index.build(50, n_jobs=-1)

    def search(queries, effort):
        return np.array([index.get_nns_by_vector(q, K, search_k=effort) for q in queries])
    return search, (500, 1000, 2000, 4000, 8000, 16000, 32000)


def hnswlib_f32(vectors):
    import hnswlib
    index = hnswlib.Index(space="ip", dim=DIM)
    index.init_index(len(vectors), M=16, ef_construction=200)
    index.add_items(vectors)

    def search(queries, effort):
        index.set_ef(effort)
        return index.knn_query(queries, K, num_threads=1)[0]
    return search, (10, 14, 20, 28, 40, 64, 96, 160, 256)


PEERS = {"faiss IVF,PQ64x4fsr,RFlat": faiss_ivf, "usearch i8": usearch_i8, "SVS Vamana LVQ4x4": svs_lvq,
         "annoy": annoy_angular, "hnswlib (PyPI) float32": hnswlib_f32}


def measure(search, efforts, queries, truth):
    points = []
    for effort in efforts:
        qps = 0.0
        for _ in range(2):
            start = time.process_time()
            found = search(queries, effort)
            qps = max(qps, len(queries) / (time.process_time() - start))
        hits = sum(len(set(map(int, f)) & set(map(int, t))) for f, t in zip(found, truth))
        points.append({"effort": effort, "recall": hits / truth.size, "qps": round(qps)})
        if points[-1]["recall"] > 0.995:
            break
    return points


def qps_at(points, recall):
    """Interpolated between the settings around that recall; None if it is not reached."""
    for before, after in zip([None] + points, points):
        if after["recall"] < recall:
            continue
        if before is None or after["recall"] == before["recall"]:
            return after["qps"]
        share = (recall - before["recall"]) / (after["recall"] - before["recall"])
        return before["qps"] + share * (after["qps"] - before["qps"])
    return None


def report(arguments, mine, peers) -> None:
    """Compares what was measured so far, and writes it."""
    for peer in peers:
        if "points" not in peer:
            continue
        peer["ours_over"] = {}
        for recall in RECALLS:
            theirs = qps_at(peer["points"], recall)
            best = max(qps_at(run["points"], recall) or 0 for run in mine)
            peer["ours_over"][str(recall)] = round(best / theirs, 2) if theirs else "recall not reached"
        peer["ours_over"]["build_cpu"] = round(peer["build_cpu_s"] / min(run["build_cpu_s"] for run in mine), 2)
    result = {"vectors": arguments.count, "dim": DIM, "threads": 1, "ours": mine, "peers": peers}
    text = json.dumps(result, indent=1)
    if arguments.out:
        arguments.out.write_text(text + "\n")
    else:
        print(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--only", nargs="+", help="peers whose name has one of these")
    arguments = parser.parse_args()
    arguments.data.mkdir(parents=True, exist_ok=True)
    os.environ["PEERS_DATA"] = str(arguments.data)
    mine = [ours(arguments.count, arguments.data)]
    vectors = np.fromfile(arguments.data / "vectors.f32", np.float32).reshape(-1, DIM)
    queries = np.fromfile(arguments.data / "queries.f32", np.float32).reshape(-1, DIM)
    truth = np.fromfile(arguments.data / "truth.u64", np.uint64).reshape(-1, K)
    peers = []
    for name, build in PEERS.items():
        if arguments.only and not any(part in name for part in arguments.only):
            continue
        print(name, file=sys.stderr)
        wall, cpu = time.time(), time.process_time()
        try:
            search, efforts = build(vectors)
        except Exception as error:  # a peer that does not run here is reported, not hidden
            peers.append({"name": name, "error": f"{type(error).__name__}: {error}"})
            continue
        built = {"build_s": round(time.time() - wall, 1), "build_cpu_s": round(time.process_time() - cpu, 1)}
        peers.append({"name": name, **built, "points": measure(search, efforts, queries, truth)})
        del search
        report(arguments, mine, peers)
    mine.append(ours(arguments.count, arguments.data))
    report(arguments, mine, peers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
