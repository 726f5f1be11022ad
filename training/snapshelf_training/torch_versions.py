"""What differs between the PyTorch that training is meant for (2.x) and Debian 12's (1.13, built for CPUs), which runs the tests."""

import inspect
from pathlib import Path

import torch
from torch import nn

OLD = int(torch.__version__.split(".")[0]) < 2


def export_onnx(model: nn.Module, *arguments, **options) -> None:
    """torch.onnx.export by tracing, which needs no package besides PyTorch."""
    if "dynamo" in inspect.signature(torch.onnx.export).parameters:
        options["dynamo"] = False
    torch.onnx.export(model, *arguments, **options)


def load_own(path: Path) -> dict:
    """A file that training has written: tensors and plain values. Version 1.13 cannot restrict itself to these: it refuses floats."""
    return torch.load(path, map_location="cpu", weights_only=not OLD)


def has_bfloat16() -> bool:
    """Whether the CPU multiplies bfloat16 in hardware, as far as PyTorch tells."""
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", None) if hasattr(torch, "cpu") else None
    return bool(supported and supported())
