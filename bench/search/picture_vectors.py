#!/usr/bin/env python3
"""Embeds crops of real pictures for bench/search/engine_bench and bench/peers/engines.py: vectors.f32 and queries.f32.

    .venv/bin/python bench/search/picture_vectors.py 200000 build/picture-vectors
    build/release/bin/engine_bench 200000 build/picture-vectors > bench/results/engine_real.json

Every picture below ../shared/data (SNAPSHELF_SHARED) gives equally many crops of a sixth to all of its area, half of
them mirrored, in other light, through the default embedder; a thousand more crops are the queries. Half an hour on two cores.
"""

import argparse
import json
import os
import pathlib

import numpy as np
import openvino as ov
from PIL import Image, ImageEnhance, ImageOps

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("SNAPSHELF_SHARED", ROOT.parent / "shared"))
QUERIES = 1000
SIDE_MAX = 640  # crops of larger pictures would only be shrunk
BATCH = 32


def crop(picture: Image.Image, rng: np.random.Generator, side: int) -> np.ndarray:
    """[side, side, 3] uint8, letterboxed on white."""
    share, aspect = rng.uniform(1 / 6, 1), np.exp(rng.uniform(-0.4, 0.4))
    width = min(picture.width, int((share * picture.width * picture.height * aspect) ** 0.5))
    height = min(picture.height, int((share * picture.width * picture.height / aspect) ** 0.5))
    left, top = rng.integers(picture.width - width + 1), rng.integers(picture.height - height + 1)
    part = picture.crop((left, top, left + width, top + height))
    if rng.random() < 0.5:
        part = ImageOps.mirror(part)
    part = ImageOps.pad(part, (side, side), color=(255, 255, 255))
    part = ImageEnhance.Brightness(part).enhance(rng.uniform(0.7, 1.3))
    return np.asarray(ImageEnhance.Color(part).enhance(rng.uniform(0.6, 1.4)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int)
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    card = json.loads((ROOT / "models/embedder/model.json").read_text())["input"]
    network = ov.Core().compile_model(ROOT / "models/embedder/model.onnx", "CPU", {"PERFORMANCE_HINT": "THROUGHPUT"})
    mean, std = np.array(card["mean"], np.float32), np.array(card["std"], np.float32)
    rng = np.random.default_rng(1)
    paths = sorted(path for path in (SHARED / "data").rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    total = arguments.count + QUERIES
    wanted = np.bincount(np.arange(total) % len(paths), minlength=len(paths))  # of each picture
    vectors = np.zeros((total, 256), np.float32)
    pending: list[np.ndarray] = []
    done = 0
    waiting = ov.AsyncInferQueue(network)

    def keep(request, start: int) -> None:
        found = request.get_output_tensor().data
        vectors[start:start + len(found)] = found / np.linalg.norm(found, axis=1, keepdims=True)

    waiting.set_callback(keep)

    def flush() -> None:
        nonlocal done, pending
        images = (np.stack(pending).astype(np.float32) - mean) / std
        waiting.start_async({card["name"]: np.ascontiguousarray(images.transpose(0, 3, 1, 2))}, done)
        done, pending = done + len(pending), []

    for path, crops in zip(paths, wanted):
        if crops == 0:
            break
        with Image.open(path) as opened:
            opened.draft("RGB", (SIDE_MAX, SIDE_MAX))
            picture = opened.convert("RGB")
        picture.thumbnail((SIDE_MAX, SIDE_MAX))
        for _ in range(crops):
            pending.append(crop(picture, rng, card["width"]))
            if len(pending) == BATCH:
                flush()
    if pending:
        flush()
    waiting.wait_all()
    order = rng.permutation(total)
    vectors[order[QUERIES:]].tofile(arguments.folder / "vectors.f32")
    vectors[order[:QUERIES]].tofile(arguments.folder / "queries.f32")


if __name__ == "__main__":
    main()
