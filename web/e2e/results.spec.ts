// Proves what a shopper can do with the products: narrow them down, order, compare, save and share them, go on from one
// of them, and come back.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import type { Locator } from "playwright-core";

import { kDesktop, kPhone } from "./page";
import { kPhoto, kShots } from "./server";
import { openStill, server, shop, stage } from "./stage";

stage(40);

const key = (name: string): Locator => shop.page.locator(`[data-key="${name}"]`);
const panel = (): Locator => shop.page.getByRole("dialog", { name: "Filter" });

async function prices(): Promise<number[]> {
  const texts = await shop.cards().locator(".price").allTextContents();
  return texts.map((text) => Number(text.replace(/[^\d.]/g, "")));
}

test("a filter leaves as many products as its count says", async () => {
  await openStill();
  await shop.search(kPhoto);
  await key("filter").click();
  const option = panel().locator(".panel-option").first();
  const count = Number(await option.locator(".panel-count").textContent());
  await shop.narrow(() => option.locator("input").check());
  await shop.page.screenshot({ path: join(kShots, "filter.png") });
  assert.deepEqual(await shop.accessibilityFindings(), []);
  await key("show").click();
  assert.equal(await shop.cards().count(), count);
  await shop.narrow(() => shop.page.getByRole("button", { name: /^Remove filter/ }).click());
  assert.ok((await shop.cards().count()) > count);
});

test("filters of several kinds work together, and are cleared at once", async () => {
  await openStill();
  await shop.search(kPhoto);
  const all = await shop.cards().count();
  await shop.narrow(() => key("stock").first().click());
  await key("filter").click();
  await panel().getByLabel("To", { exact: true }).fill("9,50");
  await shop.narrow(() => shop.page.keyboard.press("Enter"));
  await key("show").click();
  assert.ok((await prices()).every((price) => price <= 9.5));
  assert.equal(await shop.page.locator(".availability").count(), 0);
  assert.equal(await shop.page.getByRole("button", { name: "Remove filter: up to €9.50" }).count(), 1);
  await shop.narrow(() => shop.page.locator(".filter-chips .text-button").click());
  assert.equal(await shop.cards().count(), all);
});

test("a color is chosen by its name in the shopper's language", async () => {
  await openStill({ ...kPhone, locale: "de" });
  await shop.search(kPhoto);
  await key("filter").click();
  const option = panel().locator(".panel-option", { has: shop.page.locator('[data-key^="colors:"]'), hasText: "Weiß" });
  const count = Number(await option.locator(".panel-count").textContent());
  await option.scrollIntoViewIfNeeded();
  await shop.narrow(() => option.locator("input").check());
  await shop.page.screenshot({ path: join(kShots, "colors.png") });
  assert.deepEqual(await shop.accessibilityFindings(), []);
  await key("show").click();
  assert.equal(await shop.cards().count(), count);
  assert.equal(new URL(shop.page.url()).searchParams.get("color"), "White");
  assert.equal(await shop.page.locator(".filter-chip").textContent(), "Weiß");
});

test("a price range leaves as many products as its count says", async () => {
  await openStill();
  await shop.search(kPhoto);
  await key("filter").click();
  const range = panel().locator(".panel-option", { has: shop.page.locator('[data-key^="price:"]') }).nth(1);
  const count = Number(await range.locator(".panel-count").textContent());
  const [low = NaN, high = NaN] = ((await range.locator(".panel-words").textContent()) ?? "").match(/[\d.]+/g)?.map(Number) ?? [];
  await shop.narrow(() => range.locator("input").check());
  assert.equal(await panel().getByLabel("From", { exact: true }).inputValue(), String(low));
  assert.ok(await range.locator("input").isChecked()); // the ranges stay
  await shop.page.screenshot({ path: join(kShots, "price-ranges.png") });
  assert.deepEqual(await shop.accessibilityFindings(), []);
  await key("show").click();
  assert.equal(await shop.cards().count(), count);
  assert.ok((await prices()).every((price) => low <= price && price <= high));
});

