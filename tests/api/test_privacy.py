"""A shopper's photo is processed in memory and forgotten: no byte of it is on the disk after a query, nor was it on the way."""

import os
import pathlib

import numpy as np
import pytest
from PIL import Image

from pictures import encode, photo
from program import Form, Server

SLICE = 24  # bytes that occur nowhere by chance


def noise(width: int, height: int) -> Image.Image:
    pixels = np.random.default_rng(width * height).integers(0, 256, (height // 4, width // 4, 3), np.uint8)
    return Image.fromarray(pixels).resize((width, height))


def quarter_turn() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


# The last is more than libvips keeps in memory by itself: 126 MB of pixels.
PHOTOS = {
    "jpeg": lambda: encode(noise(1600, 1200), quality=95),
    "rotated": lambda: encode(noise(1200, 900), quality=95, exif=quarter_turn()),
    "png": lambda: encode(noise(800, 800), "PNG"),
    "webp": lambda: encode(noise(800, 600), "WEBP", quality=90),
    "huge": lambda: encode(noise(700, 600).resize((7000, 6000), Image.Resampling.NEAREST), "PNG", compress_level=1),
}


def written(server: Server) -> tuple[int, int]:
    """Bytes that the server gave to write() and its like, and bytes of them that went towards a disk."""
    lines = pathlib.Path(f"/proc/{server.process.pid}/io").read_text().splitlines()
    counts = {name: int(value) for name, value in (line.split(": ") for line in lines)}
    return counts["wchar"], counts["write_bytes"]


def files_below(*folders: pathlib.Path) -> list[pathlib.Path]:
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("kind", PHOTOS)
def test_no_byte_of_a_photo_is_on_the_disk_after_a_query(tmp_path: pathlib.Path, kind: str):
    if not os.access("/proc/self/io", os.R_OK):
        pytest.skip("this system does not count what a process writes (/proc/self/io)")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    server = Server(tmp_path / "data", environment={"TMPDIR": str(scratch)})
    try:
        assert server.put("ring", {"title": "Ring", "price": "1.00", "currency": "EUR"}, photo("red ring")).status == 201
        body = PHOTOS[kind]()
        before = written(server)
        answer = server.ask("POST", "/v1/search", Form([("photo", body)]))
        assert answer.status == 200, answer.body
        again = server.ask("POST", "/v1/search?" + f"photo={answer.json()['photo']}&box=10,10,200,200")
        assert again.status == 200, again.body
        after = written(server)
        # What is written are lines of the log and the answers; a photo, or its pixels, would be far more.
        assert after[0] - before[0] < len(body) / 4
        assert after[1] - before[1] < len(body) / 4
        # Behind the tables that all pictures of a format share.
        held = {body[at:at + SLICE] for at in range(2048, len(body) - SLICE, len(body) // 50)}
        for path in files_below(tmp_path):
            content = path.read_bytes()
            assert not any(part in content for part in held), path
        assert list(scratch.iterdir()) == []
    finally:
        assert server.stop() == 0, server.log()
