"""Products that live by their print: packaged box, bottle, jar, tin, clock, notebook."""

import math

import labels
import materials
import palette
from look import Look, PRINTS
from mesh import TAU
from textures import to_blender

BRANDS = ["Norvik", "Halda", "Tuula", "Brask", "Solenne", "Pimm & Oak", "Fjellro", "Miravel", "Kettlewick", "Lumo",
          "Ostara", "Verdine", "Quillon", "Amberly", "Tidefold", "Rookery", "Sable Lane", "Ondine", "Marlow Pike", "Zephra"]
FOODS = [("Oat Crunch", "honey & almond"), ("Green Tea", "20 bags"), ("Earl Grey", "loose leaf"), ("Muesli", "berries & seeds"),
         ("Crispbread", "whole rye"), ("Spaghetti", "no. 5"), ("Pancake Mix", "just add milk"), ("Cocoa", "fine dark"),
         ("Corn Flakes", "golden"), ("Biscuits", "butter"), ("Chai", "with cardamom"), ("Rice", "basmati"), ("Crackers", "sea salt"),
         ("Ginger Snaps", "extra thin"), ("Couscous", "quick"), ("Granola", "maple")]
DRINKS = [("Apple Juice", "cloudy"), ("Olive Oil", "extra virgin"), ("Elderflower", "cordial"), ("Ginger Beer", "alcohol free"),
          ("Tomato Sauce", "with basil"), ("Cherry Syrup", "1 : 7"), ("Lemonade", "sicilian"), ("Balsamic", "vinegar"), ("Cold Brew", "coffee"),
          ("Kombucha", "raspberry"), ("Chili Sauce", "hot"), ("Pear Cider", "dry")]
SPREADS = [("Strawberry Jam", "60 % fruit"), ("Honey", "wild flowers"), ("Peanut Butter", "crunchy"), ("Mustard", "coarse"), ("Pickles", "dill"),
           ("Pesto", "genovese"), ("Apricot Jam", "extra"), ("Lemon Curd", "small batch"), ("Olives", "green"), ("Chutney", "mango")]
TINS = [("Coffee", "espresso roast"), ("Tomatoes", "chopped"), ("White Beans", "in brine"), ("Matcha", "ceremonial"), ("Toffee", "assorted"),
        ("Chickpeas", "organic"), ("Coconut Milk", "rich"), ("Hot Chocolate", "velvety")]


def label_colors(paint):
    """Ground, accent and third colour of a label."""
    return palette.pick(paint, 3, apart=200)


def carton(b, shape, paint):
    """A box of food with printed sides."""
    brand, (name, note), colors = paint.choice(BRANDS), paint.choice(FOODS), label_colors(paint)
    w, d, h = shape.choice([(0.19, 0.06, 0.28), (0.13, 0.07, 0.13), (0.15, 0.05, 0.2), (0.1, 0.1, 0.16), (0.22, 0.07, 0.15)])
    k = shape.uniform(0.9, 1.1)
    w, h = w * k, h / k
    side = materials.printed(to_blender(labels.side_panel(paint, (240, 480), brand, colors), "side"), "paper")
    front = materials.printed(to_blender(labels.label(paint, (480, int(480 * h / w)), brand, [name, note], colors), "front"), "paper")
    b.box((w, d, h), materials.plain(colors[1], "paper"), 0.0015)
    e = 0.0004
    for turn, mat, half, width in ((0, front, d / 2, w), (math.pi, front, d / 2, w), (math.pi / 2, side, w / 2, d), (-math.pi / 2, side, w / 2, d)):
        b.picture(width * 0.985, h * 0.985, mat, rot=(0, 0, turn), loc=((half + e) * math.sin(turn), -(half + e) * math.cos(turn), h * 0.0075))
    return {"noun": name.lower(), "form": brand, "look": f"{note}, {colors[0]} and {colors[1]} box", "brand": brand}