test("a price is taken in the digits of the shopper's currency", async () => {
  const today = new Date().toISOString().slice(0, 10);
  const done = await fetch(`${server.url}v1/rates`, { method: "PUT", body: `currency,base,rate,date\nJPY,EUR,163.2,${today}\n` });
  assert.equal(done.status, 200);
  await openStill();
  await shop.search(kPhoto);
  await shop.narrow(() => shop.page.locator("#currency").selectOption("JPY"));
  await key("filter").click();
  await panel().getByLabel("To", { exact: true }).fill("2000.50");
  await shop.narrow(() => shop.page.keyboard.press("Enter"));
  await key("show").click();
  await shop.page.getByRole("button", { name: "Remove filter: up to ¥2,001" }).waitFor();
  assert.ok((await prices()).every((price) => price <= 2001));
  // A link with this range is another shopper's, who pays in euros: its numbers would mean something else.
  const { search } = new URL(shop.page.url());
  await shop.page.locator("#currency").selectOption("EUR");
  await shop.settled();
  await shop.page.goto(`${server.url}?similar=${(await shop.productIds())[0] ?? ""}&${search.slice(1).replace("photo&", "")}`);
  await shop.cards().first().waitFor();
  assert.equal(await shop.page.locator(".filter-chip").count(), 0);
  assert.doesNotMatch(shop.page.url(), /JPY/);
});

test("words beside the photo keep the products whose titles have them", async () => {
  await openStill(kPhone);
  await shop.search(kPhoto);
  const all = await shop.cards().count();
  const title = (await shop.cards().nth(1).locator(".card-title").textContent()) ?? "";
  const word = title.split(/[^\p{L}]+/u).find((part) => part.length > 3) ?? title;
  const field = shop.page.getByRole("searchbox", { name: "Add a word, such as red" });
  await field.fill(word.toLowerCase());
  await shop.narrow(() => field.press("Enter"));
  const texts = await shop.cards().locator(".card-words").allTextContents(); // brand and title
  assert.ok(texts.length > 0 && texts.length < all, `${texts.length} of ${all}`);
  assert.ok(texts.every((other) => other.toLowerCase().includes(word.toLowerCase())), texts.join("; "));
  await shop.page.screenshot({ path: join(kShots, "words.png") });
  assert.ok(await shop.fits());
  assert.deepEqual(await shop.accessibilityFindings(), []);
  await shop.narrow(() => shop.page.getByRole("button", { name: `Remove filter: ${word.toLowerCase()}` }).click());
  assert.equal(await shop.cards().count(), all);
});

test("a filtered group can still be widened, with counts", async () => {
  await openStill();
  await shop.search(kPhoto);
  await key("filter").click();
  const before_count = await panel().locator('[data-key^="categories:"]').count();
  await shop.narrow(() => panel().locator('[data-key^="categories:"]').first().check());
  await panel().locator('[data-key^="categories:"]').nth(1).waitFor();
  assert.equal(await panel().locator('[data-key^="categories:"]').count(), before_count);
  await shop.narrow(() => panel().locator('[data-key^="categories:"]').nth(1).check());
  assert.equal(await shop.page.locator(".filter-chip").count(), 2);
});

test("filters that leave nothing say so, and can be cleared there", async () => {
  await openStill();
  await shop.search(kPhoto);
  await key("filter").click();
  await panel().getByLabel("To", { exact: true }).fill("0.01");
  await shop.narrow(() => shop.page.keyboard.press("Enter"));
  await key("show").click();
  await shop.notice().getByRole("heading", { name: "No product fits these filters" }).waitFor();
  assert.deepEqual(await shop.accessibilityFindings(), []);
  await shop.page.screenshot({ path: join(kShots, "filtered-out.png") });
  await shop.narrow(() => shop.notice().getByRole("button", { name: "Clear filters" }).click());
  await shop.cards().first().waitFor();
});

test("products are ordered by price", async () => {
  await openStill();
  await shop.search(kPhoto);
  await shop.narrow(() => key("order").selectOption("price"));
  const up = await prices();
  assert.deepEqual(up, [...up].sort((a, b) => a - b));
  await shop.narrow(() => key("order").selectOption("-price"));
  const down = await prices();
  assert.deepEqual(down, [...down].sort((a, b) => b - a));
});

