"""Writes models/embedder from a checkpoint and measures what was written.

    PYTHONPATH=training python training/scripts/export_embedder.py --checkpoint run/last.pt --size 128 --out models/embedder \
        --cache shared_cache --cache render_cache

Without --cache the card carries no scores; that takes seconds.
"""

import argparse
import json
from pathlib import Path

import onnx

from snapshelf_training import checkpoint, data, evaluation, export
from snapshelf_training.onnx_embed import embed_with_onnx


def measure(card_path: Path, folders: list[Path]) -> dict:
    embed, size = embed_with_onnx(card_path, threads=2)
    caches = [data.read_cache(folder) for folder in folders]
    grounds = [
        cache.picture(row)
        for cache in caches
        for row, entry in enumerate(cache.entries)
        if entry.source == "coco"
    ]
    scores = {}
    for cache in caches:
        if any(entry.source == "render" for entry in cache.entries):
            scores["renders_held"] = evaluation.evaluate_renders(embed, cache, grounds, size)
        else:
            scores |= evaluation.evaluate_shared(embed, cache, size)
    return scores


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--size", type=int, default=128, help="input side in px that the card names")
    parser.add_argument("--version", default="1")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, action="append", default=[], help="folder of make_cache.py to measure on")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    state = checkpoint.read(arguments.checkpoint)
    model, origin = checkpoint.build_average(state), checkpoint.origin_of(state)
    arguments.out.mkdir(parents=True, exist_ok=True)
    file, card_path = arguments.out / "model.onnx", arguments.out / "model.json"
    onnx.save(export.store_half(export.to_onnx(model, arguments.size)), file)
    card = export.make_card(file, arguments.size, arguments.version, {}, model.config, origin)
    export.write_card(card_path, card)
    scores = measure(card_path, arguments.cache)
    export.write_card(card_path, card | {"scores": scores})
    print(json.dumps(scores))


if __name__ == "__main__":
    main()
