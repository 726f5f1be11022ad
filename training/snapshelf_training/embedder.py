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
from .augment import to_catalog
from .batches import INVENTED, BatchConfig, BatchMaker, TrainingSet
from .data import Cache, data_hash, read_cache
from .free_views import draw_free_views
from .geometry import letterbox
from .live_teachers import LiveTargets, LiveTeachers
from .resnet import Embedder, ModelConfig
from .targets import Memory, make_targets
from .teachers import TEACHER_SIDE

# ImageNet statistics, of pixels 0..255. The model card repeats them; C++ reads the card.
MEAN = (123.675, 116.28, 103.53)
STD = (58.395, 57.12, 57.375)


LOADER_TIMEOUT_S = 300


@dataclasses.dataclass(frozen=True)
class TrainConfig:
    """Saved beside the checkpoint."""

    caches: tuple[str, ...]
    phases: tuple[tuple[int, float], ...]  # (input side px, minutes: of processor time a thread, on a GPU of the clock)
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
    free_views: int = 0  # pictures a step that the teachers look at too, from the folder `teachers`
    free_weight: float = 1.0  # of their losses
    teachers: str = ""
    device: str = "cpu"
    threads: int = 1
    workers: int = 1
    seed: int = 1
    report_minutes: float = 4.0


def normalise(images: Tensor) -> Tensor:
    """[n, 3, h, w] RGB 0..255 -> float32 as the network takes it."""
    mean = torch.tensor(MEAN, device=images.device).view(1, 3, 1, 1)
    std = torch.tensor(STD, device=images.device).view(1, 3, 1, 1)
    return ((images.float() - mean) / std).contiguous(memory_format=torch.channels_last)


def embed_with(model: nn.Module) -> evaluation.Embed:
    """The model as a function of uint8 pictures [n, size, size, 3]."""

    def embed(images: np.ndarray) -> np.ndarray:
        model.eval()
        device = next(model.parameters()).device
        parts = []
        with torch.no_grad(), torch.autocast(device.type, dtype=torch.bfloat16):
            for first in range(0, len(images), 64):
                batch = torch.from_numpy(images[first : first + 64]).to(device).permute(0, 3, 1, 2)
                parts.append(model(normalise(batch)).float().cpu().numpy())
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


class FreeViews:
    """Draws views of any training picture and asks the teachers what they see."""

    def __init__(self, training_set: TrainingSet, teachers: LiveTeachers, targets: LiveTargets, device: torch.device):
        pictures = [letterbox(to_catalog(picture), TEACHER_SIDE) for picture in training_set.pictures]
        self._pictures = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous().to(device)
        self._teachers, self._targets = teachers, targets.to(device)

    def next(self, count: int, size: int) -> tuple[Tensor, Tensor, Tensor]:
        """-> images [count, 3, size, size] 0..255, narrow and wide targets."""
        chosen = torch.randint(len(self._pictures), (count,), device=self._pictures.device)
        with torch.no_grad():
            views = draw_free_views(self._pictures[chosen])
            narrow, wide = self._targets(self._teachers.vectors(views))
            images = nn.functional.interpolate(views, (size, size), mode="bilinear", antialias=True)
        return images, narrow, wide


