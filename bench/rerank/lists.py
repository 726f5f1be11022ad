#!/usr/bin/env python3
"""Writes the lists that rerank_bench reads, from the real photos of SNAPSHELF_SHARED: lists.py FOLDER

grocery.catalog (81 clean pictures), grocery.queries (validation photos from shops); magento.catalog (main pictures),
magento_backs.queries and magento_others.queries (other views of the same items).
"""

import csv
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("SNAPSHELF_SHARED", ROOT.parent / "shared")).resolve() / "data"


def write(path: pathlib.Path, rows: list[tuple[str, pathlib.Path]]) -> None:
    path.write_text("".join(f"{key}\t{picture}\n" for key, picture in rows))


def grocery(folder: pathlib.Path) -> None:
    base = DATA / "grocery"
    with open(base / "classes.csv", newline="") as file:
        classes = list(csv.reader(file))[1:]
    write(folder / "grocery.catalog", [(row[1], base / row[4].lstrip("/")) for row in classes])
    with open(base / "val.txt") as file:
        photos = [[field.strip() for field in line.split(",")] for line in file if line.strip()]
    write(folder / "grocery.queries", [(fine, base / path) for path, fine, _ in photos])


def magento(folder: pathlib.Path) -> None:
    """Items that share a main picture are one: the key is the picture's path."""
    base = DATA / "magento"
    with open(base / "catalog.csv", newline="") as file:
        items = list(csv.DictReader(file))
    mains = sorted({item["main_image"] for item in items})
    write(folder / "magento.catalog", [(main, base / main.lstrip("/")) for main in mains])
    views = [(item["main_image"], view) for item in items for view in item["other_images"].split("|") if view]
    for name, is_back in (("backs", True), ("others", False)):
        write(folder / f"magento_{name}.queries",
              [(main, base / view.lstrip("/")) for main, view in views if ("back" in view) == is_back])


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    grocery(folder)
    magento(folder)


if __name__ == "__main__":
    main()
