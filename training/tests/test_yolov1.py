"""YOLOv1: the paper's layers, the layout that C++ reads, the loss on cases counted by hand, the exported file."""

import numpy as np
import onnxruntime
import pytest
import torch

from snapshelf_training.detector.classes import IGNORE
from snapshelf_training.detector.compose import Sample
from snapshelf_training.detector.decode import read_output
from snapshelf_training.yolov1 import layout
from snapshelf_training.yolov1.data import bend
from snapshelf_training.yolov1.export import Exported, export_onnx, write_card
from snapshelf_training.yolov1.loss import make_targets, responsible_boxes, yolov1_loss
from snapshelf_training.yolov1.model import CellHead, ModelConfig, Yolov1, count_layers, slim, start_gently

from shapes import without_numbers

CLASSES = 20
SIZE = 1470


def put(output: np.ndarray, slot: int, x: float, y: float, width: float, height: float) -> None:
    """Writes a box of a 448 px input as class 13 into the cell that holds its centre, number by number."""
    column, row = int(x / 64), int(y / 64)
    cell = row * 7 + column
    output[cell * CLASSES + 13] = 0.5
    output[49 * CLASSES + cell * 2 + slot] = 0.8
    at = 49 * (CLASSES + 2) + (cell * 2 + slot) * 4
    output[at : at + 4] = x / 64 - column, y / 64 - row, np.sqrt(width / 448), np.sqrt(height / 448)


def one_target(corners: tuple, label: int = 13):
    return make_targets([np.array([corners], np.float32)], [np.array([label])], 448)


def test_the_paper_network_has_24_convolutions_and_2_connected_layers():
    with without_numbers():
        model = Yolov1()
        images = torch.zeros(1, 3, 448, 448)
    assert count_layers(model) == (24, 2)
    features = model.backbone(images)
    assert features.shape == (1, 1024, 14, 14)
    assert model.detection(features).shape == (1, 1024, 7, 7)
    assert sum(p.numel() for p in model.parameters()) == 271_703_550


def test_the_paper_network_runs_a_photo_through_all_its_weights():
    """Takes 1.5 GB and a few seconds."""
    model = Yolov1().eval()
    with torch.no_grad():
        output = model(torch.rand(1, 3, 448, 448, generator=torch.Generator().manual_seed(1)))
    assert output.shape == (1, 7 * 7 * 30)
    assert torch.isfinite(output).all() and output.std() > 0


def test_the_slim_network_has_the_same_layers_and_a_fiftieth_of_the_weights():
    model = Yolov1(slim(CLASSES))
    assert count_layers(model) == (24, 2)
    assert model(torch.zeros(2, 3, 224, 224)).shape == (2, SIZE)
    assert sum(p.numel() for p in model.parameters()) < 5e6


def test_an_input_without_a_7_by_7_grid_is_refused():
    with pytest.raises(ValueError, match="320 px"):
        Yolov1(ModelConfig(input_size=320))


# The same cases as in src/detect/decoders/yolov1_test.cpp.
def test_both_boxes_of_a_cell_are_read():
    output = np.zeros(SIZE, np.float32)
    put(output, 0, 150, 350, 100, 60)
    put(output, 1, 160, 360, 20, 200)
    found = read_output(layout.to_candidates(output, 448), 0.2)
    assert found.labels.tolist() == [13, 13]
    np.testing.assert_allclose(found.scores, 0.4, atol=1e-6)
    np.testing.assert_allclose(found.boxes, [[100, 320, 200, 380], [150, 260, 170, 460]], atol=1e-3)


def test_confident_boxes_of_no_class_are_left_out():
    output = np.zeros(SIZE, np.float32)
    put(output, 0, 150, 350, 100, 60)
    output[(5 * 7 + 2) * CLASSES + 13] = 0.1  # .8 * .1 < .2
    assert len(read_output(layout.to_candidates(output, 448), 0.2).scores) == 0


def test_an_output_of_another_size_is_refused():
    with pytest.raises(ValueError, match="1469"):
        layout.split(torch.zeros(1, 1469))


def test_targets_are_what_the_layout_says():
    output = np.zeros(SIZE, np.float32)
    put(output, 0, 150, 350, 100, 60)
    targets = one_target((100, 320, 200, 380))
    cell = 5 * 7 + 2
    assert targets.present[0].nonzero().tolist() == [[cell]]
    torch.testing.assert_close(targets.boxes[0, cell], layout.split(torch.from_numpy(output)[None]).boxes[0, cell, 0])


def test_a_cell_answers_for_the_largest_thing_and_edges_stay_inside():
    corners = np.array([[200, 200, 230, 230], [180, 180, 250, 250], [440, 440, 470, 470]], np.float32)
    targets = make_targets([corners], [np.array([1, 2, 3])], 448)
    assert targets.present[0].nonzero().flatten().tolist() == [3 * 7 + 3, 48]
    assert targets.labels[0, 24] == 2 and targets.labels[0, 48] == 3
    assert (targets.boxes[0, 48, :2] <= 1).all()


def test_a_perfect_output_costs_nothing():
    output = np.zeros(SIZE, np.float32)
    put(output, 1, 150, 350, 100, 60)
    cell = 5 * 7 + 2
    output[cell * CLASSES + 13] = 1
    output[49 * CLASSES + cell * 2 + 1] = 1  # it fits, and says so
    loss, _ = yolov1_loss(torch.from_numpy(output)[None], one_target((100, 320, 200, 380)))
    assert loss.item() == pytest.approx(0, abs=1e-5)


