"""Trains the product detector on pictures composed on the fly.

    PYTHONPATH=training python training/scripts/train_detector.py --data ../shared/data \
        --renders build/renders/train --out build/detector --minutes 45

One minute on a CPU, to see that everything works:

    PYTHONPATH=training python training/scripts/train_detector.py --data ../shared/data \
        --out /tmp/detector --minutes 1 --clothing 10 --samples 512

The schedule follows the CPU time that this process has spent, not a count of steps: a slow machine ends in
time with the learning rate at its lowest, and a busy one does not cut the training short. On a GPU (--device cuda) it follows the clock.
Writes last.pt (weights, their moving average, config) every epoch.
"""

import argparse
import json
import math
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from snapshelf_training.detector.compose import Sample, Sources, compose, make_sample
from snapshelf_training.detector.cutouts import Pool, RenderReader, load_grocery, load_magento, read_rgb
from snapshelf_training.detector.decode import decode_raw
from snapshelf_training.detector.evaluate import evaluate
from snapshelf_training.detector.export import INPUT_SIZE
from snapshelf_training.detector.loss import Targets, detection_loss
from snapshelf_training.detector.model import SCALES, Detector, ModelConfig
from snapshelf_training.detector.photos import is_held_out_photo, load_clothing, load_coco

BOXES_MAX = 24  # rows of padded truth; a crowded COCO photo keeps its largest boxes


