"""Makes up products that no catalog has: recoloured ones, and flat printed goods drawn from nothing.

An invented product exists only as the two views of one pair. It has no teacher vector, and every other picture of the
batch is its negative: that teaches colour, pattern and print without learning the training products by heart.
"""

from collections.abc import Callable

import cv2
import numpy as np

Recolour = Callable[[np.ndarray], np.ndarray]

FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)
LETTERS = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"))


def draw_recolour(rng: np.random.Generator) -> Recolour:
    """A change of colours that can be done alike to several pictures [h, w, 3 or 4] of one product.

    Hues turn about the grey axis; a dye and, one time in four, swapped light and dark also reach grey and white goods.
    """
    angle = rng.uniform(0.15, 0.85) * 2 * np.pi
    turn = cv2.Rodrigues(np.full(3, angle / np.sqrt(3)))[0] * rng.uniform(0.6, 1.3)
    turn += (1 - turn.sum(axis=1, keepdims=True)) / 3  # grey stays grey
    dye = np.exp(-rng.uniform(0, 0.9, 3)) if rng.random() < 0.6 else np.ones(3)
    swap = rng.random() < 0.25

    def recolour(image: np.ndarray) -> np.ndarray:
        colours = image[:, :, :3].astype(np.float32)
        if swap:
            grey = colours.mean(axis=2, keepdims=True)
            colours = colours + (235 - 2 * grey) * 0.85
        colours = np.clip((colours @ turn.T.astype(np.float32)) * dye.astype(np.float32), 0, 255).astype(np.uint8)
        return np.dstack([colours, image[:, :, 3:]]) if image.shape[2] == 4 else colours

    return recolour


def draw_print(rng: np.random.Generator, photos: list[np.ndarray], side: int) -> np.ndarray:
    """The front of a packet, book or poster. -> [h, w, 4] uint8 RGBA, longest side `side`."""
    aspect = np.exp(rng.normal(0, 0.35))
    height, width = round(side * min(1, aspect)), round(side * min(1, 1 / aspect))
    front = _ground(rng, height, width)
    if photos and rng.random() < 0.6:
        _paste_photo(rng, front, photos[rng.integers(len(photos))])
    for _ in range(rng.integers(1, 6)):
        _draw_shape(rng, front)
    for _ in range(rng.integers(1, 7)):
        _draw_word(rng, front)
    return np.dstack([front, _outline(rng, height, width)])


def _colour(rng: np.random.Generator) -> tuple[int, int, int]:
    red, green, blue = (int(v) for v in rng.integers(0, 256, 3))
    return red, green, blue


def _ground(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Plain, in two fields, striped, or shaded."""
    front = np.full((height, width, 3), _colour(rng), np.uint8)
    kind = rng.random()
    if kind < 0.35:
        front[round(height * rng.uniform(0.2, 0.8)) :] = _colour(rng)
    elif kind < 0.5:
        step = int(rng.integers(6, 40))
        for left in range(0, width, 2 * step):
            front[:, left : left + step] = front[0, 0] * 0.5 + np.array(_colour(rng)) * 0.5
    elif kind < 0.7:
        ends = np.array([_colour(rng), _colour(rng)], np.float32)[:, None]  # [2, 1, 3]
        front = cv2.resize(ends, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
    return front


def _place(rng: np.random.Generator, front: np.ndarray) -> tuple[int, int, int, int]:
    height, width = front.shape[:2]
    h, w = max(4, round(height * rng.uniform(0.1, 0.6))), max(4, round(width * rng.uniform(0.15, 0.9)))
    return int(rng.integers(0, width - w + 1)), int(rng.integers(0, height - h + 1)), w, h


def _paste_photo(rng: np.random.Generator, front: np.ndarray, photo: np.ndarray) -> None:
    x, y, w, h = _place(rng, front)
    front[y : y + h, x : x + w] = cv2.resize(photo, (w, h), interpolation=cv2.INTER_AREA)


def _draw_shape(rng: np.random.Generator, front: np.ndarray) -> None:
    x, y, w, h = _place(rng, front)
    kind, colour = rng.integers(3), _colour(rng)
    if kind == 0:
        cv2.rectangle(front, (x, y), (x + w, y + h), colour, -1)
    elif kind == 1:
        cv2.ellipse(front, (x + w // 2, y + h // 2), (w // 2, h // 2), 0, 0, 360, colour, -1, cv2.LINE_AA)
    else:
        points = rng.integers((x, y), (x + w, y + h), (int(rng.integers(3, 7)), 2)).astype(np.int32)
        cv2.fillConvexPoly(front, cv2.convexHull(points), colour, cv2.LINE_AA)


def _draw_word(rng: np.random.Generator, front: np.ndarray) -> None:
    word = "".join(rng.choice(LETTERS, int(rng.integers(3, 11))))
    scale = front.shape[1] / 200 * rng.uniform(0.3, 1.8)
    at = int(rng.integers(0, max(1, front.shape[1] // 2))), int(rng.integers(10, front.shape[0]))
    font = FONTS[rng.integers(len(FONTS))]
    cv2.putText(front, word, at, font, scale, _colour(rng), max(1, round(2 * scale)), cv2.LINE_AA)


def _outline(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Alpha of the front: a rectangle, or one with round corners."""
    radius = round(min(height, width) * rng.uniform(0, 0.25)) if rng.random() < 0.4 else 0
    alpha = np.full((height, width), 255, np.uint8)
    if radius > 2:
        alpha[:] = 0
        cv2.rectangle(alpha, (radius, 0), (width - radius, height), 255, -1)
        cv2.rectangle(alpha, (0, radius), (width, height - radius), 255, -1)
        for x in (radius, width - radius - 1):
            for y in (radius, height - radius - 1):
                cv2.circle(alpha, (x, y), radius, 255, -1)
    return alpha
