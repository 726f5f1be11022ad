"""likeness and good_match: the curve of the embedder's card, whatever k, min_score and min_likeness leave out."""

import json
import math
import pathlib
import shutil

import pytest
from PIL import Image

from pictures import encode, photo, product
from program import ROOT, Schemas, Server

COLOURS = ["red", "green", "blue", "orange", "black"]
SHAPES = ["ring", "box", "disc", "cross", "bars", "triangle"]


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory):
    """Thirty drawn products, so that there are ranks beyond the tenth."""
    running = Server(tmp_path_factory.mktemp("likeness") / "data")
    for name in (f"{colour} {shape}" for colour in COLOURS for shape in SHAPES):
        answer = running.put(name.replace(" ", "-"), {"title": name, "category": name.split()[0]}, photo(name))
        assert answer.status == 201, answer.body
    yield running
    assert running.stop() == 0, running.log()


@pytest.fixture(scope="module")
def calibration() -> dict:
    return json.loads((ROOT / "models/embedder/model.json").read_text())["calibration"]


def whole(server: Server, **query: object) -> dict:
    return server.search(photo("red ring"), **query).json()["objects"][-1]


def likenesses(found: dict) -> list[float]:
    return [match["likeness"] for match in found["products"]]


def curve(calibration: dict, scores: list[float]) -> list[float]:
    """What the card says of all scores of a catalog, best first."""
    ground = calibration["background"]
    ranks = scores[ground["first"] - 1 : ground["last"]]
    background = sum(ranks) / len(ranks) if ranks else 0
    evidence = [score - ground["weight"] * background - calibration["midpoint"] for score in scores]
    return [1 / (1 + math.exp(-calibration["slope"] * one)) for one in evidence]


def test_likeness_is_the_curve_of_the_card(stocked: Server, schemas: Schemas, calibration: dict):
    answer = schemas.check(stocked.search(photo("red ring"), k=500), "SearchAnswer")
    for found in answer["objects"]:
        scores = [match["score"] for match in found["products"]]
        assert len(scores) == len(COLOURS) * len(SHAPES)
        assert likenesses(found) == pytest.approx(curve(calibration, scores), abs=1e-3)
        assert found["good_match"] == (likenesses(found)[0] >= calibration["good_match"])


def test_a_catalog_smaller_than_the_background_has_likenesses_too(server: Server, schemas: Schemas, calibration: dict):
    found = schemas.check(server.search(photo("red ring"), k=500), "SearchAnswer")["objects"][-1]
    scores = [match["score"] for match in found["products"]]
    assert len(scores) < calibration["background"]["first"]
    assert likenesses(found) == pytest.approx(curve(calibration, scores), abs=1e-3)


def test_likeness_depends_on_neither_k_nor_the_bounds(stocked: Server):
    every = whole(stocked, k=500)
    for query in ({"k": 1}, {"k": 3}, {"min_score": every["products"][4]["score"] - 1e-4},
                  {"min_likeness": likenesses(every)[4] - 1e-4}):
        found = whole(stocked, **query)
        assert 1 <= len(found["products"]) <= 5
        assert found["products"] == every["products"][:len(found["products"])], query
        assert found["good_match"] == every["good_match"]


def test_a_filter_is_judged_as_the_catalog_that_it_leaves(stocked: Server, calibration: dict):
    found = whole(stocked, category=["red", "green", "blue"], k=500)
    scores = [match["score"] for match in found["products"]]
    assert len(scores) == 18
    assert likenesses(found) == pytest.approx(curve(calibration, scores), abs=1e-3)


def test_min_likeness_leaves_out_what_is_below_and_with_it_the_match(stocked: Server):
    best = likenesses(whole(stocked))[0]
    nothing = whole(stocked, min_likeness=min(1, best + 1e-3))
    assert nothing["products"] == [] and nothing["good_match"] is False
    similar = stocked.get("/v1/products/red-ring/similar?min_likeness=1").json()
    assert similar["products"] == []


def test_a_catalog_picture_is_a_good_match_and_likelier_than_any_for_an_empty_photo(stocked: Server):
    found = whole(stocked)
    assert found["good_match"] is True
    grey = stocked.search(encode(Image.new("RGB", (256, 256), (120, 130, 110)))).json()["objects"][-1]
    assert grey["products"] and likenesses(grey)[0] < likenesses(found)[0]


def test_similar_products_have_a_likeness(stocked: Server, schemas: Schemas):
    answer = schemas.check(stocked.get("/v1/products/blue-disc/similar?k=3"), "SimilarAnswer")
    values = [match["likeness"] for match in answer["products"]]
    assert len(values) == 3 and values == sorted(values, reverse=True)


@pytest.mark.parametrize("value", ["-0.1", "1.5", "nan", "likely"])
def test_a_bad_min_likeness_is_named(stocked: Server, schemas: Schemas, value: str):
    problem = schemas.check_problem(stocked.search(photo(), min_likeness=value), 400, "invalid_argument")
    assert [error["field"] for error in problem["errors"]] == ["min_likeness"]


def test_without_a_calibration_there_is_only_the_cosine(tmp_path: pathlib.Path, schemas: Schemas):
    models = tmp_path / "models"
    shutil.copytree(ROOT / "models", models)
    card = models / "embedder/model.json"
    fields = json.loads(card.read_text())
    del fields["calibration"]
    card.write_text(json.dumps(fields))
    running = Server(tmp_path / "data", "--models", models)
    assert running.put("red-ring", {"title": "red ring"}, encode(product("red ring"))).status == 201
    found = schemas.check(running.search(photo("red ring")), "SearchAnswer")["objects"][-1]
    assert found["good_match"] is None and likenesses(found) == [None]
    assert found["products"][0]["score"] > 0.9
    assert whole(running, min_score=found["products"][0]["score"] - 1e-4)["products"]
    problem = schemas.check_problem(running.search(photo(), min_likeness="0.5"), 400, "invalid_argument")
    assert "calibration" in problem["detail"]
    assert running.stop() == 0, running.log()
