// Proves that filters survive the way through an address, and that amounts read as people write them.
import assert from "node:assert/strict";
import { test } from "vitest";

import { addFilters, filterCount, inCurrency, kNoFilters, readAmount, readFilters, readWords, toggled, without, type Filters } from "./filters";

const all: Filters = {
  categories: ["Kitchen > Mugs", "Home"],
  brands: ["Pimm & Oak"],
  colors: ["Red", "Blue"],
  price: { currency: "EUR", min: "5", max: "12.50" },
  in_stock: true,
  words: "red & blue",
  order: "-price",
};

test("filters read back as they were written", () => {
  for (const filters of [all, kNoFilters, { ...all, price: { currency: "JPY", min: null, max: "900" } }]) {
    const query = new URLSearchParams();
    addFilters(query, filters);
    assert.deepEqual(readFilters(new URLSearchParams(query.toString())), filters);
  }
});

test("an address that was tampered with gives no filters", () => {
  const query = new URLSearchParams("price_min=abc&price_max=-1&currency=eur&order=name&availability=gone");
  assert.deepEqual(readFilters(query), kNoFilters);
});

test("the order is no filter", () => {
  assert.equal(filterCount(all), 8);
  assert.equal(filterCount({ ...kNoFilters, order: "price" }), 0);
  assert.equal(filterCount(without(all, "categories")), 6);
});

test("a range in another currency is dropped", () => {
  assert.equal(inCurrency(all, "USD").price, null);
  assert.deepEqual(inCurrency(all, "EUR"), all);
  assert.deepEqual(inCurrency(all, null), all);
});

test("words are taken as one line", () => {
  assert.equal(readWords("  red\t mug\n"), "red mug");
  assert.equal(readWords("x".repeat(500)).length, 120);
});

test("a value is taken in and out", () => {
  assert.deepEqual(toggled(["a"], "b"), ["a", "b"]);
  assert.deepEqual(toggled(["a", "b"], "a"), ["b"]);
});

test("an amount reads as people write it", () => {
  for (const [text, amount] of [
    ["12", "12"], ["12,5", "12.5"], ["12.50", "12.50"], ["1 299,50", "1299.50"], ["1.299,50", "1299.50"],
    ["1,299", "1299"], ["1’299.50", "1299.50"], ["٢٥", "25"], ["", null], ["-3", null], ["abc", null],
  ] as const)
    assert.equal(readAmount(text, "EUR"), amount, text);
});

test("an amount has the digits of its currency", () => {
  for (const [text, currency, amount] of [
    ["12,50", "JPY", "13"], ["1.299", "CLP", "1299"], ["99.4", "KRW", "99"], ["12.50", "USD", "12.50"],
    ["1234567890123456", "EUR", "999999999999"], ["5", "no code", "5"],
  ] as const)
    assert.equal(readAmount(text, currency), amount, `${text} ${currency}`);
  const query = new URLSearchParams("currency=ISK&price_min=12.50&price_max=9999999999999999");
  assert.deepEqual(readFilters(query).price, { currency: "ISK", min: "13", max: "999999999999" });
});
