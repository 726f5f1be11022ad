"""The look of a product: its finish, colours and pattern, with the words a title needs."""

import materials
import palette
import textures


class Look:
    """One choice of finish, pattern and three colours; makes materials on demand.

    `finish` is a key of materials.FINISHES; `pattern` one of textures.PATTERNS or "plain", "speckle", "marble",
    "gradient", "dipped".
    """

    def __init__(self, rng, finishes, patterns, colors=None, apart=170):
        self.finish = rng.choice(finishes)
        self.pattern = rng.choice(patterns)
        self.colors = palette.pick(rng, 3, colors, apart)
        self.rng = rng
        self.image = None

    @property
    def main(self):
        """The name of the ground colour."""
        return self.colors[0]

    def words(self):
        """For example "cobalt blue with white dots"."""
        a, b, c = self.colors
        if self.pattern in textures.PATTERNS:
            return f"{a} {textures.PATTERNS[self.pattern][1].format(a, b, c)}"
        return {"plain": a, "speckle": f"speckled {a}", "marble": f"{a} with {b} marbling",
                "gradient": f"{b} fading into {a}", "dipped": f"{b} dipped in {a}"}[self.pattern]

    def cover(self, scale=(1, 1), finish=None):
        """The patterned material; `scale` is how often a tile repeats over the UV map."""
        finish = finish or self.finish
        a, b, c = self.colors
        if self.pattern in textures.PATTERNS:
            self.image = self.image or textures.tile_image(self.pattern, self.colors, self.rng)
            return materials.printed(self.image, finish, scale)
        if self.pattern == "speckle":
            return materials.speckled(a, b, finish)
        if self.pattern == "marble":
            return materials.marble(a, b, finish)
        if self.pattern == "gradient":
            return materials.gradient(a, b, finish)
        if self.pattern == "dipped":
            return materials.gradient(a, b, finish, edge=0.42)
        return materials.plain(a, finish)

    def around(self, radius, height, tile=0.07, finish=None):
        """The patterned material for a turned shape: whole tiles around, in proportion along the height."""
        count = max(1, round(6.283 * radius / tile))
        return self.cover((count, max(1.0, round(count * height / (6.283 * radius) * 2) / 2)), finish)

    def metric(self, tile=0.1, finish=None):
        """The patterned material for a part mapped in metres."""
        return self.cover((1 / tile, 1 / tile), finish)

    def plain(self, index=0, finish=None):
        """One of the three colours without the pattern."""
        return materials.plain(self.colors[index], finish or self.finish)


PRINTS = ["stripes", "vertical stripes", "checks", "dots", "zigzag", "flowers", "leaves", "stars", "triangles",
          "diamonds", "waves", "scales", "brush"]
CLOTHS = ["stripes", "vertical stripes", "checks", "plaid", "dots", "zigzag", "flowers", "leaves", "stars", "diamonds",
          "waves", "triangles", "brush"]
GLAZES = ["plain", "speckle", "marble", "gradient", "dipped"]
