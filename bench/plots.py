#!/usr/bin/env python3
"""Draws docs/performance.md's plots from bench/results.

    python3 -m venv build/plots-venv
    build/plots-venv/bin/pip install -r bench/plots.txt
    build/plots-venv/bin/python bench/plots.py

Results that are not there are left out.
"""

import json
import pathlib

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402  (after the backend)

ROOT = pathlib.Path(__file__).resolve().parents[1]
RESULTS, OUT = ROOT / "bench/results", ROOT / "docs/images/performance"
OURS, PEERS = "#0b6b57", ("#c2571a", "#6b5b95", "#2f6fb0", "#a0355c", "#7a7a2a", "#777777")
RECALL_FROM = 0.85


def style() -> None:
    plt.rcParams.update({
        "figure.figsize": (7.2, 4.2), "figure.dpi": 100, "svg.fonttype": "none", "svg.hashsalt": "snapshelf",
        "font.family": "sans-serif", "font.size": 10.5, "axes.spines.top": False, "axes.spines.right": False,
        "axes.grid": True, "grid.color": "#e4e4e0", "grid.linewidth": 0.8, "axes.axisbelow": True,
        "axes.edgecolor": "#8a8a84", "axes.titlesize": 11.5, "axes.titleweight": "bold", "axes.titlelocation": "left",
        "legend.frameon": False, "lines.linewidth": 1.8, "lines.markersize": 4})


def load(name: str):
    path = RESULTS / name
    return json.loads(path.read_text()) if path.exists() else None


def save(figure, name: str) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    # Without the date: the same results give the same file.
    figure.savefig(OUT / f"{name}.svg", metadata={"Date": None})
    plt.close(figure)


def count_name(count: int) -> str:
    return f"{count // 1_000_000} million" if count >= 1_000_000 else f"{count // 1000},000"


def recall_curve(axes, points, label: str, colour: str, width: float = 1.8) -> None:
    points = [p for p in points if p["recall"] >= RECALL_FROM]
    axes.plot([p["recall"] for p in points], [p["qps"] for p in points], "o-", label=label, color=colour, linewidth=width)


def plot_recall(name: str, engines: list[tuple[str, list]], title: str) -> None:
    figure, axes = plt.subplots()
    for number, (label, points) in enumerate(engines):
        recall_curve(axes, points, label, OURS if number == 0 else PEERS[(number - 1) % len(PEERS)], 2.6 if number == 0 else 1.6)
    axes.set(yscale="log", xlabel="recall@10", ylabel="queries a second, one thread", title=title, xlim=(RECALL_FROM, 1.0))
    axes.legend(fontsize=9, loc="lower left")
    save(figure, name)


def best_run(runs: list[dict]) -> list[dict]:
    return max(runs, key=lambda run: sum(p["qps"] for p in run["points"]))["points"]


def peers_engines(*names: str) -> list[tuple[str, list]]:
    """Ours first; a peer of a later file takes the place of the same in an earlier one."""
    found: dict[str, list] = {}
    ours: list[dict] = []
    for result in filter(None, map(load, names)):
        ours += result["ours"]
        found.update({p["name"]: p["points"] for p in result["peers"] if "points" in p})
    return [("Snapshelf", best_run(ours)), *found.items()] if ours else []


def stores() -> list[dict]:
    found = [json.loads(path.read_text()) for path in RESULTS.glob("store_*.json")]
    return sorted((s for s in found if "filters" in s), key=lambda s: s["vectors"])


def plot_growth() -> None:
    """Latency, memory and recall of stores of several sizes, as queries come that name nothing."""
    found = stores()
    sizes = [s["vectors"] for s in found]
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.4, 3.9))
    for key, label, mark in (("cpu_p50_us", "p50", "o-"), ("cpu_p99_us", "p99", "s--")):
        left.plot(sizes, [s["default"][key] / 1000 for s in found], mark, color=OURS, label=label)
    for s in found:
        left.annotate(f"recall {s['default']['recall']:.3f}", (s["vectors"], s["default"]["cpu_p50_us"] / 1000),
                      textcoords="offset points", xytext=(6, -12), ha="center", fontsize=8, color="#555555")
    left.set(xscale="log", yscale="log", xlabel="vectors", ylabel="ms a query, one thread", title="Latency", ylim=(0.03, None))
    left.margins(x=0.12)
    left.legend(fontsize=9)
    right.plot(sizes, [s["memory_bytes_per_vector"] for s in found], "o-", color=OURS, label="in memory")
    right.axhline(1024, color=PEERS[0], linestyle=":", label="float32 vectors alone")
    right.set(xscale="log", xlabel="vectors", ylabel="bytes a vector", title="Memory", ylim=(0, 1150))
    right.legend(fontsize=9, loc="center left")
    save(figure, "growth")


def plot_import(name: str) -> None:
    path = RESULTS / name
    if not path.exists():
        return
    steps = [json.loads(line) for line in path.read_text().splitlines()]
    rows = [s["rows"] / 1e6 for s in steps]
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.4, 3.9))
    processor = [s["cpu_s"] / max(1, s["rows"] - before) * 1e6 for s, before in zip(steps, [0] + [s["rows"] for s in steps])]
    # The line after a stop counts only what came since; the last one is of the sealing.
    whole = [i for i in range(len(steps) - 1) if i == 0 or processor[i] > processor[i - 1] * 0.6]
    left.plot([rows[i] for i in whole], [processor[i] for i in whole], color=OURS)
    left.set(xlabel="million vectors", ylabel="processor time a vector, us", title="Building", ylim=(0, None))
    right.plot(rows, [s["anonymous_bytes"] / 1e9 for s in steps], color=OURS)
    right.set(xlabel="million vectors", ylabel="GB", title="Memory while importing", ylim=(0, None))
    save(figure, "import")


def plot_filters() -> None:
    found = stores()
    figure, axes = plt.subplots()
    colours = (OURS, *PEERS)
    for number, s in enumerate(found):
        for kind, line in (("by chance", "o-"), ("category", "s--")):
            shares = sorted((f for f in s["filters"] if f["name"].startswith(kind)), key=lambda f: f["passing"])
            axes.plot([100 * f["passing"] for f in shares], [f["cpu_p50_us"] / 1000 for f in shares], line,
                      color=colours[number % len(colours)], label=count_name(s["vectors"]) if kind == "by chance" else None)
    axes.set(xscale="log", yscale="log", xlabel="% of the vectors pass", ylabel="ms a query (p50)",
             title="Filters: by chance (solid), one category (dashed)")
    axes.legend(fontsize=9, loc="center left", bbox_to_anchor=(1, 0.5))
    save(figure, "filters")


def main() -> None:
    style()
    # Only what was measured on one kind of processor stands in one picture.
    for name, title, files in (
        ("recall_100k", "100,000 product-like vectors, Xeon", ("peers_100k_xeon.json",)),
        ("recall_1m", "One million product-like vectors, Xeon", ("peers_1m_xeon.json",)),
        ("recall_real", "Embeddings of 200,000 crops of pictures, EPYC", ("peers_real.json",)),
    ):
        if engines := peers_engines(*files):
            plot_recall(name, engines, title)
    if result := load("engine_300k.json"):
        plot_recall("recall_300k", [(e["name"].replace("snapshelf", "Snapshelf"), e["points"]) for e in result["engines"]],
                    "300,000 product-like vectors, in one process")
    if stores():
        plot_growth()
        plot_filters()
    plot_import("store_30m_import.jsonl")


if __name__ == "__main__":
    main()
