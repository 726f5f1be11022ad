"""Writes a trained slim YOLOv1 as ONNX with its model card, compares the file with PyTorch and measures it.

    PYTHONPATH=training python training/scripts/export_yolov1.py --checkpoint build/yolov1/last.pt \
        --data ../shared/data --renders build/renders/train --out build/yolov1/model

`snapshelf models add build/yolov1/model/model.onnx --card build/yolov1/model/model.json` takes the result.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import torch

from snapshelf_training.detector.evaluate import evaluate
from snapshelf_training.yolov1.data import compose_pictures, load_cutouts
from snapshelf_training.yolov1.export import Exported, export_onnx, write_card
from snapshelf_training.yolov1.layout import to_candidates
from snapshelf_training.yolov1.model import ModelConfig, Yolov1

NAME = "snapshelf-yolov1-slim"
TRAINING_DATA = (
    "Composites of products rendered by the project, catalog pictures (magento2-sample-data, OSL-3.0/AFL-3.0) and "
    "grocery pictures (GroceryStoreDataset, MIT) on procedural backgrounds. From random weights."
)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--renders", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pictures", type=int, default=300, help="composites of held-out products to measure on")
    parser.add_argument("--threshold", type=float, default=0.2, help="score_threshold of the card; the paper's demo has .2")
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    state = torch.load(args.checkpoint, map_location="cpu", weights_only=True)
    model = Yolov1(ModelConfig(**state["config"])).eval()
    model.load_state_dict(state["model"])
    size, reference = model.config.input_size, Exported(model).eval()
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / "model.onnx"
    export_onnx(model, path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    apart = []

    def run(image: np.ndarray) -> np.ndarray:
        x = image.transpose(2, 0, 1)[None].astype(np.float32) / 255
        output = session.run(["output"], {"images": x})[0]
        with torch.no_grad():
            apart.append(float(np.abs(output - reference(torch.from_numpy(x)).numpy()).max()))
        return to_candidates(output[0], size)

    _, held_out = load_cutouts(args.data, args.renders, state["classes"])
    samples = compose_pictures(held_out, args.pictures, size, 777)
    figures = {key: round(value, 3) for key, value in asdict(evaluate(run, samples, args.threshold)).items()}
    scores = {"composites_held_out": figures}
    write_card(args.out, NAME, model, state["classes"], args.threshold, TRAINING_DATA, scores)
    print(json.dumps({"scores": scores, "largest_difference_to_pytorch": max(apart), "bytes": path.stat().st_size}))


if __name__ == "__main__":
    main()
