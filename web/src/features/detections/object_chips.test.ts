// Proves that things with the same name can be told apart.
import assert from "node:assert/strict";
import { test } from "vitest";

import { numbered } from "./object_chips";

test("things with the same name are counted", () => {
  const names = ["Mug", "Lamp", "Mug", "Mug"];
  assert.deepEqual(
    names.map((_, index) => numbered(names, index)),
    ["Mug", "Lamp", "Mug 2", "Mug 3"],
  );
});
