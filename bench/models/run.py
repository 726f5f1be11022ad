#!/usr/bin/env python3
"""Milliseconds a crop and a photo: the default models in float32, bfloat16 and int8 against two larger public networks.

    python training/scripts/quantise.py ...          # writes build/int8/embedder and build/int8/detector; see its --help
    bench/models/run.py --int8 build/int8 --shared ../shared/models --out bench/results/model_speed.json

One process on one thread runs all in turn, round after round, and the medians are reported: other work on the machine
then hits all alike. Ratios are of one round each, their median is reported; above 1 means faster than float32, or
than the default model. CPU time is that of the process and varies less than wall-clock time on a busy machine. Needs
openvino and numpy (training/requirements.txt). The networks alone: no decoding, resizing or search.
"""

import argparse
import dataclasses
import json
import os
import platform
import subprocess
import time
from pathlib import Path
from statistics import median

import numpy as np
import openvino

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ("avx2", "avx512f", "avx_vnni", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
# File below --shared, input side; each stands beside the default model of the same use.
PEERS = {"detector": ("yolox_nano.onnx", 416), "embedder": ("resnet50_c4_imagenet.onnx", 224)}
BATCHES = (1, 8)


@dataclasses.dataclass
class Variant:
    use: str  # detector or embedder
    name: str
    precision: str
    batch: int
    compiled: openvino.CompiledModel
    batch_input: np.ndarray
    wall: list[float] = dataclasses.field(default_factory=list)  # seconds a picture, one each round
    cpu: list[float] = dataclasses.field(default_factory=list)


def compile_file(core: openvino.Core, file: Path, precision: str, batch: int, side: int) -> openvino.CompiledModel:
    model = core.read_model(file)
    model.reshape([batch, 3, side, side])
    options = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": precision}
    return core.compile_model(model, "CPU", options)


def list_files(arguments: argparse.Namespace) -> list[tuple[str, str, Path, str, int]]:
    """(use, name, file, precision, input side) of what is there."""
    files = []
    for use in ("detector", "embedder"):
        card = json.loads((arguments.models / use / "model.json").read_text())
        side, file = card["input"]["width"], arguments.models / use / card["file"]
        files += [(use, "default", file, precision, side) for precision in ("f32", "bf16")]
        if arguments.int8 and (arguments.int8 / use).is_dir():
            files.append((use, "default int8", arguments.int8 / use / "model.onnx", "f32", side))
        if arguments.shared:
            peer, peer_side = PEERS[use]
            files += [(use, peer, arguments.shared / peer, precision, peer_side) for precision in ("f32", "bf16")]
    return files


def make_variants(arguments: argparse.Namespace) -> list[Variant]:
    core = openvino.Core()
    able = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    rng = np.random.default_rng(1)
    variants = []
    for use, name, file, precision, side in list_files(arguments):
        if precision == "bf16" and not able:
            continue
        for batch in BATCHES:
            pixels = rng.normal(size=(batch, 3, side, side)).astype(np.float32)
            variants.append(Variant(use, name, precision, batch, compile_file(core, file, precision, batch, side), pixels))
    return variants


def run_round(variants: list[Variant], repeats: int) -> None:
    for variant in variants:
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(repeats):
            variant.compiled([variant.batch_input])
        pictures = repeats * variant.batch
        variant.wall.append((time.perf_counter() - wall) / pictures)
        variant.cpu.append((time.process_time() - cpu) / pictures)


def describe(variant: Variant, variants: list[Variant]) -> dict:
    base = next(v for v in variants if (v.use, v.name, v.precision, v.batch) == (variant.use, "default", "f32", variant.batch))
    return {
        "use": variant.use,
        "model": variant.name,
        "precision": "int8" if variant.name.endswith("int8") else variant.precision,
        "batch": variant.batch,
        "ms": round(median(variant.wall) * 1000, 3),
        "cpu_ms": round(median(variant.cpu) * 1000, 3),
        "faster_than_f32_default": round(median(b / v for b, v in zip(base.wall, variant.wall)), 2),
        "cpu_ratio": round(median(b / v for b, v in zip(base.cpu, variant.cpu)), 2),
    }


def machine() -> dict:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    fields = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
    fields = {key.strip(): value.strip() for key, value in fields.items()}
    flags = fields.get("flags", "").split()
    cpu = {"cpu": fields.get("model name", platform.processor()), "flags": [flag for flag in FLAGS if flag in flags]}
    return cpu | {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1), "openvino": openvino.__version__}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    parser.add_argument("--int8", type=Path, help="folder with detector/ and embedder/ in int8")
    parser.add_argument("--shared", type=Path, help="folder with yolox_nano.onnx and resnet50_c4_imagenet.onnx")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=2, help="runs of each network a round")
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    variants = make_variants(arguments)
    run_round(variants, arguments.repeats)  # warm-up
    for variant in variants:
        variant.wall.clear(), variant.cpu.clear()
    for _ in range(arguments.rounds):
        run_round(variants, arguments.repeats)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=ROOT).stdout.strip()
    result = {"machine": machine(), "commit": commit, "rounds": arguments.rounds, "repeats": arguments.repeats, "threads": 1}
    result["results"] = [describe(variant, variants) for variant in variants]
    arguments.out.write_text(json.dumps(result, indent=1) + "\n")
    for row in result["results"]:
        print(*(f"{value:<26}" if isinstance(value, str) else f"{value:>8}" for value in row.values()))


if __name__ == "__main__":
    main()
