// Proves what a shopper sees in a real Chromium, served by the real program on the demo catalog:
// photo in, boxes, products, other boxes, and what happens when something is wrong.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import type { Locator } from "playwright-core";

import type { SearchAnswer } from "../src/api/client";
import { kDesktop, kPhone } from "./page";
import { kPhoto, kRoot, kShots } from "./server";
import { openPage, openStill, shop, stage } from "./stage";

// Enough for a page full of cards; the whole demo catalog would only take longer to import.
const kProducts = 40;

stage(kProducts);

async function searchAgain(act: () => Promise<unknown>): Promise<void> {
  const answered = shop.page.waitForResponse((response) => response.url().includes("/v1/search"));
  await act();
  assert.equal((await answered).status(), 200);
  await shop.cards().first().waitFor();
}

test("a photo gives boxes and products", async () => {
  await openPage();
  await shop.search(kPhoto);
  assert.ok((await shop.boxes().count()) >= 1);
  assert.equal(await shop.page.locator('.chip[aria-pressed="true"]').count(), 1);
  assert.equal(await shop.chips().last().textContent(), "Whole photo");
  assert.ok((await shop.cards().count()) >= 3);
  const first = shop.cards().first();
  assert.match((await first.locator(".price").textContent()) ?? "", /\d/);
  assert.match((await first.locator(".likeness").textContent()) ?? "", /^(Same item|Very similar|Similar|Less similar)$/);
  await first.locator("img").evaluate((image: HTMLImageElement) => image.decode());
});

test("weak products stand under an honest no", async () => {
  await openPage();
  const answered = shop.page.waitForResponse((response) => response.url().includes("/v1/search"));
  await shop.search(kPhoto);
  const answer = (await (await answered).json()) as { objects: { good_match: boolean }[] };
  const weak = { ...answer, objects: answer.objects.map((object) => ({ ...object, good_match: false })) };
  await shop.page.route("**/v1/search*", (route) => route.fulfill({ json: weak }));
  await searchAgain(() => shop.drag([0.1, 0.1], [0.6, 0.7]));
  await shop.notice().getByRole("heading", { name: "No good match" }).waitFor();
  assert.ok((await shop.cards().count()) >= 3);
  assert.equal(await shop.page.locator(".badge").count(), 0);
  assert.match((await shop.page.locator("#results").textContent()) ?? "", /drag a closer box/);
  assert.deepEqual(await shop.accessibilityFindings(), []);
  await shop.page.screenshot({ path: join(kShots, "no-good-match.png") });
});

test("scrolling to the end brings further products, each once", async () => {
  await openPage();
  await shop.search(kPhoto);
  assert.equal(await shop.cards().count(), 24);
  await shop.page.locator(".more").scrollIntoViewIfNeeded();
  await shop.page.locator(".card").nth(kProducts - 1).waitFor();
  const ids = await shop.productIds();
  assert.equal(new Set(ids).size, kProducts);
  assert.equal(await shop.page.locator("#live").textContent(), `${kProducts} products`); // read aloud
  await shop.page.locator(".more").waitFor({ state: "detached" });
  assert.deepEqual(await shop.accessibilityFindings(), []);
});

test("further products that cannot be had are told, and can be tried again", async () => {
  await openPage();
  await shop.search(kPhoto);
  await shop.page.route("**/v1/search*", (route) => route.abort("connectionrefused"), { times: 1 });
  await shop.page.locator(".more").scrollIntoViewIfNeeded();
  await shop.page.getByRole("alert").getByText("The server does not answer").waitFor();
  await shop.page.locator(".more").click();
  await shop.page.locator(".card").nth(kProducts - 1).waitFor();
});

test("the spots that are the same are drawn between photo and product", async () => {
  await openPage();
  const answered = shop.page.waitForResponse((response) => response.url().includes("/v1/search"));
  await shop.search(kPhoto);
  const answer = (await (await answered).json()) as SearchAnswer;
  // Whether a demo photo has a same item changes with the models; the spots are made up.
  const spots = Array.from({ length: 12 }, (_, i) => [100 + 10 * i, 200 + 5 * i, 40 + 20 * i, 60 + 15 * i]);
  const matches = { picture_width: 512, picture_height: 512, spots };
  const objects = answer.objects.map((object) => ({
    ...object,
    products: object.products.map((found, i) => (i === 0 ? { ...found, same_item: true, matches } : found)),
  }));
  await shop.page.route("**/v1/search*", (route) => route.fulfill({ json: { ...answer, objects } }));
  await searchAgain(() => shop.drag([0.1, 0.1], [0.6, 0.7]));
  assert.equal(await shop.page.locator(".card-matches").count(), 1);
  await shop.page.locator(".card-matches").focus();
  await shop.page.keyboard.press("Enter");
  const dialog = shop.page.getByRole("dialog", { name: "The same print" });
  await dialog.getByText("12 spots look the same").waitFor();
  assert.equal(await dialog.locator(".match-line").count(), 12);
  assert.equal(await dialog.locator(".match-spot").count(), 24);
  assert.deepEqual(await shop.accessibilityFindings(), []);
  await shop.page.screenshot({ path: join(kShots, "matches.png") });
  await shop.page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.equal(await shop.page.locator(".card-matches").evaluate((button) => button === document.activeElement), true);
});

