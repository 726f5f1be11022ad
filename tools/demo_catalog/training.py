"""Cut-out renders of products that are not in the demo, as training material for the default models."""

import json
import os
import pathlib
import random

import products
import studio


def light(rng):
    """A random surrounding and one to three lamps, from overcast to hard side light."""
    tint = [rng.uniform(0.75, 1.0) for _ in range(3)]
    studio.world(tint, rng.uniform(0.15, 1.0))
    for _ in range(rng.randint(1, 3)):
        warm = rng.uniform(-0.25, 0.25)
        color = (1.0, 1.0 - abs(warm) * 0.5, 1.0 - warm) if warm > 0 else (1.0 + warm, 1.0 + warm * 0.4, 1.0)
        place = studio.around(rng.uniform(-180, 180), rng.uniform(-5, 85), rng.uniform(2, 4))
        studio.softbox(place, (0, 0, 0.4), rng.uniform(0.2, 2.5), rng.uniform(30, 170), color)


def view(builder, rng, path, front):
    """One picture from a random direction; half of them from the front half."""
    for holder in list(studio.bpy.data.objects):
        if holder.type in ("LIGHT", "CAMERA"):
            studio.bpy.data.objects.remove(holder)
    light(rng)
    holder = studio.camera(rng.uniform(40, 100))
    azimuth = rng.gauss(0, 40) if front else rng.uniform(-180, 180)
    studio.frame(holder, builder.corners(), azimuth, rng.uniform(-5, 60), rng.uniform(0.88, 0.98), rng.gauss(0, 4))
    studio.bpy.context.scene.view_settings.exposure = rng.gauss(0.0, 0.35)
    partial = path.with_name(f"partial_{path.name}")
    studio.render(partial)
    os.replace(partial, path)


def run(out, count, views, first_seed, families, side, samples, threads):
    """Renders `count` products, family after family, and lists each finished picture in meta.jsonl."""
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    names = families or list(products.FAMILIES)
    studio.settings(side, side, samples, threads, transparent=True)
    for number in range(count):
        family, seed = names[number % len(names)], first_seed + number // len(names)
        folder = out / f"{family}_{seed}"
        if (folder / f"{views - 1}.png").exists():
            continue
        folder.mkdir(exist_ok=True)
        products.clear()
        builder, _ = products.build(family, seed)
        builder.settle(1.0)
        for index in range(views):
            rng = random.Random(f"view {family} {seed} {index}")
            view(builder, rng, folder / f"{index}.png", rng.random() < 0.6)
            line = {"product": f"{family}_{seed}", "family": family, "category_class": products.FAMILIES[family][1],
                    "view": index, "file": f"{family}_{seed}/{index}.png"}
            with open(out / "meta.jsonl", "a", encoding="utf-8") as meta:
                meta.write(json.dumps(line) + "\n")
