"""Fine-tuning on one shop's products: what learns, the cached features before it, and the loop.

All but the last part of the network is frozen, so every view of a picture passes through the frozen part once, and
what comes out is kept on the disk. Training on that is many times cheaper than training through the network. Both
the cache and the loop go on where they were stopped.
"""

import copy
import dataclasses
import hashlib
import json
import math
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from . import losses, torch_versions
from .augment import Augmenter, white_to_alpha
from .data import load_rgb
from .embedder import normalise
from .geometry import letterbox, resize_longest
from .resnet import Embedder, pool

WORK_SIDE = 256  # px; pictures are shrunk to this before they are bent
FLUSH_PICTURES = 128


# By what learns: measured on two catalogs, see LOG.md.
DEFAULTS = {
    "head": {"epochs": 100, "rate": 3e-3, "near_weight": 10.0, "share": 0.5},
    "stage4": {"epochs": 15, "rate": 3e-4, "near_weight": 20.0, "share": 1.0},
}


@dataclasses.dataclass(frozen=True)
class FinetuneConfig:
    """Saved with the state: a run goes on only with the same."""

    part: str = "head"  # or stage4: the last stage too
    views: int = 4  # of each picture: itself, and bent copies of it
    epochs: int | None = None  # None, here and below: as DEFAULTS says of the part
    batch: int = 64  # products, two views each
    rate: float | None = None
    near_weight: float | None = None  # of the term that keeps the embedding near the original
    # How far from the original weights to the trained ones: Wortsman et al., "Robust fine-tuning of zero-shot models", 2022.
    share: float | None = None
    temperature: float = 0.2
    weight_decay: float = 0.01
    held_out: float = 0.2  # share of the products
    minutes: float = 30.0  # of training, without the cache
    seed: int = 1

    def completed(self) -> "FinetuneConfig":
        """With the defaults of the part."""
        missing = {name: value for name, value in DEFAULTS[self.part].items() if getattr(self, name) is None}
        return dataclasses.replace(self, **missing)


@dataclasses.dataclass
class Pictures:
    """Readable pictures: path, and the number of their product."""

    paths: list[Path]
    product: np.ndarray  # [n]
    main: np.ndarray  # [n] bool: the product's first picture


