#!/usr/bin/env python3
"""Measures retrieval on real photos, the demo and edited copies: the figures of docs/models.md.

    PYTHON tests/shared/measure.py --out bench/results/retrieval_real.json > tables.md

For each pair of models, with the second look and without: imports the catalogs and asks `snapshelf eval`. PYTHON has OpenCV: that of
build/training-venv, which `./snapshelf test` makes, or of training. It takes half an hour on two cores; --edited 100 is quicker.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import catalogs

PROGRAM = pathlib.Path(os.environ.get("SNAPSHELF_BIN", catalogs.ROOT / "build/release/bin/snapshelf"))
CARDS = catalogs.ROOT / "tests/data/cards"
PEERS = {"resnet50_c4": "resnet50_c4_imagenet.onnx", "densenet121": "densenet121_imagenet.onnx"}
MODELS = {  # row of the tables: embedder below the folder of shared_models, or None for the default models
    "YOLOX-nano + ResNet-50-C4 + PCA-256": "resnet50_c4",
    "YOLOX-nano + DenseNet-121 + PCA-256": "densenet121",
    "default models": None,
}
LOOKS = {"second look": [], "embedding alone": ["--second-look-pictures", 0]}
FIGURES = ("r@1", "r@5", "r@10", "map")
UNSEEN, SEEN = "Never trained on", "Trained on"
JPEG_QUALITY = 95  # of the edited copies, so that the edit alone tells
EDIT_SEED = 1


def run(*arguments: object) -> str:
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"snapshelf {' '.join(map(str, arguments))}\n{done.stderr}")
    return done.stdout


def shared_models(folder: pathlib.Path, embedders: list[str]) -> pathlib.Path:
    """A models folder with YOLOX-nano and public embedders, each with a projection fitted here."""
    models = folder / "models"
    models.mkdir()
    run("models", "add", catalogs.SHARED / "models/yolox_nano.onnx", "--card", CARDS / "yolox_nano.json", "--models", models)
    pictures = catalogs.fitting_pictures(folder)
    for name in embedders:
        run("models", "add", catalogs.SHARED / "models" / PEERS[name], "--card", CARDS / f"{name}.json", "--models", models)
        run("models", "fit-projection", name, "--pictures", pictures, "--models", models)
    return models


def evaluate(truth: pathlib.Path, data: pathlib.Path, models: list[object], *options: str) -> dict:
    output = run("eval", truth, "--data", data, "--json", "--categories", *options, *models)
    return json.loads(output, parse_float=lambda number: round(float(number), 4))


def measure(models: list[object], folder: pathlib.Path, look: list[object] = (), unseen: set[str] = frozenset()) -> dict:
    """{"magento backs": {"detected": {...}, "whole": {...}}, ...} with the models named by the options `models`.

    Queries for the products `unseen` are asked once more on their own.
    """
    figures = {}
    for name, made in (("magento", catalogs.magento(folder)), ("grocery", catalogs.grocery(folder))):
        data = folder / f"{name}-data"
        run("import", made.pop("feed"), "--data", data, *look, *models)
        made["unseen"] = only_unseen(list(made.values()), unseen, folder / f"{name}-unseen.jsonl")
        for truth_name, truth in made.items():
            if truth.stat().st_size:
                figures[f"{name} {truth_name}"] = {
                    mode: evaluate(truth, data, models, *options) for mode, options in (("detected", []), ("whole", ["--whole"]))}
    return figures


def only_unseen(truths: list[pathlib.Path], unseen: set[str], path: pathlib.Path) -> pathlib.Path:
    rows = [line for truth in truths for line in truth.read_text().splitlines() if set(json.loads(line)["relevant"]) <= unseen]
    path.write_text("".join(row + "\n" for row in rows))
    return path


def measure_demo(models: list[object], folder: pathlib.Path, look: list[object]) -> dict:
    """Through detection alone: a photo shows several objects."""
    made = catalogs.demo()
    run("import", made["feed"], "--data", folder / "demo-data", *look, *models)
    return {"demo objects": {"detected": evaluate(made["objects"], folder / "demo-data", models)}}


def never_trained_on() -> set[str]:
    """Ids of products of which the default models' training has seen no picture: training's own splits, and the demo."""
    from snapshelf_training import data

    grocery, magento = catalogs.SHARED / "data/grocery", catalogs.SHARED / "data/magento"
    entries = data.list_magento(magento) + [e for part in ("iconic", "train", "val") for e in data.list_grocery(grocery, part)]
    trained = {entry.item for entry in entries if entry.split == "train"}
    unseen = {product["id"] for product in catalogs.read_feed(catalogs.demo()["feed"])}
    unseen |= {entry.item.removeprefix("grocery:") for entry in entries if entry.source == "grocery" and entry.item not in trained}
    items = catalogs.read_feed(magento / "catalog.csv")
    return unseen | {item["sku"] for item in items if f"magento:{item['main_image']}" not in trained}


def edit_pictures(folder: pathlib.Path, count: int, unseen: set[str]) -> tuple[pathlib.Path, dict[str, pathlib.Path]]:
    """The feed of all pictures, and by edit the truth of copies of `count` of them, evenly drawn."""
    import cv2
    import numpy
    from snapshelf_training import data, edits

    feed, owners = catalogs.everything(folder, lambda product: UNSEEN if product in unseen else SEEN)
    chosen = [owners[i] for i in numpy.linspace(0, len(owners) - 1, min(count, len(owners))).astype(int)]
    truths = {}
    for name, edit in edits.EDITS.items():
        rng, rows = numpy.random.default_rng(EDIT_SEED), []
        target = folder / name.replace(" ", "-")
        target.mkdir()
        for number, (picture, products) in enumerate(chosen):
            copy = target / f"{number:04}.jpg"
            pixels = cv2.cvtColor(edit(rng, data.load_rgb(str(picture))), cv2.COLOR_RGB2BGR)
            cv2.imwrite(str(copy), pixels, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))
            rows.append((copy, products))
        truths[name] = catalogs.write_truth(folder / f"{target.name}.jsonl", rows)
    return feed, truths


def measure_edited(models: list[object], folder: pathlib.Path, look: list[object], feed: pathlib.Path, truths: dict) -> dict:
    """On the whole picture alone: a catalog picture shows one product, and detection would find it again."""
    data = folder / "edited-data"
    run("import", feed, "--data", data, *look, *models)
    return {f"edited: {name}": {"whole": evaluate(truth, data, models, "--whole")} for name, truth in truths.items()}


def card_names(models: list[object]) -> list[str]:
    """Which weights a row is about: name and version of the cards that `models` chooses."""
    if not models:
        folders = [catalogs.ROOT / "models/detector", catalogs.ROOT / "models/embedder"]
    else:
        folders = [pathlib.Path(models[1]) / str(name) for name in models[3::2]]
    cards = [json.loads((folder / "model.json").read_text()) for folder in folders]
    return [f"{card['name']} {card['version']}" for card in cards]


def cell(figures: dict | None) -> str:
    return " / ".join(f"{figures[name]:.2f}".replace("0.", ".") for name in FIGURES) if figures else "–"


def print_table(title: str, results: dict, look: str, wanted: list[tuple[str, str, str | None]]) -> None:
    """A row for each (set, mode, category or None); – where models were not measured."""
    print(f"\n{title}: R@1 / R@5 / R@10 / mAP\n\n| queries | {' | '.join(results)} |\n|---|{'--:|' * len(results)}")
    for name, mode, category in wanted:
        row = [parts.get(look, {}).get(name, {}).get(mode) for parts in results.values()]
        if category is not None:
            row = [figures and figures["categories"][category] for figures in row]
        queries = next(figures["queries"] for figures in row if figures)
        print(f"| {name}, {category or mode} ({queries}) | {' | '.join(map(cell, row))} |")


def print_tables(results: dict) -> None:
    """Markdown of every set, with the second look and without; then by category."""
    for look in LOOKS:
        wanted: list[tuple[str, str, str | None]] = []
        for name, modes in results["default models"][look].items():
            for mode, figures in modes.items():
                if name.startswith("magento") and mode == "detected":
                    continue  # the pictures show one item each, and the figures are those of the whole picture
                wanted += [(name, mode, category) for category in (None, UNSEEN) if category is None or category in figures["categories"]]
        print_table(look.capitalize(), results, look, wanted)
    wanted = []
    for name, mode, level in (("grocery photos", "whole", 1), ("magento backs", "whole", 2), ("magento others", "whole", 2),
                              ("demo objects", "detected", 1)):
        categories = results["default models"]["second look"][name][mode]["categories"]
        wanted += [(name, mode, category) for category in categories if len(category.split(" > ")) == level]
    print_table("By category, second look", results, "second look", wanted)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--edited", type=int, default=1000, help="catalog pictures of which edited copies are asked [1000, or all]")
    parser.add_argument("--only", choices=MODELS, action="append", help="these models alone; the others stay as they are in --out")
    parser.add_argument("--tables", type=pathlib.Path, metavar="JSON", help="only prints the tables of what was written with --out")
    arguments = parser.parse_args()
    if arguments.tables:
        return print_tables(json.loads(arguments.tables.read_text()))
    sys.path.append(str(catalogs.ROOT / "training"))
    old = json.loads(arguments.out.read_text()) if arguments.out and arguments.only else {}
    results = {name: old.get(name, {}) for name in MODELS if name in old or name in (arguments.only or MODELS)}
    unseen = never_trained_on()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        peers = [name for models, name in MODELS.items() if name and models in (arguments.only or MODELS)]
        shared = shared_models(folder, peers) if peers else None
        edited = edit_pictures(folder, arguments.edited, unseen)
        for name in arguments.only or MODELS:
            models = ["--models", shared, "--detector", "yolox_nano", "--embedder", MODELS[name]] if MODELS[name] else []
            results[name]["cards"] = card_names(models)
            for number, (look, option) in enumerate(LOOKS.items()):
                print(f"{name}, {look}", file=sys.stderr, flush=True)
                part = folder / f"{list(MODELS).index(name)}-{number}"
                part.mkdir()
                results[name][look] = (measure(models, part, option, unseen) | measure_demo(models, part, option)
                                       | measure_edited(models, part, option, *edited))
                if arguments.out:
                    arguments.out.write_text(json.dumps(results, indent=1) + "\n")
    print_tables(results)


if __name__ == "__main__":
    main()
