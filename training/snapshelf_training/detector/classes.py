"""The detector's classes and how other data sets' names map to them."""

CLASSES: tuple[str, ...] = (
    "top",
    "bottom",
    "dress",
    "outerwear",
    "shoe",
    "bag",
    "hat",
    "accessory",
    "furniture",
    "lamp",
    "kitchen",
    "packaged food",
    "fresh food",
    "bottle",
    "electronics",
    "toy",
    "other",
)

CLASS_INDEX: dict[str, int] = {name: index for index, name in enumerate(CLASSES)}

# Label of a box that takes no part in the loss: something whose parts may be sold (a person's
# clothes) or that is no product at all (an animal) but looks too much like one to be background.
IGNORE = -1

# COCO class number (0..79) -> our class. What is not listed is IGNORE (people, animals, vehicles).
COCO_TO_CLASS: dict[int, int] = {
    coco: CLASS_INDEX[name]
    for name, numbers in {
        "bag": (24, 26, 28),
        "accessory": (25, 27),
        "toy": (29, 32, 33, 77),
        "bottle": (39, 40),
        "kitchen": (41, 42, 43, 44, 45, 68, 69, 70, 72),
        "fresh food": (46, 47, 49, 50, 51),
        "packaged food": (48, 52, 53, 54, 55),
        "furniture": (13, 56, 57, 59, 60),
        "electronics": (62, 63, 64, 65, 66, 67, 78),
        "other": (30, 31, 34, 35, 36, 37, 38, 58, 61, 71, 73, 74, 75, 76, 79),
    }.items()
    for coco in numbers
}

# Label of the clothing pictures -> our class. What is not listed is left out.
CLOTHING_TO_CLASS: dict[str, int] = {
    label: CLASS_INDEX[name]
    for name, labels in {
        "top": ("Blouse", "Body", "Hoodie", "Longsleeve", "Polo", "Shirt", "T-Shirt", "Top", "Undershirt"),
        "bottom": ("Pants", "Shorts", "Skirt"),
        "dress": ("Dress",),
        "outerwear": ("Blazer", "Outwear"),
        "shoe": ("Shoes",),
        "hat": ("Hat",),
    }.items()
    for label in labels
}


def magento_class(sku: str, category: str, name: str) -> int | None:
    """Class of a catalog row, or None to leave it out. Bags and watches are told by their SKU alone."""
    prefix = sku.split("-")[1][:2] if sku.startswith("24-") else ""
    by_prefix = {"MB": "bag", "UB": "bag", "WB": "bag", "MG": "accessory"}
    if prefix in by_prefix:
        return CLASS_INDEX[by_prefix[prefix]]
    if prefix == "WG" and not name:
        return CLASS_INDEX["accessory"]
    text = f"{category} {name}".lower()
    if "video" in text:
        return None
    for word, label in (("jackets", "outerwear"), ("tops", "top"), ("bottoms", "bottom"), ("ball", "toy")):
        if word in text:
            return CLASS_INDEX[label]
    return CLASS_INDEX["other"]
