"""Real photos with boxes: COCO's own, and clothing pictures whose garment is found by GrabCut."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from snapshelf_training.detector.classes import CLOTHING_TO_CLASS, COCO_TO_CLASS, IGNORE
from snapshelf_training.detector.cutouts import Cutout, Photo, crop_to_alpha, is_held_out, read_rgb


def load_coco(root: Path, held_out_count: int = 28) -> tuple[list[Photo], list[Photo]]:
    """COCO photos as (train, held out); the held out are the last by name."""
    photos = []
    for path in sorted((root / "images" / "train2017").glob("*.jpg")):
        rgb = read_rgb(path)
        height, width = rgb.shape[:2]
        label_file = root / "labels" / "train2017" / f"{path.stem}.txt"
        rows = np.loadtxt(label_file, ndmin=2) if label_file.is_file() else np.zeros((0, 5))
        rows = rows.reshape(-1, 5)
        centre, half = rows[:, 1:3] * [width, height], rows[:, 3:5] * [width, height] / 2
        boxes = np.concatenate([centre - half, centre + half], axis=1).astype(np.float32)
        labels = np.array([COCO_TO_CLASS.get(int(c), IGNORE) for c in rows[:, 0]], np.int64)
        photos.append(Photo(rgb, boxes, labels, path.stem))
    return photos[:-held_out_count], photos[-held_out_count:]


def grab_garment(rgb: np.ndarray, side: int = 112) -> np.ndarray | None:
    """Mask [h, w] bool of the one garment in the middle of a picture, or None where in doubt.

    GrabCut on a small copy, then plausibility: one piece, 12 to 70 % of the picture, compact, and
    clear of the border on at least three sides.
    """
    height, width = rgb.shape[:2]
    scale = side / max(height, width)
    small = cv2.resize(rgb, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    h, w = small.shape[:2]
    mask = np.zeros((h, w), np.uint8)
    inset = (max(2, w // 25), max(2, h // 25))
    rect = (inset[0], inset[1], w - 2 * inset[0], h - 2 * inset[1])
    cv2.grabCut(small, mask, rect, np.zeros((1, 65)), np.zeros((1, 65)), 4, cv2.GC_INIT_WITH_RECT)
    solid = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    solid = cv2.morphologyEx(solid, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, parts, stats, _ = cv2.connectedComponentsWithStats(solid)
    if count < 2:
        return None
    best = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    x, y, bw, bh, area = (int(v) for v in stats[best])
    others = solid.sum() - area
    free_sides = (x > inset[0]) + (y > inset[1]) + (x + bw < w - inset[0]) + (y + bh < h - inset[1])
    compact = area / (bw * bh)
    if not 0.12 < area / (h * w) < 0.7 or others > 0.08 * area or compact < 0.5 or free_sides < 3:
        return None
    filled = cv2.morphologyEx((parts == best).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    return cv2.resize(filled * 255, (width, height), interpolation=cv2.INTER_LINEAR) > 127


def empty_patch(rgb: np.ndarray, mask: np.ndarray) -> np.ndarray | None:
    """The largest corner of the picture that the garment leaves free: a real background."""
    ys, xs = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    height, width = mask.shape
    patches = (rgb[: ys[0]], rgb[ys[-1] + 1 :], rgb[:, : xs[0]], rgb[:, xs[-1] + 1 :])
    best = max(patches, key=lambda p: min(p.shape[:2]))
    return best.copy() if min(best.shape[:2]) >= min(height, width) // 8 else None


@dataclass
class Garment:
    """One clothing picture in its three uses; `patch` may be None."""

    photo: Photo
    cutout: Cutout | None
    patch: np.ndarray | None


def load_clothing(root: Path, per_class: int, seed: int = 0) -> Iterator[Garment]:
    """At most `per_class` clothing pictures a class whose garment was found without doubt."""
    with open(root / "images.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["label"] in CLOTHING_TO_CLASS]
    np.random.default_rng(seed).shuffle(rows)
    taken: dict[int, int] = {}
    for row in rows:
        label = CLOTHING_TO_CLASS[row["label"]]
        path = root / "images" / f"{row['image']}.jpg"
        if taken.get(label, 0) >= per_class or not path.is_file():
            continue
        rgb = read_rgb(path)
        mask = grab_garment(rgb)
        if mask is None:
            continue
        taken[label] = taken.get(label, 0) + 1
        ys, xs = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        box = np.array([[xs[0], ys[0], xs[-1] + 1, ys[-1] + 1]], np.float32)
        alpha = cv2.GaussianBlur(mask.astype(np.uint8) * 255, (5, 5), 0)
        rgba = crop_to_alpha(np.dstack([rgb, alpha]))
        cutout = None if rgba is None else Cutout(rgba, label, "clothing", row["image"])
        yield Garment(Photo(rgb, box, np.array([label]), row["image"]), cutout, empty_patch(rgb, mask))


def is_held_out_photo(photo: Photo) -> bool:
    return is_held_out(photo.name)
