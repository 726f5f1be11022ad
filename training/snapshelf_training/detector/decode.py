"""Raw predictions to boxes, class-aware suppression, and letterboxing as the model card says."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from snapshelf_training.detector.model import STRIDES

PAD = 114


def make_grid(height: int, width: int, device: torch.device | None = None) -> tuple[Tensor, Tensor]:
    """Cell centres [A, 2] (x, y in input pixels) and strides [A, 1] in the order of the model's output."""
    centres, strides = [], []
    for stride in STRIDES:
        ys = (torch.arange(height // stride, device=device) + 0.5) * stride
        xs = (torch.arange(width // stride, device=device) + 0.5) * stride
        grid_y, grid_x = torch.meshgrid(ys, xs, indexing="ij")
        centres.append(torch.stack([grid_x, grid_y], dim=-1).reshape(-1, 2))
        strides.append(torch.full((centres[-1].shape[0], 1), float(stride), device=device))
    return torch.cat(centres), torch.cat(strides)


def decode_boxes(raw: Tensor, centres: Tensor, strides: Tensor) -> Tensor:
    """Raw [B, A, >=4] to corner boxes [B, A, 4] (x0, y0, x1, y1) in input pixels."""
    middle = centres + raw[..., :2] * strides  # (B, A, 2)
    half = raw[..., 2:4].clamp(-4.0, 4.5).exp() * strides / 2  # 4.5: e^4.5 * 32 covers any input
    return torch.cat([middle - half, middle + half], dim=-1)


def decode_raw(raw: Tensor, height: int, width: int) -> Tensor:
    """Raw [B, A, 5 + C] to the exported layout [B, 4 + C, A]: centre x, y, w, h in input pixels, scores.

    The best class of a cell carries the whole objectness and the others their share relative to it,
    so that a doubtful class does not lower the score of a sure box.
    """
    centres, strides = make_grid(height, width, raw.device)
    corners = decode_boxes(raw, centres, strides)
    low, high = corners[..., :2], corners[..., 2:]
    classes = raw[..., 5:].softmax(dim=-1)
    share = classes / classes.amax(dim=-1, keepdim=True)
    scores = raw[..., 4:5].sigmoid() * share
    return torch.cat([(low + high) / 2, high - low, scores], dim=-1).transpose(1, 2)


@dataclass
class Detections:
    """Boxes [n, 4] as x0, y0, x1, y1 in pixels of the photo, scores [n], labels [n]; best first."""

    boxes: np.ndarray
    scores: np.ndarray
    labels: np.ndarray


def box_iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Overlap of corner boxes a [n, 4] and b [m, 4] as [n, m]."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    overlap = np.clip(high - low, 0, None).prod(-1)
    area_a = (a[:, 2:] - a[:, :2]).prod(-1)
    area_b = (b[:, 2:] - b[:, :2]).prod(-1)
    return overlap / np.maximum(area_a[:, None] + area_b[None] - overlap, 1e-9)


def suppress(found: Detections, nms_iou: float) -> Detections:
    """Class-aware non-maximum suppression; `found` must be sorted, best first."""
    overlap = box_iou(found.boxes, found.boxes)
    same = found.labels[:, None] == found.labels[None]
    kept: list[int] = []
    for index in range(len(found.scores)):
        if all(not same[index, k] or overlap[index, k] <= nms_iou for k in kept):
            kept.append(index)
    return Detections(found.boxes[kept], found.scores[kept], found.labels[kept])


def read_output(output: np.ndarray, threshold: float, nms_iou: float = 0.5) -> Detections:
    """One picture's output [4 + C, A] to detections in input pixels."""
    scores = output[4:].max(axis=0)
    order = np.flatnonzero(scores >= threshold)
    order = order[np.argsort(-scores[order], kind="stable")]
    centre, half = output[:2, order].T, output[2:4, order].T / 2
    boxes = np.concatenate([centre - half, centre + half], axis=1)
    return suppress(Detections(boxes, scores[order], output[4:, order].argmax(axis=0)), nms_iou)


@dataclass
class Letterbox:
    """How a photo was placed in the input: input = photo * scale + (left, top)."""

    scale: float
    left: float
    top: float

    def to_photo(self, boxes: np.ndarray) -> np.ndarray:
        """Corner boxes [n, 4] from input pixels to pixels of the photo."""
        return (boxes - np.array([self.left, self.top] * 2, boxes.dtype)) / self.scale

    def to_input(self, boxes: np.ndarray) -> np.ndarray:
        """Corner boxes [n, 4] from pixels of the photo to input pixels."""
        return boxes * self.scale + np.array([self.left, self.top] * 2, np.float32)


def letterbox(photo: np.ndarray, size: int) -> tuple[np.ndarray, Letterbox]:
    """Scales photo [h, w, 3] to fit size x size, centred on grey."""
    height, width = photo.shape[:2]
    scale = size / max(height, width)
    new_width, new_height = max(1, round(width * scale)), max(1, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    canvas = np.full((size, size, 3), PAD, np.uint8)
    left, top = (size - new_width) // 2, (size - new_height) // 2
    canvas[top : top + new_height, left : left + new_width] = cv2.resize(photo, (new_width, new_height), interpolation=method)
    return canvas, Letterbox(scale, left, top)
