// What the server does before and after its detector's network, for the worker that runs the same network here: src/photo/resize.cpp,
// src/detect/decoders/yolov8.cpp, src/detect/nms.cpp and src/pipeline/objects.cpp.
import type { DetectorCard } from "../api/client";
import { areaOf, overlap, type Box, type Size } from "../shared/geometry";

/** A thing in a photo, in pixels of the photo. */
export interface FoundThing {
  readonly class: string;
  readonly box: Box;
  readonly score: number;
}

/** Pixels as a canvas gives them: four bytes each, rows from the top. */
export interface Pixels extends Size {
  readonly data: Uint8ClampedArray;
}

/** The network's input, [1, 3, height, width], and where the photo landed in it: input = photo * scale + offset. */
export interface FittedPhoto {
  readonly values: Float32Array;
  readonly scale_x: number;
  readonly scale_y: number;
  readonly offset_x: number;
  readonly offset_y: number;
}

const kObjectsMax = 9; // with the whole picture ten
const kAreaMin = 0.004; // a smaller part of the photo gives too few pixels to know a thing by

/** Whether this page can run the network. */
export function canRun(card: DetectorCard): boolean {
  return card.decoder === "yolov8" && card.input.layout === "NCHW";
}

/** The photo fitted into the network's input, as the card says. */
export function fitPhoto(photo: Pixels, { input }: DetectorCard): FittedPhoto {
  const { width, height } = input;
  const place = placeOf(photo, input);
  const columns = axisOf(photo.width, place.width);
  const rows = axisOf(photo.height, place.height);
  const area = width * height;
  const values = new Float32Array(3 * area);
  const planes = input.color === "BGR" ? [2, 1, 0] : [0, 1, 2];
  const factor = [0, 1, 2].map((plane) => input.scale / (input.std[plane] ?? 1));
  const offset = [0, 1, 2].map((plane) => -(input.mean[plane] ?? 0) / (input.std[plane] ?? 1));
  const write = (plane: number, at: number, value: number): void => {
    values[plane * area + at] = value * (factor[plane] ?? 1) + (offset[plane] ?? 0);
  };
  for (let plane = 0; plane < 3; ++plane)
    for (let i = 0; i < area; ++i) write(plane, i, input.pad[planes[plane] ?? 0] ?? 0);
  const row = new Float32Array(3 * photo.width);
  for (let y = 0; y < place.height; ++y) {
    mixRows(photo, rows, y, row);
    for (let x = 0; x < place.width; ++x) {
      const at = (place.top + y) * width + place.left + x;
      const first = columns.first[x] ?? 0;
      for (let plane = 0; plane < 3; ++plane) {
        let sum = 0.5; // to round
        for (let t = 0; t < columns.taps; ++t)
          sum += (columns.weights[x * columns.taps + t] ?? 0) * (row[3 * (first + t) + (planes[plane] ?? 0)] ?? 0);
        write(plane, at, Math.floor(sum));
      }
    }
  }
  return { values, scale_x: place.width / photo.width, scale_y: place.height / photo.height, offset_x: place.left, offset_y: place.top };
}

/** The things that the server would search for, the best first. `output` is [1, 4 + classes, places]. */
export function thingsOf(output: Float32Array, card: DetectorCard, fitted: FittedPhoto, photo: Size): FoundThing[] {
  const kept: FoundThing[] = [];
  for (const raw of boxesOf(output, card).sort((a, b) => b.score - a.score))
    if (!kept.some((better) => better.class === raw.class && overlap(better.box, raw.box) > card.nms_iou)) kept.push(raw);
  const area_min = kAreaMin * photo.width * photo.height;
  const rank = ({ box, score }: FoundThing): number => score * (areaOf(box) / (photo.width * photo.height)) ** 0.25;
  return kept
    .map((thing) => ({ ...thing, box: mapBack(thing.box, fitted, photo) }))
    .filter(({ box }) => areaOf(box) >= area_min)
    .sort((a, b) => rank(b) - rank(a))
    .slice(0, kObjectsMax);
}

