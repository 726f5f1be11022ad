"""Fine-tuning on tiny made-up shops: weights from ONNX, catalogs, what is frozen, going on after a kill, and refusals."""

import csv
import dataclasses
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import torch

from snapshelf_training import __main__, export, onnx_weights, run_card, shop_catalog
from snapshelf_training.finetune import FeatureCache, FinetuneConfig, Loop, Tail, Views, make_frozen
from snapshelf_training.resnet import Embedder, ModelConfig, resnet

SMALL = ModelConfig(channels=(8, 16, 16, 24))
SIZE = 32


def lively(config: ModelConfig) -> Embedder:
    """Random weights, and norms that have seen something."""
    torch.manual_seed(1)
    model = Embedder(config)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d | torch.nn.BatchNorm1d):
            module.running_mean.normal_(0, 0.2), module.running_var.uniform_(0.5, 2)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5), torch.nn.init.normal_(module.bias, 0, 0.2)
    return model.eval()


def write_model(folder: Path) -> Path:
    folder.mkdir()
    onnx.save(export.store_half(export.to_onnx(lively(SMALL), SIZE)), folder / "model.onnx")
    export.write_card(folder / "model.json", export.make_card(folder / "model.onnx", SIZE, "3", {}, SMALL))
    return folder


def write_shop(folder: Path, products: int, views: int) -> Path:
    """Each product a pattern of its own; its views are that pattern shifted."""
    folder.mkdir()
    rng = np.random.default_rng(2)
    with open(folder / "catalog.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "image_link", "additional_image_link"])
        for number in range(products):
            pattern = cv2.resize(rng.integers(0, 256, (5, 5, 3)).astype(np.uint8), (60, 60))
            names = [f"p{number}-{view}.png" for view in range(views)]
            for view, name in enumerate(names):
                cv2.imwrite(str(folder / name), np.roll(pattern, 5 * view, axis=1))
            writer.writerow([f"p{number}", "a thing", names[0], "|".join(names[1:])])
    return folder


@dataclasses.dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def finetune(monkeypatch, capsys):
    """The command, in this process: starting Python and torch takes longer than the work."""

    def run(shop: Path, model: Path, out: Path, *options: str) -> Done:
        command = ["snapshelf_training", "finetune", "--catalog", shop, "--model", model, "--out", out, *options]
        command += ["--views", "2", "--epochs", "3", "--workers", "0", "--threads", "1", "--json"]
        monkeypatch.setattr(sys, "argv", [str(part) for part in command])
        try:
            __main__.main()
        except SystemExit as end:
            return Done(1, "", str(end.code) + capsys.readouterr().err)
        return Done(0, *capsys.readouterr())

    return run


@pytest.mark.parametrize("config", [SMALL, resnet(50, width=0.125, pool_power=1.0), resnet(18, width=0.125)], ids=lambda c: c.name)
def test_weights_come_back_from_onnx(tmp_path, config):
    model = lively(config)
    onnx.save(export.store_half(export.to_onnx(model, SIZE)), tmp_path / "model.onnx")
    again = onnx_weights.load_embedder(tmp_path / "model.onnx", config.name)
    images = torch.randn(3, 3, 64, 64)
    with torch.no_grad():
        assert (model(images) * again(images)).sum(dim=1).min() > 0.9999  # weights were rounded to fp16


def test_the_shipped_weights_come_back_from_int8():
    folder = Path(__file__).parents[2] / "models" / "embedder"
    run, card = run_card.open_folder(folder, "f32")
    pictures = np.random.default_rng(2).integers(0, 256, (3, 4, 6, 3)).astype(np.uint8)
    pictures = np.stack([run_card.fit(card, cv2.resize(picture, (240, 160))) for picture in pictures])
    again = onnx_weights.load_embedder(folder / card["file"], "resnet18-slim")
    with torch.no_grad():
        restored = again(torch.from_numpy(run_card.normalise(card, pictures))).numpy()
    assert (restored * run_card.run_pictures(run, card, pictures)).sum(axis=1).min() > 0.97  # activations are int8 there


def test_other_files_are_refused(tmp_path):
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(ValueError, match="text.onnx"):
        onnx_weights.load_embedder(tmp_path / "text.onnx", "x")


@pytest.mark.parametrize("part", ["head", "stage4"])
def test_only_the_last_part_learns_and_starts_as_it_was(tmp_path, part):
    model, images = lively(SMALL), np.random.default_rng(1).integers(0, 256, (6, SIZE, SIZE, 3)).astype(np.uint8)
    tail = Tail(model, part)
    features = make_frozen(model, part)(images)
    same = tail.put_into(model)
    assert all(torch.equal(a, b) for a, b in zip(model.state_dict().values(), same.state_dict().values(), strict=True))
    config = FinetuneConfig(part=part, views=2, batch=3, rate=1e-2)
    rows = np.stack([features, features], axis=1)
    loop = Loop(config, tail, rows, [np.array([i, i + 3]) for i in range(3)], tmp_path / "loop.pt", "key")
    history = [loop.train_step()[0] for _ in range(12)]
    assert history[-1] < history[0]
    changed = {name for name, value in loop.tail.put_into(model).state_dict().items() if not torch.equal(value, model.state_dict()[name])}
    allowed = ("head.", "norm.", "stages.6.") if part == "stage4" else ("head.", "norm.")
    assert changed and all(name.startswith(allowed) for name in changed)


def test_a_stopped_run_ends_as_one_that_was_not(tmp_path):
    model, config = lively(SMALL), FinetuneConfig(views=2, batch=2, epochs=4)
    features = np.random.default_rng(1).normal(size=(8, 2, 24)).astype(np.float16)
    products = [np.array([2 * i, 2 * i + 1]) for i in range(4)]

    def loop(name: str) -> Loop:
        return Loop(config, Tail(model, "head"), features, products, tmp_path / name, "key")

    whole = loop("whole.pt")
    whole.run(lambda _: None)
    first = loop("parts.pt")
    for _ in range(3):
        first.train_step()
    first.save()
    second = loop("parts.pt")
    assert second.step == 3
    second.run(lambda _: None)
    # Seconds count in the learning rate's schedule, hence not to the last bit.
    torch.testing.assert_close(whole.tail.head.weight, second.tail.head.weight, atol=1e-3, rtol=1e-2)
    other = Loop(config, Tail(model, "head"), features, products, tmp_path / "parts.pt", "another key")
    assert other.step == 0


def test_cached_features_are_not_computed_twice(tmp_path):
    shop = write_shop(tmp_path / "shop", 3, 1)
    paths = sorted(shop.glob("*.png"))
    (shop / "p1-0.png").write_bytes(b"broken")
    calls = []

    def run(images: np.ndarray) -> np.ndarray:
        calls.append(len(images))
        return images.mean(axis=(1, 2)).astype(np.float16)

    for _ in range(2):
        cache = FeatureCache(tmp_path, "key", len(paths))
        cache.fill(Views(paths, SIZE, 2, 1), run, 0, lambda _: None)
        assert cache.done == 3 and cache.unreadable == [1]
    assert calls == [2, 2]
    assert cache.rows[0].any() and not cache.rows[1].any()


def test_finetune_writes_a_model_that_runs_and_tells_the_gain(tmp_path, finetune):
    shop, model = write_shop(tmp_path / "shop", 10, 2), write_model(tmp_path / "model")
    (shop / "p3-1.png").write_bytes(b"broken")
    done = finetune(shop, model, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "p3-1.png: not a picture" in done.stderr and "fewer than a batch" in done.stderr
    figures = json.loads(done.stdout)
    assert figures["held-out products"] == 2 and set(figures["before"]) == {"other pictures", "altered copies"}
    run, card = run_card.open_folder(tmp_path / "out")
    assert card["name"] == "snapshelf-resnet18-slim-finetuned" and card["version"].startswith("3+")
    vectors = run_card.run_pictures(run, card, np.zeros((2, SIZE, SIZE, 3), np.uint8))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-2)
    assert not (tmp_path / "out" / "state").exists()


def test_one_picture_a_product_and_the_last_stage(tmp_path, finetune):
    shop, model = write_shop(tmp_path / "shop", 6, 1), write_model(tmp_path / "model")
    (shop / "catalog.csv").unlink()  # a plain folder
    done = finetune(shop, model, tmp_path / "out", "--train", "stage4")
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)["after"]) == {"altered copies"}


