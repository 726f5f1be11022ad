"""Makes training pictures: products pasted on backgrounds with shadow, light, blur and noise."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from snapshelf_training.detector.backgrounds import make_background, white
from snapshelf_training.detector.classes import IGNORE
from snapshelf_training.detector.cutouts import Cutout, Photo
from snapshelf_training.detector.decode import letterbox

Rng = np.random.Generator


@dataclass
class Sample:
    """image [s, s, 3] uint8 RGB, boxes [n, 4] corners in its pixels, labels [n]."""

    image: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray


@dataclass
class Sources:
    """All that pictures are made of. Shared read-only by the loading processes."""

    cutouts: list[Cutout]
    photos: list[Photo]  # with boxes, used whole
    patches: list[np.ndarray] = field(default_factory=list)  # empty real surfaces
    blurs: list[np.ndarray] = field(default_factory=list)  # pictures only ever used out of focus
    photo_share: float = 0.18
    render_share: float = 0.75
    by_source: dict[str, dict[int, list[int]]] = field(default_factory=dict)

    def index(self) -> None:
        """Sorts the cut-outs by source and class; call after changing them."""
        self.by_source = {}
        for number, cutout in enumerate(self.cutouts):
            self.by_source.setdefault(cutout.source, {}).setdefault(cutout.label, []).append(number)

    def pick(self, rng: Rng) -> Cutout:
        """A cut-out: first the source, then the class (rare ones raised), then the picture."""
        others = [name for name in self.by_source if name != "render"]
        if "render" in self.by_source and (not others or rng.random() < self.render_share):
            name = "render"
        else:
            name = others[rng.integers(len(others))]
        classes = self.by_source[name]
        counts = np.sqrt([len(numbers) for numbers in classes.values()])
        numbers = list(classes.values())[rng.choice(len(counts), p=counts / counts.sum())]
        return self.cutouts[numbers[rng.integers(len(numbers))]]


def transform_cutout(rng: Rng, cutout: Cutout, longest: float) -> np.ndarray | None:
    """The cut-out [h, w, 4] float32 at the wanted longest side, turned, flipped and relit."""
    rgba = cutout.rgba
    if rng.random() < 0.5:
        rgba = rgba[:, ::-1]
    angle = rng.normal(0, 7) if rng.random() < 0.75 else rng.uniform(-180, 180)
    height, width = rgba.shape[:2]
    scale = longest / max(height, width)
    # Premultiplied, so that the transparent pixels' colour does not bleed into the edge.
    alpha = rgba[..., 3:].astype(np.float32) / 255
    source = np.dstack([rgba[..., :3] * alpha, alpha * 255]).astype(np.float32)
    if scale < 0.6:
        source = cv2.resize(source, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        height, width, scale = source.shape[0], source.shape[1], 1.0
    squeeze = np.diag([scale * rng.uniform(0.9, 1.1), scale * rng.uniform(0.9, 1.1)])
    turn = np.deg2rad(angle)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ squeeze
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]]) @ matrix.T
    low, high = corners.min(0), corners.max(0)
    size = np.ceil(high - low).astype(int) + 1
    warp = np.column_stack([matrix, -low])
    pasted = cv2.warpAffine(source, warp, (int(size[0]), int(size[1])), flags=cv2.INTER_LINEAR)
    solid = pasted[..., 3] > 60
    if solid.sum() < 30:
        return None
    ys, xs = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    pasted = pasted[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1]
    pasted[..., :3] *= (rng.uniform(0.75, 1.2) * rng.uniform(0.92, 1.08, 3)).astype(np.float32)
    return pasted


def choose_place(rng: Rng, size: tuple[int, int], canvas: tuple[int, int], taken: list[np.ndarray]) -> np.ndarray | None:
    """Top-left corner for an object of `size` (h, w) that hides little of what is there, or None."""
    (h, w), (height, width) = size, canvas
    spill = 0.18 if rng.random() < 0.25 else 0.0  # at times cut by the picture's edge
    for _ in range(14):
        x = rng.uniform(-spill * w, max(width - w, 0) + spill * w)
        y = rng.uniform(-spill * h, max(height - h, 0) + spill * h)
        box = np.array([x, y, x + w, y + h])
        hidden = 0.0
        for other in taken:
            overlap = np.clip(np.minimum(box[2:], other[2:]) - np.maximum(box[:2], other[:2]), 0, None).prod()
            hidden = max(hidden, overlap / min(w * h, (other[2:] - other[:2]).prod()))
        if hidden < (0.3 if rng.random() < 0.3 else 0.04):
            return box
    return None


def darken(rng: Rng, canvas: np.ndarray, alpha: np.ndarray) -> None:
    """Lays the shadow of an object with alpha [h, w] on canvas [h, w, 3], both the same region."""
    height, width = alpha.shape
    rows = np.flatnonzero((alpha > 0.1).any(1))
    if not len(rows):
        return
    reach = max(height, width) / 1.5
    shift = np.float32([[1, 0, rng.normal(0, 0.04) * reach], [0, 1, rng.uniform(0.0, 0.07) * reach]])
    dark = cv2.warpAffine(alpha, shift, (width, height))
    if rng.random() < 0.6:  # only the foot of a thing that stands darkens the ground
        tall = rows[-1] - rows[0] + 1
        foot = np.clip((np.arange(height) - rows[0] - 0.75 * tall) / (0.25 * tall), 0, 1)
        dark *= foot[:, None].astype(np.float32)
    dark = cv2.GaussianBlur(dark, (0, 0), max(0.8, rng.uniform(0.015, 0.06) * reach))
    canvas *= 1 - np.float32(rng.uniform(0.15, 0.65)) * dark[..., None]


@dataclass
class Pasted:
    """Where an object's alpha lies in the canvas: alpha [h, w] in 0..1 with its top-left at (x, y)."""

    alpha: np.ndarray
    x: int
    y: int

    def hide_under(self, later: "Pasted") -> None:
        """Removes what a later object covers."""
        x0, y0 = max(self.x, later.x), max(self.y, later.y)
        x1 = min(self.x + self.alpha.shape[1], later.x + later.alpha.shape[1])
        y1 = min(self.y + self.alpha.shape[0], later.y + later.alpha.shape[0])
        if x0 < x1 and y0 < y1:
            cover = later.alpha[y0 - later.y : y1 - later.y, x0 - later.x : x1 - later.x]
            self.alpha[y0 - self.y : y1 - self.y, x0 - self.x : x1 - self.x] *= 1 - cover