class Stream(IterableDataset):
    """`count` fresh samples; every worker and every epoch draws its own."""

    def __init__(self, sources: Sources, count: int, size: int, seed: int) -> None:
        self.sources, self.count, self.size, self.seed = sources, count, size, seed

    def __iter__(self) -> Iterator[Sample]:
        cv2.setNumThreads(1)
        worker = get_worker_info()
        number, workers = (worker.id, worker.num_workers) if worker else (0, 1)
        rng = np.random.default_rng([self.seed, number])
        for _ in range(self.count // workers):
            yield make_sample(rng, self.sources, self.size)


def collate(samples: list[Sample]) -> tuple[torch.Tensor, Targets]:
    """Stacks samples to images [B, s, s, 3] uint8 and padded truth."""
    boxes = torch.zeros(len(samples), BOXES_MAX, 4)
    labels = torch.zeros(len(samples), BOXES_MAX, dtype=torch.int64)
    for row, sample in enumerate(samples):
        sides = sample.boxes[:, 2:] - sample.boxes[:, :2]
        order = np.argsort(-sides.prod(-1), kind="stable")[:BOXES_MAX]
        boxes[row, : len(order)] = torch.from_numpy(sample.boxes[order])
        labels[row, : len(order)] = torch.from_numpy(sample.labels[order])
    return torch.from_numpy(np.stack([s.image for s in samples])), Targets(boxes, labels)


class Average:
    """Moving average of the weights; what is exported."""

    def __init__(self, model: Detector, decay: float) -> None:
        self.model = Detector(model.config).to(next(model.parameters()).device)
        self.model.load_state_dict(model.state_dict())
        self.model.requires_grad_(False).eval()
        self.decay, self.steps = decay, 0

    @torch.no_grad()
    def update(self, model: Detector) -> None:
        self.steps += 1
        decay = self.decay * (1 - math.exp(-self.steps / 300))
        for mine, theirs in zip(self.model.state_dict().values(), model.state_dict().values(), strict=True):
            if mine.is_floating_point():
                mine.lerp_(theirs, 1 - decay)
            else:
                mine.copy_(theirs)


def load_sources(args: argparse.Namespace) -> tuple[Sources, Sources, RenderReader, Pool]:
    """Training sources, held-out sources, and what is needed to add renders later."""
    pool = Pool()
    catalog = load_magento(args.data / "magento", pool)
    load_grocery(args.data / "grocery", pool)
    coco, _ = load_coco(args.data / "coco128")
    photos = coco * args.coco_weight + catalog[::3]
    train, held_out = Sources([], photos, photo_share=args.photo_share), Sources([], [], photo_share=0.0)
    for garment in load_clothing(args.data / "clothing", args.clothing):
        target = held_out if is_held_out_photo(garment.photo) else train
        if target is train:
            train.photos.append(garment.photo)
        if garment.patch is not None:
            target.patches.append(garment.patch)
        pool.add(garment.cutout)
    shop = sorted((args.data / "grocery" / "train").rglob("*.jpg"))[:: 20]
    train.blurs = [read_rgb(path) for path in shop] + [photo.rgb for photo in coco]
    reader = RenderReader(args.renders)
    train.cutouts, held_out.cutouts = pool.train, pool.held_out
    return train, held_out, reader, pool


def parameter_groups(model: Detector, decay: float) -> list[dict]:
    """Weights decay; biases and batch norm do not."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    rest = [p for p in model.parameters() if p.ndim <= 1]
    return [{"params": matrices, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]


def learning_rate(args: argparse.Namespace, progress: float, step: int) -> float:
    """Warm-up over 150 steps, then a cosine over the time budget."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))
    return args.rate * min(1.0, (step + 1) / 150) * (0.02 + 0.98 * cosine)


def check(model: Detector, samples: list[Sample], size: int) -> dict:
    """Figures on the held-out composites."""

    device = next(model.parameters()).device

    @torch.no_grad()
    def run(image: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(image).to(device).permute(2, 0, 1)[None].float() / 255
        with torch.autocast(device.type, dtype=torch.bfloat16):
            raw = model(x)
        return decode_raw(raw.float().cpu(), size, size)[0].numpy()

    return {key: round(value, 4) for key, value in asdict(evaluate(run, samples)).items()}


def train_epoch(args, model, average, optimiser, stream, clock, step) -> tuple[int, dict]:
    """One pass over `stream`; `clock()` is the share of the time budget used."""
    loader = DataLoader(stream, args.batch, collate_fn=collate, num_workers=args.workers, drop_last=True, prefetch_factor=4)
    sums: dict[str, float] = {}
    device = torch.device(args.device)
    model.train()
    for count, (images, targets) in enumerate(loader, 1):
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(args, clock(), step)
        x = images.to(device).permute(0, 3, 1, 2).float().div_(255).contiguous(memory_format=torch.channels_last)
        targets = Targets(targets.boxes.to(device), targets.labels.to(device))
        with torch.autocast(device.type, dtype=torch.bfloat16):
            raw = model(x)
        loss, parts = detection_loss(raw, targets, stream.size, stream.size)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0)
        optimiser.step()
        average.update(model)
        step += 1
        for key, value in parts.items():
            sums[key] = sums.get(key, 0.0) + value
        if clock() >= 1:
            break
    return step, {key: round(value / count, 4) for key, value in sums.items()}


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with magento/ grocery/ clothing/ coco128/")
    parser.add_argument("--renders", type=Path, default=Path("renders"), help="folder with meta.jsonl; may still grow")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--init", type=Path, help="start from this checkpoint's averaged weights")
    parser.add_argument("--minutes", type=float, default=45, help="CPU minutes of training")
    parser.add_argument("--scale", choices=SCALES, default="small", help="of a new network")
    parser.add_argument("--sizes", type=int, nargs="+", default=[192, 224], help="px; each for an equal share of the time")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--samples", type=int, default=4096, help="pictures an epoch")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--decay", type=float, default=0.02)
    parser.add_argument("--photo-share", type=float, default=0.18, help="real photos among the pictures")
    parser.add_argument("--coco-weight", type=int, default=1, help="how often each COCO photo is listed among the real ones")
    parser.add_argument("--clothing", type=int, default=90, help="clothing pictures a class")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    cv2.setNumThreads(1)  # its pool and the forked loading processes do not mix
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    args.out.mkdir(parents=True, exist_ok=True)
    train, held_out, reader, pool = load_sources(args)
    start = torch.load(args.init, weights_only=True) if args.init else None
    config = ModelConfig(**start["config"]) if start else SCALES[args.scale]
    model = Detector(config).to(args.device, memory_format=torch.channels_last)
    if start:
        model.load_state_dict(start["average"])
    average = Average(model, 0.9985)
    optimiser = torch.optim.AdamW(parameter_groups(model, args.decay), lr=args.rate)
    seconds = time.monotonic if args.device == "cuda" else time.process_time
    began, step, epoch = seconds(), 0, 0

    def clock() -> float:
        return (seconds() - began) / (60 * args.minutes)

    while clock() < 1:
        reader.refresh(pool)
        train.index()
        held_out.index()
        size = args.sizes[min(int(clock() * len(args.sizes)), len(args.sizes) - 1)]
        stream = Stream(train, args.samples, size, seed=args.seed * 1000 + epoch)
        step, losses = train_epoch(args, model, average, optimiser, stream, clock, step)
        epoch += 1
        rng = np.random.default_rng(12345)
        samples = [compose(rng, held_out, INPUT_SIZE) for _ in range(60)]
        figures = check(average.model, samples, INPUT_SIZE)
        line = {"epoch": epoch, "step": step, "minutes": round(clock() * args.minutes, 1), "size": size}
        line |= {"cutouts": len(train.cutouts), "loss": losses, "held_out": figures}
        print(json.dumps(line), flush=True)
        state = {"model": model.state_dict(), "average": average.model.state_dict(), "config": model.config.as_dict()}
        torch.save(state, args.out / "last.pt")
        (args.out / "run.json").write_text(json.dumps({"args": {k: str(v) for k, v in vars(args).items()}, **line}, indent=1))


if __name__ == "__main__":
    main()
