"""Proves the other subcommands: help, exit codes, search, eval, verify, models, and clear words for bad models."""

import json
import re
import shutil

import pytest
from PIL import Image
from conftest import DEMO, PROGRAM, ROOT, demo_rows, write_csv

COMMANDS = ["import", "search", "serve", "inspect", "verify", "models", "eval"]


@pytest.fixture(scope="module")
def stocked(tmp_path_factory):
    """A shop with the whole demo catalog, read by several tests."""
    from conftest import Shop

    shop = Shop(tmp_path_factory.mktemp("stocked"))
    shop.json("import", DEMO / "catalog.csv")
    return shop


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(shop, command):
    done = shop.run(command, "--help")
    assert done.returncode == 0 and "Example:" in done.stdout and f"snapshelf {command}" in done.stdout


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["search"], ["import", "a", "b", "c"], ["search", "x", "-k", "many"]])
def test_wrong_usage_exits_with_2(shop, arguments):
    assert shop.run(*arguments).returncode == 2


def test_a_missing_file_exits_with_1_and_names_it(shop):
    done = shop.run("import", "nowhere.csv")
    assert done.returncode == 1 and "nowhere.csv" in done.stderr


def test_search_finds_a_catalog_picture_first(stocked):
    row = demo_rows(30)[29]
    answer = stocked.json("search", row["image_link"])
    whole = answer["objects"][-1]
    assert whole["class"] == "whole picture"
    assert whole["products"][0]["id"] == row["id"] and whole["products"][0]["score"] > 0.99
    assert len({product["id"] for product in whole["products"]}) == len(whole["products"]) == 5


def test_search_prints_boxes_and_products(stocked):
    photo = sorted((DEMO / "photos").glob("*.jpg"))[0]
    done = stocked.run("search", photo, "-k", "2")
    assert done.returncode == 0
    assert re.search(r"box \d+,\d+ \d+x\d+", done.stdout) and "EUR" in done.stdout