test("filters and order outlive a reload, with the photo from this device", async () => {
  await openStill();
  await shop.search(kPhoto);
  await shop.narrow(() => key("order").selectOption("price"));
  await shop.narrow(() => key("stock").first().click());
  const ids = await shop.productIds();
  await shop.page.reload();
  await shop.cards().first().waitFor();
  assert.equal(await key("order").inputValue(), "price");
  assert.deepEqual(await shop.productIds(), ids);
});

test("a reload brings back the chosen thing, also one that was drawn, and the place in the page", async () => {
  await openStill(kPhone);
  await shop.search(kPhoto);
  await shop.narrow(() => shop.drag([0.1, 0.1], [0.6, 0.7]));
  assert.equal(await shop.chips().first().textContent(), "Your selection");
  const ids = await shop.productIds();
  await shop.page.evaluate(() => window.scrollTo(0, 300));
  await shop.page.reload();
  await shop.chips().filter({ hasText: "Your selection" }).waitFor();
  await shop.page.waitForFunction(() => window.scrollY > 0);
  assert.deepEqual(await shop.productIds(), ids);
  assert.equal(await shop.page.evaluate(() => window.scrollY), 300);
  await shop.chips().last().click();
  await shop.page.reload();
  await shop.cards().first().waitFor();
  assert.equal(await shop.chips().last().getAttribute("aria-pressed"), "true");
});

test("a photo that the server has forgotten is sent again without a word", async () => {
  await openStill();
  await shop.search(kPhoto);
  const all = await shop.cards().count();
  let forgets = true;
  await shop.page.route("**/v1/search?*photo=*", (route) => {
    if (!forgets) return route.continue();
    forgets = false;
    return route.fulfill({ status: 404, json: { detail: "the photo token is unknown" } });
  });
  await shop.narrow(() => key("order").selectOption("price"));
  await shop.cards().first().waitFor();
  assert.equal(await shop.cards().count(), all);
  assert.equal(forgets, false);
});

test("going on from a product and back needs no new search", async () => {
  await openStill();
  await shop.search(kPhoto);
  await shop.chips().last().click();
  await shop.page.locator(".more").scrollIntoViewIfNeeded();
  await shop.cards().nth(30).waitFor();
  const ids = await shop.productIds();
  const card = shop.cards().nth(20);
  await card.scrollIntoViewIfNeeded();
  await card.hover();
  await shop.page.evaluate(() => {
    addEventListener("click", () => (document.body.dataset["top"] = String(window.scrollY)), { capture: true, once: true });
  });
  await shop.narrow(() => card.getByRole("button", { name: /^More like this/ }).click());
  await shop.page.locator(".like-product h1").waitFor();
  assert.match(shop.page.url(), /\?similar=/);
  assert.ok(!(await shop.productIds()).includes(ids[20] ?? "")); // not itself
  assert.deepEqual(await shop.accessibilityFindings(), []);
  await shop.page.screenshot({ path: join(kShots, "similar.png") });

  let searches = 0;
  shop.page.on("request", (request) => (searches += Number(request.url().includes("/v1/search"))));
  await shop.page.goBack();
  await shop.page.locator(".photo img").waitFor();
  assert.deepEqual(await shop.productIds(), ids);
  assert.equal(await shop.chips().last().getAttribute("aria-pressed"), "true");
  const [top, was] = await shop.page.evaluate(() => [window.scrollY, Number(document.body.dataset["top"])]);
  assert.equal(top, was);
  assert.equal(searches, 0);
});

test("back from the products leads to the start, and forward to them again", async () => {
  await openStill();
  await shop.search(kPhoto);
  const ids = await shop.productIds();
  await shop.page.goBack();
  await shop.heading("Find it from a photo").waitFor();
  await shop.page.goForward();
  await shop.cards().first().waitFor();
  assert.deepEqual(await shop.productIds(), ids);
});

test("back leaves no dialog behind", async () => {
  await openStill();
  await shop.search(kPhoto);
  await key("filter").click();
  await shop.page.goBack();
  await shop.heading("Find it from a photo").waitFor();
  assert.equal(await shop.page.locator("dialog").count(), 0);
});