def seed_of(*parts: object) -> int:
    """The same number in every process and run."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:8], "little")


class Views(Dataset):
    """Of picture i: [views, size, size, 3] uint8, the first unbent; None where the file cannot be read."""

    def __init__(self, paths: list[Path], size: int, views: int, seed: int):
        self._paths, self._size, self._views, self._seed = paths, size, views, seed
        self._augmenter = Augmenter([])

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int) -> np.ndarray | None:
        try:
            image = load_rgb(str(self._paths[index]))
        except (ValueError, cv2.error):
            return None
        views = [letterbox(image, self._size)]
        small = resize_longest(image, max(WORK_SIDE, self._size)) if max(image.shape) > WORK_SIDE else image
        cutout = white_to_alpha(small)
        for number in range(1, self._views):
            rng = np.random.default_rng(seed_of(self._seed, self._paths[index].name, number))
            views.append(self._augmenter.photo_view(rng, small if cutout is None else cutout, self._size))
        return np.stack(views)


def quick() -> torch.autocast:
    """bfloat16 for convolutions where the CPU multiplies it in hardware, as the exported network runs there."""
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=torch_versions.has_bfloat16())


class Tail(nn.Module):
    """The part that learns: the last stage (or nothing), the norm and the head. Norms keep their statistics."""

    def __init__(self, model: Embedder, part: str):
        super().__init__()
        blocks = model.config.blocks[-1] if part == "stage4" else 0
        self.power = model.config.pool_power
        self.pooled = part == "head"
        self.blocks = copy.deepcopy(model.stages[len(model.stages) - blocks :]) if blocks else nn.Sequential()
        self.norm, self.head = copy.deepcopy(model.norm), copy.deepcopy(model.head)

    def forward(self, features: Tensor) -> Tensor:
        """[n, c] pooled, or the map before the last stage [n, c, h, w] -> [n, d], unit length."""
        if self.pooled:
            x = features
        else:
            with quick():
                x = self.blocks(features)
            x = pool(x.float(), self.power)
        return functional.normalize(self.head(self.norm(x.float())), dim=1)

    def put_into(self, model: Embedder) -> Embedder:
        """A copy of the model with this as its last part."""
        model = copy.deepcopy(model)
        first = len(model.stages) - len(self.blocks)
        for number, block in enumerate(self.blocks):
            model.stages[first + number].load_state_dict(block.state_dict())
        model.norm.load_state_dict(self.norm.state_dict())
        model.head.load_state_dict(self.head.state_dict())
        return model.eval()


def make_frozen(model: Embedder, part: str) -> Callable[[np.ndarray], np.ndarray]:
    """The frozen part: [n, size, size, 3] uint8 -> float16 features as Tail takes them."""
    blocks = model.config.blocks[-1] if part == "stage4" else 0
    trunk = nn.Sequential(model.stem, *model.stages[: len(model.stages) - blocks]).eval()
    trunk = copy.deepcopy(trunk).to(memory_format=torch.channels_last)

    def run(images: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            with quick():
                x = trunk(normalise(torch.from_numpy(images).permute(0, 3, 1, 2))).float()
            x = pool(x, model.config.pool_power) if part == "head" else x
        return x.half().numpy()

    return run


class FeatureCache:
    """Features of all views of all pictures in one file; rows written so far are kept over a kill."""

    def __init__(self, folder: Path, key: str, count: int):
        self.folder, self._key, self._count = folder, key, count
        self.unreadable: list[int] = []
        self.rows: np.ndarray | None = None  # [n, views, ...] float16
        self.done = 0

    def _restore(self) -> None:
        progress, file = self.folder / "features.json", self.folder / "features.npy"
        if not (progress.is_file() and file.is_file()):
            return
        state = json.loads(progress.read_text())
        if state["key"] == self._key:
            self.done, self.unreadable = state["done"], state["unreadable"]
            self.rows = np.load(file, mmap_mode="r+")

    def _save(self) -> None:
        if self.rows is not None:
            self.rows.flush()
        temporary = self.folder / "features.json.new"
        temporary.write_text(json.dumps({"key": self._key, "done": self.done, "unreadable": self.unreadable}))
        temporary.rename(self.folder / "features.json")

    def _add(self, features: np.ndarray) -> None:
        if self.rows is None:
            shape = (self._count, *features.shape)
            self.rows = np.lib.format.open_memmap(self.folder / "features.npy", "w+", np.float16, shape)
        self.rows[self.done] = features

    def fill(self, views: Views, run: Callable[[np.ndarray], np.ndarray], workers: int, say: Callable[[str], None]) -> None:
        """Computes what is missing. An unreadable picture's row stays 0 and its number goes into `unreadable`."""
        self._restore()
        started, first = time.monotonic(), self.done
        if first:
            say(f"goes on at picture {first} of {self._count}")
        rest = torch.utils.data.Subset(views, range(first, self._count))
        ahead = {"prefetch_factor": 8} if workers else {}
        for part in DataLoader(rest, batch_size=None, num_workers=workers, collate_fn=lambda x: x, **ahead):
            if part is None:
                self.unreadable.append(self.done)
            else:
                self._add(run(part))
            self.done += 1
            if self.done % FLUSH_PICTURES == 0 or self.done == self._count:
                self._save()
                speed = (self.done - first) / max(1e-6, time.monotonic() - started)
                say(f"{self.done} of {self._count} pictures, {speed:.1f}/s, {(self._count - self.done) / speed / 60:.0f} minutes left")


