"""Networks without their numbers, for tests that ask for shapes only."""

import contextlib

import torch

from snapshelf_training import torch_versions


def without_numbers() -> contextlib.AbstractContextManager:
    """What is made within has shapes alone; PyTorch 1.13 knows no such context, there the numbers are made."""
    return contextlib.nullcontext() if torch_versions.OLD else torch.device("meta")
