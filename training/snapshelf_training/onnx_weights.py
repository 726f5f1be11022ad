"""Brings the weights of an exported embedder back, so that training goes on where only model.onnx is at hand.

The export folds every batch norm of a convolution into it: the network built here gets the sum as the norm's bias and
passes everything else through, which computes the same. The layout (blocks, channels, strides, pooling) is read from
the graph, whose nodes are named after the modules of resnet.Embedder. An int8 file gives its rounded weights.
"""

import re
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor

from . import onnx_graph
from .resnet import Embedder, ModelConfig

EPSILON = 1e-5  # of nn.BatchNorm2d


def _convolutions(model: onnx.ModelProto) -> dict[str, onnx.NodeProto]:
    """By module: stem.0, stages.3.conv1, stages.4.shortcut.0."""
    found = {}
    for node in model.graph.node:
        if node.op_type == "Conv":
            path = re.sub(r"/(stem|stages)/\1\.", r"\1.", node.name.removesuffix("/Conv"))
            found[path.replace("/shortcut/shortcut.", ".shortcut.").replace("/", ".")] = node
    return found


def _pool_power(model: onnx.ModelProto, values: dict[str, np.ndarray]) -> float:
    powers = [float(values[node.input[1]]) for node in model.graph.node if node.op_type == "Pow"]
    return powers[0] if powers else 1.0


def read_config(model: onnx.ModelProto, name: str) -> ModelConfig:
    """The layout of the network; ValueError where it is no export of resnet.Embedder."""
    convolutions, values = _convolutions(model), onnx_graph.constants(model)
    if "stem.0" not in convolutions or "stages.0.conv1" not in convolutions or "head.weight" not in values:
        raise ValueError("not an embedder exported by this package")
    bottleneck = "stages.0.conv3" in convolutions
    channels, blocks, strides = [], [], []
    number = 0
    while (first := convolutions.get(f"stages.{number}.conv1")) is not None:
        if number == 0 or f"stages.{number}.shortcut.0" in convolutions:
            channels.append(values[first.input[1]].shape[0])
            strides.append(onnx_graph.attribute(convolutions[f"stages.{number}.conv2"] if bottleneck else first, "strides")[0])
            blocks.append(0)
        blocks[-1] += 1
        number += 1
    size = values["head.weight"].shape[0]
    return ModelConfig(size, tuple(channels), tuple(blocks), tuple(strides), _pool_power(model, values), bottleneck, name)


def _fill_convolution(state: dict[str, Tensor], module: str, weight: np.ndarray, bias: np.ndarray) -> None:
    """Sets the convolution and the norm behind it, which adds the bias and else changes nothing."""
    parent, last = module.rsplit(".", 1)
    norm = f"{parent}.1" if last == "0" else f"{parent}.norm{last.removeprefix('conv')}"
    state[f"{module}.weight"] = torch.from_numpy(weight.copy())
    state[f"{norm}.weight"] = torch.ones(len(bias))
    state[f"{norm}.bias"] = torch.from_numpy(bias.copy())
    state[f"{norm}.running_mean"] = torch.zeros(len(bias))
    state[f"{norm}.running_var"] = torch.full((len(bias),), 1 - EPSILON)


def load_embedder(file: Path, name: str) -> Embedder:
    """name: of the network, as ModelConfig.name. errors: ValueError where the file holds something else."""
    try:
        model = onnx_graph.restore_int8(onnx_graph.restore_single(onnx.load(file)))
    except (OSError, ValueError):
        raise
    except Exception as error:  # protobuf's own class, which moves between its versions
        raise ValueError(f"{file}: not an ONNX file") from error
    try:
        embedder = Embedder(read_config(model, name))
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error
    values, state = onnx_graph.constants(model), embedder.state_dict()
    for module, node in _convolutions(model).items():
        _fill_convolution(state, module, values[node.input[1]], values[node.input[2]])
    for tensor in ("norm.weight", "norm.bias", "norm.running_mean", "norm.running_var", "head.weight", "head.bias"):
        state[tensor] = torch.from_numpy(values[tensor].copy())
    try:
        embedder.load_state_dict(state)
    except RuntimeError as error:
        raise ValueError(f"{file}: its weights do not fit the layout that its graph names") from error
    return embedder.eval()
