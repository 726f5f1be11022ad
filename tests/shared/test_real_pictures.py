"""Proves that the whole pipeline finds real products with real public networks: YOLOX-nano and ResNet-50 up to conv4.

The floors lie a little below the figures of docs/models.md, so that a fault in decoding, preprocessing, projection or
search shows, and noise of the fit does not.
"""

import json

import catalogs
import measure
import pytest

pytestmark = pytest.mark.skipif(
    not catalogs.available(), reason=f"Skipped: no real photos and models in SNAPSHELF_SHARED ({catalogs.SHARED})")

# (R@1, R@5) on the whole picture.
FLOORS = {"magento backs": (0.55, 0.80), "magento others": (0.22, 0.40), "grocery photos": (0.25, 0.50)}


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("real")
    return measure.measure(["--models", measure.shared_models(folder, ["resnet50_c4"])], folder)


@pytest.mark.parametrize("truth", FLOORS)
def test_finds_the_right_item_for_another_view(figures, truth):
    whole = figures[truth]["whole"]
    assert (whole["r@1"], whole["r@5"]) >= FLOORS[truth], whole
    assert whole["r@5"] >= FLOORS[truth][1], whole


# Not for groceries: there YOLOX-nano's boxes around single fruits do cost recall (docs/models.md).
@pytest.mark.parametrize("truth", ["magento backs", "magento others"])
def test_detection_does_not_spoil_what_the_whole_picture_finds(figures, truth):
    detected, whole = figures[truth]["detected"], figures[truth]["whole"]
    assert detected["r@5"] >= whole["r@5"] - 0.08, (detected, whole)


def test_the_catalog_of_everything_names_each_picture_and_its_products(tmp_path):
    feed, owners = catalogs.everything(tmp_path, lambda product: "Odd" if product == "1" else "Even")
    products = {row["id"]: row for row in catalogs.read_feed(feed)}
    assert len(products) == 160 + 467 + 81
    assert products["1"]["category"] == "Odd > Grocery"
    for picture, ids in owners:
        assert picture.is_file()
        for product in ids:
            row = products[product]
            assert str(picture) in [row["image_link"], *row["additional_image_link"].split(",")]


def test_queries_for_trained_products_are_left_out_of_the_unseen_ones(tmp_path):
    truth = catalogs.write_truth(tmp_path / "all.jsonl", [(tmp_path / "a.jpg", ["a"]), (tmp_path / "b.jpg", ["a", "b"])])
    kept = measure.only_unseen([truth], {"a"}, tmp_path / "unseen.jsonl").read_text().splitlines()
    assert [json.loads(row)["relevant"] for row in kept] == [["a"]]
