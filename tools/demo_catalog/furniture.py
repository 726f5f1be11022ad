"""Furniture and soft furnishings: lamp, chair, stool, sofa, cushion."""

import math

import materials
from look import CLOTHS, Look
from mesh import TAU, ring

WOODS = ["oak", "walnut", "beech", "black-stained ash", "white-stained ash"]


def lamp(b, shape, paint):
    """A table lamp: foot, stem and shade."""
    look = Look(paint, ["glazed", "matte"], ["plain", "marble", "speckle", "gradient", "dipped", "stripes", "waves", "dots", "scales"])
    form = shape.choice(["ceramic", "gourd", "disc", "tripod", "mushroom"])
    stem = materials.metal(shape.choice(["brass", "black metal", "steel", "copper"]))
    r, h = shape.uniform(0.07, 0.11), shape.uniform(0.2, 0.3)
    if form == "ceramic":
        b.lathe([(0, 0), (r * 0.7, 0), (r * 1.2, h * 0.35), (r * 0.8, h * 0.85), (r * 0.2, h), (0.01, h)], look.around(r, h, 0.14))
    elif form == "gourd":
        b.lathe([(0, 0), (r, 0), (r * 1.25, h * 0.25), (r * 0.4, h * 0.52), (r * 0.9, h * 0.75), (r * 0.2, h), (0.01, h)], look.around(r, h, 0.14))
    elif form == "tripod":
        wood = materials.wood(shape.choice(WOODS))
        for i in range(3):
            a = TAU * i / 3 + 0.5
            b.tube([(r * 1.5 * math.cos(a), r * 1.5 * math.sin(a), 0), (0.012 * math.cos(a), 0.012 * math.sin(a), h)], (0.008, 0.011), wood, rounds=0)
    else:
        b.lathe([(0, 0), (r, 0), (r, 0), (r, 0.018), (r, 0.018), (0.012, 0.022), (0.0, 0.022)], look.around(r, 0.05, 0.14) if form == "disc" else look.plain(0), rounds=2)
        b.tube([(0, 0, 0.02), (0, 0, h)], 0.009 if form == "disc" else 0.02, stem if form == "disc" else look.plain(0), rounds=0)
    b.tube([(0, 0, h * 0.9), (0, 0, h + 0.08)], 0.007, stem, rounds=0)
    low, high, tall = shape.uniform(0.12, 0.155), shape.uniform(0.07, 0.12), shape.uniform(0.13, 0.19)
    color = paint.choice(["white", "cream", "ivory", look.colors[1], look.colors[2], "mustard", "charcoal"])
    shade = materials.glowing(color, 0.35)
    if form == "mushroom":
        b.lathe([(low, h), (low, h), (low * 0.98, h + tall * 0.5), (low * 0.5, h + tall * 0.8), (0, h + tall * 0.8)], look.cover((6, 2), "lacquer"))
        shade_words = "dome"
    else:
        z = h + 0.0
        if shape.random() < 0.3:
            rows = [ring(2 * w * 1.0, 2 * w, zz, 2, 96) for w, zz in ((low, z), (high, z + tall))]
            pleated = [[(x * (1 + 0.025 * math.cos(48 * math.atan2(y, x))), y * (1 + 0.025 * math.cos(48 * math.atan2(y, x))), zz) for x, y, zz in row] for row in rows]
            b.grid(pleated, shade)
            shade_words = "pleated"
        else:
            b.lathe([(low, z), (high, z + tall)], shade, rounds=0)
            shade_words = "cone" if high < low * 0.75 else "drum"
        rim = materials.plain(color, "satin")
        for w, zz in ((low, z), (high, z + tall)):
            b.tube([(w * math.cos(TAU * i / 40), w * math.sin(TAU * i / 40), zz) for i in range(40)], 0.0025, rim, closed=True, rounds=0, n=8)
    body = {"ceramic": "ceramic", "gourd": "gourd", "disc": "slim", "tripod": "tripod", "mushroom": "mushroom"}[form]
    named = look.words() if form in ("ceramic", "gourd", "mushroom") else look.main
    return {"noun": "table lamp", "form": f"{body.capitalize()}", "look": named, "extra": f"with {color} {shade_words} shade" if form != "mushroom" else ""}


