"""Checkpoints of the embedder: which network they hold and where its weights came from.

A checkpoint is a dict: `model` and `average` (state dicts), `pictures` (seen in training), `config` (the fields of
ModelConfig), `origin` (for the model card), and `optimiser` once it has been trained. Older ones have neither
`config` nor `origin`: they hold ResNet-18-slim from random weights.
"""

import dataclasses
from pathlib import Path

from . import torch_versions
from .resnet import Embedder, ModelConfig

RANDOM = "random weights"


def read(path: Path) -> dict:
    state = torch_versions.load_own(path)
    if not isinstance(state, dict) or "average" not in state:
        raise ValueError(f"{path}: not a checkpoint of the embedder; import_weights makes one of torchvision's weights")
    return state


def header(config: ModelConfig, origin: str) -> dict:
    """What every checkpoint says about its network."""
    return {"config": dataclasses.asdict(config), "origin": origin}


def config_of(state: dict) -> ModelConfig:
    return ModelConfig(**state.get("config", {}))


def origin_of(state: dict) -> str:
    return state.get("origin", RANDOM)


def build_average(state: dict) -> Embedder:
    """The network with the averaged weights, which is the one to export."""
    model = Embedder(config_of(state))
    model.load_state_dict(state["average"])
    return model.eval()
