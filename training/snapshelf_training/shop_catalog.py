"""Reads a shop's catalog for fine-tuning: feeds and folders as `snapshelf import` takes them (docs/format/feeds.md)."""

import csv
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

# What OpenCV decodes; HEIC and AVIF are left to the product.
ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"}
FEEDS = ("catalog.csv", "catalog.jsonl", "catalog.ndjson")


@dataclasses.dataclass
class ShopProduct:
    """pictures[0] is the main one."""

    id: str
    pictures: list[Path]


def _split(value: object) -> list[str]:
    """A picture field: a text with paths, or in JSON a list of texts."""
    if isinstance(value, list):
        return [str(part) for part in value]
    text = str(value or "")
    return [part.strip() for part in text.split("|" if "|" in text else ",") if part.strip()]


def _rows(path: Path) -> Iterator[dict]:
    """Rows with lower-case keys; ValueError names the line that is no row."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        if path.suffix.lower() == ".csv":
            for row in csv.DictReader(file):
                yield {(key or "").strip().lower(): value for key, value in row.items()}
            return
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    row = json.loads(line)
                except json.JSONDecodeError as error:
                    raise ValueError(f"{path}: line {number} is not JSON: {error}") from error
                if not isinstance(row, dict):
                    raise ValueError(f"{path}: line {number} is not a JSON object")
                yield {key.lower(): value for key, value in row.items()}


def _read_feed(path: Path) -> list[ShopProduct]:
    """Rows of one id are one product."""
    products: dict[str, ShopProduct] = {}
    for row in _rows(path):
        if "id" not in row or "image_link" not in row:
            raise ValueError(f"{path}: the columns id and image_link are needed, found {', '.join(map(str, row))}")
        main = row["image_link"] if isinstance(row["image_link"], list) else [str(row["image_link"] or "").strip()]
        names = [name for name in [*main, *_split(row.get("additional_image_link"))] if name]
        product = products.setdefault(str(row["id"]), ShopProduct(str(row["id"]), []))
        product.pictures += [path.parent / name for name in names]
    return list(products.values())


def _read_folder(folder: Path) -> list[ShopProduct]:
    """One product a picture."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)
    paths = sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))
    return [ShopProduct(str(path.relative_to(folder).with_suffix("")), [path]) for path in paths]


def read_shop(path: Path) -> list[ShopProduct]:
    """path: a feed, a folder with a feed of a name in FEEDS, or a folder of pictures. Products without pictures are left out.

    errors: ValueError where there is nothing to read, in words for the shop's keeper.
    """
    if not path.exists():
        raise ValueError(f"{path}: no such file or folder")
    if path.is_dir():
        feed = next((path / name for name in FEEDS if (path / name).is_file()), None)
        products = _read_feed(feed) if feed else _read_folder(path)
    elif path.suffix.lower() in (".csv", ".jsonl", ".ndjson"):
        products = _read_feed(path)
    else:
        raise ValueError(f"{path}: neither a folder nor a .csv, .jsonl or .ndjson file")
    products = [product for product in products if product.pictures]
    if not products:
        raise ValueError(f"{path}: no pictures; a feed names them in image_link, a folder holds {', '.join(sorted(ENDINGS))}")
    return products
