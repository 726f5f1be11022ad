"""Procedural backgrounds: tables, floors, walls, cloth. Each function gives [h, w, 3] float32 in 0..255."""

import cv2
import numpy as np

Rng = np.random.Generator


def random_colour(rng: Rng) -> np.ndarray:
    """A colour as rooms have them: mostly dull, sometimes strong. RGB 0..255."""
    hue, value = rng.uniform(0, 180), rng.uniform(40, 255)
    saturation = rng.beta(1.2, 4.0) * 255 if rng.random() < 0.8 else rng.uniform(60, 230)
    pixel = np.array([[[hue, saturation, value]]], np.uint8)
    return cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0].astype(np.float32)


def noise_field(rng: Rng, height: int, width: int, cell_y: float, cell_x: float) -> np.ndarray:
    """Smooth noise [h, w] in about -1..1 with features of the given size in pixels."""
    rows, columns = max(2, int(height / cell_y) + 2), max(2, int(width / cell_x) + 2)
    grid = rng.standard_normal((rows, columns)).astype(np.float32)
    return cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) * 0.6


def fractal(rng: Rng, height: int, width: int, coarse: float) -> np.ndarray:
    field = np.zeros((height, width), np.float32)
    for octave in range(4):
        cell = max(1.5, coarse / 2**octave)
        field += noise_field(rng, height, width, cell, cell) / 1.7**octave
    return field


def shade(rng: Rng, field: np.ndarray, contrast: float) -> np.ndarray:
    """Colours a field: one colour brightened and darkened, or a mix of two colours."""
    first = random_colour(rng)
    if rng.random() < 0.6:
        return first * (1 + contrast * field[..., None])
    mix = np.clip(0.5 + contrast * 2 * field[..., None], 0, 1)
    return first * (1 - mix) + random_colour(rng) * mix


def plain(rng: Rng, height: int, width: int) -> np.ndarray:
    return shade(rng, noise_field(rng, height, width, height, width), rng.uniform(0.02, 0.25))


def white(rng: Rng, height: int, width: int) -> np.ndarray:
    """A catalog's white, at times a little grey or warm."""
    tint = 255 - rng.uniform(0, 1) * rng.uniform(0, 14, 3) if rng.random() < 0.5 else np.full(3, 255.0)
    return np.tile(tint.astype(np.float32), (height, width, 1))


def cloudy(rng: Rng, height: int, width: int) -> np.ndarray:
    return shade(rng, fractal(rng, height, width, rng.uniform(8, 90)), rng.uniform(0.05, 0.35))


def wood(rng: Rng, height: int, width: int) -> np.ndarray:
    """Long grain, at times in planks, along either axis."""
    rows, columns = (height, width) if rng.random() < 0.5 else (width, height)
    grain = noise_field(rng, rows, columns, rng.uniform(2, 6), rng.uniform(60, 200))
    grain += 0.7 * noise_field(rng, rows, columns, rng.uniform(8, 30), rng.uniform(80, 300))
    base = np.array([rng.uniform(90, 220), rng.uniform(0.62, 0.85), rng.uniform(0.3, 0.65)])
    tone = np.array([base[0], base[0] * base[1], base[0] * base[1] * (base[2] + 0.25)], np.float32)
    picture = tone * (1 + rng.uniform(0.06, 0.2) * grain[..., None])
    if rng.random() < 0.6:
        plank = int(rng.uniform(24, 110))
        for start in range(int(rng.integers(0, plank)), rows, plank):
            picture[start : start + plank] *= rng.uniform(0.85, 1.12)
            picture[start : start + 1] *= 0.55
    return picture if rows == height else picture.transpose(1, 0, 2)


def stripes(rng: Rng, height: int, width: int) -> np.ndarray:
    angle, period = rng.uniform(0, np.pi), rng.uniform(8, 70)
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    wave = np.sin((xs * np.cos(angle) + ys * np.sin(angle)) * 2 * np.pi / period)
    if rng.random() < 0.5:
        wave = np.sign(wave)
    return shade(rng, wave * 0.6, rng.uniform(0.05, 0.3))


def tiles(rng: Rng, height: int, width: int) -> np.ndarray:
    """Floor tiles with joints, straight or turned, or a chequer."""
    angle, size = rng.choice([0.0, np.pi / 4, rng.uniform(0, np.pi)]), rng.uniform(20, 110)
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    u = (xs * np.cos(angle) + ys * np.sin(angle)) / size + 100
    v = (ys * np.cos(angle) - xs * np.sin(angle)) / (size * rng.choice([1.0, 1.0, 0.5])) + 100
    if rng.random() < 0.3:
        return shade(rng, np.where((np.floor(u) + np.floor(v)) % 2 > 0, 0.5, -0.5), rng.uniform(0.1, 0.4))
    picture = shade(rng, fractal(rng, height, width, 30), rng.uniform(0.02, 0.15))
    joint = (np.minimum(u % 1, v % 1) * size) < rng.uniform(1, 3)
    picture[joint] *= rng.uniform(0.5, 1.4)
    return picture


def cloth(rng: Rng, height: int, width: int) -> np.ndarray:
    """Woven or knitted cloth with soft folds."""
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    period = rng.uniform(2.2, 6)
    weave = np.sin(xs * 2 * np.pi / period) * np.sin(ys * 2 * np.pi / (period * rng.uniform(0.8, 1.4)))
    folds = noise_field(rng, height, width, rng.uniform(30, 160), rng.uniform(30, 160))
    return shade(rng, folds * rng.uniform(0.2, 0.8) + weave * rng.uniform(0.02, 0.2), rng.uniform(0.1, 0.35))


