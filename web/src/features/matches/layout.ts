import type { Box, Size } from "../../shared/geometry";

/** A picture laid into a square field, whole and as large as it goes. */
export interface Field {
  readonly x: number;
  readonly y: number;
  readonly side: number;
  readonly part: Box; // what of the picture is shown, in its pixels
}

/** Two fields side by side, or one above the other, with a gap between, in a drawing of this size. */
export function layFields(photo_part: Box, picture: Size, is_wide: boolean): { size: Size; photo: Field; picture: Field } {
  const [side, gap] = [400, 40];
  const whole: Box = [0, 0, picture.width, picture.height];
  const second = is_wide ? { x: side + gap, y: 0 } : { x: 0, y: side + gap };
  return {
    size: is_wide ? { width: 2 * side + gap, height: side } : { width: side, height: 2 * side + gap },
    photo: { x: 0, y: 0, side, part: photo_part },
    picture: { ...second, side, part: whole },
  };
}

/** Where a spot of the picture lies in the drawing. */
export function place(field: Field, x: number, y: number): { x: number; y: number } {
  const [left, top, width, height] = field.part;
  const scale = field.side / Math.max(width, height);
  return {
    x: field.x + (field.side - width * scale) / 2 + (x - left) * scale,
    y: field.y + (field.side - height * scale) / 2 + (y - top) * scale,
  };
}

/** The box with a margin around, inside the photo: what lies around an object helps to see it. */
export function withMargin([x, y, width, height]: Box, photo: Size): Box {
  const margin = 0.08 * Math.max(width, height);
  const left = Math.max(0, x - margin);
  const top = Math.max(0, y - margin);
  return [left, top, Math.min(photo.width, x + width + margin) - left, Math.min(photo.height, y + height + margin) - top];
}