function boxesOf(output: Float32Array, card: DetectorCard): FoundThing[] {
  const planes = 4 + card.classes.length;
  const places = output.length / planes;
  const boxes: FoundThing[] = [];
  for (let place = 0; place < places; ++place) {
    const at = (plane: number): number => output[plane * places + place] ?? 0;
    let best = 0;
    for (let i = 1; i < card.classes.length; ++i) if (at(4 + i) > at(4 + best)) best = i;
    const score = at(4 + best);
    const [width, height] = [at(2), at(3)];
    if (!(score >= card.score_threshold) || !(width > 0) || !(height > 0)) continue;
    boxes.push({ class: card.classes[best] ?? "", box: [at(0) - width / 2, at(1) - height / 2, width, height], score: Math.min(score, 1) });
  }
  return boxes;
}

/** From pixels of the network's input to pixels of the photo, inside it. */
function mapBack([x, y, width, height]: Box, fitted: FittedPhoto, photo: Size): Box {
  const clip = (value: number, side: number): number => Math.min(Math.max(value, 0), side);
  const left = clip((x - fitted.offset_x) / fitted.scale_x, photo.width);
  const top = clip((y - fitted.offset_y) / fitted.scale_y, photo.height);
  const right = clip((x + width - fitted.offset_x) / fitted.scale_x, photo.width);
  const bottom = clip((y + height - fitted.offset_y) / fitted.scale_y, photo.height);
  return [left, top, right - left, bottom - top];
}

interface Place extends Size {
  readonly left: number;
  readonly top: number;
}

function placeOf(photo: Size, input: DetectorCard["input"]): Place {
  if (input.resize === "stretch") return { left: 0, top: 0, width: input.width, height: input.height };
  const scale = Math.min(input.width / photo.width, input.height / photo.height);
  const side = (length: number, target: number): number => Math.min(Math.max(Math.round(length * scale), 1), target);
  const width = side(photo.width, input.width);
  const height = side(photo.height, input.height);
  if (input.resize === "letterbox_top_left") return { left: 0, top: 0, width, height };
  return { left: (input.width - width) >> 1, top: (input.height - height) >> 1, width, height };
}

/** Which pixels of the photo make up each pixel of one side: a triangle as wide as the photo shrinks. */
interface Axis {
  readonly taps: number;
  readonly first: Int32Array;
  readonly weights: Float32Array;
}

function axisOf(source: number, target: number): Axis {
  const scale = source / target;
  const radius = Math.max(1, scale);
  const taps = Math.min(Math.ceil(radius) * 2 + 1, source);
  const first = new Int32Array(target);
  const weights = new Float32Array(target * taps);
  for (let i = 0; i < target; ++i) {
    const centre = (i + 0.5) * scale;
    const from = Math.min(Math.max(Math.floor(centre - radius + 0.5), 0), source - taps);
    let sum = 0;
    for (let t = 0; t < taps; ++t) {
      const weight = Math.max(0, 1 - Math.abs(from + t + 0.5 - centre) / radius);
      weights[i * taps + t] = weight;
      sum += weight;
    }
    first[i] = from;
    for (let t = 0; t < taps; ++t) weights[i * taps + t] = (weights[i * taps + t] ?? 0) / sum;
  }
  return { taps, first, weights };
}

/** One row of the target, still as wide as the photo. */
function mixRows(photo: Pixels, rows: Axis, y: number, row: Float32Array): void {
  row.fill(0);
  for (let t = 0; t < rows.taps; ++t) {
    const weight = rows.weights[y * rows.taps + t] ?? 0;
    if (weight === 0) continue;
    let from = 4 * photo.width * ((rows.first[y] ?? 0) + t);
    for (let at = 0; at < row.length; at += 3, from += 4) {
      row[at] = (row[at] ?? 0) + weight * (photo.data[from] ?? 0);
      row[at + 1] = (row[at + 1] ?? 0) + weight * (photo.data[from + 1] ?? 0);
      row[at + 2] = (row[at + 2] ?? 0) + weight * (photo.data[from + 2] ?? 0);
    }
  }
}
