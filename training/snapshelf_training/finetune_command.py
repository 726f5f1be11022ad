"""`finetune`: adapts the embedder to one shop's products, on a CPU.

Takes a catalog as `snapshelf import` does: a feed (.csv, .jsonl), a folder with catalog.csv, or a folder of pictures, one
product each. A fifth of the products is kept aside and asked for before and after: by their other pictures where
they have some, and by altered copies. Stopped runs go on when called again with the same arguments.
"""

import argparse
import dataclasses
import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch

from . import checkpoint, export, onnx_weights, run_card
from .finetune import FeatureCache, FinetuneConfig, Loop, Pictures, Tail, Views, make_frozen, seed_of
from .metrics import recall_at
from .resnet import Embedder
from .shop_catalog import ShopProduct, read_shop

KS = (1, 5)
FEWEST_PRODUCTS = 4


def say(text: str) -> None:
    print(f"finetune: {text}", file=sys.stderr, flush=True)


def list_pictures(products: list[ShopProduct]) -> Pictures:
    paths = [path for product in products for path in product.pictures]
    owner = np.repeat(np.arange(len(products)), [len(product.pictures) for product in products])
    main = np.concatenate([np.arange(len(product.pictures)) == 0 for product in products])
    return Pictures(paths, owner, main)


def load_start(arguments: argparse.Namespace) -> tuple[Embedder, dict]:
    """-> (the network to start from, the card of its export)."""
    card = run_card.read_card(arguments.model)
    if card.get("task") != "embed":
        raise ValueError(f"{arguments.model}: holds no embedder but a model to {card.get('task')}")
    if arguments.checkpoint:
        return checkpoint.build_average(checkpoint.read(arguments.checkpoint)), card
    return onnx_weights.load_embedder(arguments.model / card["file"], card["name"].removeprefix("snapshelf-")), card


def split(products: list[ShopProduct], usable: np.ndarray, config: FinetuneConfig) -> np.ndarray:
    """Numbers of the products kept aside, by hash of their ids; at least one, at most all but two."""
    order = sorted(usable, key=lambda number: seed_of(config.seed, products[number].id))
    return np.array(order[: min(max(1, round(config.held_out * len(order))), len(order) - 2)])


