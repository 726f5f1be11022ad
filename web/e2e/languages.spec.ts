// Proves that every language and the shopper's currency reach every screen, and that all words fit on a phone.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { direction, kLanguages, loadMessages, type Messages } from "../src/shared/languages";
import { currencyDigits } from "../src/shared/currency";
import { kCurrencies } from "../src/shared/locale";
import { kDesktop, kPhone } from "./page";
import type { SearchAnswer } from "../src/api/client";
import { kPhoto, kRoot, kShots } from "./server";
import { openStill, server, shop, stage } from "./stage";

stage(24, () => Promise.resolve(["--device-boxes"]));

/** What sticks out of the window, or is cut off in its own box, by its words. */
function whatDoesNotFit(): Promise<string[]> {
  return shop.page.evaluate(() => {
    const isSeen = (found: HTMLElement): boolean =>
      found.checkVisibility() && found.closest(".visually-hidden, .chips, select, svg") === null;
    const words = [...document.querySelectorAll<HTMLElement>("body *")].filter(
      (found) => isSeen(found) && [...found.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim()),
    );
    return words
      .filter((found) => {
        const { left, right } = found.getBoundingClientRect();
        const is_out = left < -1 || right > window.innerWidth + 1;
        const style = getComputedStyle(found);
        const is_clamped = style.webkitLineClamp !== "none"; // titles are cut on purpose
        const is_cut = style.overflowX === "hidden" && !is_clamped && found.scrollWidth > found.clientWidth + 1;
        return is_out || is_cut;
      })
      .map((found) => `${found.tagName}.${found.className}: ${found.textContent}`);
  });
}

/** Further screens differ by language in their words alone: axe looks at them in one language each way. */
const kAxeLanguages: readonly string[] = ["en", "ar"];

/** Words are there, fit, and are fit for everybody. */
async function checkScreen(language: string, name: string, words: string): Promise<void> {
  await shop.page.getByText(words, { exact: true }).filter({ visible: true }).first().waitFor();
  assert.deepEqual(await whatDoesNotFit(), []);
  if (kAxeLanguages.includes(language)) assert.deepEqual(await shop.accessibilityFindings(), []);
  await shop.page.screenshot({ path: join(kShots, `${language}-${name}.png`) });
}

/** From the products: filters, comparison, similar products, saved ones, recent photos, camera. */
async function visitFurtherScreens(language: string, messages: Messages): Promise<void> {
  const press = (label: string): Promise<void> => shop.page.locator(label).filter({ visible: true }).first().click();
  await press('[data-key="filter"]');
  await checkScreen(language, "filter", messages["filter.price_from"]);
  await shop.narrow(() => press('.panel [data-key="stock"]'));
  await shop.narrow(() => press('.panel [data-key^="categories:"]'));
  await press('[data-key="show"]');
  await checkScreen(language, "filtered", messages["filter.clear"]);
  await press(".card-compare");
  await checkScreen(language, "compare", messages["compare.title"]);
  await shop.page.keyboard.press("Escape");
  await press(".card-save");
  await shop.narrow(() => press(".card-similar"));
  await checkScreen(language, "similar", messages["card.similar"]);
  await press("#saved-open");
  await checkScreen(language, "saved", messages["start.device_only"]);
  await press(".list-bar button");
  await checkScreen(language, "nothing-saved", messages["saved.nothing"]);
  await press("#new-photo");
  await checkScreen(language, "recent", messages["start.recent"]);
  await press("#take"); // not allowed here
  await checkScreen(language, "no-camera", messages["camera.blocked"]);
  await press(".matches-foot button:last-child");
}

/** Nothing like it, no photo, and a product that is gone. */
async function visitTroubles(language: string, messages: Messages): Promise<void> {
  await shop.page.route("**/v1/search*", async (route) => {
    const answer = await route.fetch();
    const found = (await answer.json()) as SearchAnswer;
    const objects = found.objects.map((object) => ({ ...object, good_match: false }));
    await route.fulfill({ response: answer, json: { ...found, objects } });
  });
  await shop.choose(kPhoto);
  await checkScreen(language, "no-match", messages["results.no_match"]);
  await shop.page.unrouteAll({ behavior: "wait" });
  await shop.choose(join(kRoot, "demo/catalog.csv"));
  await checkScreen(language, "unreadable", messages["error.unreadable"]);
  await shop.page.goto(`${server.url}?similar=gone`);
  await checkScreen(language, "gone", messages["results.nothing"]);
}

