"""Runs a model as its card says, on OpenVINO, which is what the product runs it on."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

# [n, 3, h, w] float32 -> the output the card names, [n, ...]
Run = Callable[[np.ndarray], np.ndarray]
BATCH = 32


def read_card(folder: Path) -> dict:
    """The card of a model folder; ValueError where there is none."""
    path = folder / "model.json"
    if not path.is_file():
        raise ValueError(f"{folder}: not a model's folder, it has no model.json")
    return json.loads(path.read_text(encoding="utf-8"))


def fit(card: dict, picture: np.ndarray) -> np.ndarray:
    """[h, w, 3] uint8 RGB -> [height, width, 3] uint8 RGB of the model's input."""
    given = card["input"]
    width, height = given["width"], given["height"]
    resize = given.get("resize", "letterbox")
    scale = min(width / picture.shape[1], height / picture.shape[0])
    if resize == "stretch":
        size = width, height
    else:
        size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(picture, size, interpolation=method)
    top, left = ((height - size[1]) // 2, (width - size[0]) // 2) if resize == "letterbox" else (0, 0)
    fitted = np.empty((height, width, 3), np.uint8)
    fitted[:] = given.get("pad", (114, 114, 114))
    fitted[top : top + size[1], left : left + size[0]] = small
    return fitted


def normalise(card: dict, fitted: np.ndarray) -> np.ndarray:
    """[n, h, w, 3] uint8 RGB -> [n, 3, h, w] float32 as the network takes it."""
    given = card["input"]
    pixels = fitted[..., ::-1] if given.get("color") == "BGR" else fitted
    mean, std = np.array(given.get("mean", (0, 0, 0)), np.float32), np.array(given.get("std", (1, 1, 1)), np.float32)
    pixels = (pixels.astype(np.float32) * np.float32(given.get("scale", 1)) - mean) / std
    return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))


def open_model(file: Path, precision: str, output: str | None = None, threads: int = 1) -> Run:
    """precision: what runs in floating point runs so, `f32` or `bf16` (float32 where the CPU has no bfloat16)."""
    import openvino  # takes a second

    core = openvino.Core()
    able = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    options = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1}
    options["INFERENCE_PRECISION_HINT"] = "bf16" if precision == "bf16" and able else "f32"
    compiled = core.compile_model(str(file), "CPU", options)
    port = compiled.output(output) if output else compiled.output(0)

    def run(batch: np.ndarray) -> np.ndarray:
        return np.array(compiled([batch])[port])

    return run


def open_folder(folder: Path, precision: str | None = None, threads: int = 1) -> tuple[Run, dict]:
    """-> (the folder's model, its card); precision None: the card's."""
    card = read_card(folder)
    run = open_model(folder / card["file"], precision or card.get("precision", "f32"), card.get("output", {}).get("name"), threads)
    return run, card


def run_pictures(run: Run, card: dict, fitted: np.ndarray) -> np.ndarray:
    """fitted [n, h, w, 3] uint8 RGB -> the outputs [n, ...]."""
    parts = [run(normalise(card, fitted[first : first + BATCH])) for first in range(0, len(fitted), BATCH)]
    return np.concatenate(parts)
