"""The network of YOLOv1: 24 convolutions and 2 fully connected layers (figure 3 of the paper).

448 x 448 -> 7 x 7 x 1024 -> 7 x 7 x (C + 10), 271 million parameters with 20 classes. `slim` divides the channels and
shrinks the inputs, so that the same network trains on a CPU in minutes.
"""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from .layout import BOXES, CELLS, GRID, output_size

# The 20 convolutions that the paper first trains on ImageNet: (kernel, channels), or "pool" (2x2, stride 2). The
# first has stride 2. Four more of 1024 channels follow, the second of them with stride 2.
BACKBONE: tuple[tuple[int, int] | str, ...] = (
    (7, 64), "pool",
    (3, 192), "pool",
    (1, 128), (3, 256), (1, 256), (3, 512), "pool",
    *((1, 256), (3, 512)) * 4, (1, 512), (3, 1024), "pool",
    *((1, 512), (3, 1024)) * 2,
)  # fmt: skip


@dataclass(frozen=True)
class ModelConfig:
    """The default is the paper's network."""

    class_count: int = 20
    width: float = 1.0  # multiplies all channels, to multiples of 8
    hidden: int = 4096  # of the first fully connected layer
    input_size: int = 448  # px; with 224 one stride-2 convolution gets stride 1
    # The paper has none; from random weights and in minutes it does not train without.
    batch_norm: bool = False
    dropout: float = 0.5

    def as_dict(self) -> dict:
        return asdict(self)

    def channels(self, base: int) -> int:
        return max(8, 8 * round(base * self.width / 8))


def slim(class_count: int) -> ModelConfig:
    """The same layers with an eighth of the channels at 224 px, for training on a CPU."""
    return ModelConfig(class_count, width=0.125, hidden=512, input_size=224, batch_norm=True, dropout=0.2)


def convolution(inputs: int, outputs: int, kernel: int, stride: int, batch_norm: bool) -> nn.Sequential:
    """Convolution and leaky ReLU of slope .1 (equation 2), with batch norm between where asked."""
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=not batch_norm)]
    if batch_norm:
        layers.append(nn.BatchNorm2d(outputs))
    nn.init.kaiming_normal_(layers[0].weight, a=0.1)
    return nn.Sequential(*layers, nn.LeakyReLU(0.1))


class Yolov1(nn.Module):
    """images [n, 3, s, s] in 0..1 RGB -> [n, 49 * (C + 10)], linear; see `layout`."""

    def __init__(self, config: ModelConfig = ModelConfig()) -> None:
        super().__init__()
        if config.input_size not in (224, 448):
            raise ValueError(f"an input of {config.input_size} px does not give a 7 x 7 grid; 224 and 448 do")
        self.config = config
        inputs, layers = 3, []
        for number, layer in enumerate(BACKBONE):
            if layer == "pool":
                layers.append(nn.MaxPool2d(2, 2))
                continue
            kernel, base = layer
            outputs = config.channels(base)
            layers.append(convolution(inputs, outputs, kernel, 2 if number == 0 else 1, config.batch_norm))
            inputs = outputs
        self.backbone = nn.Sequential(*layers)  # -> [n, 1024, s/32, s/32]
        outputs = config.channels(1024)
        stride = config.input_size // 224
        self.detection = nn.Sequential(  # -> [n, 1024, 7, 7]
            *(convolution(outputs, outputs, 3, step, config.batch_norm) for step in (1, stride, 1, 1))
        )
        self.connected = nn.Sequential(
            nn.Flatten(),
            nn.Linear(outputs * CELLS, config.hidden),
            nn.LeakyReLU(0.1),
            nn.Dropout(config.dropout),
            nn.Linear(config.hidden, output_size(config.class_count)),
        )

    def features(self, images: Tensor) -> Tensor:
        """[n, 3, s, s] -> [n, 1024, 7, 7]."""
        return self.detection(self.backbone(images))

    def forward(self, images: Tensor) -> Tensor:
        return self.connected(self.features(images))


class CellHead(nn.Module):
    """Says at every cell what the connected layers should say: features [n, c, 7, 7] -> [n, 49 * (C + 10)].

    Takes the place of the paper's week on ImageNet: all cells share its weights, so it teaches the convolutions to
    see things long before the connected layers can. Trained with the same loss, and left out of the exported file.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.class_count = config.class_count
        self.cell = nn.Conv2d(config.channels(1024), config.class_count + BOXES * 5, 1)
        nn.init.normal_(self.cell.weight, std=0.01)
        self.cell.bias.data = torch.cat(first_answer(config.class_count))

    def forward(self, features: Tensor) -> Tensor:
        cells = self.cell(features).flatten(2).transpose(1, 2)  # [n, 49, C + 10]
        parts = cells.split([self.class_count, BOXES, BOXES * 4], dim=2)
        return torch.cat([part.flatten(1) for part in parts], dim=1)


def count_layers(model: nn.Module) -> tuple[int, int]:
    """Convolutions and fully connected layers."""
    kinds = [type(module) for module in model.modules()]
    return kinds.count(nn.Conv2d), kinds.count(nn.Linear)


def first_answer(class_count: int) -> list[Tensor]:
    """What an untrained network should say of a cell: any class, nothing there, one small and one large box amid it.

    From random numbers the first steps would only learn these constants; and two boxes that start alike stay alike.
    """
    boxes = torch.tensor([0.5, 0.5, 0.4, 0.4, 0.5, 0.5, 0.7, 0.7])
    return [torch.full((class_count,), 1.0 / class_count), torch.zeros(BOXES), boxes]


def start_gently(model: Yolov1) -> None:
    """Makes the last layer give the first answer everywhere."""
    last = model.connected[-1]
    nn.init.normal_(last.weight, std=0.01)
    last.bias.data = torch.cat([part.repeat(CELLS) for part in first_answer(model.config.class_count)])
