"""Named colours of the shop and the choice of colours that go together."""

COLORS = {
    "white": "f4f3ef", "ivory": "f0e8d4", "cream": "f3e3bd", "sand": "d8c3a0",
    "light grey": "c4c6c7", "slate grey": "737c84", "charcoal": "3d4147", "black": "1b1b1d",
    "navy": "1d2d50", "cobalt blue": "1f4fb4", "sky blue": "8fc1e3", "turquoise": "2fa7a9",
    "petrol": "12555f", "mint": "a6d8bd", "sage green": "94a88a", "forest green": "23523a",
    "olive": "77743a", "lime": "b1c53b", "sunflower": "f2c12e", "mustard": "c9931f",
    "orange": "e5761e", "terracotta": "bf6242", "rust": "96421f", "coral": "ef7862",
    "red": "c92a2a", "burgundy": "6b1a2b", "blush pink": "efc0bb", "raspberry": "c12c68",
    "lilac": "b9a4d3", "plum": "5c2d5e", "chocolate": "4a2c1d", "caramel": "b0743c",
}

# What a shopper filters by.
BASIC = {
    "White": ["white", "ivory"], "Beige": ["cream", "sand"], "Grey": ["light grey", "slate grey", "charcoal", "steel"],
    "Black": ["black"], "Blue": ["navy", "cobalt blue", "sky blue", "turquoise", "petrol"],
    "Green": ["mint", "sage green", "forest green", "olive", "lime"], "Yellow": ["sunflower", "mustard"], "Orange": ["orange", "terracotta", "coral"],
    "Red": ["red", "burgundy", "rust"], "Pink": ["blush pink", "raspberry"], "Purple": ["lilac", "plum"],
    "Brown": ["chocolate", "caramel", "oak", "walnut", "beech", "copper"], "Gold": ["brass", "gold"],
}

WOODS = {
    "oak": ("b98a54", "8d6236"), "walnut": ("6a4328", "3f2616"), "beech": ("d9b383", "b98d5c"),
    "black-stained ash": ("2c2825", "171514"), "white-stained ash": ("dcd6cb", "bdb4a5"),
}

METALS = {
    "brass": "c79a45", "copper": "c0714f", "steel": "b9bcc0", "black metal": "26272a", "gold": "d9ae4f",
}


def srgb(color):
    """A colour name or a hex string as an (r, g, b) tuple of 0..255."""
    text = COLORS.get(color, color)
    return tuple(int(text[i : i + 2], 16) for i in (0, 2, 4))


def linear(color):
    """A colour name or a hex string as linear RGBA, the way Blender's sockets want it."""
    def decode(value):
        value /= 255.0
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    return tuple(decode(v) for v in srgb(color)) + (1.0,)


def distance(a, b):
    """A rough perceptual distance between two colours, 0..~760 (the "redmean" formula)."""
    (r1, g1, b1), (r2, g2, b2) = srgb(a), srgb(b)
    mean = (r1 + r2) / 2
    weighted = (2 + mean / 256) * (r1 - r2) ** 2 + 4 * (g1 - g2) ** 2 + (2 + (255 - mean) / 256) * (b1 - b2) ** 2
    return weighted**0.5


# Trios a shop would put on one thing: ground, main accent, second accent.
SCHEMES = [[name.strip() for name in trio.split("/")] for trio in """
white/navy/coral, ivory/terracotta/petrol, cream/forest green/mustard, sand/charcoal/rust, white/cobalt blue/sky blue,
blush pink/burgundy/white, sage green/ivory/forest green, navy/white/sunflower, petrol/cream/coral, charcoal/mustard/light grey,
terracotta/ivory/navy, mint/white/raspberry, sky blue/white/navy, mustard/charcoal/ivory, forest green/blush pink/cream,
white/black/red, light grey/charcoal/sunflower, coral/ivory/plum, lilac/plum/cream, turquoise/white/orange,
olive/cream/rust, burgundy/blush pink/mustard, black/white/caramel, cobalt blue/white/red, ivory/raspberry/olive,
caramel/ivory/chocolate, sunflower/white/slate grey, rust/sand/petrol, plum/lilac/mustard, red/white/navy,
slate grey/white/mint, orange/ivory/chocolate, chocolate/cream/turquoise, raspberry/blush pink/white, lime/forest green/white
""".split(",")]


def pick(rng, count=3, among=None, apart=170):
    """`count` colour names that differ visibly from one another, mostly from a proven scheme."""
    fitting = [s for s in SCHEMES if among is None or s[0] in among]
    if fitting and count == 3 and rng.random() < 0.75:
        return list(rng.choice(fitting))
    names = list(among or COLORS)
    chosen = [rng.choice(names)]
    while len(chosen) < count:
        rest = [n for n in COLORS if all(distance(n, c) > apart for c in chosen)]
        chosen.append(rng.choice(rest) if rest else rng.choice(list(COLORS)))
    return chosen
