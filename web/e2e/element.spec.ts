// Proves <shop-by-image> in a plain, a React and a Vue page of another origin, under a strict policy, with real searches.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";

import type { BrowserContextOptions, Locator, Page } from "playwright-core";

import { ElementSite, kExamples, type Example } from "./element_site";
import { kDesktop, kPhone } from "./page";
import { heicOfAPhone, kExifStart, sentPhoto, watchSentPhoto } from "./phone_photos";
import { kPhoto, kShots } from "./server";
import { browser, server, stage } from "./stage";

const kProducts = 40;
const kToday = new Date().toISOString().slice(0, 10);
const kRates = `currency,base,rate,date\nUSD,EUR,1.1,${kToday}\nJPY,EUR,160,${kToday}\n`;

let site: ElementSite;
let page: Page;
let faults: string[];

stage(
  kProducts,
  async () => {
    site = await ElementSite.start();
    return ["--allow-origin", site.origin];
  },
  async () => {
    site.snapshelf = server.url;
    const rates = await fetch(`${server.url}v1/rates`, { method: "PUT", body: kRates });
    assert.equal(rates.status, 200, await rates.text());
  },
);
after(() => site?.stop());
afterEach(async () => {
  await page.context().close();
  assert.deepEqual(faults, []);
});

async function open(example: Example, options: BrowserContextOptions = kDesktop): Promise<void> {
  const context = await browser.newContext(options);
  page = await context.newPage();
  const found: string[] = [];
  faults = found;
  page.on("pageerror", (error) => found.push(error.message));
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) found.push(message.text());
  });
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    const is_known = origin === site.origin || origin === new URL(server.url).origin;
    if (protocol.startsWith("http") && !is_known) found.push(`request to ${origin}`);
  });
  await page.addInitScript(() => Object.defineProperty(window, "names_before", { value: Object.getOwnPropertyNames(window) }));
  await page.goto(`${site.origin}/${example}/`);
  await element().locator(".start").waitFor();
}

const element = (): Locator => page.locator("shop-by-image");
const cards = (): Locator => element().locator(".card:not(.is-skeleton)");
const said = (): Locator => page.locator("#said");
const prices = (): Promise<string[]> => cards().locator(".price").allTextContents();

/** Gives the photo, and waits for its products. */
async function search(): Promise<void> {
  await element().locator('input[type="file"]').first().setInputFiles(kPhoto);
  await cards().first().waitFor();
}

/** Waits until the page said so. */
async function hear(words: string | RegExp): Promise<void> {
  await said().filter({ hasText: words }).waitFor();
}

