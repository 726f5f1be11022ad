"""Turns a clean picture or a cut-out product into what a shopper's crop looks like.

Everything works on small uint8 pictures (about 1.25 times the network's input), so that one picture costs
about a millisecond of one core.
"""

import dataclasses

import cv2
import numpy as np

from .geometry import PAD, letterbox

# Scenes are drawn somewhat larger than the input and area-averaged down, as the product's crops are.
OVERSAMPLE = 1.25


@dataclasses.dataclass(frozen=True)
class Strength:
    """How far a picture is bent. Angles in degrees, shares of the object's size."""

    rotation: float
    perspective: float
    margin: tuple[float, float]  # extra room on each side of the object's box
    wide_crop: float  # probability of a loose crop with much background
    light: float  # 0..1
    degrade: float  # probability of each of blur, noise, JPEG, glare, occlusion
    edit: float = 0.0  # probability of each of a tight crop and a screenshot's frame


LIGHT = Strength(rotation=4, perspective=0.02, margin=(-0.03, 0.08), wide_crop=0.0, light=0.25, degrade=0.05)
HEAVY = Strength(rotation=22, perspective=0.14, margin=(-0.08, 0.18), wide_crop=0.2, light=1.0, degrade=0.3, edit=0.12)


def white_to_alpha(image: np.ndarray) -> np.ndarray | None:
    """[h, w, 3] on a plain bright ground -> [h, w, 4], or None where the border is not plain and bright."""
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]]).astype(int)
    if np.median(border.min(axis=1)) < 215:
        return None
    height, width = image.shape[:2]
    image = image.copy()  # floodFill insists on a writable picture
    seeds = [(x, y) for x in range(0, width, 4) for y in (0, height - 1)]
    seeds += [(x, y) for y in range(0, height, 4) for x in (0, width - 1)]
    mask = np.zeros((height + 2, width + 2), np.uint8)
    for x, y in seeds:
        if mask[y + 1, x + 1] == 0 and image[y, x].min() > 205:
            # MASK_ONLY leaves the picture as it is; the tolerance follows soft shadows.
            cv2.floodFill(image, mask, (x, y), 0, (4,) * 3, (4,) * 3, cv2.FLOODFILL_MASK_ONLY | (255 << 8))
    alpha = 255 - cv2.dilate(mask[1:-1, 1:-1], np.ones((2, 2), np.uint8))
    share = (alpha > 0).mean()
    return np.dstack([image, alpha]) if 0.08 < share < 0.95 else None


class Augmenter:
    """Draws random scenes; every call takes the generator, so that runs repeat."""

    def __init__(self, backgrounds: list[np.ndarray]):
        self._backgrounds = backgrounds  # photos to put things on, [h, w, 3]

    def catalog_view(self, rng: np.random.Generator, image: np.ndarray, size: int) -> np.ndarray:
        """A clean picture, barely changed. image [h, w, 3 or 4] -> [size, size, 3]."""
        return self._draw(rng, image, size, LIGHT, clean=True)

    def photo_view(self, rng: np.random.Generator, image: np.ndarray, size: int) -> np.ndarray:
        """A shopper's crop of the same thing. image [h, w, 3 or 4] -> [size, size, 3]."""
        return self._draw(rng, image, size, HEAVY, clean=False)

    def _draw(self, rng: np.random.Generator, image: np.ndarray, size: int, how: Strength, clean: bool) -> np.ndarray:
        if rng.random() < 0.5:
            image = np.ascontiguousarray(image[:, ::-1])
        side = round(size * OVERSAMPLE)
        matrix, width, height = frame(rng, outline(image), image.shape, side, how)
        ground = self._ground(rng, width, height, clean)
        scene = place(rng, image, matrix, ground, shadow=not clean)
        if not clean and rng.random() < how.degrade:
            scene = occlude(rng, scene, self._backgrounds)
        scene = relight(rng, scene, how.light)
        scene = degrade(rng, scene, how.degrade)
        if rng.random() < how.edit:
            scene = crop_tight(rng, scene)
        if rng.random() < how.edit:
            scene = frame_as_screenshot(rng, scene)
        return letterbox(scene, size)

    def _ground(self, rng: np.random.Generator, width: int, height: int, clean: bool) -> np.ndarray:
        kind = rng.random()
        if clean or kind < 0.1:
            return np.full((height, width, 3), PAD if clean else rng.integers(200, 256), np.uint8)
        if kind < 0.45 or not self._backgrounds:
            return procedural_ground(rng, width, height)
        photo = self._backgrounds[rng.integers(len(self._backgrounds))]
        zoom = rng.uniform(0.3, 1.0)
        h, w = (max(8, int(side * zoom)) for side in photo.shape[:2])
        y, x = rng.integers(photo.shape[0] - h + 1), rng.integers(photo.shape[1] - w + 1)
        ground = cv2.resize(photo[y : y + h, x : x + w], (width, height), interpolation=cv2.INTER_LINEAR)
        return cv2.GaussianBlur(ground, (0, 0), rng.uniform(0.5, 3)) if rng.random() < 0.4 else ground


