"""Runs the real program on the demo catalog's pictures, each test on a data folder of its own."""

import csv
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("SNAPSHELF_BIN", ROOT / "build/release/bin/snapshelf"))
DEMO = ROOT / "demo"


class Shop:
    """The program with one data folder."""

    def __init__(self, folder: pathlib.Path):
        self.data = folder / "data"
        self.folder = folder

    def run(self, *arguments: object, **options) -> subprocess.CompletedProcess:
        command = [PROGRAM, *map(str, arguments), "--data", self.data]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, **options)

    def start(self, *arguments: object) -> subprocess.Popen:
        command = [PROGRAM, *map(str, arguments), "--data", self.data]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def json(self, *arguments: object) -> dict:
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> Shop:
    return Shop(tmp_path)


def demo_rows(count: int) -> list[dict[str, str]]:
    """The first rows of the demo catalog, picture paths made absolute."""
    with open(DEMO / "catalog.csv", newline="") as file:
        rows = [row for row, _ in zip(csv.DictReader(file), range(count))]
    for row in rows:
        row["image_link"] = str(DEMO / row["image_link"])
        more = [str(DEMO / path) for path in row["additional_image_link"].split("|") if path]
        row["additional_image_link"] = "|".join(more)
    return rows


def write_csv(path: pathlib.Path, rows: list[dict[str, str]]) -> pathlib.Path:
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
