#!/usr/bin/env python3
"""The peer of bench/end_to_end: what an engineer would otherwise write. One process: Pillow, onnxruntime, faiss-cpu.

Same ONNX files and cards, same steps: decode, letterbox, YOLO, NMS, crops with a margin, batch through the embedder,
inner product over unit vectors, best vector per product. All cores: pictures are decoded by a thread pool while the
models run on batches.

    python_shop.py --models DIR import FOLDER          prints {"pictures":..,"seconds":..}
    python_shop.py --models DIR serve FOLDER --port N  imports, then answers POST /v1/search?k=N
"""

import argparse
import concurrent.futures
import http.server
import io
import json
import os
import pathlib
import threading
import time
import urllib.parse

import faiss
import numpy as np
import onnxruntime
from PIL import Image, ImageOps

BATCH = 16
MARGIN = 0.08
FILLS_PICTURE = 0.8
LONGEST_SIDE = {"import": 640, "query": 1280}


def load(folder: pathlib.Path) -> tuple[dict, onnxruntime.InferenceSession]:
    card = json.loads((folder / "model.json").read_text())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = os.cpu_count()
    return card, onnxruntime.InferenceSession(str(folder / card["file"]), options, providers=["CPUExecutionProvider"])


def decode(source: pathlib.Path | bytes, longest_side: int) -> Image.Image:
    image = Image.open(io.BytesIO(source) if isinstance(source, bytes) else source)
    image.draft("RGB", (longest_side, longest_side))
    image = ImageOps.exif_transpose(image).convert("RGB")
    image.thumbnail((longest_side, longest_side))
    return image


