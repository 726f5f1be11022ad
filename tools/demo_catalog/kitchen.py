"""Pots of the kitchen and the home: mug, teapot, bowl, vase, planter, candle."""

import math

import materials
from look import GLAZES, PRINTS, Look
from mesh import TAU


def mug(b, shape, paint):
    """A mug with one handle."""
    look = Look(paint, ["glazed", "glazed", "matte"], PRINTS + GLAZES)
    r, h = shape.uniform(0.036, 0.048), shape.uniform(0.075, 0.115)
    form = shape.choice(["straight", "belly", "flared", "footed", "waist"])
    outer = {
        "straight": [(0, 0), (r, 0), (r, 0.008), (r, h / 2), (r, h)],
        "belly": [(0, 0), (r * 0.7, 0), (r * 1.05, h * 0.25), (r * 1.12, h * 0.55), (r * 0.88, h * 0.85), (r * 0.9, h)],
        "flared": [(0, 0), (r * 0.62, 0), (r * 0.7, h * 0.12), (r * 0.85, h * 0.5), (r * 1.08, h)],
        "footed": [(0, 0), (r * 0.7, 0), (r * 0.7, 0), (r * 0.62, h * 0.08), (r * 1.02, h * 0.16), (r, h * 0.5), (r, h)],
        "waist": [(0, 0), (r * 1.05, 0), (r, h * 0.2), (r * 0.85, h * 0.5), (r, h * 0.8), (r * 1.03, h)],
    }[form]
    inside = look.plain(shape.choice([1, 1, 2])) if look.pattern != "plain" else materials.plain("white", "glazed")
    b.vessel(outer, 0.004, look.around(r, h, shape.choice([0.05, 0.07, 0.09])), inside)
    handle = look.plain(shape.choice([0, 0, 1]))
    grip = shape.choice(["ear", "square", "loop"])
    low, high, out = h * 0.2, h * 0.82, r + shape.uniform(0.024, 0.034)
    start = 0.93 * r
    points = {
        "ear": [(start, 0, high), (out, 0, high * 1.04), (out * 1.02, 0, h * 0.5), (out * 0.9, 0, low), (start * 0.95, 0, low)],
        "square": [(start, 0, high), (out, 0, high), (out, 0, high), (out, 0, low), (out, 0, low), (start * 0.95, 0, low)],
        "loop": [(start, 0, h * 0.75), (out * 1.05, 0, h * 0.95), (out * 1.05, 0, h * 0.3), (start * 0.95, 0, h * 0.35)],
    }[grip]
    b.tube(points, 0.0052, handle, flat=shape.choice([0.75, 1.3]))
    words = {"straight": "Straight", "belly": "Round", "flared": "Flared", "footed": "Footed", "waist": "Waisted"}[form]
    return {"noun": "mug", "form": f"{words} {'stoneware' if look.finish == 'matte' else 'porcelain'}", "look": look.words()}


def teapot(b, shape, paint):
    """A teapot with spout, handle and lid."""
    look = Look(paint, ["glazed", "matte"], PRINTS + GLAZES)
    r, h = shape.uniform(0.07, 0.095), shape.uniform(0.09, 0.14)
    form = shape.choice(["round", "tall", "flat"])
    if form == "tall":
        outer = [(0, 0), (r * 0.9, 0), (r * 0.88, h * 0.4), (r * 0.7, h * 0.9), (r * 0.45, h * 1.15)]
    elif form == "flat":
        outer = [(0, 0), (r * 0.8, 0), (r * 1.25, h * 0.3), (r * 1.1, h * 0.62), (r * 0.45, h * 0.72)]
    else:
        outer = [(0, 0), (r * 0.6, 0), (r * 1.15, h * 0.2), (r * 1.15, h * 0.75), (r * 0.5, h)]
    top = outer[-1][1]
    b.lathe(outer, look.around(r, h, 0.09))
    lid = look.plain(shape.choice([0, 1, 1]))
    lid_r = outer[-1][0]
    b.lathe([(lid_r * 1.05, top - 0.004), (lid_r * 1.08, top + 0.004), (lid_r * 0.7, top + 0.016), (0, top + 0.018)], lid)
    knob = shape.choice([0.010, 0.013])
    b.lathe([(knob * 0.5, 0), (knob * 0.5, knob * 0.6), (knob, knob), (knob, knob * 1.9), (0, knob * 2)], lid, loc=(0, 0, top + 0.015))
    body = outer[2][0]
    b.tube([(-body * 0.8, 0, h * 0.22), (-body * 1.25, 0, h * 0.3), (-body * 1.35, 0, h * 0.7), (-body * 1.75, 0, top * 0.98)],
           (0.022, 0.009), look.plain(0))
    if shape.random() < 0.4:
        arch = materials.wood("walnut") if shape.random() < 0.5 else materials.metal("brass")
        b.tube([(-lid_r * 1.4, 0, top * 0.95), (-r * 0.9, 0, top * 1.6), (r * 0.9, 0, top * 1.6), (lid_r * 1.4, 0, top * 0.95)], 0.005, arch)
    else:
        b.tube([(body * 0.8, 0, h * 0.78), (body * 1.5, 0, h * 0.95), (body * 1.55, 0, h * 0.2), (body * 0.85, 0, h * 0.22)], 0.008, look.plain(0))
    return {"noun": "teapot", "form": {"round": "Round", "tall": "Tall", "flat": "Flat"}[form] + " ceramic", "look": look.words()}


