"""Residual networks of adjustable depth and width that turn a picture into a unit-length vector.

    Embedder()                          the default: ResNet-18-slim
    Embedder(resnet(50))                ResNet-50 as torchvision has it, without its classifier
    Embedder(resnet(34, width=0.5))     half the channels everywhere, a quarter of the work

- Blocks, depths 18 to 152: He et al., "Deep residual learning for image recognition", CVPR 2016. The stride of a
  bottleneck sits in its 3x3 convolution, as in torchvision ("ResNet v1.5"), so that its weights fit.
- The last norm of a block starts at zero: Goyal et al., "Accurate, large minibatch SGD", 2017.
- Width multiplier: Zagoruyko and Komodakis, "Wide residual networks", BMVC 2016 (there above 1); Howard et al.,
  "MobileNets", 2017 (below 1).
- Generalised mean (GeM) pooling: Radenovic et al., "Fine-tuning CNN image retrieval with no human annotation", 2018.
- Batch norm before the projection: Luo et al., "Bag of tricks and a strong baseline for re-identification", 2019.

The slim network ends in one stride-1 block of 384 channels: twice as fast as ResNet-18 on a CPU and half its size,
and its finer last map (stride 16) suits inputs of 128 px. Cosine similarity of two outputs is their dot product.
`import_weights` starts a network from torchvision's ImageNet weights.
"""

import dataclasses

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclasses.dataclass(frozen=True)
class ModelConfig:
    """Sizes of the network. The default is ResNet-18-slim; `resnet` gives the standard ones."""

    embedding_size: int = 256
    channels: tuple[int, ...] = (64, 128, 256, 384)  # of the 3x3 convolutions of each stage
    blocks: tuple[int, ...] = (2, 2, 2, 1)
    strides: tuple[int, ...] = (1, 2, 2, 1)  # of the first block of each stage; the stem has 4
    # Generalised mean: 1 averages, large p takes the maximum. 3 lets the object outvote its background.
    pool_power: float = 3.0
    bottleneck: bool = False
    name: str = "resnet18-slim"


# Depth -> blocks of each stage, and whether they are bottlenecks: table 1 of the ResNet paper.
DEPTHS: dict[int, tuple[tuple[int, ...], bool]] = {
    18: ((2, 2, 2, 2), False),
    34: ((3, 4, 6, 3), False),
    50: ((3, 4, 6, 3), True),
    101: ((3, 4, 23, 3), True),
    152: ((3, 8, 36, 3), True),
}


def resnet(depth: int, width: float = 1.0, pool_power: float = 3.0, embedding_size: int = 256) -> ModelConfig:
    """The standard network of a depth in DEPTHS; width multiplies all channels, to multiples of 8."""
    blocks, bottleneck = DEPTHS[depth]
    channels = tuple(max(8, 8 * round(base * width / 8)) for base in (64, 128, 256, 512))
    name = f"resnet{depth}" if width == 1 else f"resnet{depth}-w{width:g}"
    return ModelConfig(embedding_size, channels, blocks, (1, 2, 2, 2), pool_power, bottleneck, name)


def conv3x3(inputs: int, outputs: int, stride: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)


def conv1x1(inputs: int, outputs: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 1, stride, bias=False)


def make_shortcut(inputs: int, outputs: int, stride: int) -> nn.Module:
    """The identity where shapes allow it, else a projection (option B of the ResNet paper)."""
    if stride == 1 and inputs == outputs:
        return nn.Identity()
    return nn.Sequential(conv1x1(inputs, outputs, stride), nn.BatchNorm2d(outputs))


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut: figure 5, left, of the ResNet paper."""

    expansion = 1

    def __init__(self, inputs: int, channels: int, stride: int):
        super().__init__()
        self.conv1 = conv3x3(inputs, channels, stride)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = conv3x3(channels, channels, 1)
        self.norm2 = nn.BatchNorm2d(channels)
        # Starts as the identity, which makes the first steps of training stable.
        nn.init.zeros_(self.norm2.weight)
        self.shortcut = make_shortcut(inputs, channels, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.norm1(self.conv1(x)))
        y = self.norm2(self.conv2(y))
        return functional.relu(y + self.shortcut(x))


class BottleneckBlock(nn.Module):
    """1x1, 3x3, 1x1 convolutions and a shortcut: figure 5, right. Gives four times `channels`."""

    expansion = 4

    def __init__(self, inputs: int, channels: int, stride: int):
        super().__init__()
        outputs = self.expansion * channels
        self.conv1 = conv1x1(inputs, channels)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = conv3x3(channels, channels, stride)
        self.norm2 = nn.BatchNorm2d(channels)
        self.conv3 = conv1x1(channels, outputs)
        self.norm3 = nn.BatchNorm2d(outputs)
        nn.init.zeros_(self.norm3.weight)
        self.shortcut = make_shortcut(inputs, outputs, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.norm1(self.conv1(x)))
        y = functional.relu(self.norm2(self.conv2(y)))
        y = self.norm3(self.conv3(y))
        return functional.relu(y + self.shortcut(x))


def pool(x: Tensor, power: float) -> Tensor:
    """Generalised mean over the map: [n, c, h, w] -> [n, c]. Power 1 is average pooling."""
    if power == 1:
        return x.mean(dim=(2, 3))
    x = x.clamp(min=1e-4).pow(power)
    return x.mean(dim=(2, 3)).pow(1.0 / power)


class Embedder(nn.Module):
    """images [n, 3, h, w], normalised -> [n, embedding_size], unit length."""

    def __init__(self, config: ModelConfig = ModelConfig()):
        super().__init__()
        self.config = config
        width = config.channels[0]
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(3, 2, 1)
        )
        block = BottleneckBlock if config.bottleneck else BasicBlock
        stages = []
        for channels, count, stride in zip(config.channels, config.blocks, config.strides, strict=True):
            for number in range(count):
                stages.append(block(width, channels, stride if number == 0 else 1))
                width = block.expansion * channels
        self.stages = nn.Sequential(*stages)
        self.norm = nn.BatchNorm1d(width)
        self.head = nn.Linear(width, config.embedding_size)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def features(self, images: Tensor) -> Tensor:
        """The last map: [n, 3, h, w] -> [n, c, h/16, w/16] (slim) or [n, c, h/32, w/32]."""
        return self.stages(self.stem(images))

    def forward(self, images: Tensor) -> Tensor:
        x = self.features(images)
        # The powers need float32: in bf16 a cube has two good digits.
        with torch.autocast(images.device.type, enabled=False):
            x = pool(x.float(), self.config.pool_power)  # [n, c]
            x = self.head(self.norm(x))  # [n, embedding_size]
            return functional.normalize(x, dim=1)
