"""Catalogs and truth files made from the real photos of SNAPSHELF_SHARED (../shared), for tests and benchmarks.

Nothing is copied: feeds and truths name the photos where they lie.
"""

import collections.abc
import csv
import json
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("SNAPSHELF_SHARED", ROOT.parent / "shared")).resolve()


def available() -> bool:
    return (SHARED / "data").is_dir() and (SHARED / "models").is_dir()


def read_feed(path: pathlib.Path) -> list[dict[str, str]]:
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def write_feed(path: pathlib.Path, rows: list[dict[str, str]]) -> pathlib.Path:
    columns = ["id", "title", "category", "price", "currency", "image_link", "additional_image_link"]
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_truth(path: pathlib.Path, rows: list[tuple[pathlib.Path, list[str]]]) -> pathlib.Path:
    with open(path, "w") as file:
        for photo, relevant in rows:
            file.write(json.dumps({"photo": str(photo), "relevant": relevant}) + "\n")
    return path


def magento(folder: pathlib.Path) -> dict[str, pathlib.Path]:
    """The 467 items with their main pictures, and truths: every back view, and every other additional view.

    Items that share a main picture (4 pictures) are all right answers for each other's views.
    """
    base = SHARED / "data/magento"
    items = read_feed(base / "catalog.csv")
    by_main: dict[str, list[str]] = {}
    for item in items:
        by_main.setdefault(item["main_image"], []).append(item["sku"])
    feed = write_feed(folder / "magento.csv", [
        {"id": item["sku"], "title": item["name"], "category": item["category"].replace("|", " > ").replace("/", " > "),
         "price": item["price"], "currency": "USD", "image_link": str(base / item["main_image"].lstrip("/"))}
        for item in items])
    backs, others = [], []
    for item in items:
        for view in filter(None, item["other_images"].split("|")):
            rows = backs if "back" in view else others
            rows.append((base / view.lstrip("/"), by_main[item["main_image"]]))
    return {"feed": feed, "backs": write_truth(folder / "backs.jsonl", backs),
            "others": write_truth(folder / "others.jsonl", others)}


def grocery(folder: pathlib.Path) -> dict[str, pathlib.Path]:
    """The 81 clean catalog pictures, and the shop photos of the validation part as queries."""
    base = SHARED / "data/grocery"
    with open(base / "classes.csv", newline="") as file:
        classes = list(csv.reader(file))[1:]
    feed = write_feed(folder / "grocery.csv", [
        {"id": row[1], "title": row[0].replace("-", " "), "category": f"{row[4].split('/')[2]} > {row[2].replace('-', ' ')}",
         "image_link": str(base / row[4].lstrip("/"))}
        for row in classes])
    with open(base / "val.txt") as file:
        photos = [[field.strip() for field in line.split(",")] for line in file if line.strip()]
    return {"feed": feed, "photos": write_truth(folder / "photos.jsonl", [(base / path, [fine]) for path, fine, _ in photos])}


def demo() -> dict[str, pathlib.Path]:
    """The demo's rendered products, and its shopper's photos with a box for each object."""
    return {"feed": ROOT / "demo/catalog.csv", "objects": ROOT / "demo/truth.jsonl"}


def everything(
    folder: pathlib.Path, group: collections.abc.Callable[[str], str]
) -> tuple[pathlib.Path, list[tuple[pathlib.Path, list[str]]]]:
    """One feed of all catalog pictures, additional views too, and each picture with the ids of the products that it shows.

    The category of a product is group(id) > where it comes from, so that figures by category tell these apart.
    """
    rows, owners = [], {}
    for source, feed in (("Demo", demo()["feed"]), ("Magento", magento(folder)["feed"]), ("Grocery", grocery(folder)["feed"])):
        rows += [(source, feed.parent, row) for row in read_feed(feed)]
    views = {item["sku"]: item["other_images"] for item in read_feed(SHARED / "data/magento/catalog.csv")}
    products = []
    for source, base, row in rows:
        further = [SHARED / "data/magento" / view.lstrip("/") for view in views.get(row["id"], "").split("|") if view]
        further += [base / name for name in row["additional_image_link"].split(",") if name]
        pictures = [base / row["image_link"], *further]
        products.append({"id": row["id"], "title": row["title"], "category": f"{group(row['id'])} > {source}",
                         "image_link": str(pictures[0]), "additional_image_link": ",".join(map(str, pictures[1:]))})
        for picture in pictures:
            owners.setdefault(picture, []).append(row["id"])
    return write_feed(folder / "everything.csv", products), list(owners.items())


def fitting_pictures(folder: pathlib.Path, count: int = 1200) -> pathlib.Path:
    """A folder of links to pictures for fitting a projection: clothes, shop photos and catalog pictures, none of them a query."""
    target = folder / "fitting"
    target.mkdir()
    with open(SHARED / "data/grocery/train.txt") as file:
        groceries = [SHARED / "data/grocery" / line.split(",")[0] for line in file if line.strip()]
    items = [SHARED / "data/magento" / row["main_image"].lstrip("/") for row in read_feed(SHARED / "data/magento/catalog.csv")]
    clothes = sorted((SHARED / "data/clothing/images").glob("*.jpg"))
    for pictures in (groceries, items, clothes):
        for picture in pictures[:: max(1, len(pictures) // (count // 3))][: count // 3]:
            link = target / f"{len(list(target.iterdir())):05}{picture.suffix}"
            link.symlink_to(picture)
    return target
