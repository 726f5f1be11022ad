#!/usr/bin/env python3
"""What a Milvus cluster needs for more pictures than fit here: a model of bench/results/milvus_scale.json.

    python3 bench/search/milvus_sizing.py bench/results/milvus_scale.json

Memory of the query nodes is a straight line over the number of vectors, and their processor time a query one over the number of
segments, each of which is a graph of its own; both are fitted to the smaller sizes and checked against the largest, on one query node and
on two together. Larger segments cost little more each, so that shops of many millions have as few as Milvus makes by default. A
simulation then gives the latency: queries come at random (Poisson), go to every node of one replica, each node works them off in
turn in all its cores, and the slowest one counts; the proxy and the network add some 2 ms.
"""

import argparse
import heapq
import json
import math
import pathlib
import random

NODE_GIB, NODE_CORES = 64, 16
FULL = 0.75  # of a node's memory, so that another segment can be loaded while one is replaced
REPLICAS = 2
SIZES = (30_000_000, 300_000_000, 3_000_000_000)
SEGMENT_ROWS = 490_000  # of 256 values, in the 512 MB of a segment by default
RATES = (10, 50)  # queries a second, for the whole cluster
QUERIES = 20_000


def line(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Least squares: (at zero, slope)."""
    n, sx, sy = len(points), sum(x for x, _ in points), sum(y for _, y in points)
    slope = (n * sum(x * y for x, y in points) - sx * sy) / (n * sum(x * x for x, _ in points) - sx * sx)
    return (sy - slope * sx) / n, slope


def measured(size: dict, key: str) -> dict:
    """Sums over the query nodes, with the number of segments."""
    nodes = [node for name, node in size[key]["nodes"].items() if name.startswith("querynode")]
    return {"vectors": size["vectors"], "segments": len(size[key]["segments"]),
            **{what: sum(node[what] for node in nodes) for what in ("memory_mib", "processor_us")}}


def check(sizes: list[dict], what: str, over: str) -> tuple[float, float]:
    """The line of `what` over the sizes on one node; prints how well the smaller sizes foretell the largest, and one node two."""
    one = [measured(size, "one_query_node") for size in sizes]
    start, slope = line([(size[over], size[what]) for size in one[:-1]])
    for key, nodes in (("one_query_node", 1), ("two_query_nodes", 2)):
        largest = measured(sizes[-1], key)
        told = start * nodes + slope * largest[over]
        print(f"{what} over {over}, {key} with {largest['vectors']:,} vectors in {largest['segments']} segments: "
              f"told {told:,.0f}, measured {largest[what]:,} ({told / largest[what] - 1:+.0%})")
    return line([(size[over], size[what]) for size in one])


def simulate(work_seconds: float, nodes: int, rate: float) -> tuple[float, float]:
    """Median and p99 of the time on the query nodes of a replica, each of which works `work_seconds` in all its cores on a query."""
    generator, now, free, times = random.Random(1), 0.0, [0.0] * nodes, []
    for _ in range(QUERIES):
        now += generator.expovariate(rate / REPLICAS)
        ends = []
        for i, busy_until in enumerate(free):
            free[i] = max(now, busy_until) + work_seconds * generator.lognormvariate(0, 0.25)  # segments are not equal
            ends.append(free[i])
        times.append(heapq.nlargest(1, ends)[0] - now)
    times.sort()
    return times[len(times) // 2], times[len(times) * 99 // 100]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measured", type=pathlib.Path)
    sizes = sorted(json.loads(parser.parse_args().measured.read_text())["sizes"], key=lambda size: size["vectors"])
    mib, mib_a_vector = check(sizes, "memory_mib", "vectors")
    micros, micros_a_segment = check(sizes, "processor_us", "segments")
    print(f"\nA query node: {mib:.0f} MiB and {mib_a_vector * 2**20:.0f} bytes a vector; "
          f"{micros / 1e3:.2f} ms of processor time a query and {micros_a_segment / 1e3:.2f} ms more for each segment.\n")
    print(f"| pictures | memory of a replica | query nodes of {NODE_GIB} GiB and {NODE_CORES} cores, {REPLICAS} replicas | processor time a query | "
          + " | ".join(f"median, p99 at {rate}/s" for rate in RATES) + " |\n|--:|--:|--:|--:|" + "--:|" * len(RATES))
    for size in SIZES:
        gib = mib_a_vector * size / 1024
        nodes = math.ceil(gib / (NODE_GIB * FULL - mib / 1024))
        segments = size / SEGMENT_ROWS
        seconds = (micros * nodes + micros_a_segment * segments) / 1e6
        # A segment is searched by one core.
        work_seconds = (micros + micros_a_segment * math.ceil(segments / nodes / NODE_CORES)) / 1e6
        cells = []
        for rate in RATES:
            median, p99 = simulate(work_seconds, nodes, rate)
            cells.append(f"{median * 1e3:.0f}, {p99 * 1e3:.0f} ms" if work_seconds * rate / REPLICAS < 0.8 else "too many")
        print(f"| {size / 1e6:,.0f} M | {gib:,.0f} GiB | {REPLICAS * nodes} | {seconds * 1e3:,.0f} ms | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
