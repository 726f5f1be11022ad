"""Retrieval questions with known answers, prepared once and asked of several embedders."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np

from . import judge, run_card
from .augment import Augmenter, to_catalog
from .data import Cache
from .evaluation import held_out_renders

TRAINED_ON = 1000  # photos asked of those trained on: no honest figure, but they show a difference


@dataclasses.dataclass
class Questions:
    """Queries and gallery pictures, [h, w, 3] each, of any size."""

    queries: list[np.ndarray]
    relevant: list[set[str]]
    gallery: list[np.ndarray]
    owners: list[str]


def _from_rows(cache: Cache, queries: list[int], gallery: list[int]) -> Questions:
    items = [entry.item for entry in cache.entries]
    pictures = [[to_catalog(cache.picture(row)) for row in rows] for rows in (queries, gallery)]
    return Questions(pictures[0], [{items[row]} for row in queries], pictures[1], [items[row] for row in gallery])


def from_shared(cache: Cache, size: int) -> dict[str, Questions]:
    """The sets of evaluation.evaluate_shared, Grocery photos that were trained on, and bent copies of Magento's catalog.

    The last two say little about an embedder and much about the difference between two copies of it.
    """

    def rows(source: str, role: str, split: str | None = None) -> list[int]:
        wanted = (source, role)
        return [i for i, e in enumerate(cache.entries) if (e.source, e.role) == wanted and split in (None, e.split)]

    grocery, magento = rows("grocery", "catalog"), rows("magento", "catalog")
    seen = rows("grocery", "photo", "train")
    seen = [seen[i] for i in np.linspace(0, len(seen) - 1, min(TRAINED_ON, len(seen))).astype(int)]
    sets = {
        "grocery_val": (rows("grocery", "photo", "held"), grocery),
        "magento_views": (rows("magento", "photo"), magento),
        "grocery_train": (seen, grocery),
    }
    sets["magento_bent"] = (magento, magento)
    asked = {name: _from_rows(cache, *both) for name, both in sets.items() if all(both)}
    if magento:
        rng, augmenter = np.random.default_rng(1), Augmenter([])
        asked["magento_bent"].queries = [augmenter.photo_view(rng, picture, size) for picture in asked["magento_bent"].queries]
    return asked


def from_renders(cache: Cache, size: int) -> dict[str, Questions]:
    """Held-out renders put on procedural grounds, against two views of every product."""
    by_item: dict[str, list[int]] = {}
    for row, entry in enumerate(cache.entries):
        by_item.setdefault(entry.item, []).append(row)
    asked = [row for item in sorted(held_out_renders(cache)) for row in by_item[item][2:]]
    questions = _from_rows(cache, asked, [row for rows in by_item.values() for row in rows[:2]])
    rng, augmenter = np.random.default_rng(1), Augmenter([])
    questions.queries = [augmenter.photo_view(rng, cache.picture(row), size) for row in asked]
    return {"renders_held": questions} if asked else {}


def from_truth(catalog: Path, truth: Path) -> dict[str, Questions]:
    """A catalog and a truth file as `evaluate` takes them."""
    shop, queries = judge.read_catalog(catalog), judge.read_truth(truth)
    asked = Questions([q.picture for q in queries], [q.relevant for q in queries], shop.pictures, list(shop.owners))
    return {truth.parent.name: asked}


def ask(embed: Callable[[np.ndarray], np.ndarray], questions: Questions, fit: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Product ids by falling score, [queries, products]; fit makes a picture the network's input."""
    vectors = [embed(np.stack([fit(picture) for picture in part])) for part in (questions.queries, questions.gallery)]
    return judge.rank(*vectors, np.array(questions.owners))


def figures(folder: Path, sets: dict[str, Questions], precision: str | None = None) -> dict[str, dict[str, float]]:
    """R@k of a model's folder by set, and over all queries (`all`); precision None: the card's."""
    run, card = run_card.open_folder(folder, precision)
    result, hits = {}, []
    for name, questions in sets.items():
        ranked = ask(lambda fitted: run_card.run_pictures(run, card, fitted), questions, lambda p: run_card.fit(card, p))
        result[name] = judge.figures(ranked, questions.relevant)
        hits += [row[0] in wanted for row, wanted in zip(ranked, questions.relevant, strict=True)]
    return result | {"all": {"queries": len(hits), "r@1": round(float(np.mean(hits)), 5)}}
