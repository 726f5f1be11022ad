#!/usr/bin/env python3
"""Two builds of start_bench on one store, in turns: seconds to the first answer after the start, with the disk cold.

    build/release/bin/start_bench make 30000000 build/blank
    bench/search/start.py BEFORE/start_bench build/release/bin/start_bench 30000000 build/blank > bench/results/start_30m.json

A fifth argument is a pause in seconds before each start: a virtual machine gives memory that was freed back to its host, and to get it again takes longer
than reading from the disk.
"""

import json
import statistics
import subprocess
import sys
import time

ROUNDS = 5
PAUSED_ROUNDS = 3


def start_s(program: str, count: str, store: str, pause_s: float) -> float:
    time.sleep(pause_s)
    return json.loads(subprocess.run([program, "open", count, store], check=True, capture_output=True, text=True).stdout)["first_answer_s"]


def main() -> int:
    if len(sys.argv) not in (5, 6):
        print(__doc__, file=sys.stderr)
        return 2
    before, after, count, store = sys.argv[1:5]
    pause_s = float(sys.argv[5]) if len(sys.argv) == 6 else 0.0
    runs = {"before": [], "after": []}
    for _ in range(PAUSED_ROUNDS if pause_s else ROUNDS):
        runs["before"].append(start_s(before, count, store, pause_s))
        runs["after"].append(start_s(after, count, store, pause_s))
    medians = {name: statistics.median(times) for name, times in runs.items()}
    print(json.dumps({"vectors": int(count), "pause_s": pause_s, "first_answer_s": runs, "median_s": medians, "ratio": round(medians["after"] / medians["before"], 2)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
