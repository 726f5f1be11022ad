"""Decodes the pictures of SNAPSHELF_SHARED once and stores them with the teachers' vectors.

    PYTHONPATH=training python training/scripts/make_cache.py --shared ../shared --out /somewhere/shared_cache
    PYTHONPATH=training python training/scripts/make_cache.py --renders renders/train --shared ../shared --out /somewhere/render_cache

A one-minute example on a CPU: add `--limit 300`.
"""

import argparse
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch

from snapshelf_training import augment, data, geometry, live_teachers, teachers

BATCH = 64


def list_renders(folder: Path) -> list[data.Entry]:
    """One entry a line of meta.jsonl; `product` names the item."""
    entries = []
    for line in (folder / "meta.jsonl").read_text().splitlines():
        meta = json.loads(line)
        path = folder / meta["file"]
        if path.exists():
            entries.append(data.Entry(str(path), "render", f"render:{meta['product']}", "cutout", "train"))
    return entries


def decode(entry: data.Entry) -> tuple[np.ndarray, np.ndarray]:
    """-> (what the cache keeps, what the teachers see)."""
    if entry.source == "render":
        cutout = data.load_cutout(entry.path)
        return data.shrink(cutout), geometry.letterbox(augment.to_catalog(cutout), teachers.TEACHER_SIDE)
    image = data.load_rgb(entry.path, entry.box)
    return data.shrink(image), geometry.letterbox(image, teachers.TEACHER_SIDE)


def no_teachers(images: np.ndarray) -> list[np.ndarray]:
    """What the trainer takes for `no target`."""
    return [np.zeros((len(images), teachers.VECTOR_SIZE), np.float32) for _ in teachers.TEACHERS]


def make_runner(arguments: argparse.Namespace) -> Callable[[np.ndarray], list[np.ndarray]]:
    models = arguments.shared / "models"
    if arguments.no_teachers:
        return no_teachers
    if arguments.device == "cpu":
        return teachers.TeacherRunner(models, arguments.threads)
    return live_teachers.LiveTeachers(models, torch.device(arguments.device))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="folder with data/ and models/")
    parser.add_argument("--renders", type=Path, help="folder with meta.jsonl and RGBA pictures, instead of the photos")
    parser.add_argument("--out", type=Path, required=True, help="cache folder to write")
    parser.add_argument("--limit", type=int, default=0, help="only this many pictures (0: all)")
    parser.add_argument("--no-teachers", action="store_true", help="zeros for their vectors: no targets, pairs only")
    parser.add_argument("--device", default="cpu", help="where the teachers run: cpu (OpenVINO) or cuda (PyTorch)")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    entries = list_renders(arguments.renders) if arguments.renders else data.list_shared(arguments.shared)
    entries = entries[: arguments.limit] if arguments.limit else entries
    runner = make_runner(arguments)
    pool = ThreadPoolExecutor(arguments.threads)
    kept, vectors = [], [[] for _ in teachers.TEACHERS]
    started = time.monotonic()
    for first in range(0, len(entries), BATCH):
        pairs = list(pool.map(decode, entries[first : first + BATCH]))
        kept += [small for small, _ in pairs]
        for store, output in zip(vectors, runner(np.stack([seen for _, seen in pairs]))):
            store.append(output.astype(np.float16))
        if first // BATCH % 20 == 0:
            print(f"{len(kept)}/{len(entries)} {len(kept) / (time.monotonic() - started):.0f} pictures/s", flush=True)
    data.write_cache(arguments.out, entries, kept)
    for number, store in enumerate(vectors):
        np.save(arguments.out / f"teacher{number}.npy", np.concatenate(store))
    print(f"{len(entries)} pictures, data hash {data.data_hash([arguments.out])}")


if __name__ == "__main__":
    main()