for (const language of kLanguages)
  test(`${language}: every screen is in the language and fits on a phone`, async () => {
    const messages = await loadMessages(language);
    await openStill({ ...kPhone, locale: language, cores: 8 });
    assert.equal(await shop.page.locator("html").getAttribute("lang"), language);
    assert.equal(await shop.page.locator("html").getAttribute("dir"), direction(language));
    await shop.page.getByRole("heading", { name: messages["start.heading"] }).waitFor();
    await shop.page.locator("#catalog-size:not(:empty)").waitFor();
    await shop.page.getByText(messages["device.text"]).waitFor();
    assert.deepEqual(await whatDoesNotFit(), []);
    assert.deepEqual(await shop.accessibilityFindings(), []);
    await shop.page.screenshot({ path: join(kShots, `${language}-start.png`), fullPage: true });

    await shop.search(kPhoto);
    assert.equal(await shop.chips().last().textContent(), messages["class.whole_picture"]);
    assert.deepEqual(await whatDoesNotFit(), []);
    assert.deepEqual(await shop.accessibilityFindings(), []);
    await shop.page.screenshot({ path: join(kShots, `${language}-products.png`) });
    await visitFurtherScreens(language, messages);

    await visitTroubles(language, messages);

    await shop.page.route("**/v1/search*", (route) => route.fulfill({ status: 503, headers: { "Retry-After": "5" }, json: {} }));
    await shop.choose(kPhoto);
    await shop.notice().getByText(messages["error.busy"]).waitFor();
    assert.deepEqual(await whatDoesNotFit(), []);
  });

test("every currency of the chooser is the server's, with the same digits", async () => {
  const { items } = (await (await fetch(`${server.url}v1/currencies`)).json()) as { items: { code: string; digits: number }[] };
  assert.deepEqual(items.map(({ code }) => code).sort(), [...kCurrencies].sort());
  for (const { code, digits } of items) assert.equal(currencyDigits(code), digits, code);
});

test("another language is chosen, kept, and asked for in titles", async () => {
  await openStill(kDesktop);
  await shop.search(kPhoto);
  const asked = shop.page.waitForRequest((request) => request.url().includes("lang=fr"));
  await shop.page.locator("#language").selectOption("fr");
  assert.equal((await asked).postData(), null); // no second upload
  await shop.page.getByRole("button", { name: "Nouvelle photo" }).waitFor();
  await shop.page.reload(); // which brings the photo back, too
  await shop.page.getByRole("button", { name: "Nouvelle photo" }).waitFor();
  assert.equal(await shop.page.locator("html").getAttribute("lang"), "fr");
});

test("prices come in the shopper's currency, with the shop's beside", async () => {
  const today = new Date().toISOString().slice(0, 10);
  const done = await fetch(`${server.url}v1/rates`, { method: "PUT", body: `currency,base,rate,date\nUSD,EUR,1.0856,${today}\nJPY,EUR,163.2,2020-01-02\n` });
  assert.equal(done.status, 200);
  await openStill(kDesktop);
  await shop.search(kPhoto);
  const original = (await shop.cards().first().locator(".price").textContent()) ?? "";
  assert.match(original, /^€/);
  await shop.page.locator("#currency").selectOption("USD");
  await shop.cards().first().locator(".price", { hasText: "≈ $" }).waitFor();
  assert.equal(await shop.cards().first().locator(".price-note").textContent(), original);
  assert.deepEqual(await shop.accessibilityFindings(), []);
  await shop.page.screenshot({ path: join(kShots, "currency.png") });

  await shop.page.locator("#currency").selectOption("JPY");
  await shop.cards().first().locator(".price-note", { hasText: "out of date" }).waitFor();
  assert.equal(await shop.cards().first().locator(".price").textContent(), original);
  await shop.page.locator("#currency").selectOption("CHF");
  await shop.cards().first().locator(".price-note", { hasText: "No exchange rate" }).waitFor();
});
