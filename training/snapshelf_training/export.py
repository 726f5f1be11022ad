"""Embedder -> ONNX with fp16 weights and fp32 compute, and the model card that C++ reads."""

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from . import torch_versions
from .embedder import MEAN, STD
from .geometry import PAD
from .resnet import Embedder, ModelConfig

OPSET = 17
# Smaller constants (biases, scalars) stay in fp32: they cost nothing.
HALF_FROM_VALUES = 1024
TRAINING_DATA = (
    "Products rendered by this project; magento2-sample-data (OSL-3.0/AFL-3.0), GroceryStoreDataset train part and "
    "catalog pictures (MIT), clothing-dataset (CC0), coco128 crops (CC BY 4.0 labels). Targets from ImageNet "
    "ResNet-50-C4 and DenseNet-121."
)


def to_onnx(model: Embedder, size: int) -> onnx.ModelProto:
    """`images` [n, 3, h, w] float32 normalised RGB -> `embedding` [n, 256] unit length; n, h and w are free."""
    buffer = io.BytesIO()
    axes = {"images": {0: "n", 2: "h", 3: "w"}, "embedding": {0: "n"}}
    torch_versions.export_onnx(
        model.eval().to(memory_format=torch.contiguous_format),
        (torch.zeros(1, 3, size, size),),
        buffer,
        input_names=["images"],
        output_names=["embedding"],
        dynamic_axes=axes,
        opset_version=OPSET,
    )
    return onnx.load_from_string(buffer.getvalue())


def store_half(model: onnx.ModelProto) -> onnx.ModelProto:
    """Large fp32 constants become fp16 behind a Cast, which the runtime folds when it loads the model."""
    casts = []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < HALF_FROM_VALUES:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), name + "_half"))
        casts.append(helper.make_node("Cast", [name + "_half"], [name], to=TensorProto.FLOAT))
    nodes = casts + list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    return model


def make_card(
    file: Path, size: int, version: str, scores: dict, config: ModelConfig = ModelConfig(), origin: str = "random weights"
) -> dict:
    """The card of an exported model; `file` lies beside the card, origin says what its training started from."""
    return {
        "schema": 1,
        "name": f"snapshelf-{config.name}",
        "version": version,
        "precision": "bf16",
        "task": "embed",
        "decoder": "embedding",
        "file": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "input": {
            "name": "images",
            "width": size,
            "height": size,
            "layout": "NCHW",
            "color": "RGB",
            "scale": 1.0,
            "mean": list(MEAN),
            "std": list(STD),
            "resize": "letterbox",
            "pad": list(PAD),
        },
        "output": {"name": "embedding"},
        "embedding_size": config.embedding_size,
        "classes": [],
        "licence": "Apache-2.0",
        "training_data": f"{TRAINING_DATA} From {origin}.",
        "scores": scores,
    }


def write_card(path: Path, card: dict) -> None:
    path.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
