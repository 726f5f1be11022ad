"""Trains the embedder from random weights, or goes on from a checkpoint.

    PYTHONPATH=training python training/scripts/train_embedder.py --cache /somewhere/shared_cache --out /somewhere/run

Writes `last.pt` and `config.json` to --out, and prints the retrieval figures every few minutes.
With `torchrun --nproc-per-node 2` in place of `python` the batch is drawn twice and shared.
A one-minute example on a CPU (with a cache made by `make_cache.py --limit 900`):

    ... --phase 64:1 --grocery-items 4 --magento-items 4 --singles 16
"""

import argparse
from pathlib import Path

from torch import distributed

from snapshelf_training.batches import BatchConfig
from snapshelf_training.embedder import TrainConfig, Trainer
from snapshelf_training.resnet import DEPTHS, ModelConfig, resnet


def phase(text: str) -> tuple[int, float]:
    size, minutes = text.split(":")
    return int(size), float(minutes)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    files = parser.add_argument_group("files")
    files.add_argument("--cache", action="append", required=True, help="folder of make_cache.py; may be repeated")
    files.add_argument("--out", type=Path, required=True, help="folder for checkpoints")
    files.add_argument("--start-from", type=Path, help="checkpoint to go on from")
    network = parser.add_argument_group("network", "of a new run; --start-from brings its own")
    network.add_argument("--depth", type=int, choices=DEPTHS, help="a standard ResNet in place of ResNet-18-slim")
    network.add_argument("--width", type=float, default=1.0, help="multiplies the channels of --depth")
    network.add_argument("--pool-power", type=float, default=3.0, help="1 averages, 3 is GeM")
    time = parser.add_argument_group("time")
    time.add_argument("--phase", type=phase, action="append", help="SIDE_PX:MINUTES of processor time, on a GPU of the clock")
    time.add_argument("--rate", type=float, nargs=2, default=(1.5e-3, 0.0), help="learning rate at start and end")
    time.add_argument("--report-minutes", type=float, default=4.0)
    time.add_argument("--ema-decay", type=float, default=0.99, help="of the averaged weights, a step")
    batch = parser.add_argument_group("batch")
    batch.add_argument("--grocery-items", type=int, default=20, help="two pictures each")
    batch.add_argument("--magento-items", type=int, default=16, help="two pictures each")
    batch.add_argument("--render-items", type=int, default=0, help="two pictures each")
    batch.add_argument("--singles", type=int, default=56, help="pictures; two views of each photo drawn")
    batch.add_argument("--heavy", type=float, default=0.5, help="share of photos that are bent hard")
    batch.add_argument("--prints", type=int, default=0, help="invented printed goods, two pictures each")
    batch.add_argument("--recoloured", type=float, default=0.0, help="share of pairs that become an invented item of new colours")
    loss = parser.add_argument_group("losses", "weights; 0 leaves one out")
    loss.add_argument("--cosine-weight", type=float, default=4.0)
    loss.add_argument("--relational-weight", type=float, default=1.0)
    loss.add_argument("--contrastive-weight", type=float, default=0.5)
    loss.add_argument("--contrastive-temperature", type=float, default=0.1)
    free = parser.add_argument_group("free views", "drawn on the device, for the teachers to look at")
    free.add_argument("--free-views", type=int, default=0, help="pictures a step; needs --teachers")
    free.add_argument("--free-weight", type=float, default=1.0, help="of their losses")
    free.add_argument("--teachers", default="", help="folder with the teachers' ONNX files")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--workers", type=int, default=1, help="processes that draw batches")
    parser.add_argument("--threads", type=int, default=1, help="more than the free cores slows it badly")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.free_views and not arguments.teachers:
        parser.error("--free-views needs --teachers, the folder of the networks that look at them")
    return arguments


def main() -> None:
    a = parse_arguments()
    batch = BatchConfig(a.grocery_items, a.magento_items, a.render_items, a.singles, a.heavy, a.prints, a.recoloured)
    config = TrainConfig(
        caches=tuple(a.cache),
        phases=tuple(a.phase or [(96, 20.0)]),
        batch=batch,
        network=resnet(a.depth, a.width, a.pool_power) if a.depth else ModelConfig(pool_power=a.pool_power),
        rate=tuple(a.rate),
        cosine_weight=a.cosine_weight,
        relational_weight=a.relational_weight,
        contrastive_weight=a.contrastive_weight,
        contrastive_temperature=a.contrastive_temperature,
        ema_decay=a.ema_decay,
        free_views=a.free_views,
        free_weight=a.free_weight,
        teachers=a.teachers,
        device=a.device,
        workers=a.workers,
        threads=a.threads,
        seed=a.seed,
        report_minutes=a.report_minutes,
    )
    if distributed.is_torchelastic_launched():
        distributed.init_process_group("gloo")
    Trainer(config, a.out, a.start_from).train()


if __name__ == "__main__":
    main()
