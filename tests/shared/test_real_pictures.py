"""Proves that the whole pipeline finds real products with real public networks: YOLOX-nano and ResNet-50 up to conv4.

The floors lie a little below the figures of docs/models.md, so that a fault in decoding, preprocessing, projection or
search shows, and noise of the fit does not.
"""

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
    return measure.measure(["--models", measure.shared_models(folder)], folder)


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