def bowl(b, shape, paint):
    """An open bowl, patterned inside or outside."""
    look = Look(paint, ["glazed", "glazed", "matte"], PRINTS + GLAZES + ["terrazzo"])
    r, h = shape.uniform(0.07, 0.13), shape.uniform(0.05, 0.09)
    form = shape.choice(["cereal", "noodle", "plain", "wide"])
    outer = {
        "cereal": [(0, 0), (r * 0.5, 0), (r * 0.5, 0), (r * 0.52, h * 0.1), (r * 0.95, h * 0.35), (r, h)],
        "noodle": [(0, 0), (r * 0.42, 0), (r * 0.42, 0), (r * 0.4, h * 0.18), (r * 0.4, h * 0.18), (r * 0.75, h * 0.35), (r, h)],
        "plain": [(0, 0), (r * 0.55, 0), (r * 0.9, h * 0.3), (r, h)],
        "wide": [(0, 0), (r * 0.6, 0), (r * 0.8, h * 0.5), (r * 1.05, h * 0.72), (r * 1.25, h * 0.75)],
    }[form]
    pattern = look.around(r, h * 1.5, 0.09)
    swap = shape.random() < 0.35
    other = look.plain(1) if look.pattern != "plain" else materials.plain("white", "glazed")
    b.vessel(outer, 0.0045, other if swap else pattern, pattern if swap else other)
    words = {"cereal": "Deep", "noodle": "Footed", "plain": "Classic", "wide": "Wide-rimmed"}[form]
    return {"noun": "bowl", "form": f"{words} {'stoneware' if look.finish == 'matte' else 'porcelain'}", "look": look.words()}


def vase(b, shape, paint):
    """A vase with a free silhouette, sometimes faceted or with two handles."""
    look = Look(paint, ["glazed", "matte", "matte"], GLAZES + PRINTS + ["terrazzo", "speckle"])
    h = shape.uniform(0.18, 0.34)
    r = h * shape.uniform(0.2, 0.34)
    neck = shape.uniform(0.3, 0.8)
    form = shape.choice(["bottle", "urn", "cylinder", "double", "cone"])
    outer = {
        "bottle": [(0, 0), (r * 0.7, 0), (r * 1.2, h * 0.2), (r * 1.1, h * 0.5), (r * 0.3, h * 0.62), (r * 0.28, h * 0.85), (r * 0.42, h)],
        "urn": [(0, 0), (r * 0.45, 0), (r * 0.6, h * 0.15), (r * 1.2, h * 0.6), (r * 0.9, h * 0.85), (r * neck, h * 0.88), (r * neck * 1.2, h)],
        "cylinder": [(0, 0), (r * 0.8, 0), (r * 0.8, 0), (r * 0.8, h * 0.5), (r * 0.85, h)],
        "double": [(0, 0), (r * 0.8, 0), (r * 1.15, h * 0.2), (r * 0.5, h * 0.48), (r * 0.95, h * 0.75), (r * 0.5, h * 0.9), (r * 0.55, h)],
        "cone": [(0, 0), (r * 0.5, 0), (r * 0.55, h * 0.05), (r * 0.8, h * 0.6), (r * 1.15, h)],
    }[form]
    b.vessel(outer, 0.005, look.around(r, h, shape.choice([0.1, 0.16])), look.plain(0))
    if form in ("urn", "bottle") and shape.random() < 0.4:
        for s in (-1, 1):
            b.tube([(s * r * 0.3, 0, h * 0.9), (s * r * 1.1, 0, h * 0.92), (s * r * 1.15, 0, h * 0.6), (s * r * 0.85, 0, h * 0.55)], 0.008, look.plain(0))
    return {"noun": "vase", "form": {"bottle": "Bottle-necked", "urn": "Amphora", "cylinder": "Cylinder", "double": "Hourglass", "cone": "Conical"}[form],
            "look": look.words()}


def leaf(b, mat, base, turn, length, width, rise, bend):
    """One bent leaf that grows from `base`."""
    rows = []
    for j in range(9):
        t = j / 8
        w = width * math.sin(math.pi * min(1.0, 0.12 + t * 0.88)) ** 0.8
        out, up = length * t * math.cos(rise) + bend * t * t * length, length * t * math.sin(rise) - bend * 0.4 * t * t * length
        row = []
        for s in (-1, -0.4, 0, 0.4, 1):
            x, y = out, s * w / 2
            row.append((base[0] + x * math.cos(turn) - y * math.sin(turn), base[1] + x * math.sin(turn) + y * math.cos(turn),
                        base[2] + up + abs(s) * w * 0.18))
        rows.append(row)
    b.grid(rows, mat, closed=False)