def fit(image: Image.Image, box: tuple[float, float, float, float], spec: dict) -> tuple[np.ndarray, float, int, int]:
    """The box of the image as the card's input [3, H, W], and scale and offset of its letterbox."""
    width, height = spec["width"], spec["height"]
    x, y, w, h = box
    if spec["resize"] == "stretch":
        fitted = image.resize((width, height), Image.Resampling.BILINEAR, (x, y, x + w, y + h))
        scale, left, top = width / w, 0, 0
    else:
        scale = min(width / w, height / h)
        size = max(1, round(w * scale)), max(1, round(h * scale))
        part = image.resize(size, Image.Resampling.BILINEAR, (x, y, x + w, y + h))
        left, top = (0, 0) if spec["resize"] == "letterbox_top_left" else ((width - size[0]) // 2, (height - size[1]) // 2)
        fitted = Image.new("RGB", (width, height), tuple(spec["pad"]))
        fitted.paste(part, (left, top))
    pixels = np.asarray(fitted, np.float32)
    if spec["color"] == "BGR":
        pixels = pixels[:, :, ::-1]
    pixels = (pixels * spec["scale"] - np.array(spec["mean"], np.float32)) / np.array(spec["std"], np.float32)
    return pixels.transpose(2, 0, 1), scale, left, top


def nms(boxes: np.ndarray, scores: np.ndarray, classes: np.ndarray, limit: float) -> list[int]:
    kept: list[int] = []
    for i in np.argsort(-scores):
        same = [j for j in kept if classes[j] == classes[i]]
        if not same:
            kept.append(int(i))
            continue
        others = boxes[same]
        corner = np.maximum(others[:, :2], boxes[i, :2])
        size = np.clip(np.minimum(others[:, :2] + others[:, 2:], boxes[i, :2] + boxes[i, 2:]) - corner, 0, None)
        shared = size.prod(1)
        if (shared / (others[:, 2:].prod(1) + boxes[i, 2:].prod() - shared)).max() <= limit:
            kept.append(int(i))
    return kept


class PythonShop:
    def __init__(self, models: pathlib.Path, detector: str, embedder: str):
        self.detector_card, self.detector = load(models / detector)
        self.embedder_card, self.embedder = load(models / embedder)
        self.projection = None
        self.index = faiss.IndexFlatIP(256)
        self.products: list[str] = []

    def _rows(self, output: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """[A, 4] boxes (centre, size; input pixels) and [A, C] class scores of one picture."""
        if self.detector_card["decoder"] == "yolov8":
            rows = output.T
            return rows[:, :4], rows[:, 4:]
        side, grids, strides = self.detector_card["input"]["width"], [], []
        for stride in (8, 16, 32):
            ys, xs = np.meshgrid(np.arange(side // stride), np.arange(side // stride), indexing="ij")
            grids.append(np.stack([xs.ravel(), ys.ravel()], 1))
            strides.append(np.full((len(grids[-1]), 1), stride))
        grid, stride = np.concatenate(grids), np.concatenate(strides)
        boxes = np.concatenate([(output[:, :2] + grid) * stride, np.exp(output[:, 2:4]) * stride], 1)
        return boxes, output[:, 4:5] * output[:, 5:]

    def detect(self, images: list[Image.Image]) -> list[np.ndarray]:
        """Per image: boxes [n, 4] x, y, w, h in its pixels, best first."""
        spec = self.detector_card["input"]
        fitted = [fit(image, (0, 0, *image.size), spec) for image in images]
        inputs = np.stack([pixels for pixels, *_ in fitted])
        name = self.detector.get_inputs()[0].name
        if self.detector.get_inputs()[0].shape[0] == 1:
            outputs = np.concatenate([self.detector.run(None, {name: one[None]})[0] for one in inputs])
        else:
            outputs = self.detector.run(None, {name: inputs})[0]
        found = []
        for image, output, (_, scale, left, top) in zip(images, outputs, fitted):
            boxes, scores = self._rows(output)
            best, classes = scores.max(1), scores.argmax(1)
            sure = best >= self.detector_card["score_threshold"]
            boxes, best, classes = boxes[sure], best[sure], classes[sure]
            corners = np.concatenate([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2], 1)
            corners = (corners - [left, top, left, top]) / scale
            corners = np.clip(corners, 0, [*image.size, *image.size])
            boxes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], 1)
            found.append(boxes[nms(boxes, best, classes, self.detector_card["nms_iou"])])
        return found

    def embed(self, crops: list[tuple[Image.Image, tuple]]) -> np.ndarray:
        """[n, 256] unit rows."""
        inputs = np.stack([fit(image, box, self.embedder_card["input"])[0] for image, box in crops])
        output = self.embedder_card["output"].get("name")
        features = self.embedder.run([output] if output else None, {self.embedder.get_inputs()[0].name: inputs})[0]
        features = features.reshape(len(crops), -1)
        features /= np.linalg.norm(features, axis=1, keepdims=True)
        if self.projection is not None:
            features = features @ self.projection
            features /= np.linalg.norm(features, axis=1, keepdims=True)
        return features

    def crops(self, image: Image.Image, boxes: np.ndarray, most: int) -> list[tuple[Image.Image, tuple]]:
        width, height = image.size
        crops = [(image, (0, 0, width, height))]
        for x, y, w, h in boxes:
            if len(crops) == most or w * h < 0.004 * width * height or w * h > FILLS_PICTURE * width * height:
                continue
            left, top = max(0, x - MARGIN * w), max(0, y - MARGIN * h)
            right, bottom = min(width, x + w + MARGIN * w), min(height, y + h + MARGIN * h)
            crops.append((image, (left, top, right - left, bottom - top)))
        return crops

    def import_folder(self, folder: pathlib.Path) -> int:
        paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp"})
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            batches = [paths[i : i + BATCH] for i in range(0, len(paths), BATCH)]
            ahead = [pool.submit(decode, path, LONGEST_SIDE["import"]) for path in batches[0]]
            for number, batch in enumerate(batches):
                images = [future.result() for future in ahead]
                if number + 1 < len(batches):
                    ahead = [pool.submit(decode, path, LONGEST_SIDE["import"]) for path in batches[number + 1]]
                crops, owners = [], []
                for path, image, boxes in zip(batch, images, self.detect(images)):
                    own = self.crops(image, boxes, 4)
                    crops += own
                    owners += [path.stem] * len(own)
                self.index.add(self.embed(crops))
                self.products += owners
        return len(paths)

    def search(self, photo: bytes, k: int) -> dict:
        image = decode(photo, LONGEST_SIDE["query"])
        crops = self.crops(image, self.detect([image])[0], 10)
        scores, rows = self.index.search(self.embed(crops), min(4 * k, self.index.ntotal))
        objects = []
        for (_, box), row_scores, row_ids in zip(crops, scores, rows):
            best: dict[str, float] = {}
            for score, row in zip(row_scores, row_ids):
                best.setdefault(self.products[row], float(score))
            products = [{"id": product, "score": score} for product, score in list(best.items())[:k]]
            objects.append({"box": [float(v) for v in box], "products": products})
        return {"width": image.width, "height": image.height, "objects": objects}


def serve(shop: PythonShop, port: int) -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            k = int(urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query).get("k", ["20"])[0])
            body = json.dumps(shop.search(self.rfile.read(int(self.headers["Content-Length"])), k)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    print(f"http://127.0.0.1:{server.server_port}/", flush=True)
    threading.Thread(target=server.serve_forever).start()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=pathlib.Path, required=True)
    parser.add_argument("--detector", default="detector")
    parser.add_argument("--embedder", default="embedder")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("import", "serve"):
        command = commands.add_parser(name)
        command.add_argument("folder", type=pathlib.Path)
        command.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    shop = PythonShop(arguments.models, arguments.detector, arguments.embedder)
    start = time.perf_counter()
    pictures = shop.import_folder(arguments.folder)
    print(json.dumps({"pictures": pictures, "seconds": time.perf_counter() - start}), flush=True)
    if arguments.command == "serve":
        serve(shop, arguments.port)


if __name__ == "__main__":
    main()
