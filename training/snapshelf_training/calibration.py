"""What a cosine means: a logistic curve fitted on photos whose right products are known, for an embedder's card.

A curve over the cosine alone (Platt, 1999) misleads where a whole catalog is near a photo, as garments on people are.
So each photo's background, the mean cosine of the products at ranks that are hardly ever right, is weighed against it.
"""

import dataclasses

import numpy as np

# Ranks that may be right end here; the mean of thirty is steady. Nearer or farther windows differ by less than .01 of
# AUC (docs/design/0010-calibration.md).
FIRST, LAST = 11, 40
TOP = 3  # products of each photo that are fitted: the best, and two that are mostly wrong and near


@dataclasses.dataclass(frozen=True)
class Pairs:
    """A photo's object and a product that was found for it; one of each a row."""

    cosines: np.ndarray  # [n]
    backgrounds: np.ndarray  # [n] of the photo
    same: np.ndarray  # [n] bool
    ranks: np.ndarray  # [n] of the product, the best being 1
    weights: np.ndarray  # [n] above 0

    def pick(self, rows: np.ndarray) -> "Pairs":
        return Pairs(*(getattr(self, field.name)[rows] for field in dataclasses.fields(self)))


@dataclasses.dataclass(frozen=True)
class Calibration:
    """likeness = 1 / (1 + exp(-slope * (cosine - weight * background - midpoint)))"""

    midpoint: float
    slope: float
    weight: float = 0.0
    good_match: float = 0.5

    def likeness(self, pairs: Pairs) -> np.ndarray:
        evidence = pairs.cosines - self.weight * pairs.backgrounds - self.midpoint
        return 1 / (1 + np.exp(-self.slope * evidence))

    def card(self) -> dict:
        """The card's `calibration`, rounded: so many digits change a likeness by less than .001."""
        return {
            "midpoint": round(self.midpoint, 4),
            "slope": round(self.slope, 3),
            "good_match": self.good_match,
            "background": {"weight": round(self.weight, 3), "first": FIRST, "last": LAST},
        }


def background(ranked: np.ndarray) -> float:
    """Of one photo's cosines, best first: the ranks that exist count, none gives 0 (as in C++, embed/likeness.h)."""
    ranks = ranked[FIRST - 1 : LAST]
    return float(ranks.mean()) if len(ranks) else 0.0


def fit(pairs: Pairs, with_background: bool = True) -> Calibration:
    """Weighted logistic regression. Needs pairs of both kinds, of which the same are nearer on the whole."""
    if not (pairs.same.any() and (~pairs.same).any()):
        raise ValueError(f"{pairs.same.sum()} of {len(pairs.same)} pairs are the same product; both kinds are needed")
    columns = [pairs.cosines] + [pairs.backgrounds] * with_background
    values = _logistic(np.stack(columns, axis=1), pairs.same, pairs.weights)
    slope, offset = values[0], values[-1]
    if slope <= 0:
        raise ValueError("the same products are not nearer than others: nothing to calibrate")
    weight = -values[1] / slope if with_background else 0.0
    if not 0 <= weight <= 1:  # outside what a card may say: the nearest end, and the curve for it
        weight = float(np.clip(weight, 0, 1))
        slope, offset = _logistic((pairs.cosines - weight * pairs.backgrounds)[:, None], pairs.same, pairs.weights)
    return Calibration(midpoint=float(-offset / slope), slope=float(slope), weight=float(weight))


def _logistic(features: np.ndarray, same: np.ndarray, weights: np.ndarray, rounds: int = 100) -> np.ndarray:
    """Newton's method. features [n, f] -> [f + 1], the last one for the constant 1."""
    design = np.column_stack([features, np.ones(len(features))]).astype(np.float64)
    weights = weights / weights.sum()
    # Platt's targets keep the curve finite where the two kinds do not overlap.
    target = np.where(same, (same.sum() + 1) / (same.sum() + 2), 1 / ((~same).sum() + 2))
    values = np.zeros(design.shape[1])
    for _ in range(rounds):
        guess = 1 / (1 + np.exp(-design @ values))
        gradient = design.T @ (weights * (guess - target))
        curvature = (design * (weights * guess * (1 - guess))[:, None]).T @ design
        step = np.linalg.solve(curvature + 1e-9 * np.eye(len(values)), gradient)
        values -= step
        if np.abs(step).max() < 1e-9:
            break
    return values


def shares_called_good(likeness: np.ndarray, pairs: Pairs, threshold: float) -> dict[str, float]:
    """Of the best products: the share of right ones, and of wrong ones, that a threshold calls good."""
    best, good = pairs.ranks == 1, likeness >= threshold
    right, wrong = best & pairs.same, best & ~pairs.same
    return {
        "right": float(np.average(good[right], weights=pairs.weights[right])),
        "wrong": float(np.average(good[wrong], weights=pairs.weights[wrong])),
    }


def with_good_match(calibration: Calibration, pairs: Pairs) -> Calibration:
    """The same with the threshold, in steps of .05, that tells right from wrong best products best (Youden)."""
    likeness = calibration.likeness(pairs)

    def gain(threshold: float) -> float:
        shares = shares_called_good(likeness, pairs, threshold)
        return shares["right"] - shares["wrong"]

    threshold = max((round(0.05 * step, 2) for step in range(1, 20)), key=gain)
    return dataclasses.replace(calibration, good_match=threshold)


def area_under_curve(values: np.ndarray, pairs: Pairs) -> float:
    """Chance that a right pair has a higher value than a wrong one, by weight; equal values count half."""
    levels, level = np.unique(values, return_inverse=True)
    right, wrong = (
        np.bincount(level, weights=pairs.weights * kind, minlength=len(levels)) for kind in (pairs.same, ~pairs.same)
    )
    below = np.cumsum(wrong) - wrong / 2
    return float((right * below).sum() / (right.sum() * wrong.sum()))


def reliability(likeness: np.ndarray, pairs: Pairs, bins: int = 10) -> tuple[list[dict], float]:
    """-> (rows of told and true shares, expected calibration error): does 70 % mean 70 %?"""
    where = np.minimum((likeness * bins).astype(int), bins - 1)
    total, rows, error = pairs.weights.sum(), [], 0.0
    for one in range(bins):
        inside = where == one
        if not inside.any():
            continue
        weights = pairs.weights[inside]
        told, true = (float(np.average(x[inside], weights=weights)) for x in (likeness, pairs.same))
        error += abs(told - true) * weights.sum() / total
        rows.append({"told": round(told, 3), "true": round(true, 3), "pairs": int(inside.sum())})
    return rows, float(error)