test("photo and product are compared side by side", async () => {
  await openStill();
  await shop.search(kPhoto);
  await shop.cards().nth(1).hover();
  await shop.cards().nth(1).getByRole("button", { name: /^Compare with your photo/ }).click();
  const dialog = shop.page.getByRole("dialog", { name: "Your photo and the product" });
  await dialog.locator("image").nth(1).waitFor();
  assert.deepEqual(await shop.accessibilityFindings(), []);
  await shop.page.screenshot({ path: join(kShots, "compare.png") });
  await shop.page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
});

test("saved products are kept on the device until they are cleared", async () => {
  await openStill(kPhone);
  await shop.search(kPhoto);
  const [first] = await shop.productIds();
  await shop.cards().first().getByRole("button", { name: /^Save/ }).click();
  assert.equal(await shop.page.locator("#saved-count").textContent(), "1");
  await shop.page.reload();
  await shop.page.locator("#saved-open").click();
  await shop.heading("Saved products").waitFor();
  assert.deepEqual(await shop.productIds(), [first]);
  assert.equal(await shop.page.locator(".likeness").count(), 0);
  assert.ok(await shop.fits());
  assert.deepEqual(await shop.accessibilityFindings(), []);
  await shop.page.screenshot({ path: join(kShots, "saved.png") });
  await shop.page.getByRole("button", { name: "Clear all" }).click();
  await shop.notice().getByText("Nothing saved yet").waitFor();
  assert.deepEqual(await shop.accessibilityFindings(), []);
});

test("a shared link shows the products, and nothing of the photo", async () => {
  await openStill({ ...kDesktop, permissions: ["clipboard-read", "clipboard-write"] });
  await shop.search(kPhoto);
  const ids = await shop.productIds();
  await key("share").click();
  await shop.page.getByRole("status").getByText("Link copied").waitFor();
  const link = await shop.page.evaluate(() => navigator.clipboard.readText());
  assert.doesNotMatch(link, /[?&](photo|box)\b/);
  await shop.close();
  await openStill(kDesktop, link.slice(server.url.length));
  await shop.heading("Shared products").waitFor();
  await shop.cards().first().waitFor();
  assert.deepEqual(await shop.productIds(), ids);
  assert.deepEqual(await shop.accessibilityFindings(), []);
});

test("a shared product that the shop no longer has is told", async () => {
  await openStill(kDesktop, "?item=gone-1&item=gone-2");
  await shop.notice().getByText("2 products are no longer in the shop.").waitFor();
});

test("a link to what is like a product that is gone says so", async () => {
  await openStill(kDesktop, "?similar=gone-1");
  await shop.notice().getByText("1 product is no longer in the shop.").waitFor();
  assert.deepEqual(await shop.accessibilityFindings(), []);
});

test("saved and shared products come in the shopper's language and currency", async () => {
  const today = new Date().toISOString().slice(0, 10);
  await fetch(`${server.url}v1/rates`, { method: "PUT", body: `currency,base,rate,date\nUSD,EUR,1.0856,${today}\n` });
  await openStill();
  await shop.search(kPhoto);
  const [first = ""] = await shop.productIds();
  await shop.cards().first().getByRole("button", { name: /^Save/ }).click();
  await shop.page.locator("#saved-open").click();
  await shop.heading("Saved products").waitFor();
  await shop.page.locator("#currency").selectOption("USD");
  await shop.cards().first().locator(".price", { hasText: "≈ $" }).waitFor();
  await shop.page.goto(`${server.url}?item=${first}`);
  await shop.cards().first().locator(".price", { hasText: "≈ $" }).waitFor();
  await shop.page.goto(`${server.url}?similar=${first}`);
  await shop.page.locator(".like-words .price", { hasText: "≈ $" }).waitFor();
});

test("a link to what is like a product keeps its filters", async () => {
  await openStill();
  await shop.search(kPhoto);
  await shop.cards().first().hover();
  await shop.narrow(() => shop.cards().first().getByRole("button", { name: /^More like this/ }).click());
  await shop.narrow(() => key("order").selectOption("price"));
  const address = shop.page.url().slice(server.url.length);
  const ids = await shop.productIds();
  await shop.close();
  await openStill(kPhone, address);
  await shop.cards().first().waitFor();
  assert.deepEqual(await shop.productIds(), ids);
  assert.ok(await shop.fits());
});