def bottle(b, shape, paint):
    """A bottle: glass with a label, or an insulated flask with a pattern."""
    h = shape.uniform(0.2, 0.3)
    r = h * shape.uniform(0.13, 0.18)
    if shape.random() < 0.4:
        look = Look(paint, ["satin", "lacquer", "matte"], PRINTS + ["plain", "plain", "gradient", "speckle"])
        b.lathe([(0, 0), (r, 0), (r, 0), (r, h * 0.3), (r, h * 0.72), (r * 0.62, h * 0.8), (r * 0.6, h * 0.84)], look.around(r, h, 0.06))
        cap = shape.choice(["steel", "wood", "color"])
        mat = {"steel": lambda: materials.metal("steel"), "wood": lambda: materials.wood("beech", "z", 3), "color": lambda: look.plain(1)}[cap]()
        b.lathe([(r * 0.68, h * 0.83), (r * 0.68, h * 0.83), (r * 0.68, h * 0.95), (r * 0.6, h * 0.97), (0, h * 0.97)], mat, rounds=2)
        if shape.random() < 0.5:
            b.tube([(-r * 0.5, 0, h * 0.96), (-r * 0.5, 0, h * 1.1), (r * 0.5, 0, h * 1.1), (r * 0.5, 0, h * 0.96)], 0.004, mat, flat=1.6)
        return {"noun": "water bottle", "form": "Insulated", "look": look.words(), "extra": f"{int(h * 2500) // 50 * 50} ml"}
    brand, (name, note), colors = paint.choice(BRANDS), paint.choice(DRINKS), label_colors(paint)
    neck = r * shape.uniform(0.3, 0.45)
    form = shape.choice(["shoulder", "slope", "round"])
    outer = {
        "shoulder": [(0, 0), (r, 0), (r, h * 0.05), (r, h * 0.55), (r, h * 0.64), (neck, h * 0.72), (neck, h * 0.95)],
        "slope": [(0, 0), (r, 0), (r, h * 0.05), (r, h * 0.42), (r * 0.9, h * 0.55), (neck, h * 0.8), (neck, h * 0.95)],
        "round": [(0, 0), (r * 0.8, 0), (r * 1.15, h * 0.12), (r * 1.15, h * 0.5), (neck, h * 0.62), (neck, h * 0.95)],
    }[form]
    body = paint.choice(["5a2f12", "2f4a25", "7a1f1a", "c98a1e", "1f2a3a", "8a4a1a", "b8b04a"])
    b.lathe(outer, materials.plain(body, "lacquer"))
    cap = materials.plain(colors[1], "satin") if shape.random() < 0.6 else materials.metal("gold")
    b.lathe([(neck * 1.25, h * 0.9), (neck * 1.25, h * 0.9), (neck * 1.25, h), (neck * 1.1, h * 1.01), (0, h * 1.01)], cap, rounds=1)
    low, high = (0.1, 0.5) if form != "slope" else (0.08, 0.4)
    out = r * 1.012 if form != "round" else r * 1.115
    image = labels.label(paint, (420, int(420 * (high - low) * h / (2.4 * out))), brand, [name, note], colors)
    paper = materials.printed(to_blender(image, "label"), "paper")
    b.lathe([(out, h * low), (out, h * high)], paper, rounds=0, arc=(-1.2, 1.2))
    back = labels.side_panel(paint, (240, 300), brand, colors)
    b.lathe([(out, h * low), (out, h * high)], materials.printed(to_blender(back, "back"), "paper"), rounds=0, arc=(math.pi - 0.7, math.pi + 0.7))
    return {"noun": name.lower(), "form": brand, "look": f"{note}, bottle with {colors[0]} label", "brand": brand}


def jar(b, shape, paint):
    """A preserving jar or a tin with a label all around."""
    brand, colors = paint.choice(BRANDS), label_colors(paint)
    tin = shape.random() < 0.5
    name, note = paint.choice(TINS if tin else SPREADS)
    r, h = shape.uniform(0.033, 0.048), shape.uniform(0.075, 0.13)
    if tin:
        steel = materials.metal("steel", 0.2)
        b.lathe([(0, 0), (r, 0), (r, 0), (r, h), (r, h), (r * 0.93, h), (r * 0.93, h - 0.004), (0, h - 0.004)], steel, rounds=1)
        low, high, turn = 0.05, 0.95, math.pi
    else:
        fill = paint.choice(["8a1525", "c47a12", "a9702f", "5e7a2a", "3f5a22", "d9b23a", "c2591a"])
        b.lathe([(0, 0), (r * 0.9, 0), (r, h * 0.06), (r, h * 0.5), (r, h * 0.78), (r * 0.82, h * 0.88)], materials.plain(fill, "lacquer"))
        lid = materials.plain(colors[1], "satin") if paint.random() < 0.6 else materials.metal("gold", 0.3)
        b.lathe([(r * 0.9, h * 0.86), (r * 0.9, h * 0.86), (r * 0.9, h), (r * 0.9, h), (r * 0.8, h * 1.01), (0, h * 1.01)], lid, rounds=1)
        low, high, turn = 0.15, 0.7, 1.5
    width = 2 * turn * r
    image = labels.label(paint, (420, int(420 * (high - low) * h / min(width, 3 * r))), brand, [name, note], colors)
    paper = materials.printed(to_blender(image, "label"), "paper", (2, 1) if tin else (1, 1))
    b.lathe([(r * 1.01, h * low), (r * 1.01, h * high)], paper, rounds=0, arc=(-turn / (1 if not tin else 1) + (math.pi / 2 if tin else 0), turn + (math.pi / 2 if tin else 0)))
    return {"noun": name.lower(), "form": brand, "look": f"{note}, {'tin' if tin else 'jar'} with {colors[0]} label", "brand": brand}


