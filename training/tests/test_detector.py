"""Proves the detector's shapes, that a step of training lowers the loss, and that the exported file
gives the boxes that Python gives. CPU, a few seconds, no data needed."""

import numpy as np
import pytest
import torch

from snapshelf_training.detector.assign import assign
from snapshelf_training.detector.classes import CLASSES, IGNORE, magento_class
from snapshelf_training.detector.compose import Sources, compose, make_sample
from snapshelf_training.detector.cutouts import Cutout, Photo, cut_from_white
from snapshelf_training.detector.decode import Detections, decode_raw, letterbox, read_output, suppress
from snapshelf_training.detector.evaluate import evaluate
from snapshelf_training.detector.export import BOXES_KEPT, INPUT_SIZE, SMALLEST_HALF, Exported, export_onnx, write_card
from snapshelf_training.detector.loss import Targets, complete_iou, detection_loss
from snapshelf_training.detector.model import STRIDES, Detector

CELLS = sum((INPUT_SIZE // stride) ** 2 for stride in STRIDES)


def disc(label: int = 4) -> Cutout:
    """A red disc of 80 px on a transparent ground."""
    ys, xs = np.mgrid[:80, :80]
    alpha = (((ys - 39.5) ** 2 + (xs - 39.5) ** 2) < 39.5**2).astype(np.uint8) * 255
    rgb = np.tile(np.array([200, 30, 30], np.uint8), (80, 80, 1))
    return Cutout(np.dstack([rgb, alpha]), label, "test", "disc")


def disc_sources() -> Sources:
    sources = Sources([disc()], [], photo_share=0.0)
    sources.index()
    return sources


def lively_detector() -> Detector:
    """A network whose scores differ from cell to cell, as after training."""
    model = Detector().train()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
    for head in model.heads:
        torch.nn.init.normal_(head.box[-1].weight[4:], std=0.15)
    with torch.no_grad():
        model(torch.rand(2, 3, INPUT_SIZE, INPUT_SIZE))
    return model.eval()


def two_boxes() -> Targets:
    return Targets(torch.tensor([[[20.0, 20, 100, 100], [120, 60, 240, 250]]] * 2), torch.tensor([[0, 5]] * 2))


def test_model_predicts_one_row_per_cell():
    raw = Detector()(torch.rand(2, 3, INPUT_SIZE, INPUT_SIZE))
    assert raw.shape == (2, CELLS, 5 + len(CLASSES))
    assert decode_raw(raw, INPUT_SIZE, INPUT_SIZE).shape == (2, 4 + len(CLASSES), CELLS)


def test_model_stays_small():
    assert sum(p.numel() for p in Detector().parameters()) < 1.5e6


def test_a_step_of_training_lowers_the_loss():
    torch.manual_seed(0)
    model, images = Detector(), torch.rand(2, 3, 256, 256)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(4):
        loss, _ = detection_loss(model(images), two_boxes(), 256, 256)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]


def test_pictures_without_truth_have_a_finite_loss():
    targets = Targets(torch.zeros(1, 3, 4), torch.zeros(1, 3, dtype=torch.int64))
    loss, _ = detection_loss(Detector()(torch.rand(1, 3, 64, 64)), targets, 64, 64)
    assert torch.isfinite(loss)


def test_ignored_boxes_silence_their_cells():
    raw = torch.zeros(1, 64 + 16 + 4, 5 + len(CLASSES))
    whole = torch.tensor([[[0.0, 0, 64, 64]]])
    ignored, _ = detection_loss(raw, Targets(whole, torch.full((1, 1), IGNORE)), 64, 64)
    empty, _ = detection_loss(raw, Targets(torch.zeros(1, 1, 4), torch.zeros(1, 1, dtype=torch.int64)), 64, 64)
    assert ignored.item() == 0.0
    assert empty.item() > 0.0


def test_a_cell_answers_for_the_box_it_overlaps_most():
    truth = torch.tensor([[[0.0, 0, 10, 10], [0, 0, 20, 20]]])
    predicted = torch.tensor([[[0.0, 0, 11, 11], [0, 0, 19, 20]]])
    centres = torch.tensor([[5.0, 5.0], [6.0, 6.0]])
    found = assign(predicted, torch.full((1, 2), 0.5), centres, truth, torch.ones(1, 2, dtype=torch.bool))
    assert found.match.tolist() == [[0, 1]]
    assert found.quality[0, 1] == pytest.approx(0.95, abs=1e-4)


def test_complete_iou_of_equal_boxes_is_one():
    box = torch.tensor([[1.0, 2, 30, 40]])
    assert complete_iou(box, box).item() == pytest.approx(1.0, abs=1e-5)


def test_the_best_class_carries_the_objectness():
    raw = torch.zeros(1, 1 + 4 + 16, 5 + len(CLASSES))[:, :21]
    raw[0, 0, 4] = 2.0
    raw[0, 0, 5 + 7] = 1.0
    scores = decode_raw(raw, 32, 32)[0, 4:, 0]
    assert scores.argmax().item() == 7
    assert scores.max().item() == pytest.approx(torch.tensor(2.0).sigmoid().item())


def test_suppression_keeps_overlapping_boxes_of_two_classes():
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 9], [0, 0, 9, 10]], np.float32)
    kept = suppress(Detections(boxes, np.array([0.9, 0.8, 0.7]), np.array([1, 1, 2])), 0.5)
    assert kept.labels.tolist() == [1, 2]