class Trainer:
    """Owns the model, its running average and the optimiser."""

    def __init__(self, config: TrainConfig, out: Path, start_from: Path | None):
        rank = distributed.get_rank() if distributed.is_initialized() else 0
        self.processes = distributed.get_world_size() if distributed.is_initialized() else 1
        self.leads = rank == 0
        self.seed = config.seed + 10_000 * rank
        torch.manual_seed(config.seed)
        torch.set_num_threads(config.threads)
        torch.backends.cudnn.benchmark = True  # of use on a GPU alone: all steps have the same shapes
        self.config, self.out = config, out
        self.device = torch.device(config.device)
        folders = [Path(folder) for folder in config.caches]
        self.caches: list[Cache] = [read_cache(folder) for folder in folders]
        held = set().union(*(evaluation.held_out_renders(cache) for cache in self.caches))
        self.training_set = TrainingSet(self.caches, held)
        start = checkpoint.read(start_from) if start_from else checkpoint.header(config.network, checkpoint.RANDOM)
        self.origin = checkpoint.origin_of(start)
        self.model = Embedder(checkpoint.config_of(start)).to(self.device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.model).requires_grad_(False)
        self.optimiser = torch.optim.AdamW(self._groups(), lr=config.rate[0])
        self.pictures = 0
        if start_from:
            self._load(start)
        size = self.model.config.embedding_size
        self.targets = make_targets(folders, self.training_set, config.item_mix, size).to(self.device)
        if self.pictures:  # weights that were imported have no axes yet
            self._turn_targets()
        self.memory = Memory(config.memory, size, self.device)
        self.free_views = self._make_free_views() if config.free_views else None
        self.step, self.progress = 0, 0.0
        self.data_hash = data_hash(folders)
        torch.manual_seed(self.seed)
        out.mkdir(parents=True, exist_ok=True)
        self._write_config()

    def _turn_targets(self) -> None:
        """Goes on in the axes of the network that training starts from."""
        side = self.config.phases[0][0]
        pictures = np.stack([letterbox(to_catalog(picture), side) for picture in self.training_set.pictures])
        embeddings = torch.from_numpy(embed_with(self.average)(pictures))
        self.targets = self.targets.turned_towards(embeddings)
        alike = (embeddings * self.targets.narrow.cpu()).sum(dim=1)[self.targets.known.cpu()].mean().item()
        print(f"mean cosine of the network to its targets {alike:.3f}", flush=True)

    def _make_free_views(self) -> FreeViews:
        teachers = LiveTeachers(Path(self.config.teachers), self.device)
        return FreeViews(self.training_set, teachers, LiveTargets(self.targets.maker), self.device)

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
        # Processor time, not the clock on the wall: other work on the machine must not shorten a run. A GPU's time is not the
        # processor's, and nobody shares it.
        clock = time.monotonic if self.device.type == "cuda" else time.process_time
        total = sum(minutes for _, minutes in self.config.phases) * 60
        started, done = clock(), 0.0
        for number, (size, minutes) in enumerate(self.config.phases):
            done += minutes * 60 / total
            stream = BatchStream(self.training_set, self.config.batch, size, self.seed + 100 * number)
            # A loading process that was forked at a bad moment hangs: better an error, and --start-from.
            loader = DataLoader(
                stream, batch_size=None, num_workers=self.config.workers, prefetch_factor=3, timeout=LOADER_TIMEOUT_S
            )
            threads = 1 if self.device.type == "cuda" else self.config.threads
            self._run_phase(loader, size, done, lambda: (clock() - started) / (total * threads))

    def _run_phase(self, loader: DataLoader, size: int, done: float, clock: Callable[[], float]) -> None:
        """Trains at one input size until the share `done` of the time has passed."""
        first_time, first_pictures, history = time.monotonic(), self.pictures, []
        for batch in loader:
            history.append(self.train_step(batch, size, clock()))
            now = time.monotonic()
            ended = self.progress >= done
            if self.leads and (ended or now >= first_time + self.config.report_minutes * 60):
                speed = (self.pictures - first_pictures) / (now - first_time)
                means = np.round(torch.stack(history).mean(dim=0).tolist(), 4)
                print(f"step {self.step} {self.pictures} pictures {speed:.0f}/s at {size} px, losses {means}", flush=True)
                self.save()
                self.report(size)
                first_time, first_pictures, history = time.monotonic(), self.pictures, []
            if ended:
                return

    def train_step(self, batch: dict[str, Tensor], size: int, progress: float) -> Tensor:
        """One step on pictures of `size` px; progress 0..1 sets the learning rate. -> the losses, unweighted."""
        config = self.config
        self.model.train()
        batch = {name: values.to(self.device, non_blocking=True) for name, values in batch.items()}
        images, told = batch["images"], len(batch["label"])
        free = self.free_views.next(config.free_views, size) if self.free_views else None
        if free:
            images = torch.cat([images.float(), free[0]])
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            embeddings = self.model(normalise(images))
        embeddings = embeddings.float()
        parts = self._losses(embeddings[:told], batch)
        weights = [config.cosine_weight, config.relational_weight, config.contrastive_weight]
        if free:
            parts += self._teacher_losses(embeddings[told:], *free[1:])
            weights += [config.free_weight * config.cosine_weight, config.free_weight * config.relational_weight]
        loss = sum(weight * part for weight, part in zip(weights, parts, strict=True))
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.progress = self._share_gradients(progress)
        self._set_rate()
        nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimiser.step()
        self.memory.add(embeddings[:told], batch["label"])
        self.step += 1
        self.pictures += len(images) * self.processes
        self._update_average()
        return torch.stack([part.detach() for part in parts])

    def _set_rate(self) -> None:
        high, low = self.config.rate
        rate = low + (high - low) * 0.5 * (1 + math.cos(math.pi * min(1.0, self.progress)))
        for group in self.optimiser.param_groups:
            group["lr"] = rate * min(1.0, (self.step + 1) / self.config.warmup_steps)

    def _losses(self, embeddings: Tensor, batch: dict[str, Tensor]) -> list[Tensor]:
        index, label, targets = batch["index"], batch["label"], self.targets
        known = (index != INVENTED) & targets.known[index]
        told, index = embeddings[known], index[known]
        contrastive = losses.contrastive_loss(embeddings, label, *self.memory.filled(), self.config.contrastive_temperature)
        return [*self._teacher_losses(told, targets.narrow[index], targets.wide[index]), contrastive]

    def _teacher_losses(self, embeddings: Tensor, narrow: Tensor, wide: Tensor) -> list[Tensor]:
        """How far embeddings [n, d] are from what the teachers say of the same pictures."""
        targets, temperature = self.targets, self.config.relational_temperature
        bank = torch.randint(len(targets.narrow), (min(self.config.bank, len(targets.narrow)),), device=self.device)
        bank = bank[targets.known[bank]]
        relational = losses.relational_loss(embeddings, targets.narrow[bank], wide, targets.wide[bank], temperature)
        return [losses.cosine_loss(embeddings, narrow), relational]

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
