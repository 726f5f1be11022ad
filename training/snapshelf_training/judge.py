"""`evaluate`: judges an exported embedder on a catalog and a truth file, or on edited copies of the catalog.

Truth files are those of `snapshelf eval`; the boxes are taken as they are, so that the embedder is judged without a
detector; --detector judges one by its boxes. An answer is a product, scored by its best picture.
"""

import argparse
import csv
import dataclasses
import json
import sys
from pathlib import Path

import cv2
import numpy as np

from . import edits, run_card
from .data import load_rgb
from .detector import decode
from .detector.evaluate import average_precision, match
from .geometry import crop_with_margin, letterbox
from .onnx_embed import embed_with_onnx

MARGIN = 0.08  # around a box, as src/pipeline/objects.cpp cuts it
SHEET_ROWS = 12
TILE = 128  # px
EDIT_SEED = 1


@dataclasses.dataclass
class Catalog:
    """pictures[i] shows product owners[i]; category by product."""

    pictures: list[np.ndarray]
    owners: np.ndarray
    categories: dict[str, str]


@dataclasses.dataclass
class Query:
    picture: np.ndarray
    relevant: set[str]
    name: str


def read_catalog(path: Path) -> Catalog:
    pictures, owners, categories = [], [], {}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            categories[row["id"]] = row.get("category") or ""
            further = [name for name in (row.get("additional_image_link") or "").replace("|", ",").split(",") if name]
            for name in [row["image_link"], *further]:
                pictures.append(load_rgb(str(path.parent / name.strip())))
                owners.append(row["id"])
    if not pictures:
        raise ValueError(f"{path}: no products; a CSV with the columns id and image_link is needed")
    return Catalog(pictures, np.array(owners), categories)


