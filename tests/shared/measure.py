#!/usr/bin/env python3
"""Measures retrieval on the real photos of SNAPSHELF_SHARED: the figures of docs/models.md.

    tests/shared/measure.py --out bench/results/retrieval_real.json

For each pair of models: imports the Magento and the Grocery catalog, then `snapshelf eval` through detection and on the
whole picture.
"""

import argparse
import json
import os
import pathlib
import subprocess
import tempfile

import catalogs

PROGRAM = pathlib.Path(os.environ.get("SNAPSHELF_BIN", catalogs.ROOT / "build/release/bin/snapshelf"))
CARDS = catalogs.ROOT / "tests/data/cards"


def run(*arguments: object) -> str:
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"snapshelf {' '.join(map(str, arguments))}\n{done.stderr}")
    return done.stdout


def shared_models(folder: pathlib.Path) -> pathlib.Path:
    """A models folder with YOLOX-nano and ResNet-50 up to conv4, the latter with a projection fitted here."""
    models = folder / "models"
    models.mkdir()
    run("models", "add", catalogs.SHARED / "models/yolox_nano.onnx", "--card", CARDS / "yolox_nano.json", "--models", models)
    run("models", "add", catalogs.SHARED / "models/resnet50_c4_imagenet.onnx", "--card", CARDS / "resnet50_c4.json",
        "--models", models)
    run("models", "fit-projection", "resnet50_c4", "--pictures", catalogs.fitting_pictures(folder), "--models", models)
    return models


def measure(models: list[object], folder: pathlib.Path) -> dict:
    """{"magento backs": {"detected": {...}, "whole": {...}}, ...} with the models named by the options `models`."""
    figures = {}
    for name, made in (("magento", catalogs.magento(folder)), ("grocery", catalogs.grocery(folder))):
        data = folder / f"{name}-data"
        run("import", made.pop("feed"), "--data", data, *models)
        for truth_name, truth in made.items():
            figures[f"{name} {truth_name}"] = {
                mode: json.loads(run("eval", truth, "--data", data, "--json", *options, *models))
                for mode, options in (("detected", []), ("whole", ["--whole"]))}
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path)
    arguments = parser.parse_args()
    results = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        for name, models in (("YOLOX-nano + ResNet-50-C4 + projection", ["--models", shared_models(folder)]),
                             ("default models", [])):
            part = folder / name.split()[0]
            part.mkdir()
            results[name] = measure(models, part)
            for truth, modes in results[name].items():
                for mode, figures in modes.items():
                    print(f"{name:42} {truth:16} {mode:9} R@1 {figures['r@1']:.3f}  R@5 {figures['r@5']:.3f}", flush=True)
    if arguments.out:
        arguments.out.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