async function axeFindings(): Promise<string[]> {
  // Over the debugging protocol, because the page's policy allows no foreign script.
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  return page.evaluate(async (source) => {
    // eslint-disable-next-line no-eval
    (0, eval)(source);
    type Axe = { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    const { violations } = await (window as unknown as { axe: Axe }).axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  }, axe);
}

/** Places where words are cut off or something reaches out of the element. */
async function whatDoesNotFit(): Promise<string[]> {
  return element().evaluate((host) => {
    const edge = host.getBoundingClientRect();
    const shown = [...(host.shadowRoot?.querySelectorAll<HTMLElement>(".button, h2, h3, p, .card, .badge") ?? [])].filter(
      (part) => part.checkVisibility() && !part.matches(".unseen"),
    );
    return shown
      .filter((part) => {
        const { left, right } = part.getBoundingClientRect();
        return left < edge.left - 1 || right > edge.right + 1 || part.scrollWidth > part.clientWidth + 1;
      })
      .map((part) => part.outerHTML.slice(0, 120));
  });
}

for (const example of kExamples) {
  test(`${example}: a photo gives products, and the page hears of them`, async () => {
    await open(example);
    await search();
    await hear("Shown: 12");
    assert.ok((await element().locator(".box").count()) >= 1);
    await cards().first().locator("img").evaluate((image: HTMLImageElement) => image.decode());
    const title = await cards().first().locator(".card-title").textContent();
    const pages = page.context().pages().length;
    await cards().first().click();
    await hear(`Chosen: ${title}`);
    assert.equal(page.context().pages().length, pages); // the page said that it opens products itself
    await page.screenshot({ path: join(kShots, `element-${example}-desktop.png`) });
  });

  test(`${example}: attributes change at runtime`, async () => {
    await open(example);
    await search();
    assert.match((await prices())[0] ?? "", /^€/);
    await page.selectOption("#currency", "JPY");
    await cards().locator(".price", { hasText: /≈ ¥[\d,]+$/ }).first().waitFor();
    await cards().first().getByText(/about ¥.*in the shop €/).waitFor({ state: "attached" });
    assert.equal(await element().getAttribute("currency"), "JPY");
    await page.selectOption("#currency", "");
    await cards().locator(".price", { hasText: /^€/ }).first().waitFor();
  });

  test(`${example}: a failure is told to the shopper and the page`, async () => {
    await open(example);
    await page.route("**/v1/search*", (route) => route.abort("connectionrefused"), { times: 1 });
    await element().locator('input[type="file"]').first().setInputFiles(kPhoto);
    await element().getByRole("alert").getByText("The server does not answer").waitFor();
    await hear("Failed: unreachable");
    await element().getByRole("button", { name: "Try again" }).click();
    await cards().first().waitFor();
  });

  test(`${example}: a phone shows all of it`, async () => {
    await open(example, kPhone);
    assert.deepEqual(await whatDoesNotFit(), []);
    await page.screenshot({ path: join(kShots, `element-${example}-phone-start.png`) });
    await search();
    assert.deepEqual(await whatDoesNotFit(), []);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
    assert.deepEqual(await axeFindings(), []);
    await page.screenshot({ path: join(kShots, `element-${example}-phone.png`), fullPage: true });
  });
}

test("nothing leaks out of the element: no globals, no styles", async () => {
  await open("plain");
  await search();
  const left = await page.evaluate(() => {
    const before = (window as unknown as { names_before: string[] }).names_before;
    const hosts = [...document.querySelectorAll("h1, select, label, #said, body")];
    const look = (): string => hosts.map((host) => JSON.stringify(Object.values(getComputedStyle(host)).slice(0, 300))).join();
    const names = Object.getOwnPropertyNames(window).filter((name) => !before.includes(name) && name !== "names_before");
    const parts = document.querySelectorAll("style, link[rel=stylesheet]").length + document.adoptedStyleSheets.length;
    const size = [...hosts].map((host) => host.clientWidth).join() && look();
    const found = document.querySelector("shop-by-image");
    found?.replaceChildren();
    return { names, parts, is_same: size === look() };
  });
  assert.deepEqual(left, { names: [], parts: 1, is_same: true });
});

test("styles of the page do not leak in, parts and custom properties do", async () => {
  await open("plain");
  const style = (selector: string, name: string): Promise<string> =>
    element().locator(selector).first().evaluate((part, property) => getComputedStyle(part).getPropertyValue(property), name);
  const choose = await style(".button.primary", "border-radius");
  assert.equal(await style(".button.primary", "background-color"), "rgb(122, 46, 86)"); // the shop's
  await page.evaluate(() => {
    const hostile = new CSSStyleSheet();
    hostile.replaceSync(`
      * { letter-spacing: 9px; text-transform: uppercase; box-sizing: content-box; }
      button { border-radius: 0 !important; background: red !important; } h2 { font-size: 99px; color: red; }
      .card, .photo, .button, .root { display: none !important; } img { width: 7px !important; }
      shop-by-image::part(title) { color: rgb(1, 2, 3); }`);
    document.adoptedStyleSheets = [hostile];
  });
  assert.equal(await style(".button.primary", "border-radius"), choose);
  assert.equal(await style(".button.primary", "background-color"), "rgb(122, 46, 86)");
  assert.equal(await style(".button.primary", "letter-spacing"), "normal");
  assert.equal(await style(".button.primary", "text-transform"), "none");
  assert.equal(await style(".title", "color"), "rgb(1, 2, 3)");
  await search();
  assert.ok(((await cards().first().locator("img").boundingBox())?.width ?? 0) > 100);
});

test("language and direction change at runtime, without a second upload", async () => {
  await open("plain", kPhone);
  await search();
  const uploads: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/v1/search") && !request.url().includes("photo=")) uploads.push(request.url());
  });
  for (const [language, direction, more] of [["de", "ltr", "Weitere Produkte"], ["ar", "rtl", null], ["he", "rtl", null], ["fi", "ltr", null]] as const) {
    const answered = page.waitForResponse((response) => response.url().includes(`lang=${language}`));
    await element().evaluate((host, lang) => host.setAttribute("lang", lang), language);
    await answered;
    await cards().first().waitFor();
    assert.equal(await element().locator(".root").getAttribute("dir"), direction);
    if (more !== null) await element().getByRole("button", { name: more }).waitFor();
    assert.deepEqual(await whatDoesNotFit(), []);
    await page.screenshot({ path: join(kShots, `element-${language}.png`) });
  }
  assert.deepEqual(uploads, []);
});