def test_letterbox_maps_boxes_there_and_back():
    _, fit = letterbox(np.zeros((100, 333, 3), np.uint8), 320)
    boxes = np.array([[3, 4, 50, 60]], np.float32)
    assert np.allclose(fit.to_photo(fit.to_input(boxes)), boxes, atol=1e-3)


def test_composites_box_exactly_what_was_pasted():
    for seed in range(20):
        sample = compose(np.random.default_rng(seed), disc_sources(), 320)
        assert sample.image.shape == (320, 320, 3)
        assert (sample.boxes >= 0).all() and (sample.boxes <= 320).all()
        assert len(sample.boxes) == len(sample.labels)


def test_photos_keep_their_boxes_when_cropped():
    rgb = np.full((200, 100, 3), 90, np.uint8)
    photo = Photo(rgb, np.array([[10, 20, 90, 180]], np.float32), np.array([3]), "p")
    sources = Sources([], [photo], photo_share=1.0)
    sample = make_sample(np.random.default_rng(0), sources, 256)
    assert sample.image.shape == (256, 256, 3)
    assert sample.labels.tolist() in ([3], [IGNORE], [])


def test_cutting_from_white_finds_the_object():
    picture = np.full((100, 100, 3), 255, np.uint8)
    picture[30:70, 20:60] = (10, 90, 200)
    alpha = cut_from_white(picture)[..., 3]
    assert alpha[50, 40] == 255 and alpha[5, 5] == 0


def test_catalog_rows_get_their_class():
    assert CLASSES[magento_class("24-MB01", "", "")] == "bag"
    assert CLASSES[magento_class("MJ01", "Men/Tops/Jackets", "Jacket")] == "outerwear"
    assert magento_class("240-LV04", "Training|Video Download", "Yoga") is None


def test_perfect_detections_score_one():
    sample = compose(np.random.default_rng(1), disc_sources(), 320)

    def run(_: np.ndarray) -> np.ndarray:
        output = np.zeros((4 + len(CLASSES), len(sample.boxes)), np.float32)
        output[:2] = (sample.boxes[:, :2] + sample.boxes[:, 2:]).T / 2
        output[2:4] = (sample.boxes[:, 2:] - sample.boxes[:, :2]).T
        output[4 + 4] = 0.9
        return output

    assert len(sample.boxes)
    scores = evaluate(run, [sample])
    assert (scores.recall, scores.precision, scores.ap50, scores.named) == (1, 1, 1, 1)


def test_exported_file_gives_the_boxes_of_python(tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    torch.manual_seed(0)
    model = lively_detector()
    export_onnx(model, tmp_path / "model.onnx")
    card = write_card(tmp_path, "0", 0.3, "none", {})
    assert card["classes"] == list(CLASSES)
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"])
    images = torch.rand(2, 3, INPUT_SIZE, INPUT_SIZE)
    reference = Exported(model)
    for parameter in reference.parameters():  # what the file stores is fp16
        if parameter.numel() >= SMALLEST_HALF:
            parameter.data = parameter.data.half().float()
    with torch.no_grad():
        expected = reference(images).numpy()
    output = session.run(["output"], {"images": images.numpy()})[0]
    assert output.shape == (2, 4 + len(CLASSES), BOXES_KEPT)
    for ours, theirs in zip(output[:, :4], expected[:, :4], strict=True):
        # Equal scores may come in either order, so each box is looked for among all.
        apart = np.abs(ours[:, :, None] - theirs[:, None, :50]).max(axis=0)  # (K, 50)
        assert apart.min(axis=0).max() < 1e-3


def test_exported_model_gives_one_box_for_a_thing_of_two_classes():
    class Fixed(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            raw = torch.full((1, CELLS, 5 + len(CLASSES)), -9.0)
            for cell, label in ((410, 2), (411, 3)):  # neighbours on the fine grid, almost the same box
                raw[0, cell, :4] = torch.tensor([0.0, 0.0, 2.0, 2.0])
                raw[0, cell, 4] = 2.0 + 0.1 * label
                raw[0, cell, 5 + label] = 9.0
            return raw

    exported = Exported(Detector())
    exported.detector = Fixed()
    output = exported(torch.zeros(1, 3, INPUT_SIZE, INPUT_SIZE))[0].numpy()
    assert read_output(output, 0.3).labels.tolist() == [3]


def test_reading_an_output_sorts_and_drops_weak_boxes():
    output = np.zeros((4 + len(CLASSES), 3), np.float32)
    output[:4] = np.array([[50, 50, 20, 20], [150, 150, 20, 20], [250, 250, 20, 20]]).T
    output[4 + 2] = [0.4, 0.1, 0.8]
    found = read_output(output, 0.3)
    assert found.scores.tolist() == pytest.approx([0.8, 0.4])
    assert found.boxes[0].tolist() == [240, 240, 260, 260]
