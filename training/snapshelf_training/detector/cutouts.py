"""Cut-outs: pictures of one product with a transparent background, from every source that has them."""

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from snapshelf_training.detector.classes import CLASS_INDEX, magento_class

SIDE_MAX = 224  # longest side kept in memory; objects are pasted at up to 0.9 of a 320 px picture

WORN_ABOVE = (CLASS_INDEX["top"], CLASS_INDEX["outerwear"])  # shown with the head of who wears it


@dataclass
class Cutout:
    """rgba [h, w, 4] uint8, cropped to the alpha; label indexes CLASSES; group names the product."""

    rgba: np.ndarray
    label: int
    source: str
    group: str


@dataclass
class Photo:
    """rgb [h, w, 3] uint8; boxes [n, 4] corners in pixels; labels [n] (IGNORE allowed)."""

    rgb: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray
    name: str


@dataclass
class Pool:
    """Cut-outs by source. `held_out` are for checks: no product is in both."""

    train: list[Cutout] = field(default_factory=list)
    held_out: list[Cutout] = field(default_factory=list)

    def add(self, cutout: Cutout | None) -> None:
        if cutout is not None:
            (self.held_out if is_held_out(cutout.group) else self.train).append(cutout)


def is_held_out(group: str) -> bool:
    """Every tenth product, by a hash of its name, so that the choice survives reordering."""
    return hashlib.sha256(group.encode()).digest()[0] % 10 == 0


def read_rgb(path: Path) -> np.ndarray:
    """Picture [h, w, 3] uint8, RGB."""
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None:
        raise ValueError(f"{path}: not a picture")
    return cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)


def crop_to_alpha(rgba: np.ndarray) -> np.ndarray | None:
    """Cuts away transparent borders and shrinks to SIDE_MAX; None if hardly anything is opaque."""
    solid = rgba[..., 3] > 127
    if solid.sum() < 200:
        return None
    ys, xs = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    rgba = rgba[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1]
    scale = SIDE_MAX / max(rgba.shape[:2])
    if scale < 1:
        size = (max(1, round(rgba.shape[1] * scale)), max(1, round(rgba.shape[0] * scale)))
        rgba = cv2.resize(rgba, size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(rgba)


def cut_from_white(rgb: np.ndarray) -> np.ndarray | None:
    """RGBA of what stands on a white background, found by flooding in from the border.

    None where there is no such background (close-ups) or nothing on it.
    """
    height, width = rgb.shape[:2]
    framed = cv2.copyMakeBorder(rgb, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    mask = np.zeros((height + 6, width + 6), np.uint8)
    flags = 4 | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE | (255 << 8)
    cv2.floodFill(framed, mask, (0, 0), 0, (14, 14, 14), (14, 14, 14), flags)
    solid = np.where(mask[3:-3, 3:-3] > 0, 0, 255).astype(np.uint8)
    solid = cv2.morphologyEx(solid, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    share = (solid > 0).mean()
    if not 0.02 < share < 0.85:
        return None
    alpha = cv2.erode(solid, np.ones((3, 3), np.uint8))
    alpha = cv2.GaussianBlur(alpha, (3, 3), 0)
    return np.dstack([rgb, alpha])


def below_shoulders(rgba: np.ndarray) -> np.ndarray:
    """Drops the head of a person who wears a top: the rows above the first wide one."""
    widths = (rgba[..., 3] > 127).sum(1)
    wide = np.flatnonzero(widths > 0.62 * widths.max())
    start = int(wide[0]) if len(wide) else 0
    # A hand at the head makes the first rows wide already; then the picture stays as it is.
    return rgba[start:] if 0.08 < start / len(widths) < 0.4 else rgba


def whole_photo(rgb: np.ndarray, rgba: np.ndarray, label: int, name: str) -> Photo | None:
    """The catalog picture as it is, boxed below the head: heads are there, and are nothing to buy."""
    solid = rgba[..., 3] > 127
    ys, xs = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    if not len(ys):
        return None
    top = int(ys[0])
    if label in WORN_ABOVE:
        part = rgba[ys[0] : ys[-1] + 1]
        top += len(part) - len(below_shoulders(part))
    box = np.array([[xs[0], top, xs[-1] + 1, ys[-1] + 1]], np.float32)
    return Photo(rgb, box, np.array([label]), name)


def load_magento(root: Path, pool: Pool) -> list[Photo]:
    """Catalog pictures on white: people in sportswear, bags, watches, fitness gear.

    Adds their cut-outs to the pool and returns the training pictures whole, with boxes.
    """
    photos: list[Photo] = []
    for path, label, group in list_magento(root):
        rgb = read_rgb(path)
        rgba = cut_from_white(rgb)
        if rgba is None:
            continue
        photo = whole_photo(rgb, rgba, label, group)
        if photo is not None and not is_held_out(group):
            photos.append(photo)
        rgba = crop_to_alpha(rgba)
        if rgba is not None and label in WORN_ABOVE:
            rgba = crop_to_alpha(below_shoulders(rgba))
        if rgba is not None:
            pool.add(Cutout(rgba, label, "magento", group))
    return photos


def list_magento(root: Path) -> Iterator[tuple[Path, int, str]]:
    """Picture, class and product of every catalog picture, each picture once."""
    seen: set[str] = set()
    with open(root / "catalog.csv", newline="") as file:
        for row in csv.DictReader(file):
            label = magento_class(row["sku"], row["category"], row["name"])
            for image in [row["main_image"], *row["other_images"].split("|")]:
                path = root / image.lstrip("/")
                if label is None or not image or image in seen or not path.is_file():
                    continue
                seen.add(image)
                yield path, label, row["parent"] or row["sku"]


def load_grocery(root: Path, pool: Pool) -> None:
    """Clean pictures of fruit, vegetables and cartons."""
    for path in sorted((root / "iconic-images-and-descriptions").rglob("*.jpg")):
        rgba = cut_from_white(read_rgb(path))
        rgba = None if rgba is None else crop_to_alpha(rgba)
        label = CLASS_INDEX["packaged food" if "Packages" in path.parts else "fresh food"]
        if rgba is not None:
            pool.add(Cutout(rgba, label, "grocery", path.stem))


class RenderReader:
    """Reads the rendered products' meta.jsonl again and again while it grows."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.done: set[str] = set()

    def refresh(self, pool: Pool) -> int:
        """Adds what is new to the pool and says how many pictures that was."""
        meta = self.root / "meta.jsonl"
        if not meta.is_file():
            return 0
        count = 0
        for line in meta.read_text().splitlines():
            try:
                row = json.loads(line)
                name, label = row["file"], CLASS_INDEX[row["category_class"]]
            except (ValueError, KeyError):
                continue  # a line still being written, or a class that is not ours
            if name in self.done:
                continue
            rgba = cv2.imread(str(self.root / name), cv2.IMREAD_UNCHANGED)
            if rgba is None or rgba.ndim != 3 or rgba.shape[2] != 4:
                continue
            self.done.add(name)
            rgba = crop_to_alpha(cv2.cvtColor(rgba, cv2.COLOR_BGRA2RGBA))
            if rgba is not None:
                pool.add(Cutout(rgba, label, "render", str(row["product"])))
                count += 1
        return count