def read_truth(path: Path) -> list[Query]:
    queries = []
    for line in filter(None, path.read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        photo = load_rgb(str(path.parent / row["photo"]))
        part = crop_with_margin(photo, row["box"], MARGIN) if row.get("box") else photo
        queries.append(Query(part, set(row["relevant"]), row["photo"]))
    if not queries:
        raise ValueError(f"{path}: no queries; a line is {{\"photo\": path, \"box\": [x, y, w, h], \"relevant\": [ids]}}")
    return queries


def edited_copies(catalog: Catalog, count: int, edit: edits.Edit) -> list[Query]:
    """`count` pictures of the catalog, evenly drawn, each edited once."""
    rng = np.random.default_rng(EDIT_SEED)
    chosen = np.linspace(0, len(catalog.pictures) - 1, min(count, len(catalog.pictures))).astype(int)
    return [Query(edit(rng, catalog.pictures[i]), {str(catalog.owners[i])}, f"{catalog.owners[i]}") for i in chosen]


def rank(queries: np.ndarray, gallery: np.ndarray, owners: np.ndarray) -> np.ndarray:
    """Product ids by falling score, [n, products]."""
    names, owner = np.unique(owners, return_inverse=True)
    scores = queries @ gallery.T
    best = np.full((len(queries), len(names)), -np.inf, np.float32)
    for picture, product in enumerate(owner):
        np.maximum(best[:, product], scores[:, picture], out=best[:, product])
    return names[np.argsort(-best, axis=1, kind="stable")]


def figures(ranked: np.ndarray, relevant: list[set[str]]) -> dict[str, float]:
    """R@k: a relevant product among the first k. mAP over the whole list."""
    hits = np.array([[name in wanted for name in row] for row, wanted in zip(ranked, relevant, strict=True)])
    recall = {f"r@{k}": round(float(hits[:, :k].any(axis=1).mean()), 4) for k in (1, 3, 5, 10)}
    found = np.cumsum(hits, axis=1)
    precision = found / np.arange(1, hits.shape[1] + 1)
    average = (precision * hits).sum(axis=1) / np.array([len(wanted) for wanted in relevant])
    return {"queries": len(relevant)} | recall | {"map": round(float(average.mean()), 4)}


def by_category(catalog: Catalog, queries: list[Query], ranked: np.ndarray) -> dict[str, dict[str, float]]:
    groups: dict[str, list[int]] = {}
    for number, query in enumerate(queries):
        category = catalog.categories.get(next(iter(sorted(query.relevant))), "")
        groups.setdefault(category, []).append(number)
    return {name: figures(ranked[rows], [queries[r].relevant for r in rows]) for name, rows in sorted(groups.items())}


def failure_sheet(catalog: Catalog, queries: list[Query], ranked: np.ndarray) -> np.ndarray:
    """The worst queries: the query, then the product meant, then the first five found. [h, w, 3] RGB."""
    ranks = [min(np.flatnonzero(np.isin(row, list(q.relevant))), default=len(row)) for row, q in zip(ranked, queries, strict=True)]
    worst = [i for i in np.argsort(ranks, kind="stable")[::-1] if ranks[i] > 0][:SHEET_ROWS]
    picture_of = {owner: picture for owner, picture in zip(catalog.owners[::-1], catalog.pictures[::-1], strict=True)}
    rows = []
    for number in worst:
        query = queries[number]
        shown = [query.picture, picture_of[sorted(query.relevant)[0]], *(picture_of[name] for name in ranked[number, :5])]
        rows.append(np.concatenate([letterbox(picture, TILE) for picture in shown], axis=1))
    return np.concatenate(rows) if rows else np.full((TILE, 7 * TILE, 3), 255, np.uint8)


def judge_boxes(folder: Path, truth: Path) -> dict[str, float]:
    """AP50 of a detector's folder over the boxes of a truth file, classes not compared, from the card's threshold upwards."""
    run, card = run_card.open_folder(folder)
    if card["decoder"] != "yolov8":
        raise ValueError(f"{folder}: its output is that of {card['decoder']}; only yolov8's is read here, `snapshelf eval` reads all")
    boxes: dict[str, list] = {}
    for row in map(json.loads, filter(None, truth.read_text(encoding="utf-8").splitlines())):
        if row.get("box"):
            boxes.setdefault(row["photo"], []).append(row["box"])
    if not boxes:
        raise ValueError(f"{truth}: no boxes")
    scores, correct = [], []
    for photo, given in boxes.items():
        fitted, placed = decode.letterbox(load_rgb(str(truth.parent / photo)), card["input"]["width"])
        found = decode.read_output(run_card.run_pictures(run, card, fitted[None])[0], card["score_threshold"], card["nms_iou"])
        corners = np.array([[x, y, x + w, y + h] for x, y, w, h in given], np.float32)
        hits, _ = match(found, placed.to_input(corners), np.zeros(len(corners), int))
        scores.append(found.scores)
        correct.append(hits >= 0)
    count = sum(map(len, boxes.values()))
    return {"boxes": count, "ap50": round(average_precision(np.concatenate(scores), np.concatenate(correct), count), 4)}


def evaluate(arguments: argparse.Namespace) -> dict:
    embed, size = embed_with_onnx(arguments.card)
    catalog = read_catalog(arguments.catalog)
    gallery = embed(np.stack([letterbox(picture, size) for picture in catalog.pictures]))

    def judge(queries: list[Query]) -> np.ndarray:
        vectors = embed(np.stack([letterbox(query.picture, size) for query in queries]))
        return rank(vectors, gallery, catalog.owners)

    result: dict = {"products": len(catalog.categories)}
    if arguments.truth:
        queries = read_truth(arguments.truth)
        ranked = judge(queries)
        result["truth"] = figures(ranked, [query.relevant for query in queries])
        if arguments.categories:
            result["categories"] = by_category(catalog, queries, ranked)
        if arguments.detector:
            result["detector"] = judge_boxes(arguments.detector, arguments.truth)
        if arguments.sheet:
            sheet = failure_sheet(catalog, queries, ranked)
            cv2.imwrite(str(arguments.sheet), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    if arguments.edited:
        result["edited"] = {}
        for name, edit in edits.EDITS.items():
            queries = edited_copies(catalog, arguments.edited, edit)
            result["edited"][name] = figures(judge(queries), [query.relevant for query in queries])
    return result


def run(arguments: argparse.Namespace) -> None:
    if not (arguments.truth or arguments.edited):
        sys.exit("evaluate: give --truth FILE, --edited COUNT, or both")
    try:
        print(json.dumps(evaluate(arguments), indent=1))
    except (ValueError, FileNotFoundError, KeyError) as error:
        sys.exit(f"evaluate: {error}")


def add_command(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "evaluate",
        help="judge an embedder on a catalog",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Example:\n  python -m snapshelf_training evaluate --card models/embedder/model.json \\\n"
        "    --catalog demo/catalog.csv --truth demo/truth.jsonl --edited 320 --sheet failures.jpg",
    )
    parser.add_argument("--card", type=Path, required=True)
    parser.add_argument("--catalog", type=Path, required=True, help="CSV feed: id, image_link, additional_image_link, category")
    parser.add_argument("--truth", type=Path, help="JSON lines: photo, box, relevant")
    parser.add_argument("--edited", type=int, metavar="COUNT", help="edited copies of that many catalog pictures as queries")
    parser.add_argument("--detector", type=Path, help="a detector's folder: AP50 of its boxes against those of the truth")
    parser.add_argument("--categories", action="store_true", help="figures by category too")
    parser.add_argument("--sheet", type=Path, help="writes the worst failures as a picture")
    parser.set_defaults(run=run)