def judge(tail: Tail, features: np.ndarray, pictures: Pictures, readable: np.ndarray, held: np.ndarray) -> dict:
    """R@k of the products kept aside against the first pictures of all."""

    def embed(rows: np.ndarray, view: int) -> np.ndarray:
        parts = np.array_split(rows, max(1, len(rows) // 64))
        with torch.no_grad():
            return np.concatenate([tail.eval()(torch.from_numpy(features[part, view]).float()).numpy() for part in parts])

    asked = readable[np.isin(pictures.product[readable], held)]
    first = np.unique(pictures.product[readable], return_index=True)[1]
    gallery = readable[first]
    names = [str(owner) for owner in pictures.product]
    vectors, owners = embed(gallery, 0), [names[row] for row in gallery]
    queries = {"other pictures": (np.setdiff1d(asked, gallery), 0), "altered copies": (np.intersect1d(asked, gallery), features.shape[1] - 1)}
    return {
        name: {"queries": len(rows)} | recall_at(embed(rows, view), [names[row] for row in rows], vectors, owners, KS)
        for name, (rows, view) in queries.items()
        if len(rows)
    }


def write_model(out: Path, model: Embedder, card: dict, arguments: argparse.Namespace, figures: dict, count: int) -> dict:
    """ONNX and card. The version names the weights: vectors of two trainings must never meet."""
    size = card["input"]["width"]
    out.mkdir(parents=True, exist_ok=True)
    file = out / "model.onnx"
    onnx.save(export.store_half(export.to_onnx(model, size)), file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    name = arguments.name or card["name"].removesuffix("-finetuned").removesuffix("-int8") + "-finetuned"
    version = arguments.version or f"{card['version'].split('+')[0]}+{digest[:8]}"
    told = f"Fine-tuned from {card['name']}@{card['version']} on {count} products of a shop. {card.get('training_data', '')}"
    card = card | {"name": name, "version": version, "file": file.name, "sha256": digest, "training_data": told, "scores": figures}
    export.write_card(out / "model.json", card)
    return card


def describe(before: dict, after: dict) -> str:
    lines = [f"{'held-out products by':<24}{'queries':>8}" + "".join(f"{f'R@{k} before':>13}{'after':>8}" for k in KS)]
    for name, old in before.items():
        figures = "".join(f"{old[f'r@{k}']:>13.3f}{after[name][f'r@{k}']:>8.3f}" for k in KS)
        lines.append(f"{name:<24}{old['queries']:>8}{figures}")
    return "\n".join(lines)


def digest_of(arguments: argparse.Namespace, config: FinetuneConfig, pictures: Pictures, weights: Embedder) -> tuple[str, str]:
    """Keys of the cached features and of the training state: what they depend on."""
    digest = hashlib.sha256()
    for path, owner in zip(pictures.paths, pictures.product, strict=True):
        changed = path.stat() if path.is_file() else None
        digest.update(repr((str(path), int(owner), changed and (changed.st_size, changed.st_mtime_ns))).encode())
    for value in weights.state_dict().values():
        digest.update(value.numpy().tobytes())
    features = hashlib.sha256(repr((digest.hexdigest(), config.part, config.views, config.seed, arguments.size)).encode()).hexdigest()
    return features, hashlib.sha256((features + repr(config)).encode()).hexdigest()


def make_features(arguments: argparse.Namespace, config: FinetuneConfig, model: Embedder, pictures: Pictures, key: str) -> FeatureCache:
    views = Views(pictures.paths, arguments.size, config.views, config.seed)
    state = arguments.out / "state"
    state.mkdir(parents=True, exist_ok=True)
    cache = FeatureCache(state, key, len(pictures.paths))
    cache.fill(views, make_frozen(model, config.part), arguments.workers, say)
    for number in cache.unreadable[:20]:
        say(f"{pictures.paths[number]}: not a picture that can be read; left out")
    if len(cache.unreadable) > 20:
        say(f"and {len(cache.unreadable) - 20} more")
    return cache


def finetune(arguments: argparse.Namespace, config: FinetuneConfig) -> dict:
    """-> figures before and after. errors: ValueError in words for the shop's keeper."""
    model, card = load_start(arguments)
    arguments.size = card["input"]["width"]
    products = read_shop(arguments.catalog)
    pictures = list_pictures(products)
    if len(products) < FEWEST_PRODUCTS:
        raise ValueError(f"{arguments.catalog}: {len(products)} product(s) are too few to tell apart; {FEWEST_PRODUCTS} is the least")
    say(f"{len(products)} products, {len(pictures.paths)} pictures")
    cache_key, loop_key = digest_of(arguments, config, pictures, model)
    cache = make_features(arguments, config, model, pictures, cache_key)
    readable = np.setdiff1d(np.arange(len(pictures.paths)), cache.unreadable)
    usable = np.unique(pictures.product[readable])
    if len(usable) < FEWEST_PRODUCTS:
        raise ValueError(f"{arguments.catalog}: only {len(usable)} product(s) with a readable picture; {FEWEST_PRODUCTS} is the least")
    held = split(products, usable, config)
    taught = [readable[pictures.product[readable] == number] for number in np.setdiff1d(usable, held)]
    if len(taught) < config.batch:
        say(f"{len(taught)} products to learn from are fewer than a batch of {config.batch}: all go into each batch")
    tail = Tail(model, config.part)
    before = judge(tail, cache.rows, pictures, readable, held)
    loop = Loop(config, tail, cache.rows, taught, arguments.out / "state" / "loop.pt", loop_key)
    if loop.step:
        say(f"goes on at step {loop.step} of {loop.total}")
    loop.run(say)
    after = judge(loop.mixed(), cache.rows, pictures, readable, held)
    figures = {"held-out products": len(held), "before": before, "after": after}
    write_model(arguments.out, loop.mixed().put_into(model), card, arguments, figures, len(taught))
    del cache
    if not arguments.keep_state:
        shutil.rmtree(arguments.out / "state")
    return figures


def run(arguments: argparse.Namespace) -> None:
    cv2.setNumThreads(1)
    torch.set_num_threads(arguments.threads)
    fields = {field.name for field in dataclasses.fields(FinetuneConfig)}
    config = FinetuneConfig(**{name: value for name, value in vars(arguments).items() if name in fields})
    try:
        if config.views < 2 or config.batch < 2 or not 0 < config.held_out < 1:
            raise ValueError("--views and --batch are at least 2, --held-out is between 0 and 1")
        figures = finetune(arguments, config)
    except (ValueError, FileNotFoundError, UnicodeDecodeError) as error:
        sys.exit(f"finetune: {error}")
    print(json.dumps(figures, indent=1) if arguments.json else describe(figures["before"], figures["after"]))
    if any(figures["after"][name]["r@1"] < old["r@1"] for name, old in figures["before"].items()):
        say("R@1 fell for some of the held-out products: the model you had may serve you better")
    say(f"wrote {arguments.out}/model.onnx; use it with: snapshelf models add {arguments.out}/model.onnx --card {arguments.out}/model.json")


def add_command(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "finetune",
        help="adapt the embedder to a shop's products",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Example:\n  python -m snapshelf_training finetune --catalog demo/catalog.csv --out build/my-embedder\n"
        "  snapshelf models add build/my-embedder/model.onnx --card build/my-embedder/model.json",
    )
    default = FinetuneConfig()
    parser.add_argument("--catalog", type=Path, required=True, help="feed, or folder of pictures")
    parser.add_argument("--out", type=Path, required=True, help="folder for model.onnx and model.json")
    parser.add_argument("--model", type=Path, default=Path("models/embedder"), help="folder of the embedder to start from")
    parser.add_argument("--checkpoint", type=Path, help="start from these weights; --model gives the card")
    parser.add_argument("--train", dest="part", choices=("head", "stage4"), default=default.part, help="what learns")
    parser.add_argument("--name", help="of the new model [the old one's, -finetuned]")
    parser.add_argument("--version", help="[the old one's, and a hash of the weights]")
    training = parser.add_argument_group("training")
    training.add_argument("--minutes", type=float, default=default.minutes, help=f"most that training takes, after the pictures are read [{default.minutes:g}]")
    training.add_argument("--epochs", type=int, help="[100 for the head, 15 for stage4]")
    training.add_argument("--views", type=int, default=default.views, help="of each picture, the first is itself")
    training.add_argument("--batch", type=int, default=default.batch, help="products, two views each")
    training.add_argument("--rate", type=float, help="learning rate [3e-3 for the head, 3e-4 for stage4]")
    training.add_argument("--near-weight", type=float, help="how strongly the embedding is held near the original [10 for the head, 20 for stage4]")
    training.add_argument("--share", type=float, help="how far to go from the original weights to the trained ones [0.5 for the head, 1 for stage4]")
    training.add_argument("--held-out", type=float, default=default.held_out, help="share of the products to measure on")
    training.add_argument("--seed", type=int, default=default.seed)
    machine = parser.add_argument_group("machine")
    machine.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 1) // 2), help="of the network")
    machine.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 1) // 2), help="processes that read pictures; 0: none")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    parser.add_argument("--keep-state", action="store_true", help="keep the cached features after the end")
    parser.set_defaults(run=run)
