#!/usr/bin/env python3
"""Two builds of store_bench on one store, in turns: recall@10 and processor time of single queries, the best round of each.

    build/release/bin/store_bench import 300000 build/store && build/release/bin/store_bench truth 300000 build/store
    bench/search/versions.py BEFORE/store_bench build/release/bin/store_bench 300000 build/store > bench/results/NAME.json

Both builds must read the same store. The best counts, since other tenants of a machine only ever add; compare a build with itself to see
how much they add still.
"""

import json
import subprocess
import sys

ROUNDS = 5
TIMES = ("cpu_p50_us", "cpu_p99_us")


def efforts(program: str, count: str, store: str) -> dict:
    result = json.loads(subprocess.run([program, "query", count, store], check=True, capture_output=True, text=True).stdout)
    return {name: figures for name, figures in result.items() if name.startswith(("default", "products", "reach_", "window_"))}


def best(runs: list[dict], effort: str) -> dict:
    return {"recall": runs[0][effort]["recall"], **{figure: min(run[effort][figure] for run in runs) for figure in TIMES}}


def main() -> int:
    if len(sys.argv) != 5:
        print(__doc__, file=sys.stderr)
        return 2
    before, after, count, store = sys.argv[1:]
    runs = {before: [], after: []}
    for _ in range(ROUNDS):
        for program, found in runs.items():
            found.append(efforts(program, count, store))
    compared = {}
    for effort in runs[before][0]:
        old, new = best(runs[before], effort), best(runs[after], effort)
        ratios = {f"{figure}_ratio": round(new[figure] / old[figure], 2) for figure in TIMES}
        compared[effort] = {"before": old, "after": new, **ratios}
    print(json.dumps({"vectors": int(count), "rounds": ROUNDS, "efforts": compared}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