test("the start page tells how many products there are", async () => {
  await openPage();
  await shop.page.getByText(/^[\d,]+ products$/).waitFor();
});

test("tapping another box shows its products", async () => {
  await openPage();
  await shop.search(kPhoto);
  const before_ids = await shop.productIds();
  await shop.chips().last().click(); // the whole photo: there in every photo
  assert.equal(await shop.chips().last().getAttribute("aria-pressed"), "true");
  assert.equal(await shop.page.locator('.box[aria-pressed="true"]').count(), 0);
  await shop.boxes().last().click(); // the smallest lies on top
  assert.equal(await shop.page.locator('.box[aria-pressed="true"]').count(), 1);
  await shop.chips().first().click();
  assert.deepEqual(await shop.productIds(), before_ids);
});

test("dragging on the photo searches that part without another upload", async () => {
  await openPage();
  await shop.search(kPhoto);
  const sent = shop.page.waitForRequest((request) => request.url().includes("/v1/search"));
  await searchAgain(() => shop.drag([0.1, 0.1], [0.6, 0.7]));
  const request = await sent;
  assert.match(request.url(), /photo=[0-9a-f]{32}&box=/);
  assert.equal(request.postData(), null);
  assert.equal(await shop.chips().first().textContent(), "Your selection");
  assert.equal(await shop.chips().first().getAttribute("aria-pressed"), "true");
});

test("an area can be selected with the keyboard alone", async () => {
  await openPage();
  await shop.search(kPhoto);
  await shop.page.getByRole("button", { name: "Select an area" }).focus();
  await shop.page.keyboard.press("Enter");
  await shop.page.keyboard.press("ArrowRight");
  await shop.page.keyboard.press("Shift+ArrowDown");
  await searchAgain(() => shop.page.keyboard.press("Enter"));
  assert.equal(await shop.chips().first().textContent(), "Your selection");
});

test("the whole journey works by keyboard alone, and a screen reader hears it", async () => {
  await openPage({ ...kDesktop, reducedMotion: "reduce" });
  const { keyboard } = shop.page;
  const focused = (): Promise<string> =>
    shop.page.evaluate(() => {
      const { activeElement: found } = document;
      return found?.getAttribute("aria-label") ?? found?.textContent?.trim() ?? "";
    });
  /** Tab until the focus is on what has this name. */
  const tabTo = async (name: RegExp): Promise<void> => {
    for (let i = 0; i < 80; i++) {
      await keyboard.press("Tab");
      if (name.test(await focused())) return;
    }
    assert.fail(`no way by Tab to ${name.source}; the last was ${await focused()}`);
  };
  const chosen = shop.page.waitForEvent("filechooser");
  await tabTo(/^Choose a photo/);
  await keyboard.press("Enter");
  await (await chosen).setFiles(kPhoto);
  await shop.cards().first().waitFor();
  await shop.page.locator("#live", { hasText: /24 products/ }).waitFor({ state: "attached" });
  await tabTo(/^Whole photo$/);
  await keyboard.press("Enter");
  await shop.page.locator('.chip[aria-pressed="true"]', { hasText: "Whole photo" }).waitFor();
  await shop.cards().first().waitFor();
  await tabTo(/^Filter/);
  await keyboard.press("Enter");
  const panel = shop.page.getByRole("dialog", { name: "Filter" });
  await panel.waitFor();
  await keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
  assert.match(await focused(), /^Filter/); // back where it was
  await tabTo(/^Save/);
  await keyboard.press("Enter");
  await shop.page.getByRole("status").getByText("Saved").waitFor();
  await tabTo(/^More like this/);
  await keyboard.press("Enter");
  await shop.page.locator(".like-product h1").waitFor();
  const tree = await shop.page.locator("main").ariaSnapshot();
  for (const part of [/heading ".+" \[level=1\]/, /heading "More like this" \[level=2\]/, /list/, /button "Save: .+"/, /combobox/])
    assert.match(tree, part);
  await shop.page.goBack(); // a key of the browser
  await shop.page.locator(".photo img").waitFor();
  await shop.cards().first().waitFor();
});

