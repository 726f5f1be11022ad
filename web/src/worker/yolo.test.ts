// Proves that a photo is laid into the network's input, and boxes come back out of it, as on the server.
import assert from "node:assert/strict";
import { test } from "vitest";

import type { DetectorCard } from "../api/client";
import { canRun, fitPhoto, thingsOf, type Pixels } from "./yolo";

const card: DetectorCard = {
  name: "test",
  version: "1",
  decoder: "yolov8",
  sha256: "",
  input: { name: "images", width: 8, height: 8, layout: "NCHW", color: "RGB", scale: 1, mean: [0, 0, 0], std: [255, 255, 255], resize: "letterbox", pad: [114, 114, 114] },
  output: { name: "output" },
  score_threshold: 0.25,
  nms_iou: 0.5,
  classes: ["chair", "lamp"],
};

function evenPhoto(width: number, height: number, [red, green, blue]: readonly [number, number, number]): Pixels {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let i = 0; i < data.length; i += 4) data.set([red, green, blue, 255], i);
  return { width, height, data };
}

/** The network's output with these places: centre x, y, width, height, score of chair, of lamp. */
function outputOf(...places: number[][]): Float32Array {
  return Float32Array.from([0, 1, 2, 3, 4, 5].flatMap((plane) => places.map((place) => place[plane] ?? 0)));
}

test("a wide photo lies in the middle, with padding above and below", () => {
  const { values, scale_x, scale_y, offset_x, offset_y } = fitPhoto(evenPhoto(32, 16, [255, 51, 0]), card);
  assert.deepEqual([scale_x, scale_y, offset_x, offset_y], [0.25, 0.25, 0, 2]);
  const at = (plane: number, x: number, y: number): number => values[plane * 64 + y * 8 + x] ?? -1;
  assert.deepEqual([at(0, 0, 2), at(1, 7, 5), at(2, 3, 3)].map((value) => Math.round(value * 255)), [255, 51, 0]);
  assert.deepEqual([at(0, 0, 1), at(1, 7, 6)].map((value) => Math.round(value * 255)), [114, 114]);
});

test("shrinking weighs all pixels, and BGR swaps the planes", () => {
  const photo = evenPhoto(16, 16, [0, 0, 0]);
  for (let y = 0; y < 16; ++y) for (let x = 0; x < 8; ++x) photo.data.set([200, 0, 0, 255], 4 * (16 * y + x));
  const { values } = fitPhoto(photo, { ...card, input: { ...card.input, color: "BGR" } });
  const reds = [...values.slice(128, 136)].map((value) => Math.round(value * 255));
  assert.deepEqual(reds, [200, 200, 200, 175, 25, 0, 0, 0]); // a triangle two pixels wide, as Pillow's BILINEAR
  assert.ok(values.slice(0, 64).every((value) => value === 0));
});

test("boxes come back in pixels of the photo, doubles once, the sure and large first", () => {
  const photo = { width: 32, height: 16 };
  const fitted = fitPhoto(evenPhoto(32, 16, [0, 0, 0]), card);
  const things = thingsOf(outputOf([2, 4, 2, 2, 0.5, 0.1], [2, 4, 2, 1.9, 0.4, 0.1], [6, 4, 4, 4, 0.1, 0.6], [6, 4, 2, 2, 0.2, 0.2]), card, fitted, photo);
  assert.deepEqual(
    things.map(({ class: name, box }) => [name, box.map(Math.round)]),
    [["lamp", [16, 0, 16, 16]], ["chair", [4, 4, 8, 8]]],
  );
});

test("what is outside the photo, too small, or no number is no thing", () => {
  const photo = { width: 32, height: 16 };
  const fitted = fitPhoto(evenPhoto(32, 16, [0, 0, 0]), card);
  assert.deepEqual(thingsOf(outputOf([4, 0.5, 2, 1, 0.9, 0], [4, 4, 0.1, 0.1, 0.9, 0], [4, 4, 2, 2, NaN, NaN], [4, 4, 0, 2, 0.9, 0]), card, fitted, photo), []);
});

test("only networks that the worker can read are run", () => {
  assert.ok(canRun(card));
  assert.ok(!canRun({ ...card, decoder: "yolox" }));
});
