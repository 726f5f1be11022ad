"""Shopper photos: products of the catalog in other views, light and surroundings, and the truth about them."""

import json
import math
import pathlib
import random
import tempfile

import bpy
import numpy as np
from mathutils import Matrix
from PIL import Image, ImageFilter

import catalog
import materials
import products
import studio
import text
import textures
from mesh import Builder
from palette import pick

COUNT = 24
SIDES = (768, 576)
# What stands together, with the size of its longest side in the scene's units.
TABLE = {"mug": 0.62, "carton": 1.1, "vase": 1.15, "bottle": 1.25, "clock": 0.95, "teapot": 0.95, "jar": 0.75, "bowl": 0.85,
         "planter": 1.05, "notebook": 1.0, "candle": 0.6, "lamp": 1.5}
FLOOR = {"chair": 1.5, "sofa": 2.4, "stool": 1.1, "cushion": 0.8, "planter": 0.9, "lamp": 1.0}
STRANGER_SEED = 7000  # products of this seed and up are in no catalog: they only stand around


def ground_material(rng, where):
    """What the things stand on."""
    kind = rng.choice(["wood", "cloth", "marble", "plain", "tiles"] if where == "table" else ["wood", "carpet", "tiles", "rug", "grass"])
    if kind == "wood":
        return materials.wood(rng.choice(["oak", "walnut", "beech"]), "x", 0.25)
    if kind == "marble":
        return materials.marble("white", "light grey", "glazed", 1.3)
    if kind == "plain":
        return materials.plain(rng.choice(["light grey", "charcoal", "sand", "white"]), "matte")
    if kind == "carpet":
        return materials.plain(rng.choice(["light grey", "sand", "petrol", "slate grey"]), "boucle")
    if kind == "grass":
        return materials.speckled("forest green", "olive", "boucle", 40.0, 0.5)
    pattern = {"cloth": rng.choice(["plaid", "checks", "dots", "leaves"]), "tiles": rng.choice(["checks", "diamonds"]),
               "rug": rng.choice(["zigzag", "diamonds", "triangles"])}[kind]
    image = textures.tile_image(pattern, pick(rng, 3), rng)
    repeat = rng.uniform(14, 26)
    return materials.printed(image, {"cloth": "fabric", "tiles": "glazed", "rug": "boucle"}[kind], (repeat, repeat))


def room(rng, where):
    """Ground and a wall behind."""
    square = [(0, 0), (1, 0), (1, 1), (0, 1)]
    ground = [(-12, -12, 0), (12, -12, 0), (12, 12, 0), (-12, 12, 0)]
    Builder("ground").add(ground, [(0, 1, 2, 3)], ground_material(rng, where), square)
    depth = rng.uniform(1.8, 4.5)
    wall = [(-12, depth, -1), (12, depth, -1), (12, depth, 12), (-12, depth, 12)]
    color = rng.choice(["white", "ivory", "sage green", "blush pink", "sky blue", "light grey", "charcoal", "sand"])
    Builder("wall").add(wall, [(0, 1, 2, 3)], materials.plain(color, "matte"), square)


def light(rng):
    """A window, a warm lamp, a grey day or a dim evening; returns the exposure that a phone would choose."""
    kind = rng.choice(["window", "lamp", "overcast", "dim"])
    side = rng.choice([-1, 1])
    if kind == "window":
        studio.world((0.85, 0.92, 1.0), 0.35)
        studio.softbox((side * 3.2, -0.8, 2.4), (0, 0, 0.4), 2.2, 230, (0.92, 0.96, 1.0))
        return 0.0
    if kind == "lamp":
        studio.world((1.0, 0.85, 0.7), 0.22)
        studio.softbox((side * 1.6, -1.4, 2.6), (0, 0, 0.3), 0.5, 150, (1.0, 0.78, 0.52))
        return 0.15
    if kind == "overcast":
        studio.world((0.95, 0.98, 1.0), 0.9)
        studio.softbox((side * 2, -2.0, 4.0), (0, 0, 0.3), 3.0, 60)
        return -0.1
    studio.world((0.7, 0.75, 1.0), 0.14)
    studio.softbox((side * 2.4, -1.6, 2.0), (0, 0, 0.4), 1.0, 90, (1.0, 0.86, 0.7))
    return 0.45


def choose(rng, unused):
    """(where, [(family, seed)]): one to four products, those first that no photo shows yet."""
    where = rng.choice(["table", "table", "table", "floor"])
    families = TABLE if where == "table" else FLOOR
    count = rng.choices([1, 2, 3, 4], [0.3, 0.35, 0.2, 0.15] if where == "table" else [0.5, 0.35, 0.15, 0])[0]
    members = []
    for family, seed in list(unused):
        if len(members) < count and family in families and family not in [f for f, _ in members]:
            members.append((family, seed))
            unused.remove((family, seed))
    return where, members