test("the focus stays on a thing while products come, and when it is chosen", async () => {
  await openStill();
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await shop.page.route("**/v1/search*objects=others*", async (route) => {
    await held;
    await route.continue();
  });
  await shop.choose(kPhoto);
  await shop.cards().first().waitFor();
  await shop.page.locator("#chips[aria-busy=true]").waitFor(); // the others have no products yet
  const isFocused = (thing: Locator): Promise<boolean> => thing.evaluate((button) => button === document.activeElement);
  await shop.chips().last().focus();
  release();
  await shop.page.locator("#chips[aria-busy=false]").waitFor();
  assert.ok(await isFocused(shop.chips().last()));
  await shop.page.keyboard.press("Enter");
  await shop.page.locator('.chip[aria-pressed="true"]', { hasText: "Whole photo" }).waitFor();
  assert.ok(await isFocused(shop.chips().last()));
  await shop.boxes().last().focus();
  const name = await shop.boxes().last().getAttribute("aria-label");
  await shop.page.keyboard.press("Enter");
  await shop.page.locator('.box[aria-pressed="true"]').waitFor();
  assert.ok(await isFocused(shop.page.getByRole("button", { name: name ?? "", exact: true })));
});

test("a pasted photo is searched", async () => {
  await openPage();
  await searchAgain(() => shop.paste({ path: kPhoto, type: "image/jpeg" }));
});

test("a dropped photo is searched", async () => {
  await openPage();
  await searchAgain(() => shop.drop({ path: kPhoto, type: "image/jpeg" }));
});

test("a photo of a phone is shrunk before it is sent", async () => {
  await openPage();
  const large = await shop.page.evaluate(async () => {
    const canvas = new OffscreenCanvas(4000, 3000);
    canvas.getContext("2d")?.fillRect(0, 0, 100, 100);
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/jpeg" })).arrayBuffer());
    return Array.from(bytes);
  });
  const answered = shop.page.waitForResponse((response) => response.url().includes("/v1/search"));
  await shop.page.setInputFiles("#file", { name: "large.jpg", mimeType: "image/jpeg", buffer: Buffer.from(large) });
  const answer = (await (await answered).json()) as { width: number; height: number };
  assert.deepEqual([answer.width, answer.height], [1280, 960]);
});

test("what is no image is told in plain words", async () => {
  await openPage();
  await shop.choose(join(kRoot, "demo/catalog.csv"));
  await shop.notice().getByText("This photo cannot be read").waitFor();
  await shop.page.screenshot({ path: join(kShots, "not-an-image.png") });
  await shop.page.getByRole("button", { name: "Choose another photo" }).click();
  await shop.page.getByRole("heading", { name: "Find it from a photo" }).waitFor();
});

test("a server that is down is told, and the same search can be tried again", async () => {
  await openPage();
  await shop.page.route("**/v1/search*", (route) => route.abort("connectionrefused"), { times: 1 });
  await shop.choose(kPhoto);
  await shop.notice().getByText("The server does not answer").waitFor();
  await searchAgain(() => shop.page.getByRole("button", { name: "Try again" }).click());
});

test("a busy server is told with the time to wait", async () => {
  await openPage();
  await shop.page.route("**/v1/search*", (route) =>
    route.fulfill({ status: 503, headers: { "Retry-After": "2" }, json: { detail: "the queue is full" } }),
  );
  await shop.choose(kPhoto);
  await shop.notice().getByText("Try again in 2 seconds").waitFor();
});

test("new photo goes back to the start", async () => {
  await openPage();
  await shop.search(kPhoto);
  await shop.page.getByRole("button", { name: "New photo" }).click();
  await shop.page.getByRole("heading", { name: "Find it from a photo" }).waitFor();
  assert.equal(await shop.cards().first().isVisible(), false);
});

for (const [name, options] of [
  ["phone", kPhone],
  ["desktop", kDesktop],
  ["phone-dark", { ...kPhone, colorScheme: "dark" }],
  ["desktop-dark", { ...kDesktop, colorScheme: "dark" }],
] as const) {
  test(`${name}: everything fits and axe finds nothing`, async () => {
    await openPage({ ...options, reducedMotion: "reduce" });
    const fits = (): Promise<boolean> =>
      shop.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
    assert.ok(await fits());
    assert.deepEqual(await shop.accessibilityFindings(), []);
    await shop.page.screenshot({ path: join(kShots, `${name}-start.png`) });
    await shop.search(kPhoto);
    await shop.page.waitForLoadState("networkidle");
    assert.ok(await fits());
    assert.deepEqual(await shop.accessibilityFindings(), []);
    await shop.page.screenshot({ path: join(kShots, `${name}-products.png`) });
  });
}
