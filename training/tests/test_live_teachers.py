"""What training on a GPU adds, on a CPU and small: teachers in PyTorch, free views, targets in other axes, deeper networks."""

import dataclasses

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from snapshelf_training import deepen, export, live_teachers, onnx_weights
from snapshelf_training.free_views import FreeViewConfig, draw_free_views
from snapshelf_training.onnx_torch import OnnxModule
from snapshelf_training.resnet import Embedder, ModelConfig
from snapshelf_training.targets import Targets
from snapshelf_training.teachers import TEACHERS, VECTOR_SIZE, TargetMaker

SMALL = ModelConfig(channels=(8, 16, 16, 24))


def random_vectors(count: int, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.normal(0, 1, (count, VECTOR_SIZE)).astype(np.float32) ** 2 for _ in TEACHERS]


def save_layers(path, op: str = "Relu") -> None:
    """Every kind of layer once, with the uneven padding that Keras' exports have."""
    rng = np.random.default_rng(1)
    constants = {
        "filters": rng.normal(0, 0.2, (8, 3, 3, 3)), "bias": rng.normal(0, 1, 8),
        "scale": rng.uniform(0.5, 2, 8), "shift": rng.normal(0, 1, 8), "mean": rng.normal(0, 1, 8), "variance": rng.uniform(0.5, 2, 8),
    }
    nodes = [
        helper.make_node("Conv", ["input", "filters", "bias"], ["a"], pads=[0, 0, 1, 1], strides=[2, 2]),
        helper.make_node("BatchNormalization", ["a", "scale", "shift", "mean", "variance"], ["b"], epsilon=1e-3),
        helper.make_node(op, ["b"], ["c"]),
        helper.make_node("MaxPool", ["c"], ["d"], kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2]),
        helper.make_node("AveragePool", ["d"], ["e"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Add", ["e", "e"], ["f"]),
        helper.make_node("Concat", ["e", "f"], ["g"], axis=1),
        helper.make_node("GlobalAveragePool", ["g"], ["h"]),
        helper.make_node("Flatten", ["h"], ["features"], axis=1),
    ]
    tensor = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, "layers", [tensor("input", TensorProto.FLOAT, ["n", 3, 32, 32])], [tensor("features", TensorProto.FLOAT, ["n", 16])],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)


def test_a_file_in_pytorch_gives_what_onnxruntime_gives(tmp_path):
    import onnxruntime

    save_layers(tmp_path / "layers.onnx")
    images = np.random.default_rng(2).normal(0, 1, (4, 3, 32, 32)).astype(np.float32)
    session = onnxruntime.InferenceSession(str(tmp_path / "layers.onnx"), providers=["CPUExecutionProvider"])
    wanted = session.run(["features"], {"input": images})[0]
    with torch.no_grad():
        found = OnnxModule(tmp_path / "layers.onnx", "features")(torch.from_numpy(images)).numpy()
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_an_unknown_layer_or_output_is_named(tmp_path):
    save_layers(tmp_path / "layers.onnx", "Erf")
    with pytest.raises(ValueError, match="layer Erf"):
        OnnxModule(tmp_path / "layers.onnx", "features")
    with pytest.raises(ValueError, match="no output nothing"):
        OnnxModule(tmp_path / "layers.onnx", "nothing")


def test_live_targets_are_those_of_the_cache():
    maker = TargetMaker.fit(random_vectors(80, 1), 16, wide_size=24)
    asked = random_vectors(5, 2)
    narrow, wide = live_teachers.LiveTargets(maker)([torch.from_numpy(vectors) for vectors in asked])
    np.testing.assert_allclose(narrow.numpy(), maker.targets(asked), atol=1e-4)
    np.testing.assert_allclose(wide.numpy(), maker.wide(asked), atol=1e-4)


def test_free_views_keep_the_shape_and_are_never_alike():
    torch.manual_seed(3)
    pictures = torch.randint(0, 256, (6, 3, 32, 32), dtype=torch.uint8)
    first, second = draw_free_views(pictures), draw_free_views(pictures)
    assert first.shape == (6, 3, 32, 32) and first.min() >= 0 and first.max() <= 255
    assert all((a - b).abs().mean() > 1 for a, b in zip(first, second))


def test_a_free_view_that_is_not_bent_is_the_picture_or_its_mirror():
    torch.manual_seed(4)
    still = FreeViewConfig(area=(1, 1), stretch=0, turn=0, mixed=0, pasted=0, recoloured=0)
    pictures = torch.randint(0, 256, (8, 3, 16, 16), dtype=torch.uint8)
    for view, picture in zip(draw_free_views(pictures, still), pictures.float()):
        assert min((view - picture).abs().max(), (view - picture.flip(2)).abs().max()) < 0.1


def test_targets_turn_towards_a_network_that_was_trained_in_other_axes():
    maker = TargetMaker.fit(random_vectors(80, 1), 16, wide_size=24)
    vectors = random_vectors(60, 2)
    narrow = torch.from_numpy(maker.targets(vectors))
    turn = torch.from_numpy(np.linalg.qr(np.random.default_rng(5).normal(0, 1, (16, 16)))[0].astype(np.float32))
    embeddings = narrow @ turn
    known = torch.ones(60, dtype=torch.bool)
    turned = Targets(narrow, torch.from_numpy(maker.wide(vectors)), known, maker).turned_towards(embeddings)
    assert (turned.narrow * embeddings).sum(dim=1).min() > 0.999
    np.testing.assert_allclose(turned.maker.targets(vectors), turned.narrow.numpy(), atol=1e-4)


def exported(tmp_path, model: Embedder) -> Embedder:
    """As an export and its reader give it back: with norms that do nothing but add."""
    onnx.save(export.to_onnx(model, 32), tmp_path / "model.onnx")
    return onnx_weights.load_embedder(tmp_path / "model.onnx", "small")


def test_a_deeper_network_computes_the_same_until_it_learns(tmp_path):
    torch.manual_seed(6)
    model = Embedder(SMALL)
    for module in model.modules():  # as training leaves them: no two alike
        if isinstance(module, (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)):
            torch.nn.init.uniform_(module.weight, 0.5, 1)
            torch.nn.init.normal_(module.bias, std=0.2)
            torch.nn.init.normal_(module.running_mean, std=0.2)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
    old = exported(tmp_path, model)
    images = torch.randn(12, 3, 32, 32)
    deeper = deepen.deepen(old, (3, 2, 4, 1), "deeper")
    assert deeper.config.name == "deeper" and len(deeper.stages) == 10
    with torch.no_grad():
        wanted = old(images)
        np.testing.assert_allclose(deeper(images).numpy(), wanted.numpy(), atol=1e-5)
        deepen.measure_norms(deeper, images)
        np.testing.assert_allclose(deeper(images).numpy(), wanted.numpy(), atol=1e-4)
        # Norms that know what reaches them: in training, the same batch gives nearly the same.
        deeper.train().norm.eval()  # the last norm was not folded, and its made-up statistics stay
        assert (deeper(images) * wanted).sum(dim=1).min() > 0.98


def test_a_network_cannot_lose_blocks():
    with pytest.raises(ValueError, match="can only grow"):
        deepen.deepen(Embedder(dataclasses.replace(SMALL, blocks=(2, 2, 2, 2))), (2, 2, 2, 1), "shallower")