def stand(rng, family, seed, size):
    """Builds a product, turned as it happened to be put down; returns its builder and its radius on the ground."""
    builder, _ = products.build(family, seed)
    builder.settle(size)
    reach = 30 if family in catalog.FLAT else 60
    turn = rng.choice([-1, 1]) * rng.uniform(5, reach)
    builder.root.matrix_world = Matrix.Rotation(math.radians(turn), 4, "Z") @ builder.root.matrix_world
    bpy.context.view_layer.update()
    points = builder.corners()
    return builder, max(abs(p.x) for p in points)


def arrange(rng, where, members):
    """Products side by side with room between; behind them sometimes a thing that no catalog has."""
    sizes = TABLE if where == "table" else FLOOR
    stood, x = [], 0.0
    for family, seed in members:
        builder, radius = stand(rng, family, seed, sizes[family] * rng.uniform(0.92, 1.08))
        x += radius
        shift = Matrix.Translation((x, rng.uniform(-0.25, 0.25), 0))
        builder.root.matrix_world = shift @ builder.root.matrix_world
        x += radius + rng.uniform(0.08, 0.3)
        stood.append((builder, text.identifier(family, seed)))
    for builder, _ in stood:
        builder.root.matrix_world = Matrix.Translation((-x / 2, 0, 0)) @ builder.root.matrix_world
    if rng.random() < 0.35:
        family = rng.choice([f for f in sizes if f not in [m[0] for m in members]])
        stranger, radius = stand(rng, family, STRANGER_SEED + rng.randrange(300), sizes[family])
        side = rng.choice([-1, 1]) * (x / 2 + radius + 0.1)
        stranger.root.matrix_world = Matrix.Translation((side, 0.9, 0)) @ stranger.root.matrix_world
    bpy.context.view_layer.update()
    return stood


def as_a_phone_would(rng, png, jpeg):
    """Slight blur, white balance, vignette, sensor noise and JPEG."""
    image = Image.fromarray(np.clip(catalog.smooth(np.asarray(Image.open(png).convert("RGB"), np.float32)), 0, 255).astype(np.uint8))
    image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 0.9)))
    pixels = np.asarray(image, np.float32) * np.array([rng.uniform(0.95, 1.05), 1.0, rng.uniform(0.93, 1.05)], np.float32)
    height, width = pixels.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    edge = ((x / width - 0.5) ** 2 + (y / height - 0.5) ** 2) * 2
    pixels *= (1 - rng.uniform(0.05, 0.25) * edge[..., None]).astype(np.float32)
    pixels += np.random.default_rng(rng.randrange(1 << 30)).normal(0, rng.uniform(1.5, 5.0), pixels.shape)
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(jpeg, quality=rng.randrange(76, 88), optimize=True)


def box_of(holder, builder, width, height):
    """[x, y, w, h] of a product in whole pixels, inside the photo."""
    shot = [p for p in studio.project(holder, builder.corners()) if p]
    left, right = (min(max(f(p[0] for p in shot), 0), 1) * width for f in (min, max))
    top, bottom = (min(max(f(p[1] for p in shot), 0), 1) * height for f in (min, max))
    return [round(left), round(top), round(right) - round(left), round(bottom) - round(top)]


def photo(out, number, unused, samples, threads, scratch):
    """Renders one photo unless it exists; returns its lines of the truth."""
    rng = random.Random(f"photo {number}")
    where, members = choose(rng, unused)
    width, height = SIDES if len(members) > 1 or rng.random() < 0.4 else SIDES[::-1]
    products.clear()
    studio.settings(width, height, samples, threads)
    stood = arrange(rng, where, members)
    room(rng, where)
    exposure = light(rng)
    bpy.context.scene.view_settings.exposure = exposure + rng.uniform(-0.15, 0.15)
    holder = studio.camera(rng.uniform(38, 60))
    points = [p for builder, _ in stood for p in builder.corners()]
    fill = rng.uniform(0.45, 0.68) if len(members) == 1 else rng.uniform(0.72, 0.9)
    studio.frame(holder, points, rng.uniform(-18, 18), rng.uniform(14, 38), fill, rng.gauss(0, 2))
    name = f"photos/photo-{number:02d}.jpg"
    if not (out / name).exists():
        studio.render(scratch / "render.png")
        as_a_phone_would(rng, scratch / "render.png", out / name)
    return [{"photo": name, "box": box_of(holder, builder, width, height), "relevant": [identifier]}
            for builder, identifier in stood]


def run(out, samples, threads):
    """Renders the photos that are missing, then writes truth.jsonl over all of them."""
    out = pathlib.Path(out)
    (out / "photos").mkdir(parents=True, exist_ok=True)
    unused = catalog.members()
    random.Random("photos").shuffle(unused)
    lines = []
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(1, COUNT + 1):
            lines += photo(out, number, unused, samples, threads, pathlib.Path(scratch))
    with open(out / "truth.jsonl", "w", encoding="utf-8") as truth:
        truth.writelines(json.dumps(line) + "\n" for line in lines)
