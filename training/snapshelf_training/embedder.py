"""The training loop of the embedder: batches in, an averaged model and checkpoints out."""

import copy
import dataclasses
import json
import math
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, distributed, nn
from torch.utils.data import DataLoader, IterableDataset

from . import checkpoint, evaluation, losses
from .batches import INVENTED, BatchConfig, BatchMaker, TrainingSet
from .data import Cache, data_hash, read_cache
from .resnet import Embedder, ModelConfig
from .teachers import TEACHERS, TargetMaker, unit

# ImageNet statistics, of pixels 0..255. The model card repeats them; C++ reads the card.
MEAN = (123.675, 116.28, 103.53)
STD = (58.395, 57.12, 57.375)


LOADER_TIMEOUT_S = 300


@dataclasses.dataclass(frozen=True)
class TrainConfig:
    """Saved beside the checkpoint."""

    caches: tuple[str, ...]
    phases: tuple[tuple[int, float], ...]  # (input side px, minutes of processor time a thread)
    batch: BatchConfig
    network: ModelConfig = ModelConfig()  # of a new run; a checkpoint brings its own
    rate: tuple[float, float] = (1.5e-3, 0.0)  # learning rate at the start and end, cosine between
    warmup_steps: int = 60
    weight_decay: float = 0.05
    ema_decay: float = 0.99
    cosine_weight: float = 4.0
    relational_weight: float = 1.0
    contrastive_weight: float = 0.5
    relational_temperature: float = 0.05
    contrastive_temperature: float = 0.1
    memory: int = 2048  # earlier embeddings that serve as further negatives
    item_mix: float = 0.5  # share of the item's mean vector in a picture's target
    bank: int = 2048  # training pictures drawn at each step for the relational loss
    threads: int = 1
    workers: int = 1
    seed: int = 1
    report_minutes: float = 4.0


def normalise(images: Tensor) -> Tensor:
    """[n, 3, h, w] uint8 RGB -> float32 as the network takes it."""
    mean = torch.tensor(MEAN).view(1, 3, 1, 1)
    std = torch.tensor(STD).view(1, 3, 1, 1)
    return ((images.float() - mean) / std).contiguous(memory_format=torch.channels_last)


def embed_with(model: nn.Module) -> evaluation.Embed:
    """The model as a function of uint8 pictures [n, size, size, 3]."""

    def embed(images: np.ndarray) -> np.ndarray:
        model.eval()
        parts = []
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            for first in range(0, len(images), 64):
                batch = torch.from_numpy(images[first : first + 64]).permute(0, 3, 1, 2)
                parts.append(model(normalise(batch)).float().numpy())
        return np.concatenate(parts)

    return embed


class BatchStream(IterableDataset):
    """Endless batches drawn in worker processes."""

    def __init__(self, training_set: TrainingSet, config: BatchConfig, size: int, seed: int):
        self._arguments = (training_set, config, size, seed)

    def __iter__(self):
        cv2.setNumThreads(1)
        worker = torch.utils.data.get_worker_info()
        training_set, config, size, seed = self._arguments
        maker = BatchMaker(training_set, config, size, seed + (worker.id if worker else 0))
        while True:
            yield {name: torch.from_numpy(array) for name, array in maker.next().items()}


@dataclasses.dataclass
class Targets:
    """What the teachers say about each training picture."""

    narrow: Tensor  # [n, 256]
    wide: Tensor  # [n, 768]
    known: Tensor  # [n] bool; a picture without teacher vectors counts in the contrastive loss only


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
    return Targets(*(torch.from_numpy(v) for v in mixed), torch.from_numpy(known))


def mix_items(vectors: np.ndarray, labels: np.ndarray, share: float) -> np.ndarray:
    """Draws each vector towards its item's mean: photo and catalog picture get closer targets."""
    sums = np.zeros((labels.max() + 1, vectors.shape[1]), np.float32)
    np.add.at(sums, labels, vectors)
    return unit((1 - share) * vectors + share * unit(sums)[labels]).astype(np.float32)