def plant(b, shape, kind, r, top):
    """Soil and a plant that stands in a pot of radius `r` filled to `top`."""
    b.lathe([(r, top), (r * 0.5, top + 0.004), (0, top + 0.006)], materials.plain("3a2a1e", "boucle"))
    green = materials.plain(shape.choice(["4d7a3a", "3a6b45", "6f8f4a", "2f5a36"]), "satin")
    if kind == "cactus":
        h = r * shape.uniform(1.6, 2.8)
        rows = []
        for j in range(13):
            t = j / 12
            wide = r * 0.5 * (math.sin(math.pi * (0.2 + 0.8 * t)) ** 0.5 if t < 1 else 0.02)
            rows.append([(wide * (1 + 0.13 * math.cos(9 * a)) * math.cos(a), wide * (1 + 0.13 * math.cos(9 * a)) * math.sin(a), top + h * t)
                         for a in (TAU * i / 72 for i in range(72))])
        b.grid(rows, green)
        return
    count, rise, bend, size = {"sansevieria": (11, 1.45, 0.05, 3.0), "succulent": (26, 0.6, 0.0, 0.9), "fern": (18, 1.0, 0.7, 2.2)}[kind]
    for i in range(count):
        t = i / count
        angle = 2.4 * i
        base = (r * 0.25 * math.cos(angle), r * 0.25 * math.sin(angle), top)
        lift = rise + (t * 0.8 if kind == "succulent" else shape.uniform(-0.15, 0.1))
        leaf(b, green, base, angle, r * size * shape.uniform(0.75, 1.05), r * (0.45 if kind == "succulent" else 0.32), lift, bend)


def planter(b, shape, paint):
    """A plant pot with its plant."""
    look = Look(paint, ["matte", "glazed"], GLAZES + PRINTS + ["terrazzo", "terrazzo", "plain"])
    r, h = shape.uniform(0.06, 0.1), shape.uniform(0.09, 0.16)
    form = shape.choice(["tapered", "round", "cylinder", "rimmed"])
    outer = {
        "tapered": [(0, 0), (r * 0.7, 0), (r * 0.72, h * 0.05), (r * 0.85, h * 0.5), (r, h)],
        "round": [(0, 0), (r * 0.6, 0), (r * 1.2, h * 0.3), (r * 1.15, h * 0.8), (r * 0.9, h)],
        "cylinder": [(0, 0), (r * 0.95, 0), (r * 0.95, 0), (r * 0.95, h * 0.5), (r * 0.95, h)],
        "rimmed": [(0, 0), (r * 0.68, 0), (r * 0.72, h * 0.1), (r * 0.88, h * 0.72), (r * 0.88, h * 0.74), (r, h * 0.75), (r, h * 0.75), (r * 1.03, h), (r * 1.03, h)],
    }[form]
    b.vessel(outer, 0.006, look.around(r, h, 0.11), look.plain(0), floor=h * 0.5)
    kind = shape.choice(["cactus", "sansevieria", "succulent", "fern"])
    plant(b, shape, kind, r * 0.86, h * 0.9)
    if shape.random() < 0.4:
        wood = materials.wood(shape.choice(["oak", "walnut"]), "z")
        for i in range(4):
            a = TAU * (i + 0.5) / 4
            b.tube([(r * 0.9 * math.cos(a), r * 0.9 * math.sin(a), -0.09), (r * 0.72 * math.cos(a), r * 0.72 * math.sin(a), 0.02)], 0.009, wood, rounds=0)
    return {"noun": "plant pot", "form": {"tapered": "Tapered", "round": "Round", "cylinder": "Cylinder", "rimmed": "Rimmed"}[form],
            "look": look.words(), "extra": f"with {kind}"}


def candle(b, shape, paint):
    """A candle in a patterned jar, sometimes with a wooden lid beside it."""
    look = Look(paint, ["glazed", "matte", "satin"], PRINTS + ["terrazzo", "speckle", "gradient", "plain"])
    r, h = shape.uniform(0.034, 0.048), shape.uniform(0.06, 0.1)
    outer = [(0, 0), (r, 0), (r, 0.004), (r * shape.choice([0.85, 1.0, 1.12]), h * 0.5), (r, h)]
    b.vessel(outer, 0.004, look.around(r, h, shape.choice([0.045, 0.06])), look.plain(0), floor=h * 0.6)
    wax = materials.plain(shape.choice(["ivory", "cream", "blush pink"]), "wax")
    b.lathe([(r * 0.95, h * 0.8), (r * 0.5, h * 0.8), (0, h * 0.79)], wax)
    b.tube([(0, 0, h * 0.78), (0, 0, h * 0.9), (0.003, 0, h * 0.98)], 0.0013, materials.plain("charcoal", "matte"))
    if shape.random() < 0.5:
        oak = materials.wood(shape.choice(["oak", "walnut", "beech"]), "x", 3)
        b.lathe([(0, 0), (r, 0), (r, 0), (r, 0.009), (r, 0.009), (0, 0.009)], oak, rounds=1, loc=(r * 1.5, -r * 1.2, 0.0))
    return {"noun": "scented candle", "form": "Soy wax", "look": f"jar in {look.words()}"}
