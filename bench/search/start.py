#!/usr/bin/env python3
"""Two builds of start_bench on one store, in turns: seconds to the first answer after the start, with the disk cold.

    build/release/bin/start_bench make 30000000 build/blank
    bench/search/start.py BEFORE/start_bench build/release/bin/start_bench 30000000 build/blank > bench/results/start_30m.json
"""

import json
import statistics
import subprocess
import sys

ROUNDS = 5


def start_s(program: str, count: str, store: str) -> float:
    return json.loads(subprocess.run([program, "open", count, store], check=True, capture_output=True, text=True).stdout)["first_answer_s"]


def main() -> int:
    if len(sys.argv) != 5:
        print(__doc__, file=sys.stderr)
        return 2
    before, after, count, store = sys.argv[1:]
    runs = {"before": [], "after": []}
    for _ in range(ROUNDS):
        runs["before"].append(start_s(before, count, store))
        runs["after"].append(start_s(after, count, store))
    medians = {name: statistics.median(times) for name, times in runs.items()}
    print(json.dumps({"vectors": int(count), "first_answer_s": runs, "median_s": medians, "ratio": round(medians["after"] / medians["before"], 2)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
