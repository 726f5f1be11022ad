"""Views that no shopper would take, drawn on the training device for the teachers to look at: parts of pictures, turned, in other
colours, mixed with each other. They cost no processor time, and no two are alike.

- Crops of random size: Szegedy et al., "Going deeper with convolutions", CVPR 2015.
- Mixed pictures: Zhang et al., "mixup", ICLR 2018; pasted parts: Yun et al., "CutMix", ICCV 2019. There the labels are mixed too; here
  the teachers say what they see.
"""

import dataclasses

import torch
from torch import Tensor
from torch.nn import functional


@dataclasses.dataclass(frozen=True)
class FreeViewConfig:
    """Shares of the views, and how far they go."""

    area: tuple[float, float] = (0.12, 1.0)  # of the picture that a view shows
    stretch: float = 0.3  # the logarithm of width over height changes by at most this
    turn: float = 20.0  # degrees, at most
    mixed: float = 0.35  # share of views that another view shines through
    pasted: float = 0.25  # share of the others that have a part of another view
    recoloured: float = 0.8


def uniform(count: int, low: float, high: float, like: Tensor) -> Tensor:
    return torch.rand(count, device=like.device) * (high - low) + low


def draw_crops(pictures: Tensor, config: FreeViewConfig) -> Tensor:
    """Parts of square pictures, turned and mirrored. [n, 3, s, s] float -> the same shape."""
    count = len(pictures)
    side = uniform(count, *config.area, pictures).sqrt()
    stretch = torch.exp(uniform(count, -config.stretch, config.stretch, pictures) / 2)
    width, height = side * stretch, side / stretch
    angle = torch.deg2rad(uniform(count, -config.turn, config.turn, pictures))
    mirror = torch.where(uniform(count, 0, 1, pictures) < 0.5, -1.0, 1.0)
    # A crop's centre keeps it inside where it can; what lies outside repeats the edge.
    x = uniform(count, -1, 1, pictures) * (1 - width).clamp(min=0)
    y = uniform(count, -1, 1, pictures) * (1 - height).clamp(min=0)
    cos, sin = torch.cos(angle), torch.sin(angle)
    rows = torch.stack([cos * width * mirror, -sin * height, x, sin * width * mirror, cos * height, y], dim=1)
    grid = functional.affine_grid(rows.view(count, 2, 3), list(pictures.shape), align_corners=False)
    return functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)


def recolour(images: Tensor, share: float) -> Tensor:
    """Light, contrast, saturation and a turn of hues, for `share` of the images [n, 3, h, w] 0..255."""
    count = len(images)
    spread = torch.where(uniform(count, 0, 1, images) < share, 1.0, 0.0)
    axis = torch.full((3, 3), 1 / 3, device=images.device)  # projects on grey
    cross = torch.tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]], device=images.device) / 3**0.5
    angle = (torch.randn(count, device=images.device) * 0.35 * spread).view(-1, 1, 1)
    eye = torch.eye(3, device=images.device)
    saturation = torch.exp(torch.randn(count, device=images.device) * 0.35 * spread).view(-1, 1, 1)
    turned = axis + saturation * (torch.cos(angle) * (eye - axis) + torch.sin(angle) * cross)  # [n, 3, 3]
    light = torch.exp(torch.randn(count, 3, device=images.device) * 0.06 * spread[:, None])
    light = light * torch.exp(torch.randn(count, 1, device=images.device) * 0.22 * spread[:, None])
    flat = (turned @ images.flatten(2)) * light[:, :, None]
    contrast = torch.exp(torch.randn(count, device=images.device) * 0.18 * spread).view(-1, 1, 1)
    flat = (flat - 128) * contrast + 128
    return flat.view_as(images).clamp(0, 255)


def mix(images: Tensor, config: FreeViewConfig) -> Tensor:
    """Some images shine through others, some have a part of another pasted in. [n, 3, h, w]"""
    count, _, height, width = images.shape
    others = images.roll(1, 0)
    kind = uniform(count, 0, 1, images)
    through = torch.where(kind < config.mixed, uniform(count, 0, 0.5, images), 0.0).view(-1, 1, 1, 1)
    mixed = images * (1 - through) + others * through
    rows = torch.arange(height, device=images.device).view(1, 1, -1, 1) / height
    columns = torch.arange(width, device=images.device).view(1, 1, 1, -1) / width
    top, left = uniform(count, -0.2, 0.8, images).view(-1, 1, 1, 1), uniform(count, -0.2, 0.8, images).view(-1, 1, 1, 1)
    tall, broad = uniform(count, 0.2, 0.7, images).view(-1, 1, 1, 1), uniform(count, 0.2, 0.7, images).view(-1, 1, 1, 1)
    inside = (rows >= top) & (rows < top + tall) & (columns >= left) & (columns < left + broad)
    pasted = (kind > 1 - config.pasted * (1 - config.mixed)).view(-1, 1, 1, 1)
    return torch.where(inside & pasted, others, mixed)


def draw_free_views(pictures: Tensor, config: FreeViewConfig = FreeViewConfig()) -> Tensor:
    """pictures [n, 3, s, s] uint8 RGB -> [n, 3, s, s] float 0..255."""
    return mix(recolour(draw_crops(pictures.float(), config), config.recoloured), config)
