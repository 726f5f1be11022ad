"""Trains the slim YOLOv1 on composites of a few classes, from random weights.

    PYTHONPATH=training python training/scripts/train_yolov1.py --data ../shared/data \
        --renders build/renders/train --out build/yolov1 --minutes 8

One minute on a CPU, to see that everything works: `--pictures 64 --held-out 16 --minutes 0.3`.

The schedule follows the CPU time that this process has spent, on a GPU (--device cuda) the clock. Writes last.pt after every epoch; `--resume` goes on
from it. `export_yolov1.py` makes the model file.

The convolutions learn through a head of one convolution (`CellHead`) beside the connected layers: without it, and
without the paper's ImageNet start, 4,800 pictures taught the network nothing.
"""

import argparse
import json
import math
import time
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
import torch

from snapshelf_training.detector.compose import Sample
from snapshelf_training.detector.evaluate import evaluate
from snapshelf_training.yolov1.data import bend, compose_pictures, load_cutouts
from snapshelf_training.yolov1.export import Exported
from snapshelf_training.yolov1.layout import to_candidates
from snapshelf_training.yolov1.loss import make_targets, yolov1_loss
from snapshelf_training.yolov1.model import CellHead, Yolov1, slim, start_gently

CONNECTED_RATE = 0.15  # of --rate
CLASSES = ("top", "bag", "furniture", "kitchen", "bottle")


def to_input(images: np.ndarray, device: torch.device) -> torch.Tensor:
    """[n, s, s, 3] uint8 -> [n, 3, s, s] in 0..1."""
    x = torch.from_numpy(images).to(device).permute(0, 3, 1, 2).float().div_(255)
    return x.contiguous(memory_format=torch.channels_last)


def check(model: Yolov1, samples: list[Sample]) -> dict:
    """Figures on held-out pictures, with the file's arithmetic but for bf16."""
    exported, size = Exported(model).eval(), model.config.input_size
    device = next(model.parameters()).device

    @torch.no_grad()
    def run(image: np.ndarray) -> np.ndarray:
        with torch.autocast(device.type, dtype=torch.bfloat16):
            output = exported(to_input(image[None], device))
        return to_candidates(output[0].float().cpu().numpy(), size)

    return {key: round(value, 3) for key, value in asdict(evaluate(run, samples, 0.2)).items()}


def parameter_groups(model: Yolov1, helper: CellHead) -> list[dict]:
    """The connected layers learn slower: each sums over 6,272 inputs, so the common rate throws their output about."""
    convolutions = [*model.backbone.parameters(), *model.detection.parameters(), *helper.parameters()]
    return [{"params": convolutions, "scale": 1.0}, {"params": list(model.connected.parameters()), "scale": CONNECTED_RATE}]


def train_epoch(args, model, helper, optimiser, samples, rng, clock) -> dict:
    """Every picture once, bent; stops when `clock()`, the share of the time budget used, reaches 1."""
    model.train()
    device = torch.device(args.device)
    sums: dict[str, float] = {}
    order, batches = rng.permutation(len(samples)), 0
    for first in range(0, len(order) - args.batch + 1, args.batch):
        batch = [bend(rng, samples[i]) for i in order[first : first + args.batch]]
        targets = make_targets([s.boxes for s in batch], [s.labels for s in batch], model.config.input_size)
        for group in optimiser.param_groups:
            cosine = 0.5 * (1 + math.cos(math.pi * min(clock(), 1.0)))
            group["lr"] = group["scale"] * args.rate * (0.01 + 0.99 * cosine) * min(1.0, clock() / 0.03 + 0.02)
        targets = targets.to(device)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            features = model.features(to_input(np.stack([s.image for s in batch]), device))
            output, cells = model.connected(features), helper(features)
        loss, parts = yolov1_loss(output.float(), targets)
        helped, _ = yolov1_loss(cells.float(), targets)
        parts["cells"] = helped.item()
        optimiser.zero_grad()
        (loss + helped).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0)
        optimiser.step()
        batches += 1
        for key, value in parts.items():
            sums[key] = sums.get(key, 0.0) + value
        if clock() >= 1:
            break
    return {key: round(value / batches, 4) for key, value in sums.items()}


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with magento/ and grocery/")
    parser.add_argument("--renders", type=Path, required=True, help="folder with meta.jsonl")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--classes", nargs="+", default=list(CLASSES))
    parser.add_argument("--pictures", type=int, default=1500, help="composites made before training")
    parser.add_argument("--held-out", type=int, default=150, help="composites of products never trained on")
    parser.add_argument("--minutes", type=float, default=8, help="CPU minutes of training")
    parser.add_argument("--check-every", type=int, default=4, help="epochs")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true", help="go on from last.pt in --out")
    args = parser.parse_args()
    if args.pictures < args.batch:
        parser.error(f"--pictures {args.pictures} does not fill a batch of {args.batch}")
    return args


def main() -> None:
    args = parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    model = Yolov1(slim(len(args.classes)))
    start_gently(model)
    model.to(args.device, memory_format=torch.channels_last)
    helper = CellHead(model.config).to(args.device)
    optimiser = torch.optim.AdamW(parameter_groups(model, helper), lr=args.rate, weight_decay=0.02)
    epoch, spent = 0, 0.0
    if args.resume:
        state = torch.load(args.out / "last.pt", map_location=args.device, weights_only=True)
        model.load_state_dict(state["model"])
        helper.load_state_dict(state["helper"])
        optimiser.load_state_dict(state["optimiser"])
        epoch, spent = state["epoch"], state["spent"]
    train, held_out = load_cutouts(args.data, args.renders, args.classes)
    samples = compose_pictures(train, args.pictures, model.config.input_size, args.seed)
    checks = compose_pictures(held_out, args.held_out, model.config.input_size, 12345)
    print(json.dumps({"cutouts": len(train), "held_out": len(held_out), "pictures": len(samples)}), flush=True)
    rng = np.random.default_rng([args.seed, epoch])
    seconds = time.monotonic if args.device == "cuda" else time.process_time
    start = seconds() - spent

    def clock() -> float:
        return (seconds() - start) / (60 * args.minutes)

    while clock() < 1:
        losses = train_epoch(args, model, helper, optimiser, samples, rng, clock)
        epoch += 1
        line = {"epoch": epoch, "minutes": round(clock() * args.minutes, 2), "loss": losses}
        if epoch % args.check_every == 0 or clock() >= 1:
            line["held_out"] = check(model, checks)
        print(json.dumps(line), flush=True)
        state = {"model": model.state_dict(), "helper": helper.state_dict(), "optimiser": optimiser.state_dict()}
        state |= {"config": model.config.as_dict(), "classes": args.classes, "epoch": epoch, "spent": seconds() - start}
        torch.save(state, args.out / "last.pt.new")
        (args.out / "last.pt.new").rename(args.out / "last.pt")


if __name__ == "__main__":
    main()
