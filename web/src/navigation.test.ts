// Proves that every screen is found again by its address, and that no address tells of a photo.
import assert from "node:assert/strict";
import { test } from "vitest";

import { addressOf, viewOf, type View } from "./navigation";
import { kNoFilters } from "./shared/filters";

const filters = { ...kNoFilters, brands: ["Pimm & Oak"], order: "price" } as const;

test("every screen is found again by its address", () => {
  const views: View[] = [
    { name: "start" }, { name: "saved" }, { name: "similar", id: "a&b=c/ü" }, { name: "items", ids: ["a", "b c"] },
  ];
  for (const view of views) assert.deepEqual(viewOf(addressOf(view).slice(1), null).view, view);
});

test("filters are part of the address", () => {
  const address = addressOf({ name: "similar", id: "1" }, filters);
  assert.equal(address, "/?similar=1&brand=Pimm+%26+Oak&order=price");
  assert.deepEqual(viewOf(address.slice(1), null).filters, filters);
});

test("a photo's address says nothing of it", () => {
  assert.equal(addressOf({ name: "photo", recent: 7 }), "/?photo");
  assert.deepEqual(viewOf("?photo", 7).view, { name: "photo", recent: 7 });
});

test("an address of something else is the start", () => {
  assert.deepEqual(viewOf("?item=&utm=1", null).view, { name: "start" });
});
