"""Seamless pattern tiles (stripes, dots, flowers, ...), drawn with PIL and handed to Blender as images."""

import math

import bpy
import numpy as np
from PIL import Image, ImageDraw

from palette import srgb

SIDE = 640  # drawn at this size and halved, which smooths the edges


def to_blender(picture, name):
    """Copies a PIL picture into a Blender image (sRGB)."""
    rgba = np.asarray(picture.convert("RGBA"), dtype=np.float32)[::-1] / 255.0
    image = bpy.data.images.new(name, picture.width, picture.height, alpha=True)
    image.pixels.foreach_set(np.ascontiguousarray(rgba).ravel())
    image.update()
    return image


class Tile:
    """A square canvas that wraps around at its borders."""

    def __init__(self, background):
        self.picture = Image.new("RGB", (SIDE, SIDE), srgb(background))
        self.draw = ImageDraw.Draw(self.picture)

    def polygon(self, points, color):
        """Fills a polygon given in 0..1 tile units, repeated over the borders."""
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                self.draw.polygon([((x + dx) * SIDE, (y + dy) * SIDE) for x, y in points], fill=srgb(color))

    def disc(self, x, y, radius, color):
        """Fills a disc, repeated over the borders."""
        self.polygon(ellipse(x, y, radius, radius), color)

    def done(self):
        """The tile at its final size."""
        return self.picture.resize((SIDE // 2, SIDE // 2), Image.LANCZOS)


def ellipse(x, y, rx, ry, turn=0.0, steps=28):
    """Points of a turned ellipse."""
    points = []
    for i in range(steps):
        a = 2 * math.pi * i / steps
        px, py = rx * math.cos(a), ry * math.sin(a)
        points.append((x + px * math.cos(turn) - py * math.sin(turn), y + px * math.sin(turn) + py * math.cos(turn)))
    return points


def star(x, y, radius, tips=5, inner=0.42, turn=0.0):
    """Points of a star."""
    points = []
    for i in range(2 * tips):
        r = radius if i % 2 == 0 else radius * inner
        a = math.pi * i / tips + turn
        points.append((x + r * math.sin(a), y - r * math.cos(a)))
    return points


def scatter(rng, count, apart):
    """Up to `count` places in the tile, at least `apart` from each other across the borders."""
    places = []
    for _ in range(count * 40):
        x, y = rng.random(), rng.random()
        gaps = [math.hypot(min(abs(x - a), 1 - abs(x - a)), min(abs(y - b), 1 - abs(y - b))) for a, b in places]
        if not gaps or min(gaps) > apart:
            places.append((x, y))
            if len(places) == count:
                break
    return places


def stripes(rng, c, across):
    """Bands of two or three colours with an even or an uneven rhythm."""
    tile = Tile(c[0])
    count = rng.choice([2, 3, 4, 6])
    share = rng.choice([0.25, 0.5, 0.5, 0.65])
    thin = rng.random() < 0.4
    for i in range(count):
        low, high = i / count, (i + share) / count
        line = (i + share + (1 - share) * 0.4) / count
        for a, b, color in [(low, high, c[1])] + ([(line, line + 0.03, c[2])] if thin else []):
            box = [(0, a), (1, a), (1, b), (0, b)]
            tile.polygon([(y, x) for x, y in box] if across else box, color)
    return tile.done()


def horizontal_stripes(rng, c):
    return stripes(rng, c, across=False)


def vertical_stripes(rng, c):
    return stripes(rng, c, across=True)


def checks(rng, c):
    tile, n = Tile(c[0]), rng.choice([4, 6])
    for i in range(n):
        for j in range(n):
            if (i + j) % 2:
                tile.polygon([(i / n, j / n), ((i + 1) / n, j / n), ((i + 1) / n, (j + 1) / n), (i / n, (j + 1) / n)], c[1])
    return tile.done()


def plaid(rng, c):
    """Woven bands: the two directions are mixed half and half, as threads are."""
    n, wide = rng.choice([2, 3]), rng.uniform(0.3, 0.55)
    def bands():
        line = np.tile(np.array(srgb(c[0]), float), (SIDE, 1))
        position = (np.arange(SIDE) * n / SIDE) % 1
        line[position < wide] = srgb(c[1])
        line[(position > wide + 0.15) & (position < wide + 0.22)] = srgb(c[2])
        return line
    line = bands()
    mixed = (line[None, :, :] + line[:, None, :]) / 2
    return Image.fromarray(mixed.astype(np.uint8)).resize((SIDE // 2, SIDE // 2), Image.LANCZOS)


def dots(rng, c):
    tile, n, radius = Tile(c[0]), rng.choice([2, 3, 4]), rng.uniform(0.2, 0.34)
    second = c[2] if rng.random() < 0.35 else c[1]
    for i in range(n):
        for j in range(n):
            tile.disc((i + 0.25) / n, (j + 0.25) / n, radius * 0.7 / n, c[1])
            tile.disc((i + 0.75) / n, (j + 0.75) / n, radius * 0.7 / n, second)
    return tile.done()


def zigzag(rng, c):
    tile, n = Tile(c[0]), rng.choice([2, 3, 4])
    waves, third = rng.choice([2, 4]), rng.random() < 0.5
    for j in range(n):
        points = [(i / (2 * waves), (j + (0.45 if i % 2 else 0.0)) / n) for i in range(-1, 2 * waves + 2)]
        lower = [(x, y + 0.42 / n) for x, y in reversed(points)]
        tile.polygon(points + lower, c[2] if third and j % 2 else c[1])
    return tile.done()


def flowers(rng, c):
    tile, petals = Tile(c[0]), rng.choice([5, 6, 8])
    for x, y in scatter(rng, rng.choice([5, 7, 10]), 0.22):
        size, turn = rng.uniform(0.07, 0.12), rng.uniform(0, 6)
        for k in (-1, 1):
            tile.polygon(ellipse(x + k * size * 1.2, y + size, size * 0.55, size * 0.2, k * 0.7), c[2])
        for i in range(petals):
            a = turn + 2 * math.pi * i / petals
            place = (x + size * 0.6 * math.cos(a), y + size * 0.6 * math.sin(a))
            tile.polygon(ellipse(*place, size * 0.55, size * 0.28, a), c[1])
        tile.disc(x, y, size * 0.3, c[2])
    return tile.done()


def leaves(rng, c):
    tile = Tile(c[0])
    for i, (x, y) in enumerate(scatter(rng, rng.choice([6, 9]), 0.2)):
        turn, size = rng.uniform(0, 6.28), rng.uniform(0.05, 0.075)
        for k in range(5):
            along = (k - 2) * size * 0.9
            px, py = x + along * math.cos(turn), y + along * math.sin(turn)
            for side in (-1, 1):
                a = turn + side * 0.9
                place = (px + size * 0.7 * math.cos(a), py + size * 0.7 * math.sin(a))
                tile.polygon(ellipse(*place, size * 0.75, size * 0.25, a), c[1 + i % 2])
    return tile.done()


def stars(rng, c):
    tile, tips = Tile(c[0]), rng.choice([4, 5, 6])
    for i, (x, y) in enumerate(scatter(rng, rng.choice([6, 10, 14]), 0.18)):
        tile.polygon(star(x, y, rng.uniform(0.05, 0.1), tips, 0.4, rng.uniform(0, 1)), c[1 + (i % 3 == 0)])
    return tile.done()


def terrazzo(rng, c):
    tile = Tile(c[0])
    for x, y in scatter(rng, 40, 0.085):
        n, size, turn = rng.randint(4, 6), rng.uniform(0.02, 0.065), rng.uniform(0, 6)
        points = []
        for i in range(n):
            r, a = size * rng.uniform(0.6, 1.2), turn + 2 * math.pi * i / n
            points.append((x + r * math.cos(a), y + r * math.sin(a)))
        tile.polygon(points, rng.choice(c[1:]))
    return tile.done()


def triangles(rng, c):
    tile, n = Tile(c[0]), rng.choice([3, 4])
    for i in range(n):
        for j in range(n):
            x, y = i / n, j / n
            color = c[1 + (i * 7 + j * 3 + rng.randint(0, 1)) % 2]
            tile.polygon([(x + 0.08 / n, y + 0.92 / n), (x + 0.92 / n, y + 0.92 / n), (x + 0.5 / n, y + 0.15 / n)], color)
    return tile.done()


def diamonds(rng, c):
    tile, n = Tile(c[0]), rng.choice([2, 3, 4])
    for i in range(n):
        for j in range(n):
            x, y = (i + 0.5) / n, (j + 0.5) / n
            for size, color in ((0.5, c[1]), (0.22, c[2])):
                s = size / n
                tile.polygon([(x - s, y), (x, y - s), (x + s, y), (x, y + s)], color)
    return tile.done()


def waves(rng, c):
    tile, n, count = Tile(c[0]), rng.choice([3, 4, 5]), rng.choice([1, 2, 3])
    for j in range(n):
        xs = [i / 40 for i in range(-1, 42)]
        top = [(x, (j + 0.3 * math.sin(2 * math.pi * count * x)) / n) for x in xs]
        tile.polygon(top + [(x, y + 0.42 / n) for x, y in reversed(top)], c[1 + j % 2 if n % 2 == 0 else 1])
    return tile.done()


def scales(rng, c):
    """Overlapping half discs, as on roof tiles or fish."""
    tile, n = Tile(c[0]), rng.choice([3, 4])
    for j in range(2 * n - 1, -2, -1):
        for i in range(n):
            x, y = (i + (0.5 if j % 2 else 0)) / n, j / (2 * n)
            for r, color in ((0.5, c[0]), (0.44, c[1]), (0.24, c[2])):
                tile.disc(x, y, r / n, color)
    return tile.done()


def brush(rng, c):
    """Loose brush strokes."""
    tile = Tile(c[0])
    for x, y in scatter(rng, 22, 0.12):
        tile.polygon(ellipse(x, y, rng.uniform(0.06, 0.11), rng.uniform(0.012, 0.03), rng.uniform(-0.5, 0.5)), rng.choice(c[1:]))
    return tile.done()


# pattern name -> (drawing function, words for a title with {1} and {2} as the further colours)
PATTERNS = {
    "stripes": (horizontal_stripes, "with {1} stripes"),
    "vertical stripes": (vertical_stripes, "with {1} pinstripes"),
    "checks": (checks, "and {1} check"),
    "plaid": (plaid, "and {1} plaid"),
    "dots": (dots, "with {1} dots"),
    "zigzag": (zigzag, "with {1} zigzag"),
    "flowers": (flowers, "with {1} flowers"),
    "leaves": (leaves, "with {1} leaves"),
    "stars": (stars, "with {1} stars"),
    "terrazzo": (terrazzo, "terrazzo with {1} and {2} chips"),
    "triangles": (triangles, "with {1} and {2} triangles"),
    "diamonds": (diamonds, "with {1} diamonds"),
    "waves": (waves, "with {1} waves"),
    "scales": (scales, "and {1} fish-scale print"),
    "brush": (brush, "with {1} and {2} brush strokes"),
}


def tile_image(pattern, colors, rng):
    """A Blender image of the named pattern in three colours."""
    return to_blender(PATTERNS[pattern][0](rng, colors), f"tile {pattern}")