def paste(rng: Rng, canvas: np.ndarray, rgba: np.ndarray, x: int, y: int, shadow: bool) -> Pasted:
    """Blends a premultiplied object [h, w, 4] and its shadow into canvas [height, width, 3]."""
    height, width = canvas.shape[:2]
    h, w = rgba.shape[:2]
    margin = max(h, w) // 4
    left, top = max(x - margin, 0), max(y - margin, 0)
    right, bottom = min(x + w + margin, width), min(y + h + margin, height)
    region = canvas[top:bottom, left:right]
    layer = np.zeros((*region.shape[:2], 4), np.float32)
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + w, width), min(y + h, height)
    layer[y0 - top : y1 - top, x0 - left : x1 - left] = rgba[y0 - y : y1 - y, x0 - x : x1 - x]
    alpha = layer[..., 3] / 255
    if shadow:
        darken(rng, region, alpha)
    region *= 1 - alpha[..., None]
    region += layer[..., :3]
    return Pasted(alpha, left, top)


def finish(rng: Rng, picture: np.ndarray) -> np.ndarray:
    """Light, lens and compression of a phone photo, on [h, w, 3] float32; gives uint8."""
    height, width = picture.shape[:2]
    if rng.random() < 0.6:  # light from one side, of one colour
        ys, xs = np.mgrid[:height, :width].astype(np.float32)
        angle = rng.uniform(0, 2 * np.pi)
        ramp = ((xs / width - 0.5) * np.cos(angle) + (ys / height - 0.5) * np.sin(angle))[..., None]
        picture = picture * (1 + rng.uniform(0, 0.45) * ramp) * (1 + rng.normal(0, 0.06, 3)).astype(np.float32)
    if rng.random() < 0.5:
        contrast, lift = rng.uniform(0.75, 1.2), rng.normal(0, 12)
        picture = (picture - 128) * contrast + 128 + lift
    if rng.random() < 0.3:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.3))
    if rng.random() < 0.4:
        picture = picture + rng.standard_normal(picture.shape, np.float32) * rng.uniform(1, 9)
    image = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(35, 92))])
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return image


