"""A small anchor-free YOLO: CSP backbone, PAN neck, one plain head for each stride.

Every cell of the three grids (strides 8, 16, 32) predicts one box, how well that box holds a product
(objectness) and which class the product is. Objectness decides whether a box is kept; the class only
names it. That matters for a shop: a thing between two classes is still a thing to search for.
"""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

STRIDES = (8, 16, 32)


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of the network. The default has about one million parameters."""

    class_count: int = 17
    stem: int = 16
    widths: tuple[int, int, int, int] = (24, 56, 104, 160)  # channels at strides 4, 8, 16, 32
    depths: tuple[int, int, int, int] = (1, 1, 2, 1)
    neck: int = 72
    head: int = 64

    def as_dict(self) -> dict:
        return asdict(self)


# Named sizes: 1.16 and 2.43 million parameters; 0.35 and 0.75 billion multiplications at 256 px.
SCALES = {
    "small": ModelConfig(),
    "medium": ModelConfig(stem=24, widths=(32, 80, 152, 224), depths=(1, 2, 2, 1), neck=104, head=96),
}


class ConvBlock(nn.Sequential):
    """Convolution, batch norm, SiLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03),
            nn.SiLU(inplace=True),
        )


class CspBlock(nn.Module):
    """Splits the channels, sends one half through `depth` residual pairs, joins all parts (C2f)."""

    def __init__(self, inputs: int, outputs: int, depth: int, shortcut: bool = True) -> None:
        super().__init__()
        self.half = outputs // 2
        self.shortcut = shortcut
        self.enter = ConvBlock(inputs, 2 * self.half)
        self.steps = nn.ModuleList(
            nn.Sequential(ConvBlock(self.half, self.half, 3), ConvBlock(self.half, self.half, 3)) for _ in range(depth)
        )
        self.leave = ConvBlock((2 + depth) * self.half, outputs)

    def forward(self, x: Tensor) -> Tensor:
        parts = list(self.enter(x).split(self.half, dim=1))
        for step in self.steps:
            y = step(parts[-1])
            parts.append(parts[-1] + y if self.shortcut else y)
        return self.leave(torch.cat(parts, dim=1))


class PoolPyramid(nn.Module):
    """Three stacked 5x5 max pools: a view of 5, 9 and 13 cells at little cost (SPPF)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.enter = ConvBlock(channels, channels // 2)
        self.pool = nn.MaxPool2d(5, 1, 2)
        self.leave = ConvBlock(channels // 2 * 4, channels)

    def forward(self, x: Tensor) -> Tensor:
        parts = [self.enter(x)]
        for _ in range(3):
            parts.append(self.pool(parts[-1]))
        return self.leave(torch.cat(parts, dim=1))


class Backbone(nn.Module):
    """Picture [B, 3, H, W] to features at strides 8, 16 and 32."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.stem = ConvBlock(3, config.stem, 3, 2)
        inputs = config.stem
        stages = []
        for width, depth in zip(config.widths, config.depths, strict=True):
            stages.append(nn.Sequential(ConvBlock(inputs, width, 3, 2), CspBlock(width, width, depth)))
            inputs = width
        self.stages = nn.ModuleList(stages)
        self.pool = PoolPyramid(inputs)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = self.stages[0](self.stem(x))
        c3 = self.stages[1](x)
        c4 = self.stages[2](c3)
        return c3, c4, self.pool(self.stages[3](c4))


class Neck(nn.Module):
    """Path aggregation: context flows down to the fine grid, then detail back up to the coarse one."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        _, c3, c4, c5 = config.widths
        n = config.neck
        self.lateral = nn.ModuleList([ConvBlock(c3, n), ConvBlock(c4, n), ConvBlock(c5, n)])
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.down4 = CspBlock(2 * n, n, 1, shortcut=False)
        self.down3 = CspBlock(2 * n, n, 1, shortcut=False)
        self.stride4 = ConvBlock(n, n, 3, 2)
        self.up4 = CspBlock(2 * n, n, 1, shortcut=False)
        self.stride5 = ConvBlock(n, n, 3, 2)
        self.up5 = CspBlock(2 * n, n, 1, shortcut=False)

    def forward(self, features: tuple[Tensor, Tensor, Tensor]) -> list[Tensor]:
        p3, p4, p5 = (lateral(x) for lateral, x in zip(self.lateral, features, strict=True))
        p4 = self.down4(torch.cat([self.up(p5), p4], dim=1))
        p3 = self.down3(torch.cat([self.up(p4), p3], dim=1))
        p4 = self.up4(torch.cat([self.stride4(p3), p4], dim=1))
        p5 = self.up5(torch.cat([self.stride5(p4), p5], dim=1))
        return [p3, p4, p5]


class Head(nn.Module):
    """One grid's raw numbers: 4 box, 1 objectness, C classes; boxes and classes on separate branches."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        n, h = config.neck, config.head
        self.box = nn.Sequential(ConvBlock(n, h, 3), nn.Conv2d(h, 5, 1))
        self.name = nn.Sequential(ConvBlock(n, h, 3), nn.Conv2d(h, config.class_count, 1))
        nn.init.normal_(self.box[-1].weight, std=0.01)
        with torch.no_grad():
            # A first box of 4 cells, and a prior of 1 % that a cell holds a product: without it the
            # background drowns the first steps.
            self.box[-1].bias.copy_(torch.tensor([0.0, 0.0, 1.4, 1.4, -4.6]))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.box(x), self.name(x)], dim=1)


class Detector(nn.Module):
    """Pictures [B, 3, H, W] in 0..1, H and W multiples of 32, to raw predictions [B, A, 5 + C].

    A = H/8 * W/8 + H/16 * W/16 + H/32 * W/32, fine grid first, rows before columns.
    Decode with `decode.decode_raw`.
    """

    def __init__(self, config: ModelConfig | None = None) -> None:
        super().__init__()
        self.config = config or ModelConfig()
        self.backbone = Backbone(self.config)
        self.neck = Neck(self.config)
        self.heads = nn.ModuleList(Head(self.config) for _ in STRIDES)

    def forward(self, images: Tensor) -> Tensor:
        features = self.neck(self.backbone(images))
        raw = [head(x).flatten(2) for head, x in zip(self.heads, features, strict=True)]
        return torch.cat(raw, dim=2).transpose(1, 2)  # (B, A, 5 + C)
