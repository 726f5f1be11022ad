"""Post-training quantisation to int8: a model folder and calibration pictures in, a model folder out.

NNCF chooses the ranges of the activations from the calibration pictures and corrects the biases. Only convolutions
and what lies between them become int8: pooling by powers, projection and box decoding follow the last convolution, cost
little, and lose most. Weights use half of the int8 range, so that CPUs without VNNI, whose 16-bit sums would
overflow, get the same answers. The rest runs in float32: OpenVINO 2026.4 has no bfloat16 convolution for an
int8 network and refuses the hint. Where the loss is still too large, KEPT names the steps of mixed precision.
"""

import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx

from . import onnx_graph, run_card
from .export import store_half, write_card

ALLOWED_LOSS = 0.005  # of the figure that counts: half a point
# Between the embeddings of the calibration pictures before and after: of all but a hundredth, and of the worst. R@1 of
# some hundred queries is a coarse measure.
USUAL_COSINE, LEAST_COSINE = 0.99, 0.95
# Steps of mixed precision, the fastest first: shares of the convolutions, from the input on and from the output back,
# that stay in floating point.
KEPT = {
    "int8": (0.0, 0.0),
    "int8, first convolution in floating point": (1e-9, 0.0),
    "int8, first convolution and last sixth in floating point": (1e-9, 1 / 6),
    "int8, first and last third in floating point": (1 / 3, 1 / 3),
}


@dataclasses.dataclass
class Quantised:
    """What came out: the step of KEPT, and the figures of the original and of every step tried."""

    step: str
    before: float
    after: float
    tried: dict[str, dict[str, float]]  # figure; usual_cosine and least_cosine (embedders)

    @property
    def loss(self) -> float:
        return self.before - self.after


def _leads_to_convolution(graph: onnx.GraphProto) -> set[str]:
    """Names of the nodes from which a convolution is reached, and of the convolutions."""
    wanted: set[str] = set()
    names = set()
    for node in reversed(graph.node):  # sorted, as ONNX demands
        if node.op_type == "Conv" or wanted.intersection(node.output):
            names.add(node.name)
            wanted.update(node.input)
    return names


def kept_nodes(model: onnx.ModelProto, first: float, last: float) -> list[str]:
    """Nodes that stay in floating point: all that no convolution follows, and shares of the convolutions."""
    body = _leads_to_convolution(model.graph)
    convolutions = [node.name for node in model.graph.node if node.op_type == "Conv"]
    at_start, at_end = (int(np.ceil(share * len(convolutions))) for share in (first, last))
    kept = [node.name for node in model.graph.node if node.name not in body and node.op_type != "Constant"]
    return kept + convolutions[:at_start] + convolutions[len(convolutions) - at_end :]


def quantise_graph(model: onnx.ModelProto, batches: list[np.ndarray], kept: list[str]) -> onnx.ModelProto:
    """batches: inputs [1, 3, h, w] as the network takes them."""
    import nncf  # takes seconds
    from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters, OverflowFix

    name = model.graph.input[0].name
    return nncf.quantize(
        model,
        nncf.Dataset(batches, lambda batch: {name: batch}),
        subset_size=len(batches),
        ignored_scope=nncf.IgnoredScope(names=kept, validate=False),
        preset=nncf.QuantizationPreset.PERFORMANCE,  # OpenVINO convolves symmetric int8 only
        advanced_parameters=AdvancedQuantizationParameters(overflow_fix=OverflowFix.ENABLE),
    )


def load_named(file: Path) -> onnx.ModelProto:
    """The network with float32 constants and a name for every node, as quantisation needs it."""
    model = onnx_graph.restore_single(onnx.load(file))
    for number, node in enumerate(model.graph.node):
        node.name = node.name or f"{node.op_type}_{number}"
    return model


def write_folder(out: Path, model: onnx.ModelProto, card: dict) -> dict:
    """Writes model.onnx and model.json; `card` is the original's. -> the new card."""
    out.mkdir(parents=True, exist_ok=True)
    file = out / "model.onnx"
    onnx.save(store_half(model), file)
    name = card["name"] if card["name"].endswith("-int8") else card["name"] + "-int8"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    card = card | {"name": name, "precision": "f32", "file": file.name, "sha256": digest}
    write_card(out / "model.json", card)
    return card


def cosines(first: Path, second: Path, fitted: np.ndarray) -> tuple[float, float]:
    """(of the worst hundredth, of the worst) between the embeddings of two model folders; fitted [n, h, w, 3] as run_card.fit gives them."""
    vectors = []
    for folder in (first, second):
        run, card = run_card.open_folder(folder, "f32")
        vectors.append(run_card.run_pictures(run, card, fitted).reshape(len(fitted), -1))
    norms = np.linalg.norm(vectors[0], axis=1) * np.linalg.norm(vectors[1], axis=1)
    cosine = (vectors[0] * vectors[1]).sum(axis=1) / norms
    return float(np.percentile(cosine, 1)), float(cosine.min())


def quantise(
    folder: Path, pictures: list[np.ndarray], out: Path, measure: Callable[[Path], float] | None, allowed: float = ALLOWED_LOSS
) -> Quantised:
    """Takes the first step of KEPT that loses less than `allowed` of measure(folder), larger is better.

    An embedder's embeddings must keep USUAL_COSINE and LEAST_COSINE too. ValueError: no calibration pictures, int8 already, or no step is
    good enough; `out` then holds the last step.
    """
    card = run_card.read_card(folder)
    if not pictures:
        raise ValueError("no calibration pictures")
    nodes = load_named(folder / card["file"]).graph.node
    if any(node.op_type in ("QuantizeLinear", "DequantizeLinear") for node in nodes):
        raise ValueError(f"{folder}: is quantised already")
    fitted = np.stack([run_card.fit(card, picture) for picture in pictures])
    batches = [run_card.normalise(card, one[None]) for one in fitted]
    before = measure(folder) if measure else 0.0
    tried: dict[str, dict[str, float]] = {}
    for step, (first, last) in KEPT.items():
        model = load_named(folder / card["file"])
        write_folder(out, quantise_graph(model, batches, kept_nodes(model, first, last)), card)
        usual, least = cosines(folder, out, fitted) if card["task"] == "embed" else (1.0, 1.0)
        figure = measure(out) if measure else 0.0
        tried[step] = {"figure": round(figure, 5), "usual_cosine": round(usual, 5), "least_cosine": round(least, 5)}
        if before - figure < allowed and usual > USUAL_COSINE and least > LEAST_COSINE:
            return Quantised(step, before, figure, tried)
    raise ValueError(f"no step of mixed precision is good enough: {before} before, {tried}")
