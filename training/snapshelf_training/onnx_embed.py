"""The exported model as a function of pictures, as the product will run it."""

import json
from pathlib import Path

import numpy as np

from .evaluation import Embed


def embed_with_onnx(card_path: Path, threads: int = 1) -> tuple[Embed, int]:
    """-> (function [n, size, size, 3] uint8 RGB -> [n, d], input side). Normalises as the card says."""
    import onnxruntime

    card = json.loads(card_path.read_text(encoding="utf-8"))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(card_path.parent / card["file"], options, ["CPUExecutionProvider"])
    given = card["input"]
    mean, std = np.array(given["mean"], np.float32), np.array(given["std"], np.float32)

    def embed(images: np.ndarray) -> np.ndarray:
        parts = []
        for first in range(0, len(images), 64):
            pixels = (images[first : first + 64].astype(np.float32) * given["scale"] - mean) / std
            batch = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))  # [n, 3, size, size]
            parts.append(session.run([card["output"]["name"]], {given["name"]: batch})[0])
        return np.concatenate(parts)

    return embed, given["width"]
