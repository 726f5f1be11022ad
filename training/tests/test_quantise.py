"""Quantisation on a tiny network: what becomes int8, that the answers stay near, and the words for what cannot be done."""

import json
import runpy
import sys
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import torch

from snapshelf_training import export, onnx_graph, quantise, run_card
from snapshelf_training.resnet import Embedder, ModelConfig

SMALL = ModelConfig(channels=(8, 16, 16, 24))
SCRIPT = Path(__file__).parents[1] / "scripts" / "quantise.py"


def noise(count: int) -> list[np.ndarray]:
    """Blurred, so that the pictures differ in more than their noise."""
    rng = np.random.default_rng(3)
    return [cv2.resize(rng.integers(0, 256, (4, 5, 3)).astype(np.uint8), (60, 48)) for _ in range(count)]


@pytest.fixture
def folder(tmp_path) -> Path:
    torch.manual_seed(1)
    model = Embedder(SMALL).eval()
    out = tmp_path / "original"
    out.mkdir()
    onnx.save(export.store_half(export.to_onnx(model, 32)), out / "model.onnx")
    export.write_card(out / "model.json", export.make_card(out / "model.onnx", 32, "0", {}))
    return out


def embed(folder: Path, pictures: list[np.ndarray]) -> np.ndarray:
    run, card = run_card.open_folder(folder, "f32")
    return run_card.run_pictures(run, card, np.stack([run_card.fit(card, picture) for picture in pictures]))


def test_single_precision_constants_come_back(folder):
    model = onnx_graph.restore_single(onnx.load(folder / "model.onnx"))
    onnx.checker.check_model(model)
    assert not [tensor.name for tensor in model.graph.initializer if tensor.data_type == onnx.TensorProto.FLOAT16]


def test_what_follows_the_last_convolution_stays_in_floating_point(folder):
    model = quantise.load_named(folder / "model.onnx")
    kept = quantise.kept_nodes(model, 1e-9, 1 / 6)
    kinds = {node.name: node.op_type for node in model.graph.node}
    assert {"Gemm", "Pow", "ReduceL2"} <= {kinds[name] for name in kept}
    assert [kinds[name] for name in kept].count("Conv") == 4  # the first, and a sixth of 18
    assert "MaxPool" not in {kinds[name] for name in quantise.kept_nodes(model, 0, 0)}


def test_the_letterbox_is_that_of_training():
    from snapshelf_training.geometry import PAD, letterbox

    card = {"input": {"width": 32, "height": 32, "resize": "letterbox", "pad": list(PAD)}}
    for picture in [*noise(1), np.zeros((33, 90, 3), np.uint8), np.zeros((7, 3, 3), np.uint8)]:
        np.testing.assert_array_equal(run_card.fit(card, picture), letterbox(picture, 32))


def test_int8_gives_nearly_the_same_embeddings(folder, tmp_path):
    pytest.importorskip("nncf", reason="no NNCF, which needs PyTorch 2; Debian 12 has 1.13")
    done = quantise.quantise(folder, noise(16), tmp_path / "int8", None)
    assert done.step in quantise.KEPT and done.tried[done.step]["usual_cosine"] > 0.99
    kinds = {node.op_type for node in onnx.load(tmp_path / "int8" / "model.onnx").graph.node}
    assert {"QuantizeLinear", "DequantizeLinear"} <= kinds
    card = json.loads((tmp_path / "int8" / "model.json").read_text())
    assert card["name"].endswith("-int8") and card["precision"] == "f32"
    cosines = (embed(folder, noise(20)) * embed(tmp_path / "int8", noise(20))).sum(axis=1)
    assert cosines.min() > 0.99
    with pytest.raises(ValueError, match="quantised already"):
        quantise.quantise(tmp_path / "int8", noise(2), tmp_path / "again", None)


def test_parts_stay_in_floating_point_until_the_loss_is_small(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(quantise, "quantise_graph", lambda model, batches, kept: model)
    figures = iter([0.9, 0.8, 0.899])
    done = quantise.quantise(folder, noise(2), tmp_path / "int8", lambda _: next(figures))
    assert done.step == list(quantise.KEPT)[1]
    assert done.loss == pytest.approx(0.001)
    with pytest.raises(ValueError, match="no step"):
        quantise.quantise(folder, noise(2), tmp_path / "int8", lambda tried: 0.9 if tried == folder else 0.1)


def test_missing_things_are_told_clearly(folder, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    cases = (([tmp_path / "empty"], "no model.json"), ([folder, "--pictures", tmp_path / "empty"], "no calibration pictures"))
    for arguments, words in cases:
        monkeypatch.setattr(sys, "argv", [str(part) for part in ["quantise.py", "--out", tmp_path / "out", "--model", *arguments]])
        with pytest.raises(SystemExit, match=words):
            runpy.run_path(str(SCRIPT), run_name="__main__")
