"""Lists the training pictures, splits them by item, and decodes them once into a cache.

A cache folder holds `pixels.npy` [n, CACHE_SIDE, CACHE_SIDE, 3 or 4] uint8 RGB(A) with the picture in the top
left corner, `sizes.npy` [n, 2] (height, width) and `entries.json`. It lies outside the repository.
"""

import csv
import dataclasses
import hashlib
import json
from pathlib import Path

import cv2
import numpy as np

from .geometry import resize_longest

# The longest side kept: what the teachers look at.
CACHE_SIDE = 224
# Fifth of the Magento items kept from training, chosen by hash of the parent so that colours stay together.
HELD_OUT_FIFTH = 0
# Labelled COCO boxes below this side (px) are too small to tell anything.
MIN_BOX_SIDE = 48


@dataclasses.dataclass(frozen=True)
class Entry:
    """One picture, or one box of a picture."""

    path: str
    source: str  # magento, grocery, clothing, coco, render
    item: str  # pictures of the same item are positives of each other
    role: str  # catalog (clean) or photo
    split: str  # train or held
    box: tuple[float, float, float, float] | None = None  # x, y, w, h in px


@dataclasses.dataclass
class Cache:
    """Decoded pictures, memory-mapped."""

    entries: list[Entry]
    pixels: np.ndarray  # [n, CACHE_SIDE, CACHE_SIDE, c] uint8
    sizes: np.ndarray  # [n, 2] height, width

    def picture(self, index: int) -> np.ndarray:
        height, width = self.sizes[index]
        return self.pixels[index, :height, :width]


def is_held_out(parent: str) -> bool:
    """Whether all pictures of this Magento product are kept from training."""
    return hashlib.sha256(parent.encode()).digest()[0] % 5 == HELD_OUT_FIFTH


def list_magento(folder: Path) -> list[Entry]:
    """Main picture = catalog, further views = photo. SKUs that share a main picture are one item."""
    entries = []
    seen = set()
    with open(folder / "catalog.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            split = "held" if is_held_out(row["parent"] or row["sku"]) else "train"
            item = "magento:" + row["main_image"]
            others = [p for p in row["other_images"].split("|") if p]
            for picture, role in [(row["main_image"], "catalog")] + [(p, "photo") for p in others]:
                path = folder / picture.lstrip("/")
                if picture not in seen and path.exists():
                    seen.add(picture)
                    entries.append(Entry(str(path), "magento", item, role, split))
    return entries


def list_grocery(folder: Path, part: str) -> list[Entry]:
    """part: train, val, or iconic (the 81 catalog pictures). The item is the fine class."""
    if part == "iconic":
        with open(folder / "classes.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))[1:]
        return [Entry(str(folder / row[4].strip().lstrip("/")), "grocery", f"grocery:{row[1].strip()}", "catalog", "train") for row in rows]
    split = "train" if part == "train" else "held"
    entries = []
    for line in (folder / f"{part}.txt").read_text(encoding="utf-8").splitlines():
        path, fine, _ = [field.strip() for field in line.split(",")]
        entries.append(Entry(str(folder / path), "grocery", f"grocery:{fine}", "photo", split))
    return entries


def list_clothing(folder: Path) -> list[Entry]:
    """Every photo is an item of its own: the labels are far coarser than a product."""
    paths = sorted((folder / "images").glob("*.jpg"))
    return [Entry(str(path), "clothing", f"clothing:{path.stem}", "photo", "train") for path in paths]


def list_coco(folder: Path) -> list[Entry]:
    """One entry a labelled box of at least MIN_BOX_SIDE px."""
    entries = []
    for path in sorted((folder / "images" / "train2017").glob("*.jpg")):
        label_file = folder / "labels" / "train2017" / f"{path.stem}.txt"
        if not label_file.exists():
            continue
        height, width = cv2.imread(str(path)).shape[:2]
        for number, line in enumerate(label_file.read_text().splitlines()):
            _, cx, cy, w, h = (float(value) for value in line.split())
            box = ((cx - w / 2) * width, (cy - h / 2) * height, w * width, h * height)
            if min(box[2:]) >= MIN_BOX_SIDE:
                entries.append(Entry(str(path), "coco", f"coco:{path.stem}:{number}", "photo", "train", box))
    return entries


def list_shared(shared: Path) -> list[Entry]:
    """Everything under SNAPSHELF_SHARED/data, with the parts that only serve for measuring marked `held`."""
    data = shared / "data"
    grocery = [entry for part in ("iconic", "train", "val") for entry in list_grocery(data / "grocery", part)]
    return list_magento(data / "magento") + grocery + list_clothing(data / "clothing") + list_coco(data / "coco128")


def load_rgb(path: str, box: tuple[float, float, float, float] | None = None) -> np.ndarray:
    """Decode to [h, w, 3] uint8 RGB, upright; alpha is composed on white; cut to box if there is one."""
    image = cv2.imread(path, cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise ValueError(f"{path}: not a picture that OpenCV reads")
    if box is None:
        return image
    x, y, width, height = box
    return image[max(0, round(y)) : round(y + height), max(0, round(x)) : round(x + width)]


def load_cutout(path: str) -> np.ndarray:
    """Decode a rendered product to [h, w, 4] uint8 RGBA, cut to what is visible."""
    image = cv2.imread(path, cv2.IMREAD_UNCHANGED)
    if image is None or image.ndim != 3 or image.shape[2] != 4:
        raise ValueError(f"{path}: not a picture with alpha")
    rows, columns = np.nonzero(image[:, :, 3] > 8)
    if rows.size == 0:
        raise ValueError(f"{path}: nothing visible")
    image = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    return cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA)


def write_cache(folder: Path, entries: list[Entry], images: list[np.ndarray]) -> None:
    """images: one [h, w, c] uint8 an entry, longest side at most CACHE_SIDE."""
    folder.mkdir(parents=True, exist_ok=True)
    channels = images[0].shape[2]
    pixels = np.full((len(images), CACHE_SIDE, CACHE_SIDE, channels), 255, np.uint8)
    sizes = np.zeros((len(images), 2), np.int32)
    for index, image in enumerate(images):
        height, width = image.shape[:2]
        pixels[index, :height, :width] = image
        sizes[index] = height, width
    np.save(folder / "pixels.npy", pixels)
    np.save(folder / "sizes.npy", sizes)
    (folder / "entries.json").write_text(json.dumps([dataclasses.asdict(entry) for entry in entries]))


def read_cache(folder: Path) -> Cache:
    entries = [Entry(**fields) for fields in json.loads((folder / "entries.json").read_text())]
    pixels = np.load(folder / "pixels.npy", mmap_mode="r")
    return Cache(entries, pixels, np.load(folder / "sizes.npy"))


def data_hash(folders: list[Path]) -> str:
    """Names the data of a run: first 12 hex digits over the entry lists and picture sizes."""
    digest = hashlib.sha256()
    for folder in folders:
        for fields in json.loads((folder / "entries.json").read_text()):
            digest.update(f"{fields['item']} {Path(fields['path']).name} {fields['split']}\n".encode())
        digest.update((folder / "sizes.npy").read_bytes())
    return digest.hexdigest()[:12]


def shrink(image: np.ndarray) -> np.ndarray:
    """Bring the longest side down to CACHE_SIDE; smaller pictures stay as they are."""
    return image if max(image.shape[:2]) <= CACHE_SIDE else resize_longest(image, CACHE_SIDE)