def legs(b, wood, corners, height, radius, splay=0.12):
    """Four or three slanted legs under the given (x, y) corners."""
    for x, y in corners:
        b.tube([(x * (1 + splay), y * (1 + splay), 0), (x, y, height)], (radius * 0.65, radius), wood, rounds=0)


def chair(b, shape, paint):
    """A dining chair with slats, a panel, spindles or a shell."""
    look = Look(paint, ["fabric", "boucle", "velvet", "leather"], ["plain", "plain", "plain", "stripes", "checks", "plaid", "dots", "leaves", "diamonds"])
    wood_name = paint.choice(WOODS)
    wood = materials.wood(wood_name) if shape.random() < 0.8 else materials.plain(look.colors[1], "satin")
    w, d, seat, top = shape.uniform(0.42, 0.5), shape.uniform(0.42, 0.48), 0.45, shape.uniform(0.78, 0.95)
    form = shape.choice(["slats", "panel", "spindles", "shell"])
    x, y = w / 2 - 0.03, d / 2 - 0.03
    if form == "shell":
        rows = []
        for j in range(15):
            t = j / 14
            back = max(0.0, (t - 0.45) / 0.55)
            z = seat + 0.015 * math.sin(math.pi * t) * (1 - back) + (top - seat - 0.06) * back**1.2
            yy = -d / 2 + d * min(1.0, t / 0.55) * 0.92 + 0.05 * back
            half = w / 2 * (1.0 - 0.25 * back**3)
            rows.append([(half * s, yy - 0.05 * back * s * s, z + 0.045 * s * s * (1 - 0.6 * back)) for s in (-1, -0.7, -0.35, 0, 0.35, 0.7, 1)])
        shell = b.grid(rows, look.cover((5, 8)), closed=False, subsurf=1)
        thick = shell.modifiers.new("solid", "SOLIDIFY")
        thick.thickness = 0.022
        legs(b, wood, [(x * 0.75, y * 0.75), (-x * 0.75, y * 0.75), (-x * 0.75, -y * 0.75), (x * 0.75, -y * 0.75)], seat, 0.017, 0.3)
        return {"noun": "chair", "form": f"Shell", "look": look.words(), "extra": f"{wood_name} legs"}
    legs(b, wood, [(-x, -y), (x, -y)], seat - 0.01, 0.02, 0.03)
    for s in (-1, 1):
        b.tube([(s * x, y * 1.1, 0), (s * x, y, seat), (s * x, y, seat), (s * x * 0.97, y + 0.07, top)], (0.017, 0.014), wood, rounds=2)
    b.box((w, d, 0.03), wood, 0.008, loc=(0, 0, seat - 0.035))
    if shape.random() < 0.8:
        b.cushion((w - 0.02, d - 0.04, 0.07), look.metric(0.16), 6, 0.45, loc=(0, -0.005, seat + 0.02))
    lean = (0.17, 0, 0)
    if form == "slats":
        n = shape.choice([2, 3, 4])
        for i in range(n):
            z = seat + 0.13 + (top - seat - 0.2) * i / (n - 1)
            b.box((2 * x, 0.016, 0.045), materials.wood(wood_name, "x"), 0.006, loc=(0, y + 0.01 + 0.06 * (z - seat) / (top - seat), z), rot=(-0.15, 0, 0))
    elif form == "panel":
        b.cushion((2 * x, 0.3, 0.06), look.metric(0.16), 5, 0.5, loc=(0, y + 0.03, top - 0.17), rot=(math.pi / 2 - 0.15, 0, 0))
    else:
        for i in range(6):
            px = -x + 2 * x * (i + 0.5) / 6
            b.tube([(px, y, seat), (px, y + 0.07, top - 0.02)], 0.008, wood, rounds=0)
        b.tube([(-x, y + 0.07, top), (0, y + 0.085, top + 0.02), (x, y + 0.07, top)], 0.02, materials.wood(wood_name, "x"), flat=1.5)
    return {"noun": "chair", "form": {"slats": "Ladder-back", "panel": "Upholstered", "spindles": "Spindle-back"}[form],
            "look": wood_name, "extra": f"seat in {look.words()}"}


