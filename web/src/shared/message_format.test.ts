// Proves that messages read as ICU says, in every language and for every kind of number.
import assert from "node:assert/strict";
import { test } from "vitest";

import { IntlMessageFormat } from "intl-messageformat";

import { chooseLanguage, direction, kLanguages, loadMessages } from "./languages";
import { formatMessage } from "./message_format";

const kWords = { name: "N", percent: "5%", price: "1", original: "2", products: "P", low: "1", high: "2", title: "T" };
const kNumbers = [0, 1, 2, 3, 5, 11, 20, 21, 22, 25, 100, 101, 1234];

test("every message of every language reads as the reference says", async () => {
  for (const language of kLanguages)
    for (const [key, pattern] of Object.entries(await loadMessages(language)))
      for (const number of kNumbers) {
        const values = { count: number, seconds: number, number: String(number), ...kWords };
        const wanted = new IntlMessageFormat(pattern, language).format(values);
        assert.equal(formatMessage(pattern, values, language), wanted, `${language} ${key} ${number}`);
      }
});

test("every language has the plural forms that its numbers need", async () => {
  for (const language of kLanguages) {
    const { "results.count": pattern } = await loadMessages(language);
    const needed = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const whole = needed.filter((category) => kNumbers.some((number) => new Intl.PluralRules(language).select(number) === category));
    for (const category of whole) assert.match(pattern, new RegExp(`\\b(${category}|other) \\{`), `${language} ${category}`);
  }
});

test("a value that is missing is an error", () => {
  assert.throws(() => formatMessage("{name}", {}, "en"), /name/);
});

test("the first language that is spoken is chosen", () => {
  assert.equal(chooseLanguage(["ja", "pt-BR", "en"]), "pt");
  assert.equal(chooseLanguage(["no"]), "nb");
  assert.equal(chooseLanguage(["iw-IL"]), "he");
  assert.equal(chooseLanguage(["zh-Hans"]), "en");
  assert.equal(chooseLanguage([]), "en");
});

test("Arabic and Hebrew run from right to left", () => {
  assert.deepEqual(kLanguages.filter((language) => direction(language) === "rtl"), ["ar", "he"]);
});
