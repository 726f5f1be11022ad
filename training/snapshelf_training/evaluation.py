"""Measures an embedder on what it was not trained on; works with any function images -> vectors."""

import hashlib
from collections.abc import Callable

import numpy as np

from .augment import Augmenter, to_catalog
from .data import Cache
from .geometry import letterbox
from .metrics import recall_at

KS = (1, 3, 5)
# One rendered product in so many is kept for measuring, by hash, so that the choice stays when more are rendered.
RENDER_HELD_OUT_EVERY = 8

# [n, size, size, 3] uint8 RGB -> [n, d] unit length
Embed = Callable[[np.ndarray], np.ndarray]


def held_out_renders(cache: Cache) -> set[str]:
    """Items of the rendered products that serve only for measuring."""
    items = {entry.item for entry in cache.entries if entry.source == "render"}
    return {item for item in items if hashlib.sha256(item.encode()).digest()[0] % RENDER_HELD_OUT_EVERY == 0}


def embed_rows(embed: Embed, cache: Cache, rows: list[int], size: int) -> np.ndarray:
    """[len(rows), d]"""
    return embed(np.stack([letterbox(to_catalog(cache.picture(row)), size) for row in rows]))


def _recall(embed: Embed, cache: Cache, queries: list[int], gallery: list[int], size: int) -> dict[str, float]:
    vectors = embed_rows(embed, cache, queries + gallery, size)
    items = [cache.entries[row].item for row in queries + gallery]
    split = len(queries)
    return recall_at(vectors[:split], items[:split], vectors[split:], items[split:], KS)


def evaluate_shared(embed: Embed, cache: Cache, size: int) -> dict[str, dict[str, float]]:
    """Grocery val photos against the 81 catalog pictures; other views of Magento items against main pictures."""

    def rows(source: str, role: str, split: str | None = None, part: str = "") -> list[int]:
        return [
            row
            for row, entry in enumerate(cache.entries)
            if entry.source == source and entry.role == role and split in (None, entry.split) and part in entry.path
        ]

    catalog = rows("magento", "catalog")
    return {
        "grocery_val": _recall(embed, cache, rows("grocery", "photo", "held"), rows("grocery", "catalog"), size),
        "magento_held": _recall(embed, cache, rows("magento", "photo", "held"), catalog, size),
        "magento_all": _recall(embed, cache, rows("magento", "photo"), catalog, size),
        "magento_back": _recall(embed, cache, rows("magento", "photo", part="_back"), catalog, size),
    }


def evaluate_renders(embed: Embed, cache: Cache, backgrounds: list[np.ndarray], size: int) -> dict[str, float]:
    """Held-out products: one view put on a ground as a shopper's photo, against two other views on white.

    The gallery holds two views of every product, also of those trained on.
    """
    by_item: dict[str, list[int]] = {}
    for row, entry in enumerate(cache.entries):
        by_item.setdefault(entry.item, []).append(row)
    rng = np.random.default_rng(1)
    augmenter = Augmenter(backgrounds)
    held = held_out_renders(cache)
    gallery = [row for rows in by_item.values() for row in rows[:2]]
    queries = [row for item in sorted(held) for row in by_item[item][2:]]
    photos = np.stack([augmenter.photo_view(rng, cache.picture(row), size) for row in queries])
    vectors = embed(photos)
    owners = [cache.entries[row].item for row in gallery]
    asked = [cache.entries[row].item for row in queries]
    return recall_at(vectors, asked, embed_rows(embed, cache, gallery, size), owners, KS)
