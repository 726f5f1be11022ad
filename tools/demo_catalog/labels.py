"""Printed matter drawn with PIL: labels and boxes of invented brands, clock faces, book covers."""

import math

from PIL import Image, ImageDraw, ImageFont

import textures
from palette import distance, srgb

FONTS = "/usr/share/fonts/truetype/dejavu/"
FACES = ["DejaVuSans-Bold", "DejaVuSerif-Bold", "DejaVuSans", "DejaVuSerif", "DejaVuSansMono-Bold"]


def font(size, face="DejaVuSans-Bold"):
    """A font of Debian's fonts-dejavu-core."""
    return ImageFont.truetype(f"{FONTS}{face}.ttf", size)


def ink(colors, ground):
    """The colour among `colors`, black and white that reads best on `ground`."""
    return max(list(colors) + ["black", "white"], key=lambda c: distance(c, ground))


def centered(draw, middle, y, text, size, color, face, width):
    """Writes a line centred on `middle`, smaller if it would be wider than `width`; returns its lower edge."""
    chosen = font(size, face)
    while draw.textlength(text, font=chosen) > width and size > 8:
        size -= 2
        chosen = font(size, face)
    draw.text((middle, y), text, font=chosen, fill=srgb(color), anchor="mt")
    return y + int(size * 1.15)


def emblem(draw, kind, x, y, r, colors):
    """A simple picture of what is inside."""
    a, b = srgb(colors[0]), srgb(colors[1])
    if kind == "sun":
        for i in range(12):
            t = math.tau * i / 12
            draw.line([(x + r * 0.65 * math.cos(t), y + r * 0.65 * math.sin(t)), (x + r * math.cos(t), y + r * math.sin(t))], fill=a, width=max(2, int(r * 0.12)))
        draw.ellipse([x - r * 0.55, y - r * 0.55, x + r * 0.55, y + r * 0.55], fill=b)
    elif kind == "leaf":
        for turn in (-0.7, 0.0, 0.7):
            cx, cy = x + r * 0.5 * math.sin(turn), y - r * 0.3 * math.cos(turn)
            draw.polygon(textures.ellipse(cx, cy, r * 0.7, r * 0.24, turn - math.pi / 2), fill=a if turn else b)
        draw.line([(x, y), (x, y + r)], fill=a, width=max(2, int(r * 0.1)))
    elif kind == "berry":
        for dx, dy in ((-0.4, 0), (0.4, 0), (0, 0.55), (0, -0.5)):
            draw.ellipse([x + (dx - 0.4) * r, y + (dy - 0.4) * r, x + (dx + 0.4) * r, y + (dy + 0.4) * r], fill=a if dx else b)
    elif kind == "mountain":
        draw.polygon([(x - r, y + r * 0.7), (x - r * 0.2, y - r * 0.8), (x + r * 0.6, y + r * 0.7)], fill=a)
        draw.polygon([(x - r * 0.2, y + r * 0.7), (x + r * 0.45, y - r * 0.2), (x + r, y + r * 0.7)], fill=b)
    elif kind == "star":
        draw.polygon(textures.star(x, y, r), fill=a)
        draw.polygon(textures.star(x, y, r * 0.5), fill=b)
    elif kind == "drop":
        draw.polygon([(x, y - r)] + textures.ellipse(x, y + r * 0.25, r * 0.62, r * 0.62, -0.6, 40)[:40], fill=a)
        draw.ellipse([x - r * 0.3, y + r * 0.1, x + r * 0.1, y + r * 0.5], fill=b)
    else:
        draw.ellipse([x - r, y - r, x + r, y + r], outline=a, width=max(3, int(r * 0.2)))
        draw.ellipse([x - r * 0.5, y - r * 0.5, x + r * 0.5, y + r * 0.5], fill=b)


EMBLEMS = ["sun", "leaf", "berry", "mountain", "star", "drop", "ring"]


