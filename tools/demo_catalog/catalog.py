"""The pictures of the catalog (soft studio light, white ground, contact shadow) and catalog.csv."""

import csv
import pathlib
import random
import tempfile

import bpy
import numpy as np
from PIL import Image

import materials
import products
import studio
import text

SIDE = 416
# family -> number of products; seeds 0.. belong to the demo, training uses other seeds
COUNTS = {name: 10 for name in products.FAMILIES}
FLAT = {"clock", "notebook", "cushion", "carton"}  # seen from behind they say nothing
COLUMNS = ["id", "title", "description", "category", "brand", "color", "price", "currency", "availability", "link", "image_link",
           "additional_image_link"]


def smooth(pixels, reach=2, spread=16.0):
    """Edge-keeping mean (bilateral, 5x5) over [height, width, 4] float32: takes the grain of few samples."""
    padded = np.pad(pixels, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    total, weights = np.zeros_like(pixels), np.zeros(pixels.shape[:2] + (1,), np.float32)
    h, w = pixels.shape[:2]
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            other = padded[reach + dy : reach + dy + h, reach + dx : reach + dx + w]
            gap = np.sum((other - pixels) ** 2, axis=2, keepdims=True)
            weight = np.exp(-gap / (2 * spread * spread) - (dx * dx + dy * dy) / 5.0)
            total += weight * other
            weights += weight
    return total / weights


def on_white(png, jpeg, quality=86):
    """Smooths a render with alpha, lays it on white and writes a JPEG."""
    rgba = smooth(np.asarray(Image.open(png).convert("RGBA"), np.float32))
    alpha = rgba[..., 3:] / 255.0
    # Straight alpha: blending the shadow a little lighter keeps the ground clean.
    flat = rgba[..., :3] * alpha + 255.0 * (1 - alpha)
    Image.fromarray(np.clip(flat + 0.5, 0, 255).astype(np.uint8)).save(jpeg, quality=quality, optimize=True)


def set_up():
    """Light from a large box at the left, a weak one at the right, one from above; a ground that only takes shadow."""
    studio.world((1.0, 1.0, 1.0), 0.62)
    studio.softbox((-2.2, -2.2, 2.6), (0, 0, 0.4), 2.2, 105)
    studio.softbox((2.6, -1.4, 1.4), (0, 0, 0.4), 1.6, 32, (1.0, 0.97, 0.93))
    studio.softbox((0.3, 1.6, 3.0), (0, 0, 0.3), 2.0, 55)
    mesh = bpy.data.meshes.new("ground")
    mesh.from_pydata([(-20, -20, 0), (20, -20, 0), (20, 20, 0), (-20, 20, 0)], [], [(0, 1, 2, 3)])
    mesh.materials.append(materials.plain("white", "paper"))
    ground = bpy.data.objects.new("ground", mesh)
    ground.is_shadow_catcher = True
    bpy.context.collection.objects.link(ground)


def views(family, seed):
    """Two or three (azimuth, elevation) of the pictures."""
    rng = random.Random(f"catalog {family} {seed}")
    side = rng.choice([-1, 1])
    first = (side * rng.uniform(18, 32), rng.uniform(12, 22))
    wide = (25, 42) if family in FLAT else (45, 75)
    second = (-side * rng.uniform(*wide), rng.uniform(24, 44))
    return [first, second]


def pictures(family, seed):
    """The picture paths of a product, relative to the catalog."""
    return [f"pictures/{text.identifier(family, seed)}-{i + 1}.jpg" for i in range(len(views(family, seed)))]


def members(families=None):
    """All (family, seed) of the demo, family after family in turn."""
    counts = {f: n for f, n in COUNTS.items() if not families or f in families}
    return [(f, seed) for seed in range(max(counts.values())) for f in counts if seed < counts[f]]


def run(out, samples, threads, families=None):
    """Renders the pictures that are missing, then writes catalog.csv over all products."""
    out = pathlib.Path(out)
    (out / "pictures").mkdir(parents=True, exist_ok=True)
    studio.settings(SIDE, SIDE, samples, threads, transparent=True)
    bpy.context.scene.cycles.adaptive_threshold = 0.04
    with tempfile.TemporaryDirectory() as scratch:
        png = pathlib.Path(scratch) / "render.png"
        for family, seed in members(families):
            paths = pictures(family, seed)
            if all((out / p).exists() for p in paths):
                continue
            products.clear()
            builder, _ = products.build(family, seed)
            builder.settle(1.0)
            set_up()
            holder = studio.camera(75)
            for path, (azimuth, elevation) in zip(paths, views(family, seed)):
                studio.frame(holder, builder.corners(), azimuth, elevation, 0.82)
                studio.render(png)
                on_white(png, out / path)
    write_rows(out)


def write_rows(out):
    """Writes catalog.csv for the products whose pictures exist, sorted by category."""
    rows = []
    for family, seed in members():
        paths = pictures(family, seed)
        if not all((out / p).exists() for p in paths):
            continue
        products.clear()
        _, words = products.build(family, seed)
        rows.append(text.row(family, seed, words, paths))
    rows.sort(key=lambda r: (r["category"], r["id"]))
    with open(out / "catalog.csv", "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
