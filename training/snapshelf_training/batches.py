"""Decides what goes into a batch: two pictures each of some items, and single pictures.

A batch is numpy arrays: images [n, 3, size, size] uint8, index [n] into the training set or INVENTED, label [n] (item number).
"""

import collections
import dataclasses

import numpy as np

from .augment import Augmenter, white_to_alpha
from .data import CACHE_SIDE, Cache
from .inventions import draw_print, draw_recolour

# In place of a position: a picture that no teacher has seen.
INVENTED = -1
# Labels of invented items are drawn from here on, so that two are never alike, nor like an item's.
FIRST_INVENTED_LABEL = 1 << 32


@dataclasses.dataclass(frozen=True)
class View:
    """One picture to be drawn."""

    picture: np.ndarray  # [h, w, 3 or 4]
    clean: bool  # as a catalog shows it
    index: int
    label: int


@dataclasses.dataclass(frozen=True)
class BatchConfig:
    """Items of each source in a batch (two pictures each), then photos of any source (two views of each)."""

    grocery_items: int
    magento_items: int
    render_items: int
    singles: int
    heavy: float  # share of photo views that are bent hard; the rest are barely changed
    prints: int = 0  # invented printed goods, two views each
    recoloured: float = 0.0  # share of the pairs whose two pictures get the same new colours


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
        return np.array([i for i, entry in enumerate(self.entries) if entry.source in sources], int)


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
        self._photos = [training_set.pictures[i][:, :, :3] for i in chosen]
        self._augmenter = Augmenter(self._photos)
        self._items = {source: training_set.items(source) for source in ("grocery", "magento", "render")}
        self._singles = training_set.positions({"coco", "clothing", "magento", "grocery"})

    def next(self) -> dict[str, np.ndarray]:
        config, plan = self._config, []
        plan += self._pairs("grocery", config.grocery_items)
        plan += self._pairs("magento", config.magento_items)
        plan += self._pairs("render", config.render_items)
        for position in self._rng.choice(self._singles, config.singles // 2):
            plan.append((int(position), True, int(position)))
        views = [view for pair in plan for view in self._views(*pair)]
        for _ in range(config.prints):
            views += self._invented(draw_print(self._rng, self._photos, CACHE_SIDE))
        images = np.stack([self._draw(view) for view in views])
        return {
            "images": np.ascontiguousarray(images.transpose(0, 3, 1, 2)),  # [n, 3, size, size]
            "index": np.array([view.index for view in views]),
            "label": np.array([view.label for view in views]),
        }

    def _views(self, first: int, clean: bool, second: int) -> list[View]:
        """The pair as it is, or both pictures in new colours as an invented item."""
        pictures = [self._set.pictures[first], self._set.pictures[second]]
        if self._rng.random() < self._config.recoloured:
            recolour = draw_recolour(self._rng)
            label = self._new_label()
            return [View(recolour(p), c, INVENTED, label) for p, c in zip(pictures, (clean, False))]
        labels = self._set.labels
        return [View(p, c, i, labels[i]) for p, c, i in zip(pictures, (clean, False), (first, second))]

    def _invented(self, picture: np.ndarray) -> list[View]:
        label = self._new_label()
        return [View(picture, clean, INVENTED, label) for clean in (True, False)]

    def _new_label(self) -> int:
        return int(self._rng.integers(FIRST_INVENTED_LABEL, 1 << 62))

    def _draw(self, view: View) -> np.ndarray:
        if view.clean or self._rng.random() >= self._config.heavy:
            return self._augmenter.catalog_view(self._rng, view.picture, self._size)
        return self._augmenter.photo_view(self._rng, view.picture, self._size)

    def _pairs(self, source: str, count: int) -> list[tuple[int, bool, int]]:
        """For each drawn item one picture, whether it is shown as a catalog does, and another as a shopper takes it."""
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
            plan.append((first, source != "grocery" or first in roles["catalog"], int(self._rng.choice(others))))
        return plan
