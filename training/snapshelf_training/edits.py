"""What people do to a picture before they send it on: the same product must still come first."""

from collections.abc import Callable

import cv2
import numpy as np

from .geometry import PAD

# (generator, [h, w, 3] uint8) -> [h', w', 3] uint8
Edit = Callable[[np.random.Generator, np.ndarray], np.ndarray]


def crop_half(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Half of the area, from anywhere near the middle."""
    height, width = image.shape[:2]
    h, w = int(height * 0.5**0.5), int(width * 0.5**0.5)
    y, x = (int((full - part) * rng.uniform(0.25, 0.75)) for full, part in ((height, h), (width, w)))
    return image[y : y + h, x : x + w]


def mirror(_: np.random.Generator, image: np.ndarray) -> np.ndarray:
    return image[:, ::-1]


def recolour(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Another white balance, saturation and exposure, as filters of photo apps set them."""
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32)
    lab[..., 0] = lab[..., 0] * rng.uniform(0.8, 1.15)
    lab[..., 1:] = (lab[..., 1:] - 128) * rng.uniform(0.6, 1.4) + 128 + rng.uniform(-10, 10, 2)
    return cv2.cvtColor(np.clip(lab, 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)


def compress(_: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """JPEG of quality 20."""
    data = cv2.imencode(".jpg", np.ascontiguousarray(image), (cv2.IMWRITE_JPEG_QUALITY, 20))[1]
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


def screenshot(_: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """In an app of a dark phone: bars with words above and below."""
    height, width = image.shape[:2]
    bars = height // 6, height // 4
    framed = cv2.copyMakeBorder(image, *bars, 0, 0, cv2.BORDER_CONSTANT, value=(24, 24, 28))
    for top in (bars[0] // 3, bars[0] + height + bars[1] // 4, bars[0] + height + bars[1] // 2):
        cv2.putText(framed, "12:41  Look what I found", (width // 20, top + 12), cv2.FONT_HERSHEY_SIMPLEX, width / 700, (230,) * 3)
    return framed


def rotate(_: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """By 15 degrees, on white."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 15, 0.85)
    return cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_CONSTANT, borderValue=PAD)


EDITS: dict[str, Edit] = {
    "crop 50 %": crop_half,
    "mirrored": mirror,
    "recoloured": recolour,
    "JPEG 20": compress,
    "screenshot": screenshot,
    "rotated 15 degrees": rotate,
}
