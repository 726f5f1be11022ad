"""Retrieval figures by item."""

import numpy as np


def recall_at(
    queries: np.ndarray, query_items: list[str], gallery: np.ndarray, gallery_items: list[str], ks: tuple[int, ...]
) -> dict[str, float]:
    """Share of queries whose item is among the first k items; an item with several pictures counts once.

    queries [n, d] and gallery [m, d] are unit length.
    """
    names, owner = np.unique(np.asarray(gallery_items), return_inverse=True)
    scores = queries @ gallery.T  # [n, m]
    best = np.full((len(queries), len(names)), -np.inf, np.float32)  # best picture of each item
    for picture, item in enumerate(owner):
        np.maximum(best[:, item], scores[:, picture], out=best[:, item])
    ranked = names[np.argsort(-best, axis=1)[:, : max(ks)]]  # [n, max k]
    hits = ranked == np.asarray(query_items)[:, None]
    return {f"r@{k}": round(float(hits[:, :k].any(axis=1).mean()), 4) for k in ks}