def place_objects(rng: Rng, sources: Sources, canvas: np.ndarray, count: int, sides: tuple[float, float]) -> tuple[list, list]:
    """Pastes up to `count` objects onto canvas in place; boxes come from what stays visible.

    sides: least and greatest longest side of an object, as a share of the canvas's shorter side.
    """
    height, width = canvas.shape[:2]
    shadow = rng.random() < 0.8
    taken: list[np.ndarray] = []
    placed: list[Pasted] = []
    areas: list[float] = []
    labels: list[int] = []
    for _ in range(count):
        cutout = sources.pick(rng)
        longest = min(height, width) * np.exp(rng.uniform(np.log(sides[0]), np.log(sides[1])))
        rgba = transform_cutout(rng, cutout, longest)
        if rgba is None or rgba.shape[0] > height * 1.1 or rgba.shape[1] > width * 1.1:
            continue
        place = choose_place(rng, rgba.shape[:2], (height, width), taken)
        if place is None:
            continue
        new = paste(rng, canvas, rgba, round(place[0]), round(place[1]), shadow)
        for earlier in placed:
            earlier.hide_under(new)
        taken.append(place)
        placed.append(new)
        areas.append(float((rgba[..., 3] > 127).sum()))
        labels.append(cutout.label)
    return visible_boxes(placed, areas, labels)


def visible_boxes(placed: list[Pasted], areas: list[float], labels: list[int]) -> tuple[list, list]:
    """Boxes and labels of what can still be seen; IGNORE for what is mostly hidden."""
    boxes, kept = [], []
    for item, area, label in zip(placed, areas, labels, strict=True):
        solid = item.alpha > 0.5
        seen = solid.sum()
        if seen < 40:
            continue
        ys, xs = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
        boxes.append([item.x + xs[0], item.y + ys[0], item.x + xs[-1] + 1, item.y + ys[-1] + 1])
        kept.append(label if seen > 0.4 * area else IGNORE)
    return boxes, kept


def compose(rng: Rng, sources: Sources, size: int) -> Sample:
    """One composite: 0 to 6 products on one background, any aspect, letterboxed to size x size."""
    aspect = rng.choice([1.0, rng.uniform(0.6, 1.0)])
    height, width = (size, round(size * aspect)) if rng.random() < 0.5 else (round(size * aspect), size)
    count = int(rng.choice([0, 1, 2, 3, 4, 5, 6], p=[0.03, 0.32, 0.19, 0.18, 0.14, 0.09, 0.05]))
    if count == 1 and rng.random() < 0.3:  # a catalog picture
        canvas, sides = white(rng, height, width), (0.5, 0.97)
    else:
        canvas = make_background(rng, height, width, sources.patches, sources.blurs)
        sides = (0.25 if count == 1 else 0.15, (0.95, 0.95, 0.75, 0.65, 0.5, 0.45, 0.4)[count])
    canvas = np.ascontiguousarray(canvas, np.float32)
    boxes, labels = place_objects(rng, sources, canvas, count, sides)
    return boxed(finish(rng, canvas), np.array(boxes, np.float32).reshape(-1, 4), np.array(labels, np.int64), size)


def boxed(picture: np.ndarray, boxes: np.ndarray, labels: np.ndarray, size: int) -> Sample:
    """Letterboxes a picture and its boxes."""
    image, fit = letterbox(picture, size)
    return Sample(image, fit.to_input(boxes), labels)


def augment_photo(rng: Rng, photo: Photo, size: int) -> Sample:
    """A real photo cropped, scaled, flipped and relit; cut objects are kept, remnants are ignored."""
    height, width = photo.rgb.shape[:2]
    zoom = rng.uniform(0.55, 1.0) if rng.random() < 0.6 else 1.0
    crop_h, crop_w = int(height * zoom), int(width * min(1.0, zoom * rng.uniform(0.85, 1.15)))
    x, y = rng.integers(0, width - crop_w + 1), rng.integers(0, height - crop_h + 1)
    picture = photo.rgb[y : y + crop_h, x : x + crop_w].astype(np.float32)
    boxes = photo.boxes - np.array([x, y, x, y], np.float32)
    full = (boxes[:, 2:] - boxes[:, :2]).prod(-1)
    boxes = np.clip(boxes, 0, np.array([crop_w, crop_h] * 2, np.float32))
    sides = boxes[:, 2:] - boxes[:, :2]
    keep = (sides > 1).all(-1)
    scale = size / max(crop_h, crop_w)
    labels = np.where((sides.prod(-1) < 0.4 * full) | (sides.max(-1, initial=0) * scale < 14), IGNORE, photo.labels)
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
        boxes = np.stack([crop_w - boxes[:, 2], boxes[:, 1], crop_w - boxes[:, 0], boxes[:, 3]], axis=1)
    shrunk = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    return boxed(finish(rng, shrunk), boxes[keep].astype(np.float32) * scale, labels[keep], size)


def make_sample(rng: Rng, sources: Sources, size: int) -> Sample:
    """One training picture."""
    if sources.photos and rng.random() < sources.photo_share:
        return augment_photo(rng, sources.photos[rng.integers(len(sources.photos))], size)
    return compose(rng, sources, size)


