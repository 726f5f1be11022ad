// Proves that only web addresses of a catalog become links.
import assert from "node:assert/strict";
import { test } from "vitest";

import { shopAddress } from "./address";

test("web addresses become links", () => {
  assert.equal(shopAddress("https://shop.example/1"), "https://shop.example/1");
  assert.equal(shopAddress("HTTP://shop.example"), "HTTP://shop.example");
});

test("scripts, relative and empty addresses do not", () => {
  for (const link of ["javascript:alert(1)", " javascript:1", "data:text/html,x", "/p/1", ""])
    assert.equal(shopAddress(link), null);
});