def clock(b, shape, paint):
    """A wall, mantel or alarm clock."""
    look = Look(paint, ["lacquer", "satin", "matte"], ["plain"])
    numerals = shape.choice(["arabic", "roman", "dots", "lines"])
    brand = paint.choice(BRANDS)
    r, d = shape.uniform(0.09, 0.14), shape.uniform(0.035, 0.06)
    ground = paint.choice(["white", "ivory", "black", look.colors[1], look.colors[2]])
    face = labels.dial(paint, [ground, look.colors[1], look.colors[0]], brand, numerals, hands=(shape.uniform(1, 12), shape.uniform(0, 60)))
    form = shape.choice(["alarm", "round", "mantel", "round"])
    wood_name = shape.choice(["oak", "walnut", "beech"])
    rim = {"alarm": look.plain(0), "round": look.plain(0) if shape.random() < 0.6 else materials.wood(wood_name, "x"), "mantel": materials.wood(wood_name, "x")}[form]
    up = r * 1.15 if form == "alarm" else r * 1.03
    if form == "mantel":
        b.cushion((2.5 * r, 2.5 * r, d * 1.2), rim, shape.choice([4, 12]), 0.15, rot=(math.pi / 2, 0, 0), loc=(0, 0, r * 1.25))
        up, r, d = r * 1.25, r * 0.95, d * 1.22
    else:
        b.lathe([(0, -d / 2), (r, -d / 2), (r * 1.06, -d / 4), (r * 1.06, d / 4), (r * 1.02, d / 2), (r * 0.95, d / 2), (r * 0.95, d / 2 - 0.006)],
                rim, rot=(math.pi / 2, 0, 0), loc=(0, 0, up))
    disc = [(r * 0.96 * math.cos(TAU * i / 64), 0, r * 0.96 * math.sin(TAU * i / 64)) for i in range(64)]
    b.add(disc, [tuple(range(64))], materials.printed(to_blender(face, "dial"), "satin"),
          [(0.5 + 0.5 * x / (r * 0.96), 0.5 + 0.5 * z / (r * 0.96)) for x, _, z in disc], smooth=False, loc=(0, -(d / 2 - (0.005 if form != "mantel" else 0)) - 0.0005, up))
    if form == "alarm":
        bell = materials.metal(shape.choice(["brass", "steel", "copper"]))
        for s in (-1, 1):
            b.lathe([(0.045, 0), (0.045, 0.01), (0.03, 0.03), (0, 0.032)], bell, rot=(0, s * 0.55, 0), loc=(s * r * 0.6, 0, up + r * 0.95))
            b.tube([(s * r * 0.5, 0, up - r * 0.7), (s * r * 0.8, -0.01, 0)], (0.008, 0.006), bell, rounds=0)
        b.tube([(-r * 0.4, 0, up + r), (-r * 0.35, 0, up + r * 1.55), (r * 0.35, 0, up + r * 1.55), (r * 0.4, 0, up + r)], 0.004, bell)
    words = {"alarm": "Twin-bell alarm", "round": "Round", "mantel": f"{wood_name.capitalize()} mantel"}[form]
    return {"noun": "clock", "form": words, "look": f"{look.main if form != 'mantel' else ground + ' face'}, {numerals} numerals" if numerals in ("roman", "arabic") else f"{look.main if form != 'mantel' else ground + ' face'} with {'dots' if numerals == 'dots' else 'fine lines'}"}


def notebook(b, shape, paint):
    """A bound notebook, standing slightly open or lying in a stack of one."""
    look = Look(paint, ["paper"], PRINTS + ["terrazzo"])
    w, h = shape.choice([(0.14, 0.2), (0.15, 0.15), (0.12, 0.19), (0.18, 0.25)])
    d = shape.uniform(0.012, 0.028)
    title = paint.choice(["Notes", "Journal", "Sketches", "Ideas", "Travel", "Garden", "Recipes", "2 0 2 6", "Field Book", "Letters"])
    front = materials.printed(to_blender(labels.cover(paint, (440, int(440 * h / w)), title, look.colors, look.pattern), "cover"), "paper")
    lean = (-0.25, 0, 0)
    b.box((w - 0.006, d, h - 0.008), materials.plain("f1ead9", "paper"), 0.001, rot=lean, loc=(0.001, 0, 0.004))
    board = look.plain(1, "canvas")
    for s in (-1, 1):
        b.box((w, 0.003, h), board, 0.001, rot=lean, loc=(0, s * (d / 2 + 0.001) * math.cos(0.25), -s * (d / 2) * 0.247))
    b.picture(w * 0.93, h * 0.995, front, rot=lean, loc=(w * 0.033, -(d / 2 + 0.0032) * math.cos(0.25), (d / 2 + 0.0032) * 0.247 + 0.0005))
    b.box((0.004, d + 0.006, h), board, 0.001, rot=lean, loc=(-w / 2, 0, 0))
    if shape.random() < 0.5:
        b.picture(0.007, h, look.plain(2, "fabric"), rot=lean, loc=(w * 0.38, -(d / 2 + 0.0042) * math.cos(0.25), (d / 2 + 0.0042) * 0.247 + 0.0005))
    return {"noun": "notebook", "form": f"“{title}”", "look": look.words()}
