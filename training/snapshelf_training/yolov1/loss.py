"""The loss of YOLOv1: equation 3 of the paper, and the targets that it compares with."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .layout import BOXES, CELLS, GRID, centred_boxes, split

LAMBDA_COORD = 5.0  # boxes count more than classes
LAMBDA_NOOBJ = 0.5  # most cells hold nothing; their confidences would drown the rest


@dataclass
class Targets:
    """What each cell should say; only rows with `present` count.

    present [n, 49] bool: the centre of a thing lies in the cell; ignored [n, 49] bool: neither thing nor background;
    labels [n, 49] int64; boxes [n, 49, 4]: x, y within the cell, square roots of width and height.
    """

    present: Tensor
    ignored: Tensor
    labels: Tensor
    boxes: Tensor

    def to(self, device: torch.device) -> "Targets":
        return Targets(*(part.to(device) for part in (self.present, self.ignored, self.labels, self.boxes)))


def make_targets(boxes: list[np.ndarray], labels: list[np.ndarray], size: int) -> Targets:
    """Corner boxes [m, 4] in input px and labels [m] of each picture -> targets. A label below 0 ignores the cell.

    A cell answers for one thing: of several the largest, which hides the others least.
    """
    count = len(boxes)
    targets = Targets(
        torch.zeros(count, CELLS, dtype=torch.bool),
        torch.zeros(count, CELLS, dtype=torch.bool),
        torch.zeros(count, CELLS, dtype=torch.int64),
        torch.zeros(count, CELLS, 4),
    )
    for picture, (corners, names) in enumerate(zip(boxes, labels, strict=True)):
        parts = np.clip(np.asarray(corners, np.float32).reshape(-1, 4) / size, 0, 1)
        sides = parts[:, 2:] - parts[:, :2]
        for row in np.argsort(sides.prod(1), kind="stable"):  # the largest is written last
            middle = (parts[row, :2] + parts[row, 2:]) / 2 * GRID
            column, line = np.minimum(middle.astype(int), GRID - 1)
            cell = line * GRID + column
            known = bool(names[row] >= 0)
            targets.present[picture, cell], targets.ignored[picture, cell] = known, not known
            targets.labels[picture, cell] = int(max(names[row], 0))
            offset = middle - (column, line)
            targets.boxes[picture, cell] = torch.from_numpy(np.concatenate([offset, np.sqrt(sides[row])]))
    return targets


def overlap(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union of boxes [..., 4] given by centre, width and height."""
    low = torch.maximum(a[..., :2] - a[..., 2:] / 2, b[..., :2] - b[..., 2:] / 2)
    high = torch.minimum(a[..., :2] + a[..., 2:] / 2, b[..., :2] + b[..., 2:] / 2)
    common = (high - low).clamp(min=0).prod(-1)
    return common / (a[..., 2:].prod(-1) + b[..., 2:].prod(-1) - common).clamp(min=1e-9)


def responsible_boxes(boxes: Tensor, targets: Targets) -> tuple[Tensor, Tensor]:
    """Which predicted box of each cell answers for its thing: the one of largest overlap, as it stands now.

    boxes [n, 49, 2, 4] -> responsible [n, 49, 2] bool, overlap [n, 49, 2]. Where neither overlaps, the nearer one
    in position and size answers (as Darknet does), else the first box would learn everything.
    """
    truth = targets.boxes[:, :, None]
    overlaps = overlap(centred_boxes(boxes), centred_boxes(truth))
    distance = (boxes - truth).square().sum(-1)
    best = torch.where(overlaps.amax(-1) > 0, overlaps.argmax(-1), distance.argmin(-1))
    chosen = torch.nn.functional.one_hot(best, BOXES).bool()
    return chosen & targets.present[..., None], overlaps


def yolov1_loss(output: Tensor, targets: Targets) -> tuple[Tensor, dict[str, float]]:
    """Output [n, 49 * (C + 10)] -> the loss, summed over cells and averaged over pictures, and its parts."""
    parts = split(output)
    with torch.no_grad():
        responsible, overlaps = responsible_boxes(parts.boxes, targets)
    wanted = targets.boxes[:, :, None].expand_as(parts.boxes)
    off = (parts.boxes - wanted).square()
    names = torch.nn.functional.one_hot(targets.labels, parts.probabilities.shape[-1]).to(output.dtype)
    silent = ~responsible & ~targets.ignored[..., None]
    terms = {
        "centre": LAMBDA_COORD * off[..., :2].sum(-1)[responsible].sum(),
        "size": LAMBDA_COORD * off[..., 2:].sum(-1)[responsible].sum(),
        # A box should say how well it fits: its overlap with the truth.
        "object": (parts.confidences - overlaps).square()[responsible].sum(),
        "nothing": LAMBDA_NOOBJ * parts.confidences.square()[silent].sum(),
        "class": (parts.probabilities - names).square().sum(-1)[targets.present].sum(),
    }
    count = len(output)
    return sum(terms.values()) / count, {name: term.item() / count for name, term in terms.items()}