def stool(b, shape, paint):
    """A stool or a pouf."""
    look = Look(paint, ["fabric", "boucle", "velvet", "leather", "knit"], ["plain", "plain"] + CLOTHS)
    wood_name = paint.choice(WOODS)
    wood = materials.wood(wood_name)
    form = shape.choice(["padded", "wooden", "pouf", "bar", "square"])
    r, h = shape.uniform(0.16, 0.22), shape.uniform(0.42, 0.5)
    if form == "pouf":
        tall = shape.uniform(0.3, 0.4)
        b.lathe([(0, 0), (r * 1.1, 0), (r * 1.35, tall * 0.2), (r * 1.35, tall * 0.8), (r * 1.1, tall), (0, tall)], look.cover((8, 4)))
        return {"noun": "stool", "form": "Round pouf", "look": look.words()}
    if form == "bar":
        h = shape.uniform(0.62, 0.72)
    k = 4 if form in ("square", "bar") else shape.choice([3, 4])
    spots = [(r * 0.72 * math.cos(TAU * (i + 0.5) / k), r * 0.72 * math.sin(TAU * (i + 0.5) / k)) for i in range(k)]
    legs(b, wood if shape.random() < 0.7 else materials.metal("black metal"), spots, h - 0.02, 0.018, 0.4)
    if form in ("bar",) or shape.random() < 0.4:
        w = r * 0.72 * 1.26
        b.tube([(w * math.cos(TAU * i / 32), w * math.sin(TAU * i / 32), h * 0.35) for i in range(32)], 0.009, materials.metal("brass"), closed=True, rounds=0)
    if form == "wooden":
        b.lathe([(0, h - 0.04), (r * 0.9, h - 0.04), (r, h - 0.02), (r, h), (r * 0.9, h), (0, h - 0.008)], materials.wood(wood_name, "x"))
        return {"noun": "stool", "form": "Solid wood", "look": wood_name}
    if form == "square":
        b.cushion((r * 1.9, r * 1.9, 0.09), look.metric(0.13), 7, 0.45, loc=(0, 0, h + 0.01))
    else:
        b.lathe([(0, h - 0.03), (r, h - 0.03), (r * 1.04, h), (r, h + 0.04), (r * 0.7, h + 0.055), (0, h + 0.058)], look.cover((6, 3)))
    return {"noun": "stool", "form": {"padded": "Padded", "bar": "Bar", "square": "Square"}[form], "look": look.words(), "extra": f"{wood_name} legs"}


