"""Holds docs/other-models.md to what it says: its cards fit networks of the shapes that those exports have."""

import json
import pathlib
import re

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from conftest import ROOT, demo_rows, write_csv

PAGE = (ROOT / "docs/other-models.md").read_text()
CARDS = {name: json.loads(text) for name, text in re.findall(r"`(\w+)\.json`:\n\n```json\n(.*?)```", PAGE, re.DOTALL)}
# The thing that the detectors find, in pixels of a 320 x 240 photo, and its class.
BOX, CLASS = (110, 95, 100, 50), 1


def test_the_page_has_a_card_for_each_kind():
    assert set(CARDS) == {"yolo11n", "yolov5s", "yolox_s", "resnet50"}


def centre_in_input(card: dict) -> tuple[float, float, float, float]:
    """BOX as centre and size in the input's pixels: the photo is doubled, and centred in the square or at its top left."""
    x, y, w, h = (2 * value for value in BOX)
    shift = 80 if card["input"]["resize"] == "letterbox" else 0
    return x + w / 2, y + h / 2 + shift, w, h


def detections(card: dict) -> np.ndarray:
    """What such a network puts out when it finds BOX and nothing else."""
    x, y, w, h = centre_in_input(card)
    classes = len(card["classes"])
    scores = [0.9 if number == CLASS else 0.01 for number in range(classes)]
    if card["decoder"] == "yolov8":
        out = np.zeros((1, 4 + classes, 8400), np.float32)
        out[0, :, 17] = [x, y, w, h, *scores]
    elif card["decoder"] == "yolov5":
        out = np.zeros((1, 25200, 5 + classes), np.float32)
        out[0, 17] = [x, y, w, h, 0.95, *scores]
    else:  # yolox: the cell of stride 8 in which the centre lies
        out = np.zeros((1, 8400, 5 + classes), np.float32)
        column, row = int(x // 8), int(y // 8)
        out[0, row * 80 + column] = [x / 8 - column, y / 8 - row, np.log(w / 8), np.log(h / 8), 0.95, *scores]
    return out


def write_detector(card: dict, path: pathlib.Path) -> None:
    """A network with the card's input and output that finds BOX in every picture."""
    out = detections(card)
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["found", "nothing"], [card["output"]["name"]]),
    ]
    constants = [numpy_helper.from_array(out, "found"), numpy_helper.from_array(np.float32(0), "zero")]
    save(nodes, constants, [1, 3, 640, 640], card["output"]["name"], list(out.shape), path)


def write_resnet(card: dict, path: pathlib.Path) -> None:
    """Random filters and an average: 2,048 numbers a picture."""
    weights = np.random.default_rng(2).normal(0, 1, (2048, 3, 16, 16)).astype(np.float32)
    nodes = [
        helper.make_node("Conv", ["images", "weights"], ["filtered"], strides=[16, 16]),
        helper.make_node("Relu", ["filtered"], ["positive"]),
        helper.make_node("ReduceMean", ["positive"], ["features"], axes=[2, 3], keepdims=0),
    ]
    save(nodes, [numpy_helper.from_array(weights, "weights")], ["n", 3, 224, 224], "features", ["n", 2048], path)


def save(nodes: list, constants: list, image: list, output: str, shape: list, path: pathlib.Path) -> None:
    port = helper.make_tensor_value_info
    graph = helper.make_graph(nodes, "network", [port("images", TensorProto.FLOAT, image)],
                              [port(output, TensorProto.FLOAT, shape)], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)


def add(shop, card: dict, folder: pathlib.Path, models: pathlib.Path) -> None:
    file = folder / card["file"]
    (write_resnet if card["task"] == "embed" else write_detector)(card, file)
    card_path = file.with_suffix(".json")
    card_path.write_text(json.dumps(card))
    done = shop.run("models", "add", file, "--card", card_path, "--models", models)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["yolo11n", "yolov5s", "yolox_s"])
def test_a_detector_from_elsewhere_finds_its_box(shop, tmp_path, name):
    models = tmp_path / "models"
    models.mkdir()
    (models / "embedder").symlink_to(ROOT / "models/embedder")
    add(shop, CARDS[name], tmp_path, models)
    options = ["--models", models, "--detector", name]
    assert shop.run("import", write_csv(tmp_path / "feed.csv", demo_rows(2)), *options).returncode == 0
    Image.new("RGB", (320, 240), (90, 120, 60)).save(tmp_path / "photo.png")
    found = shop.json("search", tmp_path / "photo.png", *options)["objects"][0]
    assert found["class"] == CARDS[name]["classes"][CLASS]
    assert found["box"] == pytest.approx(BOX, abs=1)


def test_a_resnet_from_elsewhere_searches_through_a_fitted_projection(shop, tmp_path):
    models = tmp_path / "models"
    models.mkdir()
    (models / "detector").symlink_to(ROOT / "models/detector")
    add(shop, CARDS["resnet50"], tmp_path, models)
    done = shop.run("models", "fit-projection", "resnet50", "--pictures", ROOT / "demo/pictures", "--models", models)
    assert done.returncode == 0, done.stderr
    rows = demo_rows(8)
    options = ["--models", models, "--embedder", "resnet50"]
    assert shop.run("import", write_csv(tmp_path / "feed.csv", rows), *options).returncode == 0
    found = shop.json("search", rows[5]["image_link"], "--whole", *options)["objects"][-1]["products"]
    assert found[0]["id"] == rows[5]["id"]
