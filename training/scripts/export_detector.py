"""Exports a trained detector and measures the exported file.

    PYTHONPATH=training python training/scripts/export_detector.py --checkpoint build/detector/last.pt \
        --data ../shared/data --renders build/renders/train --demo demo --out models/detector

All figures are of the ONNX file as written, through OpenVINO: held-out composites, held-out COCO photos
and, where --demo is given, the demo's photos, which are never trained on.
"""

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
import openvino
import torch

from snapshelf_training.detector.compose import Sample, Sources, boxed, compose
from snapshelf_training.detector.cutouts import Pool, RenderReader, load_grocery, load_magento, read_rgb
from snapshelf_training.detector.evaluate import Runner, Scores, evaluate
from snapshelf_training.detector.export import INPUT_SIZE, export_onnx, write_card
from snapshelf_training.detector.model import Detector, ModelConfig
from snapshelf_training.detector.photos import load_coco

TRAINING_DATA = (
    "Composites made on the fly of products rendered by the project, catalog pictures (magento2-sample-data, "
    "OSL-3.0/AFL-3.0), grocery pictures (GroceryStoreDataset, MIT) and clothing pictures (clothing-dataset, CC0) on "
    "procedural backgrounds; 100 COCO128 photos with their boxes (CC BY 4.0); clothing photos with boxes found by GrabCut"
)


def make_runner(path: Path) -> Runner:
    """The model file on OpenVINO, fp32, two threads."""
    core = openvino.Core()
    options = {"INFERENCE_NUM_THREADS": 2, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    compiled = core.compile_model(str(path), "CPU", options)

    def run(image: np.ndarray) -> np.ndarray:
        x = np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32) / 255
        return compiled([x])[compiled.output(0)][0]

    return run


def demo_samples(folder: Path) -> list[Sample]:
    """The demo's photos with their true boxes, all labelled 0 (the truth names no class)."""
    boxes: dict[str, list] = {}
    for line in (folder / "truth.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row.get("box"):
            boxes.setdefault(row["photo"], []).append(row["box"])
    samples = []
    for photo, rows in sorted(boxes.items()):
        path = folder / photo if (folder / photo).is_file() else folder.parent / photo
        corners = np.array(rows, np.float32)
        corners[:, 2:] += corners[:, :2]
        samples.append(boxed(read_rgb(path), corners, np.zeros(len(rows), np.int64), INPUT_SIZE))
    return samples


def held_out_composites(data: Path, renders: Path, count: int) -> list[Sample]:
    """Composites of products, and on backgrounds, that training never saw."""
    pool = Pool()
    load_magento(data / "magento", pool)
    load_grocery(data / "grocery", pool)
    RenderReader(renders).refresh(pool)
    sources = Sources(pool.held_out, [])
    sources.index()
    rng = np.random.default_rng(12345)
    return [compose(rng, sources, INPUT_SIZE) for _ in range(count)]


def milliseconds(run: Runner, samples: list[Sample]) -> float:
    """Median time of one picture, after warming up."""
    times = []
    for sample in samples[:60]:
        start = time.perf_counter()
        run(sample.image)
        times.append(time.perf_counter() - start)
    return float(np.median(times[10:]) * 1000)


def describe(scores: Scores, with_names: bool) -> dict:
    """Figures for the card."""
    figures = {key: round(value, 3) for key, value in asdict(scores).items()}
    if not with_names:
        del figures["named"]
    return figures


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--renders", type=Path, default=Path("renders"))
    parser.add_argument("--demo", type=Path, help="the demo folder with truth.jsonl")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", default="1")
    parser.add_argument("--threshold", type=float, default=0.25, help="score at which the figures are taken")
    parser.add_argument("--card-threshold", type=float, default=0.07, help="score_threshold of the card")
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    cv2.setNumThreads(1)
    state = torch.load(args.checkpoint, weights_only=True)
    detector = Detector(ModelConfig(**state["config"]))
    detector.load_state_dict(state["average"])
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / "model.onnx"
    export_onnx(detector.eval(), path)
    run = make_runner(path)
    composites = held_out_composites(args.data, args.renders, 300)
    boxed_coco = [boxed(p.rgb, p.boxes, p.labels, INPUT_SIZE) for p in load_coco(args.data / "coco128")[1]]
    scores = {
        "composites": describe(evaluate(run, composites, args.threshold), True),
        "coco_held_out_28": describe(evaluate(run, boxed_coco, args.threshold), True),
    }
    if args.demo and (args.demo / "truth.jsonl").is_file():
        scores["demo_photos"] = describe(evaluate(run, demo_samples(args.demo), args.threshold), False)
    write_card(args.out, args.version, args.card_threshold, TRAINING_DATA, scores)
    print(json.dumps({"scores": scores, "ms": round(milliseconds(run, composites), 2), "bytes": path.stat().st_size}, indent=1))


if __name__ == "__main__":
    main()
