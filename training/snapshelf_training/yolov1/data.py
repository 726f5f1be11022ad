"""Pictures for the slim YOLOv1: composites of a few classes, made once and bent anew each time they are used."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from snapshelf_training.detector.classes import CLASS_INDEX, IGNORE
from snapshelf_training.detector.compose import Rng, Sample, Sources, compose
from snapshelf_training.detector.cutouts import Cutout, Pool, RenderReader, load_grocery, load_magento

PAD = 114  # grey around a picture, as the model card says


def load_cutouts(data: Path, renders: Path, names: list[str]) -> tuple[list[Cutout], list[Cutout]]:
    """Training and held-out cut-outs of the named classes, labelled 0, 1, ...; no product is in both."""
    pool = Pool()
    load_magento(data / "magento", pool)
    load_grocery(data / "grocery", pool)
    RenderReader(renders).refresh(pool)
    number = {CLASS_INDEX[name]: index for index, name in enumerate(names)}
    parts = []
    for cutouts in (pool.train, pool.held_out):
        parts.append([replace(cutout, label=number[cutout.label]) for cutout in cutouts if cutout.label in number])
        if len({cutout.label for cutout in parts[-1]}) < len(names):
            have = sorted({names[cutout.label] for cutout in parts[-1]})
            raise ValueError(f"too few products: of {', '.join(names)} only {', '.join(have) or 'none'} found")
    return parts[0], parts[1]


def compose_pictures(cutouts: list[Cutout], count: int, size: int, seed: int) -> list[Sample]:
    sources = Sources(cutouts, [], photo_share=0.0, render_share=0.6)
    sources.index()
    rng = np.random.default_rng(seed)
    return [compose(rng, sources, size) for _ in range(count)]


def bend(rng: Rng, sample: Sample) -> Sample:
    """Flips, scales and shifts by up to a fifth, and changes brightness and colour, as section 2.2 of the paper says.

    A thing that is mostly cut away becomes IGNORE.
    """
    size = sample.image.shape[0]
    scale = rng.uniform(0.8, 1.2)
    shift = (1 - scale) * size / 2 + rng.uniform(-0.2, 0.2, 2) * size
    image, boxes = sample.image, sample.boxes
    if rng.random() < 0.5:
        image = image[:, ::-1]
        boxes = np.stack([size - boxes[:, 2], boxes[:, 1], size - boxes[:, 0], boxes[:, 3]], axis=1)
    warp = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    image = cv2.warpAffine(np.ascontiguousarray(image), warp, (size, size), borderValue=(PAD, PAD, PAD))
    moved = boxes * np.float32(scale) + np.tile(shift, 2).astype(np.float32)
    seen = np.clip(moved, 0, size)
    share = (seen[:, 2:] - seen[:, :2]).prod(1) / (moved[:, 2:] - moved[:, :2]).prod(1).clip(min=1e-6)
    labels = np.where(share < 0.4, IGNORE, sample.labels)
    light = rng.uniform(0.7, 1.4) * rng.uniform(0.93, 1.07, 3)
    table = np.clip(np.arange(256)[:, None] * light, 0, 255).astype(np.uint8)[None]  # [1, 256, 3]
    inside = share > 0.02
    return Sample(cv2.LUT(image, table), seen[inside], labels[inside])