def test_feeds_are_read_as_the_product_reads_them(tmp_path):
    (tmp_path / "catalog.csv").write_text("\ufeffID,image_link,additional_image_link\na,1.jpg,\"2.jpg, 3.jpg\"\nb,4.jpg,\n", encoding="utf-8")
    (tmp_path / "feed.jsonl").write_text('{"id": 7, "image_link": ["1.jpg", "2.jpg"]}\n\n{"id": "c", "image_link": "3.jpg"}\n')
    names = {p.id: [path.name for path in p.pictures] for p in shop_catalog.read_shop(tmp_path)}
    assert names == {"a": ["1.jpg", "2.jpg", "3.jpg"], "b": ["4.jpg"]}
    names = {p.id: [path.name for path in p.pictures] for p in shop_catalog.read_shop(tmp_path / "feed.jsonl")}
    assert names == {"7": ["1.jpg", "2.jpg"], "c": ["3.jpg"]}


def test_what_cannot_be_learnt_from_is_told_clearly(tmp_path, finetune):
    model = write_model(tmp_path / "model")
    (tmp_path / "empty").mkdir()
    alone, broken = write_shop(tmp_path / "alone", 1, 2), write_shop(tmp_path / "broken", 4, 1)
    for path in broken.glob("*.png"):
        path.write_bytes(b"broken")
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("name,picture\na,b\n")
    cases = [
        (tmp_path / "nowhere", model, "no such file or folder"),
        (tmp_path / "empty", model, "no pictures"),
        (alone, model, "too few to tell apart"),
        (broken, model, "only 0 product(s) with a readable picture"),
        (wrong, model, "id and image_link are needed"),
        (alone, tmp_path / "empty", "no model.json"),
    ]
    for shop, start, words in cases:
        done = finetune(shop, start, tmp_path / "out")
        assert done.returncode == 1 and words in done.stderr and "Traceback" not in done.stderr, done.stderr
