// Proves that things with the same name can be told apart.
import assert from "node:assert/strict";
import { test } from "vitest";

import { numbered } from "./object_names";

test("things with the same name are counted", () => {
  assert.deepEqual(numbered(["Mug", "Lamp", "Mug", "Mug"]), ["Mug", "Lamp", "Mug 2", "Mug 3"]);
});