def outline(image: np.ndarray) -> np.ndarray:
    """Points [n, 2] around what is to be seen: the hull of the alpha, or the picture's corners."""
    height, width = image.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    if image.shape[2] == 3:
        return corners
    points = cv2.findNonZero((image[::2, ::2, 3] > 64).astype(np.uint8))
    return corners if points is None else cv2.convexHull(points)[:, 0].astype(np.float32) * 2


def frame(
    rng: np.random.Generator, points: np.ndarray, shape: tuple[int, ...], side: int, how: Strength
) -> tuple[np.ndarray, int, int]:
    """Chooses the view and the detector's box. -> (matrix picture -> scene [3, 3], scene width, height)."""
    height, width = shape[:2]
    angle = np.deg2rad(rng.normal(0, how.rotation / 2))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    bent = (corners - corners.mean(axis=0)) @ turn.T * np.exp(rng.normal(0, 0.06, 2))
    bent += rng.uniform(-how.perspective, how.perspective, (4, 2)) * (width, height)
    matrix = cv2.getPerspectiveTransform(corners, bent.astype(np.float32))
    seen = cv2.perspectiveTransform(points[None], matrix)[0]
    low, high = seen.min(axis=0), seen.max(axis=0)
    extent = high - low
    wide = rng.uniform(0.1, 0.45) if rng.random() < how.wide_crop else 0.0
    low = low - (rng.uniform(*how.margin, 2) + wide * rng.uniform(0, 1, 2)) * extent
    high = high + (rng.uniform(*how.margin, 2) + wide * rng.uniform(0, 1, 2)) * extent
    scale = side / max(high - low)
    scene_width, scene_height = (max(8, int(v)) for v in (high - low) * scale)
    shift = np.array([[scale, 0, -low[0] * scale], [0, scale, -low[1] * scale], [0, 0, 1]])
    return shift @ matrix, scene_width, scene_height


