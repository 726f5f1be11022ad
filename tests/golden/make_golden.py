"""Writes default_models.json: what the default models see in pictures of the demo, computed without C++.

    python tests/golden/make_golden.py

Needs numpy, pillow and onnxruntime (training/requirements.txt). Run it again whenever models/ or demo/ change.
golden_test.cpp compares the C++ stages with the file: pictures are decoded, cropped, fitted and normalised twice, by
different code and another runtime, so that a difference in any step shows.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
OUT = Path(__file__).with_name("default_models.json")
CATALOG_PICTURES = 12
SHOPPER_PHOTOS = 8


@dataclass
class Fitted:
    """A picture in a model's input [1, 3, h, w], and where it landed: input = picture * scale + offset."""

    tensor: np.ndarray
    scale: np.ndarray  # x, y
    offset: np.ndarray  # x, y


class Network:
    """A model with its card."""

    def __init__(self, folder: Path):
        self.card = json.loads((folder / "model.json").read_text())
        self.file = folder / self.card["file"]
        self.session = onnxruntime.InferenceSession(self.file, providers=["CPUExecutionProvider"])

    def run(self, tensor: np.ndarray) -> np.ndarray:
        name = self.card["output"].get("name") or self.session.get_outputs()[0].name
        return self.session.run([name], {self.session.get_inputs()[0].name: tensor})[0]

    def fit(self, image: Image.Image) -> Fitted:
        given = self.card["input"]
        target = np.array([given["width"], given["height"]])
        source = np.array(image.size)
        size, offset = target, np.zeros(2, int)
        if given["resize"] != "stretch":
            size = np.clip(np.floor(source * (target / source).min() + 0.5).astype(int), 1, target)
        if given["resize"] == "letterbox":
            offset = (target - size) // 2
        canvas = Image.new("RGB", tuple(target.tolist()), tuple(given["pad"]))
        canvas.paste(image.resize(tuple(size.tolist()), Image.Resampling.BILINEAR), tuple(offset.tolist()))
        pixels = np.asarray(canvas, np.float32)  # [h, w, 3]
        if given["color"] == "BGR":
            pixels = pixels[:, :, ::-1]
        pixels = (pixels * given["scale"] - np.array(given["mean"])) / np.array(given["std"])
        tensor = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None], np.float32)
        return Fitted(tensor, size / source, offset)


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two boxes x, y, w, h."""
    shared = np.minimum(a[:2] + a[2:], b[:2] + b[2:]) - np.maximum(a[:2], b[:2])
    if (shared <= 0).any():
        return 0.0
    return float(shared.prod() / (a[2:].prod() + b[2:].prod() - shared.prod()))


def detect(detector: Network, image: Image.Image) -> list[dict]:
    """Boxes in pixels of the picture, best first, as a YOLOv8-type output [1, 4 + classes, places] gives them."""
    card = detector.card
    assert card["decoder"] == "yolov8", card["decoder"]
    fitted = detector.fit(image)
    places = detector.run(fitted.tensor)[0].T  # [places, 4 + classes]
    scores = places[:, 4:].max(axis=1)
    kept: list[tuple[int, float, np.ndarray]] = []
    for place in np.argsort(-scores, kind="stable"):
        if scores[place] < card["score_threshold"]:
            break
        label, box = int(places[place, 4:].argmax()), places[place, :4].astype(float)
        box[:2] -= box[2:] / 2
        if all(other != label or overlap(box, better) <= card["nms_iou"] for other, _, better in kept):
            kept.append((label, float(scores[place]), box))
    boxes = []
    for label, score, box in kept:
        low = np.clip((box[:2] - fitted.offset) / fitted.scale, 0, image.size)
        high = np.clip((box[:2] + box[2:] - fitted.offset) / fitted.scale, 0, image.size)
        if (high > low).all():
            box = [round(float(value), 2) for value in (*low, *(high - low))]
            boxes.append({"class": card["classes"][label], "score": round(score, 4), "box": box})
    return boxes


def embed(embedder: Network, image: Image.Image, box: tuple[int, int, int, int]) -> dict:
    """The unit-length embedding of box x, y, w, h."""
    x, y, width, height = box
    output = embedder.run(embedder.fit(image.crop((x, y, x + width, y + height))).tensor).ravel()
    embedding = output / np.linalg.norm(output)
    return {"box": list(box), "embedding": [round(float(value), 4) for value in embedding]}


def spread(folder: str, count: int) -> list[Path]:
    """`count` files, evenly spread over the sorted folder."""
    files = sorted(file for file in (ROOT / folder).iterdir() if file.suffix in {".jpg", ".png", ".webp"})
    return [files[i * len(files) // count] for i in range(min(count, len(files)))]


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def describe(file: Path, detector: Network, embedder: Network) -> dict:
    image = Image.open(file).convert("RGB")
    width, height = image.size
    inner = (width // 5, height // 4, width // 2, height // 2)  # another shape than the picture, off its centre
    return {
        "file": file.relative_to(ROOT).as_posix(),
        "sha256": sha256(file),
        "boxes": detect(detector, image),
        "crops": [embed(embedder, image, (0, 0, width, height)), embed(embedder, image, inner)],
    }


def main() -> None:
    detector, embedder = Network(ROOT / "models/detector"), Network(ROOT / "models/embedder")
    files = spread("demo/pictures", CATALOG_PICTURES) + spread("demo/photos", SHOPPER_PHOTOS)
    models = {network.file.relative_to(ROOT).as_posix(): sha256(network.file) for network in (detector, embedder)}
    pictures = [describe(file, detector, embedder) for file in files]
    lines = ",\n".join(json.dumps(picture) for picture in pictures)
    OUT.write_text(f'{{"models": {json.dumps(models)},\n"pictures": [\n{lines}\n]}}\n')
    boxes = sum(len(picture["boxes"]) for picture in pictures)
    print(f"{OUT.relative_to(ROOT)}: {len(pictures)} pictures, {boxes} boxes, {2 * len(pictures)} embeddings")


if __name__ == "__main__":
    main()
