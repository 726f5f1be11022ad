"""How a crop becomes the square input of the embedder.

This is the rule that the model card names `letterbox`: the whole crop is kept, scaled so that its longer
side fills the square, centred, and the rest is white, because catalog pictures stand on white.
"""

import cv2
import numpy as np

PAD = (255, 255, 255)


def resize_longest(image: np.ndarray, size: int) -> np.ndarray:
    """Scale so that the longer side is `size` px; area average down, bilinear up. [h, w, c] uint8."""
    height, width = image.shape[:2]
    scale = size / max(height, width)
    new_width = max(1, round(width * scale))
    new_height = max(1, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(image, (new_width, new_height), interpolation=method)


def letterbox(image: np.ndarray, size: int) -> np.ndarray:
    """[h, w, 3] uint8 -> [size, size, 3] uint8, centred on white; an odd rest goes right and below."""
    small = resize_longest(image, size)
    height, width = small.shape[:2]
    top = (size - height) // 2
    left = (size - width) // 2
    square = np.empty((size, size, 3), np.uint8)
    square[:] = PAD
    square[top : top + height, left : left + width] = small
    return square


def crop_with_margin(image: np.ndarray, box: tuple[float, float, float, float], margin: float) -> np.ndarray:
    """Cut box (x, y, w, h in px) grown by `margin` of its size on each side and clipped to the picture."""
    x, y, width, height = box
    x0 = max(0, round(x - margin * width))
    y0 = max(0, round(y - margin * height))
    x1 = min(image.shape[1], max(x0 + 1, round(x + (1 + margin) * width)))
    y1 = min(image.shape[0], max(y0 + 1, round(y + (1 + margin) * height)))
    return image[y0:y1, x0:x1]
