"""The teachers in PyTorch: what they say about a picture that was drawn a moment ago.

A student that sees each view through the teachers' eyes learns the function itself, also where no training picture is near: Beyer
et al., "Knowledge distillation: a good teacher is patient and consistent", CVPR 2022.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from .onnx_torch import OnnxModule
from .teachers import TEACHERS, Projection, TargetMaker


class LiveTeachers:
    """Holds both networks on one device: half precision on a GPU, single on a CPU."""

    def __init__(self, models: Path, device: torch.device):
        self._type = torch.float16 if device.type == "cuda" else torch.float32
        self._modules = [OnnxModule(models / t.file, t.output).to(device, self._type).eval() for t in TEACHERS]
        self._scales = [torch.tensor([t.mean, t.std], device=device).view(2, 1, 3, 1, 1) for t in TEACHERS]

    @torch.no_grad()
    def vectors(self, images: Tensor) -> list[Tensor]:
        """images [n, 3, 224, 224] float RGB 0..255 -> one [n, 1024] float32 a teacher."""
        found = []
        for module, (mean, std) in zip(self._modules, self._scales):
            pixels = ((images - mean) / std).to(self._type, memory_format=torch.channels_last)
            found.append(module(pixels).float())
        return found

    def __call__(self, images: np.ndarray) -> list[np.ndarray]:
        """As teachers.TeacherRunner: [n, 224, 224, 3] uint8 RGB -> one [n, 1024] float32 a teacher."""
        pixels = torch.from_numpy(images).to(self._scales[0].device).permute(0, 3, 1, 2).float()
        return [found.cpu().numpy() for found in self.vectors(pixels)]


class LiveTargets(nn.Module):
    """teachers.TargetMaker in PyTorch."""

    def __init__(self, maker: TargetMaker):
        super().__init__()
        self._count = len(maker.whiteners)
        for name, projection in [(f"whitener{i}", p) for i, p in enumerate(maker.whiteners)] + [("final", maker.final)]:
            self._keep(name, projection)

    def _keep(self, name: str, projection: Projection) -> None:
        self.register_buffer(f"{name}_mean", torch.from_numpy(projection.mean.astype(np.float32)))
        self.register_buffer(f"{name}_matrix", torch.from_numpy(projection.matrix))

    def _project(self, name: str, vectors: Tensor) -> Tensor:
        return (vectors - getattr(self, f"{name}_mean")) @ getattr(self, f"{name}_matrix")

    def forward(self, vectors: list[Tensor]) -> tuple[Tensor, Tensor]:
        """One [n, 1024] a teacher -> narrow [n, size], wide [n, 768]; unit length."""
        parts = []
        for number, (teacher, found) in enumerate(zip(TEACHERS, vectors, strict=True)):
            whitened = self._project(f"whitener{number}", functional.normalize(found, dim=1))
            parts.append(teacher.weight * functional.normalize(whitened, dim=1))
        joined = torch.cat(parts, dim=1)
        return functional.normalize(self._project("final", joined), dim=1), functional.normalize(joined, dim=1)
