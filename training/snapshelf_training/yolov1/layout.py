"""The output vector of YOLOv1 and what its numbers mean. C++ reads the same layout (decoder `yolov1`).

[batch, 7 * 7 * (C + 10)], in this order, each part cell by cell, rows before columns:

    probabilities  7 * 7 * C      of each class, given that the cell holds a thing
    confidences    7 * 7 * 2      of each of the cell's two boxes
    boxes          7 * 7 * 2 * 4  x, y of the centre as an offset within the cell (0..1), then the
                                  square roots of width and height as parts of the picture

With the paper's 20 classes that is 7 * 7 * 30 = 1470.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

GRID = 7  # S of the paper
CELLS = GRID * GRID
BOXES = 2  # B of the paper: boxes a cell


def output_size(class_count: int) -> int:
    return CELLS * (class_count + BOXES * 5)


class Parts(NamedTuple):
    """Views of one output: probabilities [n, 49, C], confidences [n, 49, 2], boxes [n, 49, 2, 4]."""

    probabilities: Tensor
    confidences: Tensor
    boxes: Tensor


def split(output: Tensor) -> Parts:
    """[n, 49 * (C + 10)] -> its three parts."""
    classes = output.shape[1] // CELLS - BOXES * 5
    if classes < 1 or output.shape[1] != output_size(classes):
        raise ValueError(f"an output of {output.shape[1]} numbers is not 7 * 7 * (classes + 10)")
    first, second, third = output.split([CELLS * classes, CELLS * BOXES, CELLS * BOXES * 4], dim=1)
    return Parts(
        first.view(-1, CELLS, classes), second.view(-1, CELLS, BOXES), third.view(-1, CELLS, BOXES, 4)
    )


def cell_corners(device: torch.device | None = None) -> Tensor:
    """Column and row of each cell: [49, 1, 2]."""
    index = torch.arange(CELLS, device=device)
    return torch.stack([index % GRID, index // GRID], dim=-1).float()[:, None]


def centred_boxes(boxes: Tensor) -> Tensor:
    """[n, 49, 2, 4] as the network gives them -> centre x, y, width, height as parts of the picture."""
    middle = (boxes[..., :2] + cell_corners(boxes.device)) / GRID
    return torch.cat([middle, boxes[..., 2:].square()], dim=-1)


def to_candidates(output: np.ndarray, size: int) -> np.ndarray:
    """One picture's output [49 * (C + 10)] -> [4 + C, 98]: centre x, y, w, h in input px, then class scores.

    That is the layout which `detector.decode.read_output` thresholds and suppresses. Score = confidence x probability.
    """
    parts = split(torch.from_numpy(np.asarray(output, np.float32))[None])
    boxes = centred_boxes(parts.boxes) * size  # [1, 49, 2, 4]
    scores = parts.confidences[..., None] * parts.probabilities[:, :, None]  # [1, 49, 2, C]
    return torch.cat([boxes, scores], dim=-1)[0].flatten(0, 1).T.contiguous().numpy()