def test_each_term_of_the_loss_counts_as_equation_3_says():
    output = np.zeros(SIZE, np.float32)
    put(output, 0, 150, 350, 100, 60)  # probability .5
    put(output, 1, 160, 360, 20, 200)  # the worse box of the cell, confidence .8
    output[49 * CLASSES] = 0.6  # a box of cell 0, where nothing is
    cell = 5 * 7 + 2
    output[49 * CLASSES + cell * 2] = 0.3
    at = 49 * (CLASSES + 2) + cell * 8
    output[at] += 0.1  # 6.4 px to the right
    output[at + 2] -= 0.05
    truth = one_target((100, 320, 200, 380))
    _, parts = yolov1_loss(torch.from_numpy(output)[None], truth)
    width, shift = (np.sqrt(100 / 448) - 0.05) ** 2 * 448, 6.4
    common = min(150 + shift + width / 2, 200) - max(150 + shift - width / 2, 100)
    iou = common / (100 + width - common)
    assert parts["centre"] == pytest.approx(5 * 0.1**2, rel=1e-4)
    assert parts["size"] == pytest.approx(5 * 0.05**2, rel=1e-3)
    assert parts["object"] == pytest.approx((0.3 - iou) ** 2, rel=1e-4)
    assert parts["nothing"] == pytest.approx(0.5 * (0.8**2 + 0.6**2), rel=1e-4)  # the cell's other box is silent too
    assert parts["class"] == pytest.approx(0.5**2, rel=1e-4)


def test_the_box_of_larger_overlap_answers_and_far_boxes_by_distance():
    targets = one_target((100, 320, 200, 380))
    output = np.zeros(SIZE, np.float32)
    put(output, 0, 160, 360, 20, 200)
    put(output, 1, 150, 350, 90, 60)
    cell = 5 * 7 + 2
    responsible, overlaps = responsible_boxes(layout.split(torch.from_numpy(output)[None]).boxes, targets)
    assert responsible.nonzero().tolist() == [[0, cell, 1]]
    assert overlaps[0, cell, 1].item() == pytest.approx(0.9, abs=1e-4)
    empty = torch.zeros(1, 49, 2, 4)
    empty[0, cell, 1, :2] = torch.tensor([0.3, 0.4])  # nearer, but of no size
    assert responsible_boxes(empty, targets)[0].nonzero().tolist() == [[0, cell, 1]]


def test_ignored_things_are_neither_thing_nor_background():
    output = torch.zeros(1, SIZE)
    output[0, 49 * CLASSES : 49 * (CLASSES + 2)] = 1.0
    empty, _ = yolov1_loss(output, make_targets([np.zeros((0, 4))], [np.zeros(0)], 448))
    ignored, _ = yolov1_loss(output, one_target((100, 320, 200, 380), IGNORE))
    assert empty.item() - ignored.item() == pytest.approx(0.5 * 2)


def test_bending_moves_boxes_with_their_things():
    image = np.zeros((224, 224, 3), np.uint8)
    image[60:140, 90:150] = 255
    sample = Sample(image, np.array([[90, 60, 150, 140]], np.float32), np.array([1]))
    for seed in range(20):
        bent = bend(np.random.default_rng(seed), sample)
        assert bent.image.shape == image.shape
        if len(bent.labels) and bent.labels[0] == 1:
            darkest = bent.image.min(2)
            ys, xs = np.nonzero(darkest > 0.7 * darkest.max())  # the grey border is at .45
            np.testing.assert_allclose(bent.boxes[0], [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], atol=2.5)


def test_steps_of_training_lower_the_loss():
    torch.manual_seed(0)
    model = Yolov1(slim(3))
    start_gently(model)
    images = torch.rand(4, 3, 224, 224)
    targets = make_targets([np.array([[20, 20, 120, 90.0]])] * 4, [np.array([2])] * 4, 224)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4)
    losses = []
    for _ in range(4):
        loss, _ = yolov1_loss(model(images), targets)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]


def test_both_heads_start_with_the_same_answer_in_the_same_layout():
    model, helper = Yolov1(slim(3)).eval(), CellHead(slim(3))
    start_gently(model)
    with torch.no_grad():
        for layer in (model.connected[-1], helper.cell):
            layer.weight.zero_()
        output, cells = model(torch.rand(1, 3, 224, 224)), helper(torch.rand(1, 128, 7, 7))
        torch.testing.assert_close(output, cells)
        helper.cell.weight[3 + 2 + 6, 5] = 1.0  # the second box's width, from one channel
        features = torch.zeros(1, 128, 7, 7)
        features[0, 5, 4, 2] = 0.2
        boxes = layout.split(helper(features)).boxes
    assert boxes[0, 4 * 7 + 2, 1].tolist() == pytest.approx([0.5, 0.5, 0.9, 0.7])
    assert boxes[0, 0, 1].tolist() == pytest.approx([0.5, 0.5, 0.7, 0.7])


def test_the_exported_file_agrees_with_python(tmp_path):
    torch.manual_seed(0)
    model = Yolov1(slim(3))
    model(torch.rand(2, 3, 224, 224))  # statistics other than the start's
    model.eval()
    export_onnx(model, tmp_path / "model.onnx")
    card = write_card(tmp_path, "x", model, ["a", "b", "c"], 0.2, "none", {})
    assert (card["decoder"], card["input"]["width"]) == ("yolov1", 224)
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"])
    images = torch.rand(3, 3, 224, 224)
    with torch.no_grad():
        expected = Exported(model)(images).numpy()
    output = session.run(["output"], {"images": images.numpy()})[0]
    assert output.shape == (3, layout.output_size(3))
    np.testing.assert_allclose(output, expected, atol=1e-4)
    shares = output[:, : 49 * 5]
    assert shares.min() >= 0 and shares.max() <= 1