def sofa(b, shape, paint):
    """An armchair or a sofa of two or three seats."""
    look = Look(paint, ["fabric", "fabric", "boucle", "velvet", "leather"], ["plain"] * 5 + ["stripes", "plaid", "leaves", "checks", "zigzag"])
    seats = shape.choice([1, 2, 2, 3])
    unit, d = shape.uniform(0.58, 0.68), shape.uniform(0.78, 0.9)
    arm, arm_h, back_h = shape.uniform(0.1, 0.22), shape.uniform(0.5, 0.64), shape.uniform(0.7, 0.85)
    inner = seats * unit
    w = inner + 2 * arm
    cloth, power = look.metric(0.3), shape.choice([3, 5, 9])
    foot = shape.choice([0.08, 0.14])
    b.box((w - 0.02, d - 0.04, 0.2), cloth, 0.03, loc=(0, 0, foot))
    for s in (-1, 1):
        b.cushion((arm, d, arm_h - foot), cloth, power + 2, 0.3 if power > 4 else 0.5, loc=(s * (w - arm) / 2, 0, (arm_h + foot) / 2))
    b.cushion((w - arm, 0.2, back_h - foot), cloth, power + 3, 0.3, loc=(0, d / 2 - 0.1, (back_h + foot) / 2))
    for i in range(seats):
        px = -inner / 2 + unit * (i + 0.5)
        b.cushion((unit - 0.01, d - 0.18, 0.18), cloth, 6, 0.4, loc=(px, -0.08, foot + 0.28))
        b.cushion((unit - 0.02, 0.42, 0.2), cloth, 5, 0.45, loc=(px, d / 2 - 0.25, foot + 0.52), rot=(math.pi / 2 - 0.2, 0, 0))
    wood_name = paint.choice(WOODS)
    for x in (-1, 1):
        for y in (-1, 1):
            b.tube([(x * (w / 2 - 0.07), y * (d / 2 - 0.08), 0), (x * (w / 2 - 0.1), y * (d / 2 - 0.1), foot + 0.03)], (0.014, 0.022), materials.wood(wood_name), rounds=0)
    if shape.random() < 0.5 and seats > 1:
        b.cushion((0.42, 0.42, 0.14), look.plain(1), 3, 0.6, loc=(-inner / 2 + 0.24, -0.02, foot + 0.55), rot=(1.2, 0, 0.3))
    noun = "armchair" if seats == 1 else "sofa"
    return {"noun": noun, "form": {1: "", 2: "Two-seat", 3: "Three-seat"}[seats], "look": look.words(), "extra": f"{look.finish}, {wood_name} feet"}


def cushion(b, shape, paint):
    """A throw cushion, standing with a slight lean."""
    look = Look(paint, ["fabric", "canvas", "velvet", "knit"], CLOTHS + ["plain"])
    form = shape.choice(["square", "square", "long", "round"])
    w, h = {"square": (0.45, 0.45), "long": (0.6, 0.35), "round": (0.42, 0.42)}[form]
    thick, rows, n = shape.uniform(0.13, 0.18), [], 30
    tilt = (math.pi / 2 - 0.18, 0, 0)
    lift = h / 2 * math.cos(0.18)
    for side in (1, -1):
        verts, uvs, faces = [], [], []
        for j in range(n + 1):
            for i in range(n + 1):
                u, v = 2 * i / n - 1, 2 * j / n - 1
                if form == "round":
                    x, y = u * math.sqrt(1 - v * v / 2), v * math.sqrt(1 - u * u / 2)
                    fall = max(0.0, 1 - x * x - y * y) ** 0.55
                else:
                    pinch = 1 - 0.07 * (1 - u * u) * abs(v) ** 3
                    squeeze = 1 - 0.07 * (1 - v * v) * abs(u) ** 3
                    x, y = u * squeeze, v * pinch
                    fall = (max(0.0, 1 - u * u) * max(0.0, 1 - v * v)) ** 0.42
                verts.append((x * w / 2, y * h / 2, side * thick / 2 * fall))
                uvs.append((x * w / 2, y * h / 2))
        for j in range(n):
            for i in range(n):
                a = j * (n + 1) + i
                quad = (a, a + 1, a + n + 2, a + n + 1)
                faces.append(quad if side > 0 else tuple(reversed(quad)))
        if side > 0:
            edge = [verts[i] for i in range(n)] + [verts[j * (n + 1) + n] for j in range(n)]
            edge += [verts[n * (n + 1) + i] for i in range(n, 0, -1)] + [verts[j * (n + 1)] for j in range(n, 0, -1)]
        b.add(verts, faces, look.metric(shape.choice([0.15, 0.22]) if side > 0 else 0.2), uvs, rot=tilt, loc=(0, 0, lift))
    if shape.random() < 0.6:
        b.tube([(x, y, 0) for x, y, _ in edge], 0.006, look.plain(1), closed=True, rounds=1, n=8, rot=tilt, loc=(0, 0, lift))
    return {"noun": "cushion", "form": {"square": "Square", "long": "Lumbar", "round": "Round"}[form] + f" {look.finish}", "look": look.words()}
