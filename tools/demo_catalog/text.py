"""Titles, descriptions, brands and prices of the demo catalog."""

import random
import re

import palette

HOUSES = ["Norvik", "Halda", "Tuula", "Brask", "Solenne", "Pimm & Oak", "Fjellro", "Miravel", "Kettlewick", "Lumo",
          "Ostara", "Verdine", "Quillon", "Amberly", "Tidefold", "Rookery", "Sable Lane", "Ondine", "Marlow Pike", "Zephra"]

# family -> (category path, lowest and highest price in euros, two halves of descriptions)
SHELVES = {
    "mug": ("Kitchen > Mugs", 9, 24, ["Holds a good cup of coffee and keeps it warm.", "Dishwasher safe; each one differs slightly."]),
    "teapot": ("Kitchen > Teapots", 29, 79, ["Pours without a drip and holds four cups.", "The lid stays in place while pouring."]),
    "bowl": ("Kitchen > Bowls", 8, 32, ["For soup, noodles or breakfast.", "Stacks well; goes into the oven and the dishwasher."]),
    "vase": ("Home > Vases", 19, 89, ["Stands well with one branch or a whole bunch.", "Thrown by hand in a small workshop."]),
    "planter": ("Home > Plants and pots", 14, 49, ["Comes planted and ready for the window sill.", "With a hidden drip tray."]),
    "candle": ("Home > Candles", 12, 34, ["Burns evenly for about forty hours.", "The jar makes a good pen pot later."]),
    "lamp": ("Lighting > Table lamps", 49, 189, ["A calm light for a sideboard or a bedside table.", "With a cloth cable and a switch; E27 bulb included."]),
    "chair": ("Furniture > Chairs", 89, 289, ["Comfortable through a long dinner.", "Solid joints; felt glides included."]),
    "stool": ("Furniture > Stools and poufs", 49, 169, ["A seat, a side table, a step.", "Light enough to carry with one hand."]),
    "sofa": ("Furniture > Sofas and armchairs", 390, 1490, ["Deep seats and firm arms.", "Covers come off for cleaning."]),
    "cushion": ("Home > Cushions", 15, 55, ["Filled with feathers, with a hidden zip.", "The cover is washable at thirty degrees."]),
    "carton": ("Food > Pantry boxes", 3, 9, ["From a mill that has done little else for a century.", "Packed in recycled board."]),
    "bottle": ("Food and drink > Bottles", 4, 32, ["A favourite on every table.", "Keep upright; shake well."]),
    "jar": ("Food > Jars and tins", 3, 14, ["Cooked in small kettles.", "Keeps for months; keep cool once opened."]),
    "clock": ("Home > Clocks", 29, 129, ["Silent movement, no ticking.", "One AA battery included."]),
    "notebook": ("Stationery > Notebooks", 7, 24, ["Thread-bound, opens flat.", "Cream paper, 90 g, takes a fountain pen."]),
}

PREFIX = {"bottle": "drk", "carton": "box"}


def identifier(family, seed):
    """For example "mug-003"."""
    return f"{PREFIX.get(family, family)}-{seed + 1:03d}"


def colors_in(title):
    """The first two basic colours that the title's words mean, as "White/Blue"."""
    basic = {name: color for color, names in palette.BASIC.items() for name in names}
    names = re.findall(r"\b(?:" + "|".join(sorted(basic, key=len, reverse=True)) + r")\b", title)
    return "/".join(list(dict.fromkeys(basic[name] for name in names))[:2])


def row(family, seed, words, pictures):
    """One line of catalog.csv as a dict."""
    rng = random.Random(f"text {family} {seed}")
    category, low, high, phrases = SHELVES[family]
    if words["noun"] == "water bottle":
        category, low, high, phrases = "Kitchen > Water bottles", 19, 39, ["Keeps drinks cold for a day.", "Leak-proof lid."]
    brand = words.get("brand", rng.choice(HOUSES))
    kind = f"{words['form']} {words['noun']}".strip()
    title = ", ".join(part for part in (kind[0].upper() + kind[1:], words["look"], words.get("extra", "")) if part)
    price = rng.uniform(low, high)
    price = round(price) - 0.10 if price < 100 else round(price / 10) * 10 - 1
    name = identifier(family, seed)
    return {
        "id": name, "title": title, "description": f"{title}. {' '.join(phrases)}", "category": category, "brand": brand,
        "color": colors_in(title),
        "price": f"{price:.2f}", "currency": "EUR", "availability": rng.choice(["in_stock"] * 8 + ["out_of_stock", "preorder"]),
        "link": f"https://shop.example/products/{name}", "image_link": pictures[0], "additional_image_link": "|".join(pictures[1:]),
    }