def test_search_says_when_nothing_is_a_good_match(stocked, tmp_path):
    photo = tmp_path / "meadow.png"
    scene = Image.new("RGB", (320, 240), (60, 120, 50))
    for y in range(150):  # the sky
        scene.paste((90 + y // 3, 140 + y // 4, 230), (0, y, 320, y + 1))
    scene.save(photo)
    done = stocked.run("search", photo)
    assert done.returncode == 0 and "No good match" in done.stdout and re.search(r"\d %  \S+", done.stdout)
    found = stocked.run("search", demo_rows(1)[0]["image_link"], "--whole")
    assert found.returncode == 0 and "No good match" not in found.stdout


def test_search_in_a_box_answers_for_that_box(stocked):
    row = demo_rows(1)[0]
    answer = stocked.json("search", row["image_link"], "--box", "10,20,100,120")
    assert [found["box"] for found in answer["objects"]] == [[10, 20, 100, 120]]
    done = stocked.run("search", row["image_link"], "--box", "5000,20,100,120")
    assert done.returncode == 1 and "5000" in done.stderr


def test_search_draws_a_sheet(stocked, tmp_path):
    photo = sorted((DEMO / "photos").glob("*.jpg"))[0]
    sheet = tmp_path / "sheet.jpg"
    assert stocked.run("search", photo, "--draw", sheet).returncode == 0
    assert sheet.read_bytes()[:2] == b"\xff\xd8" and sheet.stat().st_size > 10_000


def test_default_models_find_the_demo_products_in_the_shopper_photos(stocked):
    result = stocked.json("eval", DEMO / "truth.jsonl")
    assert result["queries"] >= 20
    assert result["r@3"] >= 0.8, result
    assert result["r@1"] <= result["r@5"] <= result["r@10"]


def test_eval_tells_categories_and_boxes_and_draws_the_worst_failures(stocked, tmp_path):
    rows = [json.loads(line) for line in (DEMO / "truth.jsonl").read_text().splitlines()[:6]]
    rows[-1]["relevant"] = rows[0]["relevant"]  # a question whose answer the photo cannot give
    truth = tmp_path / "truth.jsonl"
    truth.write_text("".join(json.dumps(row | {"photo": str(DEMO / row["photo"])}) + "\n" for row in rows))
    result = stocked.json("eval", truth, "--categories", "--failures", tmp_path / "sheets")
    assert result["boxes"] == 6 and 0 < result["ap50"] <= 1
    categories = result["categories"]
    assert sum(part["queries"] for name, part in categories.items() if " > " not in name) == 6
    assert {"queries", "r@1", "r@5", "r@10", "map"} <= set(next(iter(categories.values())))
    assert (tmp_path / "sheets/01.jpg").read_bytes()[:2] == b"\xff\xd8"
    assert "ap50" not in stocked.json("eval", truth, "--whole")


def test_eval_names_the_line_of_a_bad_truth_file(stocked, tmp_path):
    (tmp_path / "truth.jsonl").write_text('{"photo": "a.jpg"}\n')
    done = stocked.run("eval", tmp_path / "truth.jsonl")
    assert done.returncode == 1 and "truth.jsonl:1" in done.stderr


def test_verify_finds_a_damaged_picture(shop, tmp_path):
    shop.json("import", write_csv(tmp_path / "feed.csv", demo_rows(2)))
    picture = next(path for path in (shop.data / "pictures").rglob("*") if path.is_file())
    damaged = bytearray(picture.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    picture.write_bytes(damaged)
    done = shop.run("verify")
    assert done.returncode == 1 and "picture" in done.stdout


def test_verify_finds_damaged_vectors(shop, tmp_path):
    shop.json("import", write_csv(tmp_path / "feed.csv", demo_rows(8)))
    log = max((path for path in (shop.data / "vectors").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    damaged = bytearray(log.read_bytes())
    damaged[len(damaged) // 3] ^= 1
    log.write_bytes(damaged)
    done = shop.run("verify")
    assert done.returncode == 1 and log.name in done.stderr + done.stdout


def test_models_lists_the_default_models(shop):
    models = shop.json("models", "list")["models"]
    assert {model["task"] for model in models} == {"detect", "embed"}


@pytest.fixture
def models(tmp_path):
    """A copy of the default models that a test may spoil."""
    folder = tmp_path / "models"
    shutil.copytree(ROOT / "models", folder)
    return folder


def test_a_missing_model_file_is_named(shop, models):
    (models / "embedder/model.onnx").unlink()
    done = shop.run("import", DEMO / "catalog.csv", "--models", models)
    assert done.returncode == 1 and "model.onnx" in done.stderr


def test_a_corrupt_model_file_is_named(shop, models):
    onnx = models / "detector/model.onnx"
    onnx.write_bytes(onnx.read_bytes()[:1000])
    done = shop.run("import", DEMO / "catalog.csv", "--models", models)
    assert done.returncode == 1 and "model.onnx" in done.stderr and "sha256" in done.stderr


def test_a_model_of_another_shape_is_refused(shop, models):
    card = models / "embedder/model.json"
    text = json.loads(card.read_text())
    text["embedding_size"] = 128
    card.write_text(json.dumps(text))
    done = shop.run("import", DEMO / "catalog.csv", "--models", models)
    assert done.returncode == 1 and "128" in done.stderr


def test_vectors_of_two_models_never_meet(shop, tmp_path, models):
    shop.json("import", write_csv(tmp_path / "feed.csv", demo_rows(1)), "--models", models)
    card = models / "embedder/model.json"
    text = json.loads(card.read_text())
    text["version"] = "another"
    card.write_text(json.dumps(text))
    done = shop.run("search", demo_rows(1)[0]["image_link"], "--models", models)
    assert done.returncode == 1 and "another" in done.stderr and "new data folder" in done.stderr


def test_models_add_runs_the_model_and_refuses_a_wrong_card(shop, models):
    onnx = models / "detector/model.onnx"
    card = json.loads((models / "detector/model.json").read_text())
    card["name"] = "mine"
    good = models.parent / "good.json"
    good.write_text(json.dumps(card))
    done = shop.run("models", "add", onnx, "--card", good, "--models", models)
    assert done.returncode == 0, done.stderr
    assert (models / "mine/model.onnx").exists() and (models / "mine/model.json").exists()

    card["name"], card["classes"] = "wrong", ["only", "two"]
    bad = models.parent / "bad.json"
    bad.write_text(json.dumps(card))
    done = shop.run("models", "add", onnx, "--card", bad, "--models", models)
    assert done.returncode == 1 and "class" in done.stderr
    assert not (models / "wrong").exists()


def test_the_program_is_where_others_rely_on_it():
    assert PROGRAM.name == "snapshelf" and PROGRAM.exists()


@pytest.mark.parametrize("index", ["exact", "graph"])
@pytest.mark.parametrize("effort", [("--window", "50"), ("--reach", "0.1")])
def test_an_expert_may_choose_the_index(stocked, index, effort):
    photo = DEMO / "photos/photo-01.jpg"
    usual = stocked.json("search", photo)
    chosen = stocked.json("search", photo, "--index", index, *effort, "--index-memory", "2")
    assert [o["products"][0]["id"] for o in chosen["objects"]] == [o["products"][0]["id"] for o in usual["objects"]]


def test_an_unknown_index_is_refused_with_the_known_ones(stocked):
    done = stocked.run("search", DEMO / "photos/photo-01.jpg", "--index", "hnsw")
    assert done.returncode == 2 and "exact" in done.stderr and "graph" in done.stderr