test("dark, light, and as the device has it", async () => {
  await open("plain", { ...kDesktop, colorScheme: "dark" });
  const becomes = (theme: string): Promise<void> => element().locator(`.root[data-theme="${theme}"]`).waitFor();
  await becomes("dark");
  await page.emulateMedia({ colorScheme: "light" });
  await becomes("light");
  await element().evaluate((host) => host.setAttribute("theme", "dark"));
  await becomes("dark");
  await search();
  assert.deepEqual(await axeFindings(), []);
  await page.screenshot({ path: join(kShots, "element-dark.png") });
});

test("the whole way by keyboard", async () => {
  await open("plain");
  await element().locator(".choose-product, .button").first().waitFor();
  await search();
  const pick = element().locator(".chip").last();
  await pick.focus();
  await page.keyboard.press("Enter");
  assert.equal(await element().locator(".chip").last().getAttribute("aria-pressed"), "true");
  assert.equal(await element().evaluate((host) => host.shadowRoot?.activeElement?.textContent), "Whole photo");
  await element().getByRole("button", { name: "Select an area" }).focus();
  await page.keyboard.press("Enter"); // a box in the middle, for the arrow keys
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Shift+ArrowUp");
  const answered = page.waitForRequest((request) => request.url().includes("box="));
  await page.keyboard.press("Enter");
  await answered;
  await element().locator(".chip", { hasText: "Your selection" }).waitFor();
  await cards().first().waitFor();
  const more = element().getByRole("button", { name: "More products" });
  await more.focus();
  await page.keyboard.press("Enter");
  await cards().nth(23).waitFor();
  assert.match((await element().locator("[aria-live]").textContent()) ?? "", /24 products/);
  await cards().first().locator(".choose-product").focus();
  await page.keyboard.press("Enter");
  await hear("Chosen: ");
});

test("a photo may be pasted or dropped", async () => {
  await open("plain");
  const base64 = readFileSync(kPhoto).toString("base64");
  for (const kind of ["paste", "drop"] as const) {
    await element().evaluate(
      (host, [event, text]) => {
        const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
        const transfer = new DataTransfer();
        transfer.items.add(new File([bytes], "photo.jpg", { type: "image/jpeg" }));
        if (event === "paste") document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, cancelable: true }));
        else host.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, cancelable: true }));
      },
      [kind, base64] as const,
    );
    await cards().first().waitFor();
    await element().getByRole("button", { name: "New photo" }).click();
    await element().locator(".start").waitFor();
  }
});

test("HEIC that the browser cannot read is sent without what the camera noted", async () => {
  await open("plain");
  await watchSentPhoto(page);
  await element().locator("input[type=file]").first().setInputFiles({ name: "IMG_1.HEIC", mimeType: "image/heic", buffer: heicOfAPhone() });
  await cards().first().waitFor();
  const { bytes } = await sentPhoto(page);
  assert.match(bytes, /ftypheic/);
  assert.doesNotMatch(bytes, kExifStart);
});

test("weak products stand under an honest no", async () => {
  await open("plain", kPhone);
  await page.route("**/v1/search*", async (route) => {
    const response = await route.fetch();
    const answer = (await response.json()) as { objects: object[] };
    const objects = answer.objects.map((object) => ({ ...object, good_match: false }));
    await route.fulfill({ response, json: { ...answer, objects } });
  });
  await search();
  await element().getByRole("heading", { name: "No good match" }).waitFor();
  assert.equal(await element().locator(".badge").count(), 0);
  await page.screenshot({ path: join(kShots, "element-no-match.png"), fullPage: true });
});

test("an origin that was not allowed cannot search", async () => {
  await open("plain");
  await page.goto(`${site.origin.replace("127.0.0.1", "localhost")}/plain/`);
  await element().locator('input[type="file"]').first().setInputFiles(kPhoto);
  await hear("Failed: unreachable");
  faults = faults.filter((fault) => !fault.startsWith("request to http://localhost"));
});
