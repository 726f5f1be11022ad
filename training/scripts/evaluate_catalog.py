"""Measures an exported embedder on a catalog and a truth file, given the true boxes: what it does without a detector.

    PYTHONPATH=training python training/scripts/evaluate_catalog.py --card models/embedder/model.json \
        --catalog demo/catalog.csv --truth demo/truth.jsonl

Takes less than a minute on a CPU. Prints R@1, R@3 and R@5 as JSON.
"""

import argparse
import csv
import json
from pathlib import Path

import numpy as np

from snapshelf_training import data, geometry
from snapshelf_training.metrics import recall_at
from snapshelf_training.onnx_embed import embed_with_onnx

# As the product crops a detection.
MARGIN = 0.1


def read_catalog(path: Path) -> tuple[list[np.ndarray], list[str]]:
    """All pictures of all products, and the product's id for each."""
    pictures, owners = [], []
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            further = [name for name in (row.get("additional_image_link") or "").replace("|", ",").split(",") if name]
            for name in [row["image_link"], *further]:
                pictures.append(data.load_rgb(str(path.parent / name.strip())))
                owners.append(row["id"])
    return pictures, owners


def read_queries(path: Path) -> tuple[list[np.ndarray], list[str]]:
    """The objects of the shopper photos, cut out with a margin, and the product each shows."""
    crops, wanted = [], []
    for line in path.read_text(encoding="utf-8").splitlines():
        truth = json.loads(line)
        photo = data.load_rgb(str(path.parent / truth["photo"]))
        crops.append(geometry.crop_with_margin(photo, truth["box"], MARGIN) if truth.get("box") else photo)
        wanted.append(truth["relevant"][0])
    return crops, wanted


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--card", type=Path, required=True)
    parser.add_argument("--catalog", type=Path, required=True)
    parser.add_argument("--truth", type=Path, required=True)
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    embed, size = embed_with_onnx(arguments.card)
    pictures, owners = read_catalog(arguments.catalog)
    crops, wanted = read_queries(arguments.truth)
    gallery = embed(np.stack([geometry.letterbox(picture, size) for picture in pictures]))
    queries = embed(np.stack([geometry.letterbox(crop, size) for crop in crops]))
    scores = recall_at(queries, wanted, gallery, owners, (1, 3, 5))
    print(json.dumps({"objects": len(wanted), "products": len(set(owners))} | scores))


if __name__ == "__main__":
    main()
