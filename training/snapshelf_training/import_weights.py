"""Starts an embedder from ImageNet weights of torchvision, or of any file with the same names.

    PYTHONPATH=training python -m snapshelf_training.import_weights IMAGENET1K_V2 --depth 50 --out start.pt
    PYTHONPATH=training python -m snapshelf_training.import_weights resnet50.pth --depth 50 --out start.pt

The first fetches torchvision's weights over the network, the second reads a state dict. The classifier (`fc`) is left
out and the projection to the embedding starts at random, so the result is a start for `train_embedder.py
--start-from start.pt` and not yet a model to search with. Those weights have their own licence; look it up before
you ship what grows out of them.
"""

import argparse
import re
from pathlib import Path

import torch
from torch import Tensor

from . import checkpoint
from .resnet import DEPTHS, Embedder, ModelConfig, resnet


def our_name(name: str, blocks: tuple[int, ...]) -> str | None:
    """torchvision's name of a tensor as ours, None for the classifier's; unknown names stay as they are.

    torchvision counts blocks within a layer, we through all of them: layer2.0.bn1 of ResNet-50 is stages.3.norm1.
    """
    if name.startswith("fc."):
        return None
    if stem := re.fullmatch(r"(conv1|bn1)\.(\w+)", name):
        return f"stem.{0 if stem[1] == 'conv1' else 1}.{stem[2]}"
    if block := re.fullmatch(r"layer([1-4])\.(\d+)\.(.+)", name):
        number = sum(blocks[: int(block[1]) - 1]) + int(block[2])
        rest = re.sub(r"^bn", "norm", block[3]).replace("downsample.", "shortcut.")
        return f"stages.{number}.{rest}"
    return name


def load_torchvision(model: Embedder, state: dict[str, Tensor]) -> None:
    """Fills stem and stages from a torchvision state dict; ValueError says what does not fit."""
    ours = model.state_dict()
    wanted = {name for name in ours if name.startswith(("stem.", "stages."))}
    found = {our_name(name, model.config.blocks): value for name, value in state.items()}
    found.pop(None, None)
    # Files older than PyTorch 0.4.1 lack this counter; nothing here reads it.
    missing = sorted(name for name in wanted - found.keys() if not name.endswith("num_batches_tracked"))
    surplus = sorted(found.keys() - wanted)
    bent = sorted(name for name in wanted & found.keys() if ours[name].shape != found[name].shape)
    for what, names in (("lacks", missing), ("has unknown", surplus), ("has other shapes for", bent)):
        if names:
            some = ", ".join(names[:3])
            raise ValueError(f"these weights are not of {model.config.name}: the file {what} {len(names)} tensors, as {some}")
    model.load_state_dict(ours | found)


def read_weights(source: str, depth: int) -> dict[str, Tensor]:
    """A state dict from a file, or torchvision's by name (from its cache or the network)."""
    if Path(source).is_file():
        state = torch.load(source, map_location="cpu", weights_only=True)
        if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
            raise ValueError(f"{source}: not a state dict (names to tensors)")
        return state
    import torchvision  # not needed to read a file

    known = torchvision.models.get_model_weights(f"resnet{depth}")
    if source not in known.__members__:
        raise ValueError(f"{source}: no such file, and torchvision's weights of resnet{depth} are {', '.join(known.__members__)}")
    return known[source].get_state_dict(progress=True)


def convert(state: dict[str, Tensor], config: ModelConfig, origin: str) -> dict:
    """-> a checkpoint that training goes on from."""
    torch.manual_seed(1)  # the projection
    model = Embedder(config)
    load_torchvision(model, state)
    weights = model.state_dict()
    return {"model": weights, "average": weights, "pictures": 0, **checkpoint.header(config, origin)}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", help="file, or a name such as IMAGENET1K_V2")
    parser.add_argument("--depth", type=int, choices=DEPTHS, required=True)
    parser.add_argument("--pool-power", type=float, default=3.0, help="1 averages, 3 is GeM")
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


def main() -> None:
    a = parse_arguments()
    config = resnet(a.depth, pool_power=a.pool_power)
    try:
        state = convert(read_weights(a.weights, a.depth), config, f"torchvision weights {Path(a.weights).name}")
    except ValueError as error:
        raise SystemExit(f"import_weights: {error}") from error
    torch.save(state, a.out)
    print(f"{a.out}: {config.name} from {a.weights}; its projection to {config.embedding_size} numbers is untrained")


if __name__ == "__main__":
    main()
