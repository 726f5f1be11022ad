"""The detector as ONNX (opset 17, fp16 weights, fp32 arithmetic) and its model card."""

import copy
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from snapshelf_training import torch_versions
from snapshelf_training.detector.assign import pairwise_iou
from snapshelf_training.detector.classes import CLASSES
from snapshelf_training.detector.decode import PAD, decode_raw
from snapshelf_training.detector.model import ConvBlock, Detector

INPUT_SIZE = 256  # px; near the sizes trained at. At 320 the weights of version 2 found parts rather than things
BOXES_KEPT = 100  # candidates that leave the network; a photo shows far fewer things
SAME_THING_IOU = 0.55
SMALLEST_HALF = 64  # tensors below this many numbers stay fp32: nothing to gain, and grids need it


class Exported(nn.Module):
    """Detector, decoding and one box for each thing: images [N, 3, 224, 224] in 0..1 to [N, 4 + C, K].

    Readers of YOLOv8 output suppress duplicates within a class only. A thing between two classes would
    come out twice, so a box that lies on a better one of whatever class gets score 0 here already.
    """

    def __init__(self, detector: Detector) -> None:
        super().__init__()
        self.detector = fold_batch_norm(detector)
        self.register_buffer("better", torch.ones(BOXES_KEPT, BOXES_KEPT).triu(1))  # row j before column i

    def forward(self, images: Tensor) -> Tensor:
        decoded = decode_raw(self.detector(images), INPUT_SIZE, INPUT_SIZE)  # (N, 4 + C, A)
        best = decoded[:, 4:].amax(1).topk(BOXES_KEPT, dim=1).indices  # (N, K), best first
        kept = decoded.gather(2, best[:, None].expand(-1, decoded.shape[1], -1))  # (N, 4 + C, K)
        centre, half = kept[:, :2].transpose(1, 2), kept[:, 2:4].transpose(1, 2) / 2
        corners = torch.cat([centre - half, centre + half], dim=-1)
        covered = (pairwise_iou(corners, corners) * self.better).amax(1)  # (N, K)
        scores = kept[:, 4:] * (covered < SAME_THING_IOU).float()[:, None]
        return torch.cat([kept[:, :4], scores], dim=1)


def fold_batch_norm(detector: Detector) -> Detector:
    """A copy in which every batch norm has become part of its convolution."""
    folded = copy.deepcopy(detector).eval()
    for module in folded.modules():
        if isinstance(module, ConvBlock):
            module[0] = fuse_conv_bn_eval(module[0], module[1])
            module[1] = nn.Identity()
    return folded


def store_weights_as_half(model: onnx.ModelProto) -> None:
    """Replaces each convolution's weights by fp16 and a Cast; halves the file, arithmetic stays fp32."""
    graph = model.graph
    convolution_inputs = {name for node in graph.node if node.op_type == "Conv" for name in node.input[1:]}
    casts = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.name not in convolution_inputs or values.size < SMALLEST_HALF:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
        casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def export_onnx(detector: Detector, path: Path) -> None:
    """Writes the model file; N is dynamic, height and width are fixed."""
    example = torch.zeros(1, 3, INPUT_SIZE, INPUT_SIZE)
    torch_versions.export_onnx(
        Exported(detector).eval(),
        (example,),
        str(path),
        input_names=["images"],
        output_names=["output"],
        dynamic_axes={"images": {0: "batch"}, "output": {0: "batch"}},
        opset_version=17,
    )
    model = onnx.load(path)
    store_weights_as_half(model)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def write_card(folder: Path, version: str, threshold: float, training_data: str, scores: dict) -> dict:
    """Writes model.json beside model.onnx. C++ reads every constant from here."""
    card = {
        "schema": 1,
        "name": "snapshelf-yolo-nano",
        "version": version,
        "precision": "bf16",
        "task": "detect",
        "decoder": "yolov8",
        "file": "model.onnx",
        "sha256": hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest(),
        "input": {
            "name": "images",
            "width": INPUT_SIZE,
            "height": INPUT_SIZE,
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
        "classes": list(CLASSES),
        "licence": "Apache-2.0",
        "training_data": training_data,
        "scores": scores,
    }
    (folder / "model.json").write_text(json.dumps(card, indent=2) + "\n")
    return card
