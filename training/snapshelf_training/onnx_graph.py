"""Small questions and changes to ONNX graphs that several stages need."""

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper


def restore_single(model: onnx.ModelProto) -> onnx.ModelProto:
    """The inverse of export.store_half: fp16 constants behind a Cast become fp32 constants. Changes `model`."""
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    nodes = []
    for node in model.graph.node:
        tensor = constants.get(node.input[0]) if node.op_type == "Cast" else None
        if tensor is None or tensor.data_type != TensorProto.FLOAT16:
            nodes.append(node)
            continue
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float32), node.output[0]))
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model


def restore_int8(model: onnx.ModelProto) -> onnx.ModelProto:
    """Constants in int8 behind a DequantizeLinear become fp32 constants: what was rounded away stays away. Changes `model`."""
    values = constants(model)
    nodes = []
    for node in model.graph.node:
        if node.op_type != "DequantizeLinear" or node.input[0] not in values:
            nodes.append(node)
            continue
        rounded, scale, zero = (values[name].astype(np.float32) for name in node.input)
        axis = attribute(node, "axis")
        shape = [-1 if i == axis else 1 for i in range(rounded.ndim)] if scale.ndim else []
        restored = (rounded - zero.reshape(shape)) * scale.reshape(shape)
        model.graph.initializer.append(numpy_helper.from_array(restored, node.output[0]))
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model


def constants(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    """Initialisers, and the outputs of Constant nodes, by name."""
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            values[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
    return values


def attribute(node: onnx.NodeProto, name: str):
    """An attribute's value, or None."""
    return next((onnx.helper.get_attribute_value(a) for a in node.attribute if a.name == name), None)
