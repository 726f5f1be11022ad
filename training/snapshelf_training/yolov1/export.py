"""YOLOv1 as ONNX (opset 17) and its model card, which the C++ decoder `yolov1` reads."""

import hashlib
import json
from pathlib import Path

import torch
from torch import Tensor, nn

from .. import torch_versions
from .data import PAD
from .layout import BOXES, CELLS
from .model import Yolov1


class Exported(nn.Module):
    """images [N, 3, s, s] in 0..1 -> output [N, 49 * (C + 10)], probabilities and confidences held within 0..1.

    The paper's output is linear: a confidence and a probability that are both below 0 would multiply to a score.
    """

    def __init__(self, model: Yolov1) -> None:
        super().__init__()
        self.model = model
        self.shares = CELLS * (model.config.class_count + BOXES)  # probabilities and confidences come first

    def forward(self, images: Tensor) -> Tensor:
        output = self.model(images)
        return torch.cat([output[:, : self.shares].clamp(0, 1), output[:, self.shares :]], dim=1)


def export_onnx(model: Yolov1, path: Path) -> None:
    """Writes the model file, fp32; N is dynamic."""
    size = model.config.input_size
    torch_versions.export_onnx(
        Exported(model).eval().to(memory_format=torch.contiguous_format),
        (torch.zeros(1, 3, size, size),),
        str(path),
        input_names=["images"],
        output_names=["output"],
        dynamic_axes={"images": {0: "batch"}, "output": {0: "batch"}},
        opset_version=17,
    )


def write_card(
    folder: Path, name: str, model: Yolov1, classes: list[str], threshold: float, training_data: str, scores: dict
) -> dict:
    """Writes model.json beside model.onnx."""
    size = model.config.input_size
    card = {
        "schema": 1,
        "name": name,
        "version": "1",
        "task": "detect",
        "decoder": "yolov1",
        "file": "model.onnx",
        "sha256": hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest(),
        "input": {
            "name": "images",
            "width": size,
            "height": size,
            "layout": "NCHW",
            "color": "RGB",
            "scale": 1.0,
            "mean": [0, 0, 0],
            "std": [255, 255, 255],
            "resize": "letterbox",
            "pad": [PAD, PAD, PAD],
        },
        "output": {"name": "output"},
        "score_threshold": threshold,
        "nms_iou": 0.5,
        "embedding_size": 0,
        "classes": classes,
        "licence": "Apache-2.0",
        "training_data": training_data,
        "scores": scores,
    }
    (folder / "model.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return card