def place(
    rng: np.random.Generator, image: np.ndarray, matrix: np.ndarray, ground: np.ndarray, shadow: bool
) -> np.ndarray:
    """Draws the warped picture over the ground; a cut-out may throw a soft shadow."""
    height, width = ground.shape[:2]
    if image.shape[2] == 3 and rng.random() < 0.5:
        return cv2.warpPerspective(image, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)
    warped = cv2.warpPerspective(image[:, :, :3], matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    alpha = image[:, :, 3] if image.shape[2] == 4 else np.full(image.shape[:2], 255, np.uint8)
    alpha = cv2.warpPerspective(alpha, matrix, (width, height))
    if shadow and image.shape[2] == 4 and rng.random() < 0.7:
        move = np.float32([[1, 0, rng.normal(0, 0.05) * width], [0, 1, rng.uniform(0, 0.08) * height]])
        dark = cv2.GaussianBlur(cv2.warpAffine(alpha, move, (width, height)), (0, 0), rng.uniform(1, 8))
        ground = (ground * (1 - dark[:, :, None] * (rng.uniform(0.2, 0.7) / 255))).astype(np.uint8)
    weight = alpha[:, :, None].astype(np.float32) / 255
    return (warped * weight + ground * (1 - weight)).astype(np.uint8)


def procedural_ground(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Plain, shaded, mottled or striped (boards, tiles, cloth) surfaces."""
    base = rng.uniform(20, 245) + rng.normal(0, 28, 3)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / max(width, height)
    angle = rng.uniform(0, np.pi)
    along = x * np.cos(angle) + y * np.sin(angle)
    value = rng.normal(0, 40) * along
    if rng.random() < 0.4:
        value = value + rng.uniform(5, 40) * np.sign(np.sin(along * rng.uniform(8, 60)))
    if rng.random() < 0.6:
        cells = (rng.integers(2, 24), rng.integers(2, 24))
        coarse = rng.normal(0, rng.uniform(5, 30), cells).astype(np.float32)
        value = value + cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(value[:, :, None] + base, 0, 255).astype(np.uint8)


def occlude(rng: np.random.Generator, scene: np.ndarray, others: list[np.ndarray]) -> np.ndarray:
    """Covers up to a fifth, at the edge, with a piece of another picture: a neighbour on the shelf, a hand."""
    if not others:
        return scene
    height, width = scene.shape[:2]
    w, h = max(2, int(width * rng.uniform(0.1, 0.45))), max(2, int(height * rng.uniform(0.1, 0.45)))
    x = 0 if rng.random() < 0.5 else width - w
    y = int(rng.integers(0, height - h + 1))
    patch = cv2.resize(others[rng.integers(len(others))], (w, h), interpolation=cv2.INTER_LINEAR)
    mask = np.zeros((h, w, 1), np.float32)
    cv2.ellipse(mask, (w // 2, h // 2), (w // 2, h // 2), 0, 0, 360, 1.0, -1)
    scene = scene.copy()
    region = scene[y : y + h, x : x + w]
    scene[y : y + h, x : x + w] = (patch * mask + region * (1 - mask)).astype(np.uint8)
    return scene


def relight(rng: np.random.Generator, scene: np.ndarray, amount: float) -> np.ndarray:
    """Colour of the lamp, exposure, contrast, and light that falls from one side."""
    height, width = scene.shape[:2]
    gain = np.exp(rng.normal(0, 0.16 * amount)) * np.exp(rng.normal(0, 0.06 * amount, 3))
    table = np.arange(256, dtype=np.float32)[:, None] / 255
    table = np.clip(table ** np.exp(rng.normal(0, 0.14 * amount)) * gain, 0, 1) * 255  # [256, 3]
    scene = cv2.LUT(scene, table.astype(np.uint8)[None])
    if rng.random() < 0.5 * amount:
        corners = rng.uniform(0.65, 1.2, (2, 2)).astype(np.float32)
        falloff = cv2.resize(corners, (width, height), interpolation=cv2.INTER_LINEAR)
        scene = np.clip(scene * falloff[:, :, None], 0, 255).astype(np.uint8)
    return scene


def degrade(rng: np.random.Generator, scene: np.ndarray, probability: float) -> np.ndarray:
    """What phones do: glare, blur, noise, compression."""
    height, width = scene.shape[:2]
    if rng.random() < probability * 0.5:
        glare = np.zeros((height, width), np.float32)
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        cv2.ellipse(glare, centre, (max(2, width // 8), max(2, height // 16)), rng.uniform(0, 180), 0, 360, 255, -1)
        glare = cv2.GaussianBlur(glare, (0, 0), width / 16) * rng.uniform(0.3, 0.9)
        scene = np.clip(scene + glare[:, :, None], 0, 255).astype(np.uint8)
    if rng.random() < probability:
        scene = cv2.GaussianBlur(scene, (0, 0), rng.uniform(0.4, 1.6))
    if rng.random() < probability:
        noise = np.empty(scene.shape, np.int16)
        cv2.setRNGSeed(int(rng.integers(1 << 30)))
        cv2.randn(noise, 0, float(rng.uniform(2, 14)))
        scene = np.clip(scene + noise, 0, 255).astype(np.uint8)
    if rng.random() < probability:
        coded = cv2.imencode(".jpg", scene, (cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 85))))[1]
        scene = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    return scene


def crop_tight(rng: np.random.Generator, scene: np.ndarray) -> np.ndarray:
    """A part with 40 to 90 % of the area, as someone who shares a picture cuts it."""
    height, width = scene.shape[:2]
    share = np.sqrt(rng.uniform(0.4, 0.9))
    h, w = max(8, int(height * share)), max(8, int(width * share))
    y, x = rng.integers(height - h + 1), rng.integers(width - w + 1)
    return np.ascontiguousarray(scene[y : y + h, x : x + w])


def frame_as_screenshot(rng: np.random.Generator, scene: np.ndarray) -> np.ndarray:
    """Bars above and below of one colour with lines that look like text: a picture seen in an app."""
    height, width = scene.shape[:2]
    ground = int(rng.choice([0, 18, 32, 240, 255]))
    ink = 255 - ground
    above, below = (int(height * rng.uniform(0.03, 0.3)) for _ in range(2))
    side = int(width * rng.uniform(0, 0.06))
    framed = cv2.copyMakeBorder(scene, above, below, side, side, cv2.BORDER_CONSTANT, value=(ground,) * 3)
    for top, bar in ((0, above), (above + height, below)):
        for line in range(2, bar - 3, 7):
            if rng.random() < 0.5:
                end = int(framed.shape[1] * rng.uniform(0.1, 0.9))
                cv2.line(framed, (side + 3, top + line), (max(side + 4, end), top + line), (ink,) * 3, 1)
    return framed


def to_catalog(image: np.ndarray) -> np.ndarray:
    """A cut-out on white with a 5 % margin; other pictures as they are. -> [h, w, 3]."""
    if image.shape[2] == 3:
        return image
    alpha = image[:, :, 3:].astype(np.float32) / 255
    flat = (image[:, :, :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    border = max(1, max(flat.shape[:2]) // 20)
    return cv2.copyMakeBorder(flat, border, border, border, border, cv2.BORDER_CONSTANT, value=PAD)