class Loop:
    """Trains a Tail on cached features; saves itself and goes on from what it saved."""

    def __init__(self, config: FinetuneConfig, tail: Tail, features: np.ndarray, products: list[np.ndarray], state: Path, key: str):
        """products[i]: the picture numbers of a training product."""
        config = config.completed()
        self.config, self.tail, self._features, self._products = config, tail, features, products
        self._original = copy.deepcopy(tail).eval().requires_grad_(False)
        self._optimiser = torch.optim.AdamW(tail.parameters(), lr=config.rate, weight_decay=config.weight_decay)
        self._state, self._key = state, key
        self._batch = min(config.batch, len(products))
        self.total = max(1, config.epochs * len(products) // self._batch)
        self.step, self.seconds = 0, 0.0
        if state.is_file():
            self._restore()

    def _restore(self) -> None:
        saved = torch_versions.load_own(self._state)
        if saved["key"] == self._key:
            self.tail.load_state_dict(saved["tail"])
            self._optimiser.load_state_dict(saved["optimiser"])
            self.step, self.seconds = saved["step"], saved["seconds"]

    def save(self) -> None:
        temporary = self._state.with_suffix(".new")
        parts = {"tail": self.tail.state_dict(), "optimiser": self._optimiser.state_dict(), "step": self.step}
        torch.save(parts | {"seconds": self.seconds, "key": self._key}, temporary)
        temporary.rename(self._state)

    def progress(self) -> float:
        return max(self.step / self.total, self.seconds / (self.config.minutes * 60))

    def _draw(self) -> tuple[Tensor, Tensor]:
        """Two views of each of `batch` products, of different pictures where there are some -> features, labels."""
        rng = np.random.default_rng(seed_of(self.config.seed, self.step))
        labels = rng.choice(len(self._products), self._batch, replace=False)
        rows, views = [], []
        for label in labels:
            rows += list(rng.permutation(np.resize(self._products[label], max(2, len(self._products[label]))))[:2])
            # The first stays unbent now and then, as catalogs are; the second mostly is a shopper's photo.
            views += list(rng.choice(self.config.views, 2, replace=False)) if rng.random() < 0.7 else [0, int(rng.integers(self.config.views))]
        chosen = np.stack([self._features[row, view] for row, view in zip(rows, views)])
        return torch.from_numpy(chosen), torch.from_numpy(np.repeat(labels, 2))

    def train_step(self) -> tuple[float, float]:
        """-> the two losses, unweighted."""
        config, started = self.config, time.monotonic()
        rate = config.rate * 0.5 * (1 + math.cos(math.pi * min(1.0, self.progress()))) * min(1.0, (self.step + 1) / 10)
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        features, labels = self._draw()
        features = features.float()
        embeddings = self.tail.eval()(features)  # eval: the norms' statistics stay
        nothing = embeddings.new_zeros(0, embeddings.shape[1]), labels.new_zeros(0)
        contrast = losses.contrastive_loss(embeddings, labels, *nothing, config.temperature)
        near = losses.cosine_loss(embeddings, self._original(features))
        self._optimiser.zero_grad(set_to_none=True)
        (contrast + config.near_weight * near).backward()
        nn.utils.clip_grad_norm_(self.tail.parameters(), 5.0)
        self._optimiser.step()
        self.step += 1
        self.seconds += time.monotonic() - started
        return contrast.item(), near.item()

    def run(self, say: Callable[[str], None], save_every: float = 20.0) -> None:
        """Until the epochs or the minutes are over."""
        saved, history = time.monotonic(), []
        while self.progress() < 1:
            history.append(self.train_step())
            if time.monotonic() > saved + save_every:
                self.save()
                contrast, near = np.mean(history, axis=0)
                say(f"step {self.step} of {self.total}, contrastive {contrast:.3f}, away from the original {near:.4f}")
                saved, history = time.monotonic(), []
        self.save()

    def mixed(self) -> Tail:
        """A copy that went `share` of the way from the original to what was learnt: the one to use."""
        mixed, learnt = copy.deepcopy(self._original), self.tail.state_dict()
        for name, value in mixed.state_dict().items():
            if value.dtype.is_floating_point:
                value.lerp_(learnt[name], self.config.share)
        return mixed
