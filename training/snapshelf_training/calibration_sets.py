"""The photos and catalogs that a calibration is fitted on: things that a catalog sells, and things that it does not.

    sold      photos that training never saw, asked of the catalog that sells the thing
    withheld  the same photos, with the product and all very similar ones taken out of the catalog
    foreign   photos of other goods, of clothes and of COCO's boxes; the last two were single pictures in training
"""

import csv
import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from . import calibration, evaluation
from .augment import Augmenter
from .data import Cache
from .evaluation import Embed

# How often each happens, for want of a shop's own count: half of the photos show what the shop sells.
SHARES = {"sold": 0.5, "withheld": 0.25, "foreign": 0.25}
CLOTHING_EVERY = 8  # of 5,096 photos, for speed
CLOTHING_CATALOGS = ("grocery", "renders")  # Magento sells clothes


@dataclasses.dataclass(frozen=True)
class Vectors:
    """Embedded pictures with the item that each shows."""

    values: np.ndarray  # [n, d] unit length
    items: list[str]


@dataclasses.dataclass(frozen=True)
class Set:
    name: str
    kind: str  # a key of SHARES
    photos: Vectors
    catalog: Vectors


def coarse_classes(grocery: Path) -> dict[str, str]:
    """Number of the fine class -> name of the coarse class: `0`, Golden Delicious, is an `Apple`."""
    with open(grocery / "classes.csv", newline="", encoding="utf-8") as file:
        return {row[1].strip(): row[2].strip() for row in list(csv.reader(file))[1:]}


def kind_of(item: str, coarse: dict[str, str]) -> str:
    """What very similar products have in common: all colours of a Magento product, a coarse class of groceries."""
    source, name = item.split(":", 1)
    if source == "magento":
        return "magento " + name.rsplit("/", 1)[-1].split("-")[0]  # /w/s/wsh12-green_main_1.jpg
    return "grocery " + coarse[name] if source == "grocery" else item


def half_of(item: str) -> int:
    """0: fits the curve; 1: tells how reliable it is. By hash, so that a photo stays in its half."""
    return hashlib.sha256(item.encode()).digest()[1] % 2


def embed_shared(embed: Embed, cache: Cache, size: int) -> tuple[dict[str, Vectors], dict[str, Vectors]]:
    """-> (photos, catalogs), each by source."""

    def vectors(source: str, role: str, split: str | None = None, every: int = 1) -> Vectors:
        rows = [r for r, e in enumerate(cache.entries) if (e.source, e.role) == (source, role) and split in (None, e.split)]
        rows = rows[::every]
        return Vectors(evaluation.embed_rows(embed, cache, rows, size), [cache.entries[row].item for row in rows])

    photos = {name: vectors(name, "photo", "held") for name in ("grocery", "magento")}
    photos |= {"coco": vectors("coco", "photo"), "clothing": vectors("clothing", "photo", every=CLOTHING_EVERY)}
    return photos, {name: vectors(name, "catalog") for name in ("grocery", "magento")}


def embed_renders(embed: Embed, cache: Cache, grounds: list[np.ndarray], size: int) -> tuple[Vectors, Vectors]:
    """-> (held-out products put on a ground, two views on white of every product), as evaluation.evaluate_renders."""
    by_item: dict[str, list[int]] = {}
    for row, entry in enumerate(cache.entries):
        by_item.setdefault(entry.item, []).append(row)
    catalog = [row for rows in by_item.values() for row in rows[:2]]
    queries = [row for item in sorted(evaluation.held_out_renders(cache)) for row in by_item[item][2:]]
    augmenter, rng = Augmenter(grounds), np.random.default_rng(1)
    photos = np.stack([augmenter.photo_view(rng, cache.picture(row), size) for row in queries])
    items = [[cache.entries[row].item for row in rows] for rows in (queries, catalog)]
    return Vectors(embed(photos), items[0]), Vectors(evaluation.embed_rows(embed, cache, catalog, size), items[1])


def list_sets(photos: dict[str, Vectors], catalogs: dict[str, Vectors]) -> list[Set]:
    """Every photo source with every catalog that can be judged."""
    sets = []
    for source, asked in photos.items():
        for name, catalog in catalogs.items():
            if source == name:
                sets += [Set(name, kind, asked, catalog) for kind in ("sold", "withheld")]
            elif source != "clothing" or name in CLOTHING_CATALOGS:
                sets.append(Set(f"{source} in {name}", "foreign", asked, catalog))
    return sets


def _rank(photos: Vectors, catalog: Vectors) -> tuple[np.ndarray, np.ndarray]:
    """-> (cosines [n, products] best first, the products' items in the same order); a product counts once."""
    names, owner = np.unique(catalog.items, return_inverse=True)
    best = np.full((len(photos.items), len(names)), -1.0)
    np.maximum.at(best.T, owner, (photos.values @ catalog.values.T).T)
    order = np.argsort(-best, axis=1, kind="stable")
    return np.take_along_axis(best, order, axis=1), names[order]


def pairs_of(one: Set, kind_of_item: Callable[[str], str], half: int | None = None) -> calibration.Pairs:
    """The best products of each photo (of one half); each photo weighs the same, all together 1."""
    cosines, found = _rank(one.photos, one.catalog)
    kinds = {item: kind_of_item(item) for item in set(one.catalog.items)}
    rows = []
    for photo, item in enumerate(one.photos.items):
        if half not in (None, half_of(item)):
            continue
        same = np.array([kinds[name] == kind_of_item(item) for name in found[photo]])
        left = ~same if one.kind == "withheld" else np.full(len(same), True)
        ranked, same = cosines[photo][left], same[left]
        ground = calibration.background(ranked)
        rows += [(ranked[k], ground, same[k], k + 1) for k in range(min(calibration.TOP, len(ranked)))]
    columns = [np.array(column) for column in zip(*rows)] or [np.zeros(0)] * 4
    return calibration.Pairs(columns[0], columns[1], columns[2].astype(bool), columns[3], np.full(len(rows), 1 / max(1, len(rows))))


def join(sets: list[Set], kind_of_item: Callable[[str], str], half: int | None = None) -> calibration.Pairs:
    """All pairs, with the weights of SHARES."""
    parts = []
    for one in sets:
        pairs = pairs_of(one, kind_of_item, half)
        share = SHARES[one.kind] / sum(other.kind == one.kind for other in sets)
        parts.append(dataclasses.replace(pairs, weights=pairs.weights * share))
    fields = [field.name for field in dataclasses.fields(calibration.Pairs)]
    return calibration.Pairs(*(np.concatenate([getattr(part, name) for part in parts]) for name in fields))
