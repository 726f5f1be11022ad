#!/usr/bin/env python3
"""Writes magento_edits.queries and its pictures for rerank_bench: edits.py FOLDER, after lists.py FOLDER. Needs Pillow.

Of 24 main pictures: a random crop of half the area, a turn by 15 degrees, and a print as a phone sees it (in perspective, turned,
small, blurred, before a shop's shelf). All as JPEG of quality 60.
"""

import pathlib
import random
import sys

from PIL import Image, ImageFilter

COUNT = 24


def crop(picture: Image.Image, dice: random.Random) -> Image.Image:
    width, height = picture.size
    side = 0.5**0.5
    left, top = (dice.random() * (1 - side) * extent for extent in picture.size)
    return picture.crop((int(left), int(top), int(left + side * width), int(top + side * height)))


def turn(picture: Image.Image) -> Image.Image:
    return picture.rotate(15, Image.BICUBIC, expand=True, fillcolor=(255, 255, 255))


def phone(picture: Image.Image, shelf: Image.Image, dice: random.Random) -> Image.Image:
    scene = shelf.convert("RGB").resize((420, 520))
    picture = picture.resize((int(picture.width * 0.62), int(picture.height * 0.62)))
    width, height = picture.size
    corners = [extent * at + dice.uniform(-0.1, 0.1) * extent
               for x, y in ((0, 0), (0, 1), (1, 1), (1, 0)) for extent, at in ((width, x), (height, y))]
    angle = dice.uniform(-20, 20)
    seen = picture.transform(picture.size, Image.QUAD, corners, Image.BICUBIC).rotate(angle, Image.BICUBIC, True)
    mask = Image.new("L", picture.size, 255).transform(picture.size, Image.QUAD, corners).rotate(angle, expand=True)
    scene.paste(seen, ((420 - seen.width) // 2 + int(dice.uniform(-21, 21)), (520 - seen.height) // 2), mask)
    return scene.filter(ImageFilter.GaussianBlur(0.8))


def main() -> None:
    folder = pathlib.Path(sys.argv[1]).resolve()
    (folder / "edits").mkdir(exist_ok=True)
    dice = random.Random(5)
    catalog = [line.split("\t") for line in (folder / "magento.catalog").read_text().splitlines()]
    shelves = [line.split("\t")[1] for line in (folder / "grocery.queries").read_text().splitlines()]
    rows = []
    for number, (key, path) in enumerate(dice.sample(catalog, COUNT)):
        picture = Image.open(path).convert("RGB")
        edits = {"crop": crop(picture, dice), "turn": turn(picture),
                 "phone": phone(picture, Image.open(dice.choice(shelves)), dice)}
        for name, edited in edits.items():
            target = folder / "edits" / f"{name}{number:02}.jpg"
            edited.save(target, quality=60)
            rows.append((name, f"{key}\t{target}\n"))
    rows.sort(key=lambda row: row[0])
    (folder / "magento_edits.queries").write_text("".join(line for _, line in rows))


if __name__ == "__main__":
    main()
