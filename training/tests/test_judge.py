"""Judging: figures from known rankings, and the command from outside."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import torch

from snapshelf_training import edits, export, judge
from snapshelf_training.resnet import Embedder, ModelConfig

SMALL = ModelConfig(channels=(8, 16, 16, 24))


def test_figures_of_a_known_ranking():
    ranked = np.array([["a", "b", "c", "d"], ["b", "a", "c", "d"], ["d", "c", "b", "a"]])
    figures = judge.figures(ranked, [{"a"}, {"a"}, {"a", "c"}])
    assert (figures["r@1"], figures["r@3"], figures["r@5"]) == (0.3333, 1.0, 1.0)
    assert figures["map"] == pytest.approx((1 + 1 / 2 + (1 / 2 + 2 / 4) / 2) / 3, abs=1e-4)


def test_a_product_is_scored_by_its_best_picture():
    gallery = np.array([[1, 0], [0, 1], [0.8, 0.6]], np.float32)
    ranked = judge.rank(np.array([[1, 0]], np.float32), gallery, np.array(["far", "near", "far"]))
    assert list(ranked[0]) == ["far", "near"]


@pytest.mark.parametrize("name", edits.EDITS)
def test_edits_give_pictures_and_leave_the_original(name: str):
    image = np.random.default_rng(1).integers(0, 256, (90, 120, 3)).astype(np.uint8)
    before = image.copy()
    edited = edits.EDITS[name](np.random.default_rng(2), image)
    assert edited.dtype == np.uint8 and edited.ndim == 3 and edited.shape[2] == 3
    assert edited.shape != image.shape or (edited != image).any()
    assert (image == before).all()


@pytest.fixture
def shop(tmp_path):
    """A card, a catalog of five products of noise, and a truth file that asks with the same pictures."""
    model = Embedder(SMALL).eval()
    file = tmp_path / "model.onnx"
    onnx.save(export.store_half(export.to_onnx(model, 32)), file)
    export.write_card(tmp_path / "model.json", export.make_card(file, 32, "0", {}))
    rng = np.random.default_rng(4)
    rows, truth = ["id,image_link,category"], []
    for number in range(5):
        cv2.imwrite(str(tmp_path / f"{number}.png"), rng.integers(0, 256, (40, 40, 3)).astype(np.uint8))
        rows.append(f"p{number},{number}.png,{'even' if number % 2 == 0 else 'odd'}")
        truth.append(json.dumps({"photo": f"{number}.png", "relevant": [f"p{number}"]}))
    (tmp_path / "catalog.csv").write_text("\n".join(rows))
    (tmp_path / "truth.jsonl").write_text("\n".join(truth))
    return tmp_path


def evaluate(shop, *options: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "snapshelf_training", "evaluate", "--card", shop / "model.json"]
    return subprocess.run([*command, "--catalog", shop / "catalog.csv", *options], capture_output=True, text=True)


def test_the_same_pictures_come_first(shop):
    torch.manual_seed(1)
    done = evaluate(shop, "--truth", shop / "truth.jsonl", "--categories", "--sheet", shop / "sheet.png")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["truth"]["r@1"] == 1
    assert result["categories"]["even"]["queries"] == 3
    assert cv2.imread(str(shop / "sheet.png")) is not None


def test_the_default_detector_finds_most_boxes_of_the_demo():
    root = Path(__file__).parents[2]
    found = judge.judge_boxes(root / "models/detector", root / "demo/truth.jsonl")
    assert found["boxes"] == 52 and 0.7 < found["ap50"] <= 1


def test_boxes_want_a_truth_with_boxes(shop):
    with pytest.raises(ValueError, match="no boxes"):
        judge.judge_boxes(Path(__file__).parents[2] / "models/detector", shop / "truth.jsonl")


def test_wrong_files_are_told_clearly(shop):
    assert "give --truth" in evaluate(shop).stderr
    (shop / "truth.jsonl").write_text("")
    assert "no queries" in evaluate(shop, "--truth", shop / "truth.jsonl").stderr
