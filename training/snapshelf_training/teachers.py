"""Runs ImageNet networks over the pictures once and turns their vectors into targets.

Each teacher is centred, softly whitened (eigenvalues^-.25: full whitening lifts noise) and brought to unit
length on its own, because their scales differ; then both are joined and reduced to 256 dimensions.
"""

import dataclasses
from pathlib import Path

import numpy as np

TEACHER_SIDE = 224
VECTOR_SIZE = 1024
WHITEN_POWER = -0.25


@dataclasses.dataclass(frozen=True)
class Teacher:
    file: str
    output: str
    mean: tuple[float, float, float]  # of pixels 0..255
    std: tuple[float, float, float]
    weight: float  # its share in the joined vector


# ResNet-50-C4 alone retrieves better than DenseNet-121 on other views of a product, hence the larger weight.
TEACHERS = (
    Teacher("resnet50_c4_imagenet.onnx", "embedding", (123.68, 116.779, 103.939), (1.0, 1.0, 1.0), 1.5),
    Teacher("densenet121_imagenet.onnx", "avg_pool", (123.675, 116.28, 103.53), (58.395, 57.12, 57.375), 1.0),
)


class TeacherRunner:
    """Holds the compiled teachers. One thread at a time."""

    def __init__(self, models: Path, threads: int):
        import openvino

        core = openvino.Core()
        config = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "THROUGHPUT", "NUM_STREAMS": 1}
        self._compiled = []
        for teacher in TEACHERS:
            model = core.read_model(models / teacher.file)
            model.reshape({model.input(0): [-1, 3, TEACHER_SIDE, TEACHER_SIDE]})
            self._compiled.append(core.compile_model(model, "CPU", config))

    def __call__(self, images: np.ndarray) -> list[np.ndarray]:
        """images: [n, 224, 224, 3] uint8 RGB -> one [n, 1024] float32 a teacher."""
        vectors = []
        for teacher, compiled in zip(TEACHERS, self._compiled):
            pixels = (images.astype(np.float32) - teacher.mean) / teacher.std
            batch = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2), np.float32)  # [n, 3, 224, 224]
            output = compiled(batch)[compiled.output(teacher.output)]
            vectors.append(output.reshape(len(images), -1).copy())
        return vectors


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows to unit length."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


@dataclasses.dataclass
class Projection:
    """x -> (x - mean) @ matrix, fitted by PCA with eigenvalues raised to `power`."""

    mean: np.ndarray  # [d]
    matrix: np.ndarray  # [d, k]

    @staticmethod
    def fit(vectors: np.ndarray, size: int, power: float) -> "Projection":
        mean = vectors.mean(axis=0)
        centred = (vectors - mean).astype(np.float64)
        values, axes = np.linalg.eigh(centred.T @ centred / len(centred))
        order = np.argsort(values)[::-1][:size]
        scale = np.maximum(values[order], values.max() * 1e-6) ** power
        return Projection(mean, (axes[:, order] * scale).astype(np.float32))

    def __call__(self, vectors: np.ndarray) -> np.ndarray:
        return (vectors - self.mean) @ self.matrix


@dataclasses.dataclass
class TargetMaker:
    """Teacher vectors -> targets. Fitted on training pictures only."""

    whiteners: list[Projection]
    final: Projection

    @staticmethod
    def fit(teacher_vectors: list[np.ndarray], size: int, wide_size: int = 384) -> "TargetMaker":
        whiteners = [Projection.fit(unit(v), wide_size, WHITEN_POWER) for v in teacher_vectors]
        joined = TargetMaker._join(whiteners, teacher_vectors)
        return TargetMaker(whiteners, Projection.fit(joined, size, 0.0))

    @staticmethod
    def _join(whiteners: list[Projection], teacher_vectors: list[np.ndarray]) -> np.ndarray:
        parts = [t.weight * unit(w(unit(v))) for t, w, v in zip(TEACHERS, whiteners, teacher_vectors)]
        return np.concatenate(parts, axis=1)  # [n, 2 * wide_size]

    def wide(self, teacher_vectors: list[np.ndarray]) -> np.ndarray:
        """[n, 768] unit length: what the relational loss compares."""
        return unit(self._join(self.whiteners, teacher_vectors)).astype(np.float32)

    def targets(self, teacher_vectors: list[np.ndarray]) -> np.ndarray:
        """[n, size] unit length: what the student should output."""
        return unit(self.final(self._join(self.whiteners, teacher_vectors))).astype(np.float32)
