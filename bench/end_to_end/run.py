#!/usr/bin/env python3
"""Import rate and query latency over HTTP, Snapshelf against bench/peers/python_shop.py, paired in one run.

    python3 -m venv build/bench-venv && build/bench-venv/bin/pip install -r bench/peers/requirements.txt
    bench/end_to_end/run.py --catalog FOLDER --photos FOLDER --out bench/results/end_to_end.json

Both take turns (A B A B ...), import the same folder of pictures, and answer the same photos with the same ONNX files.
Ratios are per round, the median is reported: above 1 means that Snapshelf is faster. The seconds of an import are
those of the work, without start-up and loading of models, as each program reports them itself.
"""

import argparse
import concurrent.futures
import http.client
import json
import os
import pathlib
import platform
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/release/bin/snapshelf"
PEER = [ROOT / "build/bench-venv/bin/python", ROOT / "bench/peers/python_shop.py"]


def peak_mib(pid: int) -> float:
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024


def query(connection: http.client.HTTPConnection, photo: bytes) -> float:
    start = time.perf_counter()
    connection.request("POST", "/v1/search?k=10", photo, {"Content-Type": "image/jpeg"})
    response = connection.getresponse()
    answer = json.loads(response.read())
    if response.status != 200 or not answer["objects"][0]["products"]:
        raise RuntimeError(f"{response.status}: {str(answer)[:200]}")
    return time.perf_counter() - start


def latencies(port: int, photos: list[bytes], clients: int, queries: int) -> tuple[list[float], float]:
    def client(number: int) -> list[float]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        mine = range(number, queries, clients)
        return [query(connection, photos[i % len(photos)]) for i in mine]

    start = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        times = [value for part in pool.map(client, range(clients)) for value in part]
    return times, queries / (time.perf_counter() - start)


def measure_server(process: subprocess.Popen, port: int, photos: list[bytes], queries: int) -> dict:
    latencies(port, photos, 2, 8)  # warm-up
    result = {}
    for clients in (1, 8):
        times, rate = latencies(port, photos, clients, queries)
        times.sort()
        result[f"p50_ms_{clients}"] = 1000 * times[len(times) // 2]
        result[f"p99_ms_{clients}"] = 1000 * times[int(len(times) * 0.99)]
        result[f"queries_per_s_{clients}"] = rate
    result["peak_mib"] = peak_mib(process.pid)
    return result


def port_in(line: str) -> int:
    return int(line.split("http://")[1].split("/")[0].split(":")[1])


def snapshelf(arguments: argparse.Namespace, data: pathlib.Path, photos: list[bytes]) -> dict:
    shutil.rmtree(data, ignore_errors=True)
    models = ["--models", arguments.models, "--detector", arguments.detector, "--embedder", arguments.embedder, "--data", data]
    done = subprocess.run(["/usr/bin/time", "-f", "%M", PROGRAM, "import", arguments.catalog, "--json", *models,
                           *(["--second-look-pictures", "0"] if arguments.no_second_look else [])],
                          capture_output=True, text=True, check=True)
    summary = json.loads(done.stdout)
    server = subprocess.Popen([PROGRAM, "serve", "--port", "0", *models], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
    result = measure_server(server, port_in(server.stdout.readline()), photos, arguments.queries)
    server.send_signal(signal.SIGTERM)
    server.wait(60)
    return {"pictures_per_s": summary["pictures_embedded"] / summary["seconds"],
            "import_peak_mib": int(done.stderr.split()[-1]) / 1024, **result}


def peer(arguments: argparse.Namespace, photos: list[bytes]) -> dict:
    command = [*PEER, "--models", arguments.models, "--detector", arguments.detector, "--embedder", arguments.embedder,
               "serve", arguments.catalog]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    summary = json.loads(process.stdout.readline())
    import_peak = peak_mib(process.pid)
    result = measure_server(process, port_in(process.stdout.readline()), photos, arguments.queries)
    process.kill()
    process.wait()
    return {"pictures_per_s": summary["pictures"] / summary["seconds"], "import_peak_mib": import_peak, **result}


def ratio(ours: dict, theirs: dict, name: str) -> float:
    more_is_better = name.startswith(("pictures", "queries"))
    return ours[name] / theirs[name] if more_is_better else theirs[name] / ours[name]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--catalog", type=pathlib.Path, required=True, help="folder of catalog pictures")
    parser.add_argument("--photos", type=pathlib.Path, required=True, help="folder of photos to ask with")
    parser.add_argument("--models", type=pathlib.Path, default=ROOT / "models")
    parser.add_argument("--detector", default="detector")
    parser.add_argument("--embedder", default="embedder")
    parser.add_argument("--no-second-look", action="store_true", help="the same work as the peer, which has none")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--out", type=pathlib.Path)
    arguments = parser.parse_args()
    photos = [path.read_bytes() for path in sorted(arguments.photos.rglob("*.jpg"))[:100]]
    rounds = []
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(arguments.rounds):
            ours = snapshelf(arguments, pathlib.Path(scratch) / "data", photos)
            theirs = peer(arguments, photos)
            rounds.append({"snapshelf": ours, "python": theirs})
            print(f"round {number + 1}: " + ", ".join(f"{name} x{ratio(ours, theirs, name):.2f}" for name in ours), flush=True)
    names = list(rounds[0]["snapshelf"])
    median = {side: {name: statistics.median(one[side][name] for one in rounds) for name in names} for side in rounds[0]}
    ratios = {name: statistics.median(ratio(one["snapshelf"], one["python"], name) for one in rounds) for name in names}
    cpu = next(line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name"))
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    result = {"machine": {"cpu": cpu, "cores": os.cpu_count(), "python": platform.python_version()}, "commit": commit,
              "detector": arguments.detector, "embedder": arguments.embedder,
              "second_look": not arguments.no_second_look, "rounds": arguments.rounds,
              "queries": arguments.queries, "median": median, "ratio": ratios}
    for name in names:
        print(f"{name:20} snapshelf {median['snapshelf'][name]:9.1f}  python {median['python'][name]:9.1f}  x{ratios[name]:.2f}")
    if arguments.out:
        arguments.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
