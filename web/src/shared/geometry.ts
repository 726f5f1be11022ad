/** [x, y, width, height] in pixels of the upright original photo. */
export type Box = readonly [number, number, number, number];

/** A box as the server writes it. */
export function toBox(sides: readonly number[]): Box {
  const [x = 0, y = 0, width = 0, height = 0] = sides;
  return [x, y, width, height];
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
