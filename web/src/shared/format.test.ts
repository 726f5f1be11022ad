// Proves how prices, classes and scores read.
import assert from "node:assert/strict";
import { test } from "vitest";

import {
  formatAvailability,
  formatClass,
  formatPrice,
  likenessPercent,
  likenessWords,
  productCount,
} from "./format";

test("no digit of a price is left out, and no other is added", () => {
  const digits = (amount: string, currency: string): string => (formatPrice(amount, currency, "en") ?? "").replace(/[^\d.,]/g, "");
  assert.equal(digits("1234.50", "HUF"), "1,234.50");
  assert.equal(digits("1234.00", "HUF"), digits("1234", "HUF"));
  assert.equal(digits("1234", "JPY"), "1,234");
  assert.equal(digits("12.345", "KWD"), "12.345");
});

test("a price has the decimals of its currency", () => {
  assert.equal(formatPrice("12.99", "EUR", "en-GB"), "€12.99");
  assert.equal(formatPrice("1299", "JPY", "en-US"), "¥1,299");
});

test("a product without a price shows none", () => {
  assert.equal(formatPrice(null, null, "en"), null);
});

test("a currency that the browser cannot name is shown as it is", () => {
  assert.equal(formatPrice("5", "??", "en"), "5 ??");
});

test("availability is told only when there is something to tell", () => {
  assert.equal(formatAvailability("in_stock"), null);
  assert.equal(formatAvailability("out_of_stock"), "Out of stock");
});

test("classes read as words", () => {
  assert.equal(formatClass("whole picture"), "Whole photo");
  assert.equal(formatClass("dining_table"), "Dining table");
  assert.equal(formatClass("other"), "Thing");
  assert.equal(formatClass(""), "");
});

test("likeness goes from 0 to 100", () => {
  assert.deepEqual([-0.2, 0.456, 1.0001].map(likenessPercent), [0, 46, 100]);
});

test("a calibrated likeness reads as a word, a cosine alone as a number", () => {
  const words = (likeness: number | null): string => likenessWords({ likeness, score: 0.8, same_item: false });
  assert.deepEqual([0.93, 0.7, 0.5, 0.1].map(words), ["Very similar", "Very similar", "Similar", "Less similar"]);
  assert.equal(words(null), "80% alike");
  assert.equal(likenessWords({ likeness: 0.5, score: 1.1, same_item: true }), "Same item");
});

test("a class that the page has no word for reads as the model names it", () => {
  assert.equal(formatClass("fresh food"), "Fresh food");
  assert.equal(formatClass("garden_gnome"), "Garden gnome");
});

test("counts have their noun", () => {
  assert.equal(productCount(1), "1 product");
  assert.equal(productCount(1234), "1,234 products");
});