def label(rng, size, brand, lines, colors):
    """A label or the front of a box: emblem, brand, what it is, and a coloured band or a pattern."""
    w, h = size
    ground, accent, third = colors
    picture = Image.new("RGB", size, srgb(ground))
    draw = ImageDraw.Draw(picture)
    layout = rng.choice(["band", "pattern", "frame", "diagonal", "plaque"])
    if layout == "band":
        draw.rectangle([0, h * 0.62, w, h], fill=srgb(accent))
        draw.rectangle([0, h * 0.6, w, h * 0.625], fill=srgb(third))
    elif layout == "pattern":
        name = rng.choice(["dots", "leaves", "flowers", "triangles", "waves", "stars", "zigzag"])
        tile = textures.PATTERNS[name][0](rng, [accent, ground, third]).resize((w // 2, w // 2))
        for y in range(int(h * 0.55), h, w // 2):
            for x in (0, w // 2):
                picture.paste(tile, (x, y))
    elif layout == "frame":
        m = w * 0.05
        draw.rectangle([m, m, w - m, h - m], outline=srgb(accent), width=int(w * 0.03))
    elif layout == "diagonal":
        draw.polygon([(0, h * 0.75), (w, h * 0.45), (w, h), (0, h)], fill=srgb(accent))
        draw.polygon([(0, h * 0.71), (w, h * 0.41), (w, h * 0.44), (0, h * 0.74)], fill=srgb(third))
    else:
        draw.rectangle([0, 0, w, h], fill=srgb(accent))
        draw.rounded_rectangle([w * 0.1, h * 0.1, w * 0.9, h * 0.62], int(w * 0.08), fill=srgb(ground))
    text = ink([accent, third], ground)
    face = rng.choice(FACES)
    y = centered(draw, w / 2, h * 0.14, brand.upper() if rng.random() < 0.6 else brand, int(w * 0.17), text, face, w * 0.76)
    for line in lines:
        y = centered(draw, w / 2, y + h * 0.02, line, int(w * 0.085), text, rng.choice(FACES), w * 0.74)
    below = ground if layout == "frame" else accent
    marks = sorted([c for c in ("white", "sunflower", third, ground) if distance(c, below) > 150] or ["white"], key=lambda _: rng.random())
    emblem(draw, rng.choice(EMBLEMS), w / 2, h * 0.8, min(w, h) * 0.14, [marks[0], marks[-1] if marks[-1] != marks[0] else third])
    return picture


def side_panel(rng, size, brand, colors):
    """The side of a box: the brand upright and a table of fine print."""
    w, h = size
    picture = Image.new("RGB", size, srgb(colors[1]))
    draw = ImageDraw.Draw(picture)
    text = ink([], colors[1])
    centered(draw, w / 2, h * 0.1, brand, int(w * 0.22), text, "DejaVuSans-Bold", w * 0.8)
    draw.rectangle([w * 0.15, h * 0.4, w * 0.85, h * 0.85], outline=srgb(text), width=2)
    for i in range(7):
        y = h * (0.44 + 0.055 * i)
        draw.line([(w * 0.2, y), (w * rng.uniform(0.45, 0.6), y)], fill=srgb(text), width=3)
        draw.line([(w * 0.7, y), (w * 0.8, y)], fill=srgb(text), width=3)
    return picture


def dial(rng, colors, brand, numerals, side=420, hands=(10, 9)):
    """A clock or watch face with its hands."""
    ground, marks, accent = colors
    marks = ink([marks, accent], ground)
    picture = Image.new("RGB", (side, side), srgb(ground))
    draw = ImageDraw.Draw(picture)
    c, r = side / 2, side / 2
    roman = ["XII", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI"]
    face = font(int(side * (0.1 if numerals == "arabic" else 0.07)), rng.choice(FACES[:2]))
    for i in range(60):
        a = math.tau * i / 60
        if i % 5 == 0 and numerals in ("arabic", "roman"):
            text = str(i // 5 or 12) if numerals == "arabic" else roman[i // 5]
            draw.text((c + r * 0.76 * math.sin(a), c - r * 0.76 * math.cos(a)), text, font=face, fill=srgb(marks), anchor="mm")
        elif i % 5 == 0 and numerals == "dots":
            x, y, s = c + r * 0.78 * math.sin(a), c - r * 0.78 * math.cos(a), r * 0.055
            draw.ellipse([x - s, y - s, x + s, y + s], fill=srgb(marks))
        else:
            inner = 0.82 if i % 5 == 0 else 0.9
            draw.line([(c + r * k * math.sin(a), c - r * k * math.cos(a)) for k in (inner, 0.95)], fill=srgb(marks), width=int(side * (0.016 if i % 5 == 0 else 0.005)))
    centered(draw, c, c + r * 0.3, brand, int(side * 0.06), marks, "DejaVuSerif", side * 0.5)
    for turn, length, width, color in ((hands[0] / 12, 0.48, 0.03, marks), (hands[1] / 60, 0.72, 0.02, marks), (0.58, 0.78, 0.008, accent)):
        a = math.tau * turn
        draw.line([(c - r * 0.12 * math.sin(a), c + r * 0.12 * math.cos(a)), (c + r * length * math.sin(a), c - r * length * math.cos(a))], fill=srgb(color), width=int(side * width))
    draw.ellipse([c - 12, c - 12, c + 12, c + 12], fill=srgb(marks))
    return picture


def cover(rng, size, title, colors, pattern):
    """The cover of a notebook: a pattern over the whole and a plate with a title."""
    w, h = size
    tile = textures.PATTERNS[pattern][0](rng, colors).resize((w // 2, w // 2))
    picture = Image.new("RGB", size)
    for y in range(0, h, w // 2):
        for x in range(0, w, w // 2):
            picture.paste(tile, (x, y))
    draw = ImageDraw.Draw(picture)
    ground = rng.choice(["ivory", "white", colors[2]])
    top = h * rng.choice([0.18, 0.36, 0.6])
    draw.rounded_rectangle([w * 0.2, top, w * 0.8, top + h * 0.2], 14, fill=srgb(ground))
    centered(draw, w / 2, top + h * 0.06, title, int(w * 0.1), ink([colors[0]], ground), rng.choice(FACES), w * 0.54)
    return picture
