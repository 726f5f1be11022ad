"""Which cells answer for which true box: task-aligned assignment (Feng et al., 2021)."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass
class Assignment:
    """Targets for every cell of a batch."""

    positive: Tensor  # (B, A) bool
    match: Tensor  # (B, A) int64, index of the true box, 0 where not positive
    quality: Tensor  # (B, A) in 0..1: the objectness to aim at, 0 where not positive


def pairwise_iou(a: Tensor, b: Tensor) -> Tensor:
    """Overlap of corner boxes a [B, M, 4] and b [B, A, 4] as [B, M, A]."""
    low = torch.maximum(a[:, :, None, :2], b[:, None, :, :2])
    high = torch.minimum(a[:, :, None, 2:], b[:, None, :, 2:])
    overlap = (high - low).clamp(min=0).prod(-1)
    area_a = (a[..., 2:] - a[..., :2]).prod(-1)[:, :, None]
    area_b = (b[..., 2:] - b[..., :2]).prod(-1)[:, None, :]
    return overlap / (area_a + area_b - overlap).clamp(min=1e-9)


def inside(centres: Tensor, boxes: Tensor) -> Tensor:
    """Whether the cell centres [A, 2] lie inside the corner boxes [B, M, 4], as [B, M, A]."""
    low = centres[None, None] > boxes[:, :, None, :2]
    high = centres[None, None] < boxes[:, :, None, 2:]
    return (low & high).all(-1)


@torch.no_grad()
def assign(
    boxes: Tensor, objectness: Tensor, centres: Tensor, truth: Tensor, present: Tensor, topk: int = 10
) -> Assignment:
    """Gives each true box its `topk` best cells and each cell at most one true box.

    boxes [B, A, 4] predicted corners, objectness [B, A] in 0..1, centres [A, 2], truth [B, M, 4],
    present [B, M] bool: which rows of truth are real.
    """
    overlap = pairwise_iou(truth, boxes)  # (B, M, A)
    allowed = inside(centres, truth) & present[..., None]
    # Exponents of the paper's YOLO successors: a cell is good when its box fits first of all.
    metric = objectness[:, None].sqrt() * overlap.pow(6) * allowed
    best = metric.topk(min(topk, metric.shape[-1]), dim=-1).indices
    chosen = torch.zeros_like(allowed).scatter_(-1, best, True) & (metric > 0)
    # A cell wanted by several boxes goes to the one it overlaps most.
    winner = torch.where(chosen, overlap, -torch.ones_like(overlap)).argmax(dim=1, keepdim=True)  # (B, 1, A)
    chosen &= torch.zeros_like(chosen).scatter_(1, winner, True)
    metric = metric * chosen
    # The best cell of a box aims at that box's overlap, the others at their share of it.
    scale = (overlap * chosen).amax(-1, keepdim=True) / metric.amax(-1, keepdim=True).clamp(min=1e-12)
    return Assignment(chosen.any(1), chosen.int().argmax(1), (metric * scale).amax(1))