class Memory:
    """Ring of earlier embeddings and their labels."""

    def __init__(self, capacity: int, size: int):
        self.keys = torch.zeros(capacity, size)
        self.labels = torch.full((capacity,), -1)
        self._next, self._count = 0, 0

    def filled(self) -> tuple[Tensor, Tensor]:
        return self.keys[: self._count], self.labels[: self._count]

    def add(self, keys: Tensor, labels: Tensor) -> None:
        if len(self.keys) == 0:
            return
        places = (torch.arange(len(keys)) + self._next) % len(self.keys)
        self.keys[places] = keys.detach().float()
        self.labels[places] = labels
        self._next = (self._next + len(keys)) % len(self.keys)
        self._count = min(self._count + len(keys), len(self.keys))


class Trainer:
    """Owns the model, its running average and the optimiser."""

    def __init__(self, config: TrainConfig, out: Path, start_from: Path | None):
        rank = distributed.get_rank() if distributed.is_initialized() else 0
        self.processes = distributed.get_world_size() if distributed.is_initialized() else 1
        self.leads = rank == 0
        self.seed = config.seed + 10_000 * rank
        torch.manual_seed(config.seed)
        torch.set_num_threads(config.threads)
        self.config, self.out = config, out
        folders = [Path(folder) for folder in config.caches]
        self.caches: list[Cache] = [read_cache(folder) for folder in folders]
        held = set().union(*(evaluation.held_out_renders(cache) for cache in self.caches))
        self.training_set = TrainingSet(self.caches, held)
        start = checkpoint.read(start_from) if start_from else checkpoint.header(config.network, checkpoint.RANDOM)
        self.origin = checkpoint.origin_of(start)
        self.model = Embedder(checkpoint.config_of(start)).to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.model).requires_grad_(False)
        self.optimiser = torch.optim.AdamW(self._groups(), lr=config.rate[0])
        self.targets = make_targets(folders, self.training_set, config.item_mix, self.model.config.embedding_size)
        self.memory = Memory(config.memory, self.model.config.embedding_size)
        self.step, self.pictures, self.progress = 0, 0, 0.0
        self.data_hash = data_hash(folders)
        if start_from:
            self._load(start)
        torch.manual_seed(self.seed)
        out.mkdir(parents=True, exist_ok=True)
        self._write_config()

    def _groups(self) -> list[dict]:
        decay = [p for p in self.model.parameters() if p.ndim > 1]
        plain = [p for p in self.model.parameters() if p.ndim <= 1]
        return [{"params": decay, "weight_decay": self.config.weight_decay}, {"params": plain, "weight_decay": 0.0}]

    def _load(self, state: dict) -> None:
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        if "optimiser" in state:  # imported weights have none
            self.optimiser.load_state_dict(state["optimiser"])
        self.pictures = state["pictures"]

    def save(self) -> None:
        state = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "pictures": self.pictures,
            **checkpoint.header(self.model.config, self.origin),
        }
        temporary = self.out / "last.pt.new"
        torch.save(state, temporary)
        temporary.rename(self.out / "last.pt")

    def _write_config(self) -> None:
        commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
        fields = dataclasses.asdict(self.config) | {"network": dataclasses.asdict(self.model.config)}
        fields |= {"commit": commit, "data_hash": self.data_hash, "origin": self.origin}
        (self.out / "config.json").write_text(json.dumps(fields, indent=1))
        print(f"data {self.data_hash}, {len(self.training_set.entries)} pictures", flush=True)

    def train(self) -> None:
        # Processor time, not the clock on the wall: other work on the machine must not shorten a run.
        total = sum(minutes for _, minutes in self.config.phases) * 60
        started, done = time.process_time(), 0.0
        for number, (size, minutes) in enumerate(self.config.phases):
            done += minutes * 60 / total
            stream = BatchStream(self.training_set, self.config.batch, size, self.seed + 100 * number)
            # A loading process that was forked at a bad moment hangs: better an error, and --start-from.
            loader = DataLoader(
                stream, batch_size=None, num_workers=self.config.workers, prefetch_factor=3, timeout=LOADER_TIMEOUT_S
            )
            self._run_phase(loader, size, done, lambda: (time.process_time() - started) / (total * self.config.threads))

    def _run_phase(self, loader: DataLoader, size: int, done: float, clock: Callable[[], float]) -> None:
        """Trains at one input size until the share `done` of the time has passed."""
        first_time, first_pictures, history = time.monotonic(), self.pictures, []
        for batch in loader:
            history.append(self.train_step(batch, clock()))
            now = time.monotonic()
            ended = self.progress >= done
            if self.leads and (ended or now >= first_time + self.config.report_minutes * 60):
                speed = (self.pictures - first_pictures) / (now - first_time)
                means = np.round(np.mean(history, axis=0), 4)
                print(f"step {self.step} {self.pictures} pictures {speed:.0f}/s at {size} px, losses {means}", flush=True)
                self.save()
                self.report(size)
                first_time, first_pictures, history = time.monotonic(), self.pictures, []
            if ended:
                return

    def train_step(self, batch: dict[str, Tensor], progress: float) -> np.ndarray:
        """One step; progress 0..1 sets the learning rate. -> the three losses, unweighted."""
        config = self.config
        self.model.train()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            embeddings = self.model(normalise(batch["images"]))
        parts = self._losses(embeddings.float(), batch)
        loss = config.cosine_weight * parts[0] + config.relational_weight * parts[1] + config.contrastive_weight * parts[2]
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.progress = self._share_gradients(progress)
        self._set_rate()
        nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimiser.step()
        self.memory.add(embeddings, batch["label"])
        self.step += 1
        self.pictures += len(batch["label"]) * self.processes
        self._update_average()
        return np.array([part.item() for part in parts])

    def _set_rate(self) -> None:
        high, low = self.config.rate
        rate = low + (high - low) * 0.5 * (1 + math.cos(math.pi * min(1.0, self.progress)))
        for group in self.optimiser.param_groups:
            group["lr"] = rate * min(1.0, (self.step + 1) / self.config.warmup_steps)

    def _losses(self, embeddings: Tensor, batch: dict[str, Tensor]) -> list[Tensor]:
        config, index, label = self.config, batch["index"], batch["label"]
        narrow, wide = self.targets.narrow, self.targets.wide
        known = (index != INVENTED) & self.targets.known[index]
        told, index = embeddings[known], index[known]
        bank = torch.randint(len(narrow), (min(config.bank, len(narrow)),))
        bank = bank[self.targets.known[bank]]
        temperature = config.relational_temperature
        return [
            losses.cosine_loss(told, narrow[index]),
            losses.relational_loss(told, narrow[bank], wide[index], wide[bank], temperature),
            losses.contrastive_loss(embeddings, label, *self.memory.filled(), config.contrastive_temperature),
        ]

    def _share_gradients(self, progress: float) -> float:
        """Averages over the processes of a distributed run: one thread each scales better than two threads.

        -> the leader's progress, so that all take the same learning rate and end together.
        """
        if self.processes == 1:
            return progress
        gradients = [p.grad for p in self.model.parameters()]
        clock = torch.tensor([progress if self.leads else 0.0])
        flat = torch.cat([g.reshape(-1) for g in gradients] + [clock])
        distributed.all_reduce(flat)
        parts = (flat[:-1] / self.processes).split([g.numel() for g in gradients])
        for gradient, part in zip(gradients, parts):
            gradient.copy_(part.view_as(gradient))
        return flat[-1].item()

    def _update_average(self) -> None:
        # A short memory at first, so that the average forgets the random start.
        decay = min(self.config.ema_decay, (1 + self.pictures / 128) / (10 + self.pictures / 128))
        new = self.model.state_dict()
        for name, value in self.average.state_dict().items():
            if value.dtype.is_floating_point:
                value.lerp_(new[name], 1 - decay)
            else:
                value.copy_(new[name])

    def report(self, size: int) -> None:
        embed = embed_with(self.average)
        scores = {}
        for cache in self.caches:
            if any(entry.source == "render" for entry in cache.entries):
                photos = self.training_set.positions({"coco"})
                grounds = [self.training_set.pictures[i][:, :, :3] for i in photos]
                scores["renders_held"] = evaluation.evaluate_renders(embed, cache, grounds, size)
            else:
                scores |= evaluation.evaluate_shared(embed, cache, size)
        print(json.dumps(scores), flush=True)
