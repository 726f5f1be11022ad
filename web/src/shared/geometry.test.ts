// Proves that boxes stay inside the photo and that photos keep their shape.
import assert from "node:assert/strict";
import { test } from "vitest";

import { boxBetween, fitInside, kNoZoom, moveBox, percent, resizeBox, zoomAt } from "./geometry";

const photo = { width: 100, height: 80 };

test("a box may be dragged from any corner", () => {
  assert.deepEqual(boxBetween({ x: 10, y: 20 }, { x: 40, y: 60 }, photo), [10, 20, 30, 40]);
  assert.deepEqual(boxBetween({ x: 40, y: 60 }, { x: 10, y: 20 }, photo), [10, 20, 30, 40]);
});

test("a box is cut off at the edges of the photo", () => {
  assert.deepEqual(boxBetween({ x: -50, y: -1 }, { x: 500, y: 20 }, photo), [0, 0, 100, 20]);
});

test("a box outside the photo is one pixel at its edge", () => {
  assert.deepEqual(boxBetween({ x: 200, y: 200 }, { x: 300, y: 300 }, photo), [99, 79, 1, 1]);
});

test("a box covers every pixel that it touches", () => {
  assert.deepEqual(boxBetween({ x: 10.7, y: 20.7 }, { x: 11.2, y: 21.2 }, photo), [10, 20, 2, 2]);
});

test("a large photo shrinks to the longest side and keeps its shape", () => {
  assert.deepEqual(fitInside({ width: 4000, height: 3000 }, 1280), { width: 1280, height: 960 });
  assert.deepEqual(fitInside({ width: 10000, height: 2 }, 1280), { width: 1280, height: 1 });
});

test("a small photo is never enlarged", () => {
  assert.deepEqual(fitInside({ width: 64, height: 32 }, 1280), { width: 64, height: 32 });
});

test("a part of a whole is a percentage", () => {
  assert.equal(percent(30, 120), "25%");
});

test("a box moves inside the photo and keeps its size", () => {
  assert.deepEqual(moveBox([10, 10, 30, 30], 5, -4, photo), [15, 6, 30, 30]);
  assert.deepEqual(moveBox([10, 10, 30, 30], 500, -400, photo), [70, 0, 30, 30]);
});

test("a corner is dragged while the opposite one stays", () => {
  assert.deepEqual(resizeBox([10, 10, 30, 30], { right: 1, bottom: 1 }, 10, 5, photo), [10, 10, 40, 35]);
  assert.deepEqual(resizeBox([10, 10, 30, 30], { right: 0, bottom: 0 }, 10, 5, photo), [20, 15, 20, 25]);
  assert.deepEqual(resizeBox([10, 10, 30, 30], { right: 0, bottom: 1 }, 40, 0, photo), [40, 10, 10, 30]);
});

test("zooming keeps the point under the fingers, and the photo fills its field", () => {
  const field = { width: 200, height: 100 };
  const still = { x: 0, y: 0 };
  assert.deepEqual(zoomAt(kNoZoom, 2, { x: 100, y: 50 }, still, field, 4), { scale: 2, x: -100, y: -50 });
  assert.deepEqual(zoomAt(kNoZoom, 2, still, { x: 50, y: 50 }, field, 4), { scale: 2, x: 0, y: 0 });
  assert.deepEqual(zoomAt({ scale: 2, x: -100, y: -50 }, 0.1, still, still, field, 4), kNoZoom);
  assert.equal(zoomAt(kNoZoom, 9, still, still, field, 4).scale, 4);
});
