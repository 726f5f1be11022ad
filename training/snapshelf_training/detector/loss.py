"""Losses of the detector: complete IoU for boxes, cross entropy for objectness and class."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from snapshelf_training.detector.assign import assign, inside
from snapshelf_training.detector.classes import IGNORE
from snapshelf_training.detector.decode import decode_boxes, make_grid


@dataclass(frozen=True)
class LossWeights:
    box: float = 5.0
    objectness: float = 1.0
    name: float = 1.5


@dataclass
class Targets:
    """True boxes of a batch, padded: boxes [B, M, 4] corners in input pixels, labels [B, M].

    A row of zero area is padding. A label of IGNORE silences the cells inside its box.
    """

    boxes: Tensor
    labels: Tensor


def complete_iou(a: Tensor, b: Tensor) -> Tensor:
    """CIoU of paired corner boxes [n, 4] (Zheng et al., 2020), as [n]."""
    low, high = torch.maximum(a[:, :2], b[:, :2]), torch.minimum(a[:, 2:], b[:, 2:])
    overlap = (high - low).clamp(min=0).prod(-1)
    size_a, size_b = (a[:, 2:] - a[:, :2]).clamp(min=1e-3), (b[:, 2:] - b[:, :2]).clamp(min=1e-3)
    iou = overlap / (size_a.prod(-1) + size_b.prod(-1) - overlap).clamp(min=1e-9)
    hull = torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])
    distance = ((a[:, :2] + a[:, 2:] - b[:, :2] - b[:, 2:]) / 2).pow(2).sum(-1)
    angle = torch.atan(size_b[:, 0] / size_b[:, 1]) - torch.atan(size_a[:, 0] / size_a[:, 1])
    shape = 4 / math.pi**2 * angle.pow(2)
    with torch.no_grad():
        weight = shape / (1 - iou + shape).clamp(min=1e-9)
    return iou - distance / hull.pow(2).sum(-1).clamp(min=1e-9) - weight * shape


def detection_loss(
    raw: Tensor, targets: Targets, height: int, width: int, weights: LossWeights = LossWeights()
) -> tuple[Tensor, dict[str, float]]:
    """Loss of raw predictions [B, A, 5 + C] against the targets, and its parts for the log."""
    raw = raw.float()
    centres, strides = make_grid(height, width, raw.device)
    boxes = decode_boxes(raw, centres, strides)
    area = (targets.boxes[..., 2:] - targets.boxes[..., :2]).prod(-1)
    present = (area > 0) & (targets.labels != IGNORE)
    found = assign(boxes.detach(), raw[..., 4].detach().sigmoid(), centres, targets.boxes, present)

    ignored = (inside(centres, targets.boxes) & ((area > 0) & (targets.labels == IGNORE))[..., None]).any(1)
    counted = (found.positive | ~ignored).float()
    total = found.quality.sum().clamp(min=1.0)
    objectness = F.binary_cross_entropy_with_logits(raw[..., 4], found.quality, reduction="none")
    objectness = (objectness * counted).sum() / total

    batch, cell = found.positive.nonzero(as_tuple=True)
    match, quality = found.match[batch, cell], found.quality[batch, cell]
    box = ((1 - complete_iou(boxes[batch, cell], targets.boxes[batch, match])) * quality).sum() / total
    labels = targets.labels[batch, match]
    name = F.cross_entropy(raw[batch, cell, 5:], labels, reduction="none", label_smoothing=0.05)
    name = (name * quality).sum() / total

    loss = weights.box * box + weights.objectness * objectness + weights.name * name
    parts = {"box": box.item(), "objectness": objectness.item(), "name": name.item()}
    return loss, parts
