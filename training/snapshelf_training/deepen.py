"""Makes a deeper embedder of an exported one, which computes the same until training goes on.

    PYTHONPATH=training python -m snapshelf_training.deepen models/embedder/model.onnx --blocks 3 4 6 1 --name resnet34-slim \
        --cache shared_cache --out start.pt

- The new blocks of a stage follow its old ones and start as the identity: Chen, Goodfellow and Shlens, "Net2Net", ICLR 2016. The
  last norm of a block begins at zero, so that a new block passes on what it gets.
- The export has folded each batch norm into its convolution. Training needs norms that know the mean and variance of what passes,
  so these are measured on pictures, and scale and bias chosen so that the norm still changes nothing.
"""

import argparse
import dataclasses
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from . import checkpoint, onnx_weights
from .augment import to_catalog
from .data import read_cache
from .embedder import normalise
from .geometry import letterbox
from .resnet import Embedder


def deepen(model: Embedder, blocks: tuple[int, ...], name: str) -> Embedder:
    """The network with `blocks` in each stage, at least as many as it has. errors: ValueError."""
    old = model.config.blocks
    if len(blocks) != len(old) or any(new < had for new, had in zip(blocks, old)):
        raise ValueError(f"blocks {blocks}: the network has {old}, and each stage can only grow")
    deeper = Embedder(dataclasses.replace(model.config, blocks=tuple(blocks), name=name))
    state, first_old, first_new = deeper.state_dict(), 0, 0
    moved = {}
    for new, had in zip(blocks, old):
        moved |= {first_old + number: first_new + number for number in range(had)}
        first_old, first_new = first_old + had, first_new + new
    for key, value in model.state_dict().items():
        parts = key.split(".")
        if parts[0] == "stages":
            parts[1] = str(moved[int(parts[1])])
        state[".".join(parts)] = value
    deeper.load_state_dict(state)
    return deeper.eval()


@torch.no_grad()
def measure_norms(model: Embedder, images: Tensor) -> None:
    """Gives each 2-d norm the statistics of what reaches it, and the scale and bias with which it computes what it did.

    images [n, 3, h, w], normalised. In evaluation the network's output stays as it was.
    """

    def measure(norm: nn.BatchNorm2d, inputs: tuple[Tensor]) -> None:
        x = inputs[0]
        mean, variance = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), unbiased=False)
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        shift = norm.bias - norm.running_mean * scale
        # y = scale * x + shift = weight * (x - mean) / sqrt(variance + eps) + bias
        norm.weight.copy_(scale * torch.sqrt(variance + norm.eps))
        norm.bias.copy_(shift + mean * scale)
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)

    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    handles = [norm.register_forward_pre_hook(measure) for norm in norms]
    model.eval()(images)
    for handle in handles:
        handle.remove()


def sample_pictures(folders: list[Path], count: int, size: int) -> Tensor:
    """Pictures of the caches that may be trained on, normalised: [count, 3, size, size]."""
    rng, caches = np.random.default_rng(0), [read_cache(folder) for folder in folders]
    rows = [(cache, row) for cache in caches for row, entry in enumerate(cache.entries) if entry.split == "train"]
    chosen = rng.choice(len(rows), min(count, len(rows)), replace=False)
    pictures = [letterbox(to_catalog(cache.picture(row)), size) for cache, row in (rows[i] for i in chosen)]
    return normalise(torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="model.onnx of an embedder of this package")
    parser.add_argument("--blocks", type=int, nargs=4, required=True, help="residual blocks of each stage")
    parser.add_argument("--name", required=True, help="of the new network")
    parser.add_argument("--cache", type=Path, action="append", required=True, help="folder of make_cache.py")
    parser.add_argument("--pictures", type=int, default=256, help="on which the norms are measured")
    parser.add_argument("--seen", type=int, required=True, help="pictures that the old network had seen")
    parser.add_argument("--size", type=int, default=192, help="px")
    parser.add_argument("--out", type=Path, required=True, help="checkpoint to write")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    old = onnx_weights.load_embedder(arguments.model, "old")
    model = deepen(old, tuple(arguments.blocks), arguments.name)
    images = sample_pictures(arguments.cache, arguments.pictures, arguments.size)
    measure_norms(model, images)
    with torch.no_grad():
        alike = (model(images) * old(images)).sum(dim=1).min().item()
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.1f} M parameters, cosine to the old network at least {alike:.5f}")
    state = {"model": model.state_dict(), "average": model.state_dict(), "pictures": arguments.seen}
    torch.save(state | checkpoint.header(model.config, checkpoint.RANDOM), arguments.out)


if __name__ == "__main__":
    main()
