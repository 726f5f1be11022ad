// Proves that the element's words are those of the catalog, in every language.
import assert from "node:assert/strict";
import { test } from "vitest";

import en from "../src/locales/en.json";
import { kMessageKeys } from "./message_keys";
import { chooseLanguage, Words } from "./words";

const kLanguages = "en fr de es it pt nl pl cs sk hu ro el sv da nb fi tr ar he".split(" ");
const kCurrencies = (
  "EUR USD JPY CZK DKK GBP HUF PLN RON SEK CHF ISK NOK TRY AUD BRL CAD CNY HKD IDR ILS INR KRW MXN MYR NZD PHP SGD " +
  "THB ZAR AED SAR TWD CLP COP"
).split(" ");
const kValues = { count: 3, seconds: 5, name: "N", percent: "5 %", price: "1", original: "2", products: "P" };

test("every message is there in all 20 languages", () => {
  for (const language of kLanguages) {
    const words = new Words([language]);
    assert.equal(words.language, language);
    for (const key of kMessageKeys) assert.notEqual(words.t(key, kValues).trim(), "", `${language} ${key}`);
  }
});

test("messages are not mixed up", () => {
  const words = new Words(["en"]);
  for (const key of kMessageKeys) if (!en[key].includes("{")) assert.equal(words.t(key), en[key]);
});

test("the first language that is spoken is chosen", () => {
  assert.equal(chooseLanguage(["ja", "pt-BR", "en"]), "pt");
  assert.equal(chooseLanguage(["no"]), "nb");
  assert.equal(chooseLanguage(["iw-IL"]), "he");
  assert.equal(chooseLanguage([]), "en");
});

test("Arabic and Hebrew run from right to left", () => {
  assert.deepEqual(kLanguages.filter((language) => new Words([language]).direction === "rtl"), ["ar", "he"]);
});

test("prices have the digits of their currency in the reader's form", () => {
  assert.equal(new Words(["en-US"]).price("12.99", "USD"), "$12.99");
  assert.equal(new Words(["de"]).price("1234.50", "EUR"), "1.234,50\u00a0€");
  assert.equal(new Words(["en"]).price("1999", "JPY"), "¥1,999");
  assert.equal(new Words(["en"]).price(null, null), null);
  for (const language of kLanguages)
    for (const currency of kCurrencies) assert.match(new Words([language]).price("1000", currency) ?? "", /1.?000/, `${language} ${currency}`);
});

test("classes of another model keep their own names", () => {
  assert.equal(new Words(["de"]).className("garden_gnome"), "Garden gnome");
  assert.equal(new Words(["en"]).className("whole picture"), "Whole photo");
});

test("likeness is a word where the model can tell, else a number", () => {
  const words = new Words(["en"]);
  const product = { same_item: false, likeness: 0.9, score: 0.5 };
  assert.equal(words.likeness(product), "Very similar");
  assert.equal(words.likeness({ ...product, likeness: 0.4 }), "Similar");
  assert.equal(words.likeness({ ...product, likeness: 0.1 }), "Less similar");
  assert.equal(words.likeness({ ...product, likeness: null }), "50% alike");
  assert.equal(words.likeness({ ...product, same_item: true }), "Same item");
});
