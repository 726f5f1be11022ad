"""Runs an ONNX file of plain convolutional layers in PyTorch, so that a teacher can look at pictures wherever PyTorch runs.

It knows the layers that ResNets and DenseNets are made of, in the forms that their exports use; another one is an error when
the file is read.
"""

from collections.abc import Callable
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional

from . import onnx_graph

Layer = Callable[[list[Tensor], dict], Tensor]


def _padded(x: Tensor, pads: list[int], value: float = 0.0) -> Tensor:
    """pads: top, left, bottom, right, as ONNX orders them; the two sides may differ."""
    top, left, bottom, right = pads
    return functional.pad(x, (left, right, top, bottom), value=value) if any(pads) else x


def _convolve(inputs: list[Tensor], options: dict) -> Tensor:
    x = _padded(inputs[0], options.get("pads", [0] * 4))
    bias = inputs[2] if len(inputs) > 2 else None
    return functional.conv2d(x, inputs[1], bias, options.get("strides", 1), groups=options.get("group", 1))


def _normalise(inputs: list[Tensor], options: dict) -> Tensor:
    x, scale, shift, mean, variance = inputs
    return functional.batch_norm(x, mean, variance, scale, shift, eps=options.get("epsilon", 1e-5))


def _pool_largest(inputs: list[Tensor], options: dict) -> Tensor:
    x = _padded(inputs[0], options.get("pads", [0] * 4), float("-inf"))
    return functional.max_pool2d(x, options["kernel_shape"], options["strides"])


def _pool_average(inputs: list[Tensor], options: dict) -> Tensor:
    return functional.avg_pool2d(inputs[0], options["kernel_shape"], options["strides"])


LAYERS: dict[str, Layer] = {
    "Add": lambda inputs, _: inputs[0] + inputs[1],
    "AveragePool": _pool_average,
    "BatchNormalization": _normalise,
    "Concat": lambda inputs, options: torch.cat(inputs, options["axis"]),
    "Conv": _convolve,
    "Flatten": lambda inputs, _: inputs[0].flatten(1),
    "GlobalAveragePool": lambda inputs, _: inputs[0].mean(dim=(2, 3), keepdim=True),
    "MaxPool": _pool_largest,
    "Relu": lambda inputs, _: functional.relu(inputs[0]),
}


class OnnxModule(nn.Module):
    """The part of a file that leads to one output: images [n, 3, h, w] -> that output. Weights are buffers: it does not learn."""

    def __init__(self, file: Path, output: str):
        """errors: ValueError where the file has no such output, or a layer on the way to it is unknown."""
        super().__init__()
        model = onnx_graph.restore_single(onnx.load(file))
        constants = onnx_graph.constants(model)
        made_by = {node.output[0]: node for node in model.graph.node}
        if output not in made_by:
            raise ValueError(f"{file}: no output {output}")
        self._input = next(tensor.name for tensor in model.graph.input if tensor.name not in constants)
        self._output = output
        self._steps: list[tuple[str, list[str], str, dict]] = []  # layer, inputs, output, options; in order
        self._buffer_of: dict[str, str] = {}
        for node in _needed(model, made_by, output):
            if node.op_type not in LAYERS:
                raise ValueError(f"{file}: layer {node.op_type} ({node.name or node.output[0]}) is unknown here")
            options = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            self._steps.append((node.op_type, list(node.input), node.output[0], options))
            for name in node.input:
                if name in constants and name not in self._buffer_of:
                    self._buffer_of[name] = f"constant{len(self._buffer_of)}"
                    self.register_buffer(self._buffer_of[name], torch.from_numpy(constants[name].copy()))
        self._last_use = {name: number for number, step in enumerate(self._steps) for name in step[1]}

    def forward(self, images: Tensor) -> Tensor:
        values = {self._input: images}
        for number, (layer, names, output, options) in enumerate(self._steps):
            inputs = [getattr(self, self._buffer_of[name]) if name in self._buffer_of else values[name] for name in names]
            values[output] = LAYERS[layer](inputs, options)
            for name in names:  # frees the maps that nothing reads any more
                if self._last_use[name] == number:
                    values.pop(name, None)
        return values[self._output]


def _needed(model: onnx.ModelProto, made_by: dict[str, onnx.NodeProto], output: str) -> list[onnx.NodeProto]:
    """The nodes that `output` depends on, in the file's order."""
    wanted, found = [output], set()
    while wanted:
        name = wanted.pop()
        if name in made_by and name not in found:
            found.add(name)
            wanted += made_by[name].input
    return [node for node in model.graph.node if node.output[0] in found]
