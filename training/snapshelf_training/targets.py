"""What the embedder is compared with: the teachers' vectors of the training pictures, and earlier embeddings."""

import dataclasses
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .batches import TrainingSet
from .teachers import TEACHERS, Projection, TargetMaker, unit


@dataclasses.dataclass
class Targets:
    """What the teachers say about each training picture."""

    narrow: Tensor  # [n, 256]
    wide: Tensor  # [n, 768]
    known: Tensor  # [n] bool; a picture without teacher vectors counts in the contrastive loss only
    maker: TargetMaker

    def to(self, device: torch.device) -> "Targets":
        return Targets(self.narrow.to(device), self.wide.to(device), self.known.to(device), self.maker)

    def turned_towards(self, embeddings: Tensor) -> "Targets":
        """The same targets in axes that suit what a trained network gives for the pictures, [n, 256].

        The axes of a principal component analysis are arbitrary: other data turn and mirror them, and a network that was trained
        towards older ones would have to begin anew. Orthogonal Procrustes: Schoenemann, Psychometrika 1966.
        """
        known = self.known.cpu().numpy()
        narrow, wanted = self.narrow.cpu().numpy()[known], embeddings.cpu().numpy()[known]
        left, _, right = np.linalg.svd(narrow.T.astype(np.float64) @ wanted)
        turn = (left @ right).astype(np.float32)
        final = Projection(self.maker.final.mean, self.maker.final.matrix @ turn)
        maker = TargetMaker(self.maker.whiteners, final)
        return Targets(self.narrow @ torch.from_numpy(turn).to(self.narrow.device), self.wide, self.known, maker)


def make_targets(folders: list[Path], training_set: TrainingSet, item_mix: float, size: int) -> Targets:
    rows = np.array(training_set.rows)
    vectors = []
    for number in range(len(TEACHERS)):
        parts = [np.load(folder / f"teacher{number}.npy") for folder in folders]
        vectors.append(np.concatenate(parts).astype(np.float32)[rows])
    # Fitted on photos alone, so that the axes stay the same when rendered products are added to a run.
    known = vectors[0].any(axis=1)
    photos = training_set.positions({"magento", "grocery", "clothing", "coco"})
    maker = TargetMaker.fit([v[photos] for v in vectors], size)
    narrow, wide = maker.targets(vectors), maker.wide(vectors)
    mixed = [mix_items(v * known[:, None], training_set.labels, item_mix) for v in (narrow, wide)]
    return Targets(*(torch.from_numpy(v) for v in mixed), torch.from_numpy(known), maker)


def mix_items(vectors: np.ndarray, labels: np.ndarray, share: float) -> np.ndarray:
    """Draws each vector towards its item's mean: photo and catalog picture get closer targets."""
    sums = np.zeros((labels.max() + 1, vectors.shape[1]), np.float32)
    np.add.at(sums, labels, vectors)
    return unit((1 - share) * vectors + share * unit(sums)[labels]).astype(np.float32)


class Memory:
    """Ring of earlier embeddings and their labels."""

    def __init__(self, capacity: int, size: int, device: torch.device):
        self.keys = torch.zeros(capacity, size, device=device)
        self.labels = torch.full((capacity,), -1, device=device)
        self._next, self._count = 0, 0

    def filled(self) -> tuple[Tensor, Tensor]:
        return self.keys[: self._count], self.labels[: self._count]

    def add(self, keys: Tensor, labels: Tensor) -> None:
        if len(self.keys) == 0:
            return
        places = (torch.arange(len(keys), device=keys.device) + self._next) % len(self.keys)
        self.keys[places] = keys.detach().float()
        self.labels[places] = labels
        self._next = (self._next + len(keys)) % len(self.keys)
        self._count = min(self._count + len(keys), len(self.keys))