def speckle(rng: Rng, height: int, width: int) -> np.ndarray:
    """Carpet, gravel, terrazzo."""
    field = noise_field(rng, height, width, rng.uniform(1.2, 5), rng.uniform(1.2, 5))
    return shade(rng, field + 0.4 * fractal(rng, height, width, 60), rng.uniform(0.1, 0.4))


def prints(rng: Rng, height: int, width: int) -> np.ndarray:
    """A tablecloth or rug with a regular print in strong colours: dots, diamonds or zigzags."""
    period = rng.uniform(14, 60)
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    row = np.floor(ys / period)
    u, v = (xs / period + 0.5 * (row % 2)) % 1 - 0.5, (ys / period) % 1 - 0.5
    kind = rng.integers(3)
    if kind == 2:
        inside = (ys / period + np.abs(u)) % 1 < 0.5
    else:
        inside = (np.hypot(u, v) if kind == 0 else np.abs(u) + np.abs(v)) < rng.uniform(0.15, 0.45)
    shapes = np.where(rng.random() < 0.5, (row + np.floor(xs / period)) % 2, 1)[..., None]
    ground, first, second = random_colour(rng), random_colour(rng), random_colour(rng)
    return np.where(inside[..., None], first * shapes + second * (1 - shapes), ground).astype(np.float32)


def recede(rng: Rng, surface: np.ndarray) -> np.ndarray:
    """A surface seen at a slant: what is far, at the top, gets small."""
    height, width = surface.shape[:2]
    spread = width * rng.uniform(0.2, 1.2)
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    target = np.array([[0, 0], [width, 0], [width + spread, height], [-spread, height]], np.float32)
    return cv2.warpPerspective(surface, cv2.getPerspectiveTransform(source, target), (width, height), flags=cv2.INTER_LINEAR)


SURFACES = (plain, plain, cloudy, wood, wood, stripes, tiles, cloth, cloth, speckle, prints, prints)


def room(rng: Rng, height: int, width: int) -> np.ndarray:
    """A wall above, a floor or table below, the edge sharp or soft."""
    wall = SURFACES[rng.integers(len(SURFACES))](rng, height, width)
    floor = SURFACES[rng.integers(len(SURFACES))](rng, height, width)
    if rng.random() < 0.6:
        floor = recede(rng, floor)
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    edge = ys - height * rng.uniform(0.25, 0.8) - (xs - width / 2) * rng.normal(0, 0.06)
    mix = np.clip(edge / rng.uniform(0.5, 8) + 0.5, 0, 1)[..., None]
    return wall * (1 - mix) + floor * mix


def clutter(rng: Rng, picture: np.ndarray) -> np.ndarray:
    """Adds what is no product: bands, panels, spots of light. Teaches not to box every edge."""
    height, width = picture.shape[:2]
    picture = np.ascontiguousarray(picture, np.float32)
    for _ in range(rng.integers(1, 5)):
        layer = picture.copy()
        colour = tuple(float(v) for v in random_colour(rng))
        x, y = int(rng.uniform(0, width)), int(rng.uniform(0, height))
        kind = rng.integers(3)
        if kind == 0:
            end = (int(rng.uniform(-width, 2 * width)), int(rng.uniform(-height, 2 * height)))
            cv2.line(layer, (x, y), end, colour, int(rng.uniform(1, 14)), cv2.LINE_AA)
        elif kind == 1:  # a panel that leaves the picture: a door, a window, a table's edge
            far = (int(rng.choice([-5, width + 5])), int(rng.choice([-5, height + 5])))
            cv2.rectangle(layer, (x, y), far, colour, -1)
        else:
            cv2.circle(layer, (x, y), int(rng.uniform(2, 10)), colour, -1, cv2.LINE_AA)
        weight = rng.uniform(0.15, 0.9)
        picture = picture * (1 - weight) + layer * weight
    return picture


def make_background(rng: Rng, height: int, width: int, patches: list[np.ndarray], blurs: list[np.ndarray]) -> np.ndarray:
    """One background [h, w, 3] float32: procedural, a real empty patch, or a real picture out of focus."""
    choice = rng.random()
    if choice < 0.2 and patches:
        patch = patches[rng.integers(len(patches))]
        scale = max(1.0, rng.uniform(1.0, 2.5) * min(height, width) / 288)
        patch = cv2.resize(patch, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        picture = cv2.copyMakeBorder(
            patch, 0, max(0, height - patch.shape[0]), 0, max(0, width - patch.shape[1]), cv2.BORDER_REFLECT_101
        )
        return picture[:height, :width].astype(np.float32)
    if choice < 0.3 and blurs:
        photo = blurs[rng.integers(len(blurs))]
        picture = cv2.resize(photo, (width, height), interpolation=cv2.INTER_LINEAR)
        return cv2.GaussianBlur(picture, (0, 0), rng.uniform(7, 16)).astype(np.float32)
    if choice < 0.38:
        return white(rng, height, width)
    if choice < 0.7:
        picture = room(rng, height, width)
    else:
        picture = SURFACES[rng.integers(len(SURFACES))](rng, height, width)
    return clutter(rng, picture) if rng.random() < 0.25 else picture
