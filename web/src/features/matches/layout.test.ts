// Proves that spots are drawn where they lie in the shown parts of the two pictures.
import assert from "node:assert/strict";
import { test } from "vitest";

import { layFields, place, withMargin } from "./layout";

test("a spot keeps its place in the part that is shown", () => {
  const { photo, picture, size } = layFields([100, 50, 200, 100], { width: 300, height: 600 }, true);
  assert.deepEqual(size, { width: 840, height: 400 });
  assert.deepEqual(place(photo, 100, 50), { x: 0, y: 100 }); // a wide part lies in the middle
  assert.deepEqual(place(photo, 300, 150), { x: 400, y: 300 });
  assert.deepEqual(place(picture, 150, 300), { x: 640, y: 200 });
});

test("on a phone the pictures stand one above the other", () => {
  const { picture, size } = layFields([0, 0, 10, 10], { width: 10, height: 10 }, false);
  assert.deepEqual(size, { width: 400, height: 840 });
  assert.deepEqual(place(picture, 0, 0), { x: 0, y: 440 });
});

test("the margin around a box stays inside the photo", () => {
  assert.deepEqual(withMargin([0, 90, 100, 10], { width: 104, height: 100 }), [0, 82, 104, 18]);
});
