"""Decides what goes into a batch: two pictures each of some items, and single pictures.

A batch is numpy arrays: images [n, 3, size, size] uint8, index [n] into the training set, label [n] (item number).
"""

import collections
import dataclasses

import numpy as np

from .augment import Augmenter, white_to_alpha
from .data import Cache


@dataclasses.dataclass(frozen=True)
class BatchConfig:
    """Items of each source in a batch (two pictures each), then photos of any source (two views of each)."""

    grocery_items: int
    magento_items: int
    render_items: int
    singles: int
    heavy: float  # share of photo views that are bent hard; the rest are barely changed


class TrainingSet:
    """The pictures of several caches that may be trained on, cut out where the ground is plain.

    Position i of `pictures`, `entries` and `rows` belongs together; `rows[i]` is the row in the joined caches.
    """

    def __init__(self, caches: list[Cache], excluded_items: set[str]):
        self.entries, self.pictures, self.rows = [], [], []
        offset = 0
        for cache in caches:
            for index, entry in enumerate(cache.entries):
                if entry.split == "train" and entry.item not in excluded_items:
                    self.entries.append(entry)
                    self.pictures.append(_as_cutout(cache.picture(index), entry.role))
                    self.rows.append(offset + index)
            offset += len(cache.entries)
        names = sorted({entry.item for entry in self.entries})
        numbers = {name: number for number, name in enumerate(names)}
        self.labels = np.array([numbers[entry.item] for entry in self.entries])
        self.by_item: dict[str, dict[str, list[int]]] = collections.defaultdict(lambda: collections.defaultdict(list))
        for position, entry in enumerate(self.entries):
            self.by_item[entry.item][entry.role].append(position)

    def items(self, source: str) -> list[str]:
        return sorted(item for item in self.by_item if item.startswith(source + ":"))

    def positions(self, sources: set[str]) -> np.ndarray:
        return np.array([i for i, entry in enumerate(self.entries) if entry.source in sources])


def _as_cutout(picture: np.ndarray, role: str) -> np.ndarray:
    """Catalog pictures on white become cut-outs, so that they can be put on other grounds."""
    if role == "catalog":
        cutout = white_to_alpha(picture)
        if cutout is not None:
            return cutout
    return picture


class BatchMaker:
    """Draws batches for one input size. One thread at a time; the generator makes runs repeat."""

    def __init__(self, training_set: TrainingSet, config: BatchConfig, size: int, seed: int):
        self._set = training_set
        self._config = config
        self._size = size
        self._rng = np.random.default_rng(seed)
        photos = training_set.positions({"coco", "clothing"})
        grocery = [i for i in training_set.positions({"grocery"}) if training_set.entries[i].role == "photo"]
        chosen = np.concatenate([photos, np.array(grocery, int)]) if grocery else photos
        self._augmenter = Augmenter([training_set.pictures[i][:, :, :3] for i in chosen])
        self._items = {source: training_set.items(source) for source in ("grocery", "magento", "render")}
        self._singles = training_set.positions({"coco", "clothing", "magento", "grocery"})

    def next(self) -> dict[str, np.ndarray]:
        plan: list[tuple[int, bool]] = []  # position, catalog view?
        plan += self._pairs("grocery", self._config.grocery_items)
        plan += self._pairs("magento", self._config.magento_items)
        plan += self._pairs("render", self._config.render_items)
        for position in self._rng.choice(self._singles, self._config.singles // 2):
            plan += [(int(position), True), (int(position), False)]
        images = np.stack([self._view(position, clean) for position, clean in plan])
        positions = np.array([position for position, _ in plan])
        return {
            "images": np.ascontiguousarray(images.transpose(0, 3, 1, 2)),  # [n, 3, size, size]
            "index": positions,
            "label": self._set.labels[positions],
        }

    def _view(self, position: int, clean: bool) -> np.ndarray:
        picture = self._set.pictures[position]
        if clean or self._rng.random() >= self._config.heavy:
            return self._augmenter.catalog_view(self._rng, picture, self._size)
        return self._augmenter.photo_view(self._rng, picture, self._size)

    def _pairs(self, source: str, count: int) -> list[tuple[int, bool]]:
        """For each drawn item one picture as a catalog shows it and another as a shopper takes it."""
        if count == 0:
            return []
        plan = []
        names = self._items[source]
        for number in self._rng.choice(len(names), min(count, len(names)), replace=False):
            roles = self._set.by_item[names[number]]
            catalog = roles["catalog"] + roles["cutout"] or roles["photo"]
            photo = roles["photo"] + roles["cutout"] or roles["catalog"]
            first = int(self._rng.choice(catalog))
            others = [i for i in photo if i != first] or photo
            plan.append((first, source != "grocery" or first in roles["catalog"]))
            plan.append((int(self._rng.choice(others)), False))
        return plan
