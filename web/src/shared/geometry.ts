/** [x, y, width, height] in pixels of the upright original photo. */
export type Box = readonly [number, number, number, number];

/** A box as the server writes it. */
export function toBox(sides: readonly number[]): Box {
  const [x = 0, y = 0, width = 0, height = 0] = sides;
  return [x, y, width, height];
}

export function areaOf([, , width, height]: Box): number {
  return width * height;
}

/** Intersection over union, 0 to 1. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const both = width * height;
  return both / (areaOf(a) + areaOf(b) - both);
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The box between two corners, inside the photo, in whole pixels and at least one pixel large. */
export function boxBetween(a: Point, b: Point, photo: Size): Box {
  const clampX = (x: number): number => Math.min(Math.max(x, 0), photo.width);
  const clampY = (y: number): number => Math.min(Math.max(y, 0), photo.height);
  const left = Math.floor(Math.min(clampX(Math.min(a.x, b.x)), photo.width - 1));
  const top = Math.floor(Math.min(clampY(Math.min(a.y, b.y)), photo.height - 1));
  const right = Math.ceil(clampX(Math.max(a.x, b.x)));
  const bottom = Math.ceil(clampY(Math.max(a.y, b.y)));
  return [left, top, Math.max(right - left, 1), Math.max(bottom - top, 1)];
}

/** The size with the same shape whose longer side is at most `side_max`; never larger. */
export function fitInside(size: Size, side_max: number): Size {
  const scale = Math.min(1, side_max / Math.max(size.width, size.height));
  return {
    width: Math.max(1, Math.round(size.width * scale)),
    height: Math.max(1, Math.round(size.height * scale)),
  };
}

/** A length as a part of a whole, for CSS: (30, 120) -> "25%". */
export function percent(part: number, whole: number): string {
  return `${(100 * part) / whole}%`;
}

/** The box moved by whole pixels, kept inside the photo. */
export function moveBox([x, y, width, height]: Box, dx: number, dy: number, photo: Size): Box {
  const clamp = (value: number, high: number): number => Math.round(Math.min(Math.max(value, 0), Math.max(high, 0)));
  return [clamp(x + dx, photo.width - width), clamp(y + dy, photo.height - height), width, height];
}

/** A corner of a box: 0 or 1 of its width and of its height. */
export interface Corner {
  readonly right: 0 | 1;
  readonly bottom: 0 | 1;
}

/** The box with one corner moved; dragged over the opposite corner, it turns over. */
export function resizeBox([x, y, width, height]: Box, { right, bottom }: Corner, dx: number, dy: number, photo: Size): Box {
  const fixed = { x: right === 1 ? x : x + width, y: bottom === 1 ? y : y + height };
  const moved = { x: (right === 1 ? x + width : x) + dx, y: (bottom === 1 ? y + height : y) + dy };
  return boxBetween(fixed, moved, photo);
}

/** How a photo is enlarged: `scale` times, its origin at (x, y) of the field that it is seen through. */
export interface Zoom {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export const kNoZoom: Zoom = { scale: 1, x: 0, y: 0 };

/** Enlarged `factor` times more around a point of the field, and moved; the photo always fills the field. */
export function zoomAt(zoom: Zoom, factor: number, at: Point, moved: Point, field: Size, scale_max: number): Zoom {
  const scale = Math.min(Math.max(zoom.scale * factor, 1), scale_max);
  const real = scale / zoom.scale;
  const keep = (value: number, side: number): number => Math.min(Math.max(value, side * (1 - scale)), 0) || 0;
  return {
    scale,
    x: keep(at.x - (at.x - zoom.x) * real + moved.x, field.width),
    y: keep(at.y - (at.y - zoom.y) * real + moved.y, field.height),
  };
}
