"""Calibration: the curve comes back from pairs drawn from it, figures of known pairs, and the sets on tiny vectors."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from snapshelf_training import calibration, calibration_sets, data, export
from snapshelf_training.calibration import Calibration, Pairs
from snapshelf_training.calibration_sets import Set, Vectors
from snapshelf_training.resnet import Embedder, ModelConfig

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))
import fit_calibration  # noqa: E402


def drawn(truth: Calibration, count: int = 20_000) -> Pairs:
    """Pairs whose right ones are drawn as `truth` says."""
    rng = np.random.default_rng(1)
    backgrounds = rng.uniform(0, 0.5, count)
    pairs = Pairs(rng.uniform(0, 1, count), backgrounds, np.zeros(count, bool), np.ones(count, int), np.full(count, 1 / count))
    return Pairs(pairs.cosines, backgrounds, rng.random(count) < truth.likeness(pairs), pairs.ranks, pairs.weights)


def few(likeness: list[float], same: list[bool]) -> tuple[np.ndarray, Pairs]:
    count = len(same)
    return np.array(likeness), Pairs(np.zeros(count), np.zeros(count), np.array(same), np.ones(count, int), np.ones(count))


def test_the_curve_comes_back_from_pairs_drawn_from_it():
    truth = Calibration(midpoint=0.45, slope=9, weight=0.7)
    pairs = drawn(truth)
    fitted = calibration.fit(pairs)
    assert fitted.midpoint == pytest.approx(truth.midpoint, abs=0.03)
    assert fitted.slope == pytest.approx(truth.slope, rel=0.06)
    assert fitted.weight == pytest.approx(truth.weight, abs=0.04)
    assert calibration.reliability(fitted.likeness(pairs), pairs)[1] < 0.015


def test_a_background_that_tells_beats_the_cosine_alone():
    pairs = drawn(Calibration(midpoint=0.45, slope=9, weight=0.9))
    with_background, alone = (calibration.fit(pairs, flag) for flag in (True, False))
    assert alone.weight == 0
    areas = [calibration.area_under_curve(one.likeness(pairs), pairs) for one in (with_background, alone)]
    assert areas[0] > areas[1] + 0.02


def test_the_weight_stays_within_what_a_card_may_say():
    fitted = calibration.fit(drawn(Calibration(midpoint=0.5, slope=9, weight=-0.4)))
    assert fitted.weight == 0 and fitted.slope > 0


def test_one_kind_of_pairs_or_a_falling_curve_is_refused():
    pairs = drawn(Calibration(midpoint=0.45, slope=9))
    with pytest.raises(ValueError, match="both kinds"):
        calibration.fit(pairs.pick(pairs.same))
    with pytest.raises(ValueError, match="nothing to calibrate"):
        calibration.fit(Pairs(-pairs.cosines, pairs.backgrounds, pairs.same, pairs.ranks, pairs.weights))


def test_pairs_that_do_not_overlap_give_a_finite_curve():
    _, pairs = few([0] * 4, [False, False, True, True])
    fitted = calibration.fit(Pairs(np.array([0.1, 0.2, 0.8, 0.9]), *[getattr(pairs, n) for n in ("backgrounds", "same", "ranks", "weights")]), False)
    assert 0.2 < fitted.midpoint < 0.8 and np.isfinite(fitted.slope)


def test_the_background_takes_the_ranks_that_exist():
    ranked = np.linspace(1, 0, 60)
    assert calibration.background(ranked) == pytest.approx(ranked[10:40].mean())
    assert calibration.background(ranked[:12]) == pytest.approx(ranked[10:12].mean())
    assert calibration.background(ranked[:10]) == 0


def test_area_under_curve_counts_equal_values_half():
    likeness, pairs = few([0.9, 0.5, 0.5, 0.1], [True, True, False, False])
    assert calibration.area_under_curve(likeness, pairs) == pytest.approx((1 + 1 + 0.5 + 1) / 4)


def test_reliability_tells_how_far_off_the_told_shares_are():
    likeness, pairs = few([0.75, 0.75, 0.25, 0.25], [True, True, True, False])
    rows, error = calibration.reliability(likeness, pairs)
    assert rows == [{"told": 0.25, "true": 0.5, "pairs": 2}, {"told": 0.75, "true": 1.0, "pairs": 2}]
    assert error == pytest.approx(0.25)


def test_good_match_parts_right_from_wrong_best_products():
    truth = Calibration(midpoint=0.5, slope=30)
    fitted = calibration.with_good_match(truth, drawn(truth))
    assert 0.3 <= fitted.good_match <= 0.7
    shares = calibration.shares_called_good(truth.likeness(drawn(truth)), drawn(truth), fitted.good_match)
    assert shares["right"] > 0.85 and shares["wrong"] < 0.15


def circle(angles: list[float]) -> np.ndarray:
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def test_a_product_counts_once_and_withheld_ones_are_gone():
    catalog = Vectors(circle([0.1, 0.2, 0.5, 1.0, 1.5]), ["shop:a", "shop:a", "shop:b", "shop:c", "shop:d"])
    photo = Vectors(circle([0.0]), ["shop:a"])
    sold, withheld = (
        calibration_sets.pairs_of(Set("shop", kind, photo, catalog), lambda item: item) for kind in ("sold", "withheld")
    )
    np.testing.assert_allclose(sold.cosines, np.cos([0.1, 0.5, 1.0]), atol=1e-6)
    assert sold.same.tolist() == [True, False, False] and sold.ranks.tolist() == [1, 2, 3]
    np.testing.assert_allclose(withheld.cosines, np.cos([0.5, 1.0, 1.5]), atol=1e-6)
    assert not withheld.same.any()


def test_each_kind_of_set_has_its_share_of_the_weight():
    vectors = Vectors(circle([0.0, 0.4, 0.8]), ["shop:a", "shop:b", "shop:c"])
    photos, catalogs = {"shop": vectors, "other": vectors}, {"shop": vectors}
    sets = calibration_sets.list_sets(photos, catalogs)
    assert [one.kind for one in sets] == ["sold", "withheld", "foreign"]
    pairs = calibration_sets.join(sets, lambda item: item)
    assert pairs.weights.sum() == pytest.approx(1)
    assert len(pairs.same) == 9 + 6 + 9  # a withheld photo has two products left
    assert pairs.weights[:9].sum() == pytest.approx(0.5)


def test_very_similar_products_are_of_one_kind():
    coarse = {"0": "Apple", "1": "Apple"}
    colours = ("magento:/w/s/wsh12-green_main_1.jpg", "magento:/w/s/wsh12-red_main_1.jpg")
    assert len({calibration_sets.kind_of(item, coarse) for item in colours}) == 1
    assert len({calibration_sets.kind_of("grocery:" + name, coarse) for name in coarse}) == 1
    assert calibration_sets.kind_of("render:mug_1", coarse) != calibration_sets.kind_of("render:mug_2", coarse)


def tiny_caches(folder: Path) -> list[Path]:
    """Plain squares, each item in a colour of its own, which any network tells apart."""
    rng = np.random.default_rng(4)
    entries, pictures = [], []
    for source in ("grocery", "magento"):
        for number in range(8):
            colour = rng.integers(0, 256, 3)
            item = f"{source}:/x/{source}{number}-a.jpg" if source == "magento" else f"{source}:fruit{number}"
            for role, split in (("catalog", "train"), ("photo", "held")):
                entries.append(data.Entry("x", source, item, role, split))
                pictures.append(np.clip(colour + rng.integers(-20, 21, (24, 24, 3)), 0, 255).astype(np.uint8))
    for source in ("coco", "clothing"):
        for number in range(9):
            entries.append(data.Entry("x", source, f"{source}:{number}", "photo", "train"))
            pictures.append(rng.integers(0, 256, (24, 24, 3)).astype(np.uint8))
    data.write_cache(folder / "shared", entries, pictures)
    renders = [data.Entry("x", "render", f"render:{number}", "cutout", "train") for number in range(16) for _ in range(3)]
    cutouts = [np.dstack([rng.integers(0, 256, (24, 24, 3)), np.full((24, 24), 255)]).astype(np.uint8) for _ in renders]
    data.write_cache(folder / "renders", renders, cutouts)
    return [folder / "shared", folder / "renders"]


def test_the_script_writes_a_calibration_into_the_card(tmp_path, monkeypatch, capsys):
    import onnx

    torch.manual_seed(3)
    file, card = tmp_path / "model.onnx", tmp_path / "model.json"
    onnx.save(export.store_half(export.to_onnx(Embedder(ModelConfig(channels=(8, 16, 16, 24))), 32)), file)
    export.write_card(card, export.make_card(file, 32, "0", {"kept": 1}))
    classes = tmp_path / "data/grocery/classes.csv"
    classes.parent.mkdir(parents=True)
    classes.write_text("name,fine,coarse\n" + "".join(f"Fruit {n},fruit{n},kind{n}\n" for n in range(8)))
    caches = [part for folder in tiny_caches(tmp_path) for part in ("--cache", str(folder))]
    monkeypatch.setattr(sys, "argv", ["fit", "--card", str(card), "--shared", str(tmp_path), *caches])
    fit_calibration.main()
    written = json.loads(card.read_text())
    assert set(written["calibration"]) == {"midpoint", "slope", "good_match", "background"}
    assert written["calibration"]["background"]["first"] == 11 and written["calibration"]["slope"] > 0
    assert written["scores"]["kept"] == 1 and 0 <= written["scores"]["likeness"]["auc"] <= 1
    assert "withheld" in capsys.readouterr().out
