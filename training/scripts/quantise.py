"""Makes an int8 copy of a model's folder, calibrated on real pictures, and measures what that costs.

    PYTHONPATH=training python training/scripts/quantise.py --model models/embedder --cache shared_cache --out build/int8/embedder \\
        --measure-cache shared_cache --catalog demo/catalog.csv --truth demo/truth.jsonl
    PYTHONPATH=training python training/scripts/quantise.py --model models/detector --pictures photos --out build/int8/detector \\
        --data ../shared/data --renders renders/train --demo demo
    build/release/bin/snapshelf models add build/int8/embedder/model.onnx --card build/int8/embedder/model.json

Calibration pictures come from --cache (folders of make_cache.py, their training part) and --pictures (a folder, taken with
its subfolders). With something to measure on, the result loses less than half a point of R@1 (embedder) or AP50
(detector), or parts stay in floating point until it does. A 1-minute example on a CPU: --pictures demo/photos alone.
"""

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np

from snapshelf_training import data, export, questions, run_card
from snapshelf_training.augment import to_catalog
from snapshelf_training.quantise import ALLOWED_LOSS, quantise

PICTURE_ENDINGS = {".jpg", ".jpeg", ".png", ".webp"}
Figures = dict[str, dict[str, float]]


def spread(count: int, wanted: int) -> np.ndarray:
    """`wanted` of 0 .. count-1, evenly."""
    return np.linspace(0, count - 1, min(wanted, count)).astype(int)


def calibration_pictures(arguments: argparse.Namespace) -> list[np.ndarray]:
    """The same number from each source."""
    sources = len(arguments.cache) + len(arguments.pictures)
    pictures = []
    for folder in arguments.cache:
        cache = data.read_cache(folder)
        rows = [row for row, entry in enumerate(cache.entries) if entry.split == "train"]
        pictures += [to_catalog(cache.picture(rows[i])) for i in spread(len(rows), arguments.count // sources)]
    for folder in arguments.pictures:
        paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_ENDINGS)
        pictures += [data.load_rgb(str(paths[i])) for i in spread(len(paths), arguments.count // sources)]
    return pictures


def embedder_sets(arguments: argparse.Namespace, size: int) -> dict[str, questions.Questions]:
    sets = {}
    for folder in arguments.measure_cache:
        cache = data.read_cache(folder)
        renders = any(entry.source == "render" for entry in cache.entries)
        sets |= questions.from_renders(cache, size) if renders else questions.from_shared(cache, size)
    if arguments.truth:
        sets |= questions.from_truth(arguments.catalog, arguments.truth)
    return sets


def measure_detector(arguments: argparse.Namespace):
    """-> a function (folder, precision) -> figures, or None without anything to measure on."""
    from export_detector import demo_samples, held_out_composites  # beside this file
    from snapshelf_training.detector.evaluate import evaluate

    sets = {}
    if arguments.data:
        sets["composites"] = held_out_composites(arguments.data, arguments.renders, arguments.composites)
    if arguments.demo:
        sets["demo_photos"] = demo_samples(arguments.demo)
    if not sets:
        return None

    def measure(folder: Path, precision: str | None = None) -> Figures:
        run, card = run_card.open_folder(folder, precision)

        def one(image: np.ndarray) -> np.ndarray:
            return run(run_card.normalise(card, image[None]))[0]

        scores = {name: evaluate(one, samples, threshold=0.25) for name, samples in sets.items()}
        parts = {name: {"ap50": round(s.ap50, 4), "recall": round(s.recall, 4), "precision": round(s.precision, 4)} for name, s in scores.items()}
        return parts | {"all": {"ap50": float(np.mean([s.ap50 for s in scores.values()]))}}

    return measure


def measure_embedder(arguments: argparse.Namespace, card: dict):
    sets = embedder_sets(arguments, card["input"]["width"])
    return (lambda folder, precision=None: questions.figures(folder, sets, precision)) if sets else None


def report(measure, original: Path, quantised: Path) -> Figures:
    """Figures by variant."""
    variants = {"f32": (original, "f32"), "bf16": (original, "bf16"), "int8": (quantised, None)}
    return {name: measure(*variant) for name, variant in variants.items()}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder with model.onnx and model.json")
    parser.add_argument("--out", type=Path, required=True)
    calibration = parser.add_argument_group("calibration")
    calibration.add_argument("--cache", type=Path, action="append", default=[])
    calibration.add_argument("--pictures", type=Path, action="append", default=[])
    calibration.add_argument("--count", type=int, default=300, help="pictures [300]")
    measuring = parser.add_argument_group("what to measure on")
    measuring.add_argument("--measure-cache", type=Path, action="append", default=[], help="embedder: folder of make_cache.py")
    measuring.add_argument("--catalog", type=Path, help="embedder: CSV, with --truth")
    measuring.add_argument("--truth", type=Path, help="embedder: JSON lines, as `evaluate` takes them")
    measuring.add_argument("--data", type=Path, help="detector: for held-out composites")
    measuring.add_argument("--renders", type=Path, default=Path("renders"), help="detector: rendered products [renders]")
    measuring.add_argument("--composites", type=int, default=300)
    measuring.add_argument("--demo", type=Path, help="detector: folder with truth.jsonl")
    measuring.add_argument("--allowed-loss", type=float, default=ALLOWED_LOSS)
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    cv2.setNumThreads(1)
    try:
        card = run_card.read_card(arguments.model)
        detects = card["task"] == "detect"
        measure = measure_detector(arguments) if detects else measure_embedder(arguments, card)
        figure = "ap50" if detects else "r@1"
        single = (lambda folder: measure(folder, "f32")["all"][figure]) if measure else None
        done = quantise(arguments.model, calibration_pictures(arguments), arguments.out, single, arguments.allowed_loss)
    except (ValueError, FileNotFoundError, KeyError) as error:
        sys.exit(f"quantise: {error}")
    answer: dict = {"step": done.step, "tried": done.tried, "bytes": (arguments.out / "model.onnx").stat().st_size}
    if measure:
        figures = report(measure, arguments.model, arguments.out)
        answer |= {"loss": round(done.loss, 5), "figures": figures}
        card = run_card.read_card(arguments.out)
        export.write_card(arguments.out / "model.json", card | {"scores": {k: v for k, v in figures["int8"].items() if k != "all"}})
    print(json.dumps(answer, indent=1))


if __name__ == "__main__":
    main()
