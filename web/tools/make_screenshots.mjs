// Takes the pictures of docs/screens from a running demo: `./snapshelf demo`, then in this folder
// `node tools/make_screenshots.mjs http://localhost:8080/`.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const address = process.argv[2] ?? "http://localhost:8080/";
const root = fileURLToPath(new URL("../..", import.meta.url));
const out = `${root}docs/screens`;
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1.5, hasTouch: true, isMobile: true };
const desktop = { viewport: { width: 1440, height: 900 } };

/** What each picture shows, from the start page on. */
const screens = [
  { name: "phone-start", device: phone },
  { name: "phone-products", device: phone, photo: 1 },
  { name: "phone-filter", device: phone, photo: 1, then: openFilter },
  { name: "phone-saved", device: phone, photo: 1, then: save },
  { name: "phone-dark", device: { ...phone, colorScheme: "dark" }, photo: 13 },
  { name: "phone-arabic", device: { ...phone, locale: "ar" }, photo: 1 },
  { name: "desktop-products", device: desktop, photo: 1 },
  { name: "desktop-compare", device: desktop, photo: 1, then: compare },
  { name: "desktop-similar", device: { ...desktop, colorScheme: "dark" }, photo: 11, then: openSimilar },
  { name: "desktop-element", device: desktop, then: openElement },
];

/** A shop's own page with the element; a photo is chosen in it. */
async function openElement(page) {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>A shop</title>
    <style>body { margin: 3rem auto; max-width: 72rem; padding: 0 2rem; font: 1.05rem/1.5 Georgia, serif; color: #222 }</style>
    <h1>Northwind Home</h1><p>Seen something you like? Show us a picture of it.</p>
    <script type="module" src="/shop-by-image.js"></script><shop-by-image lang="en"></shop-by-image></html>`;
  await page.route("**/a-shop", (route) => route.fulfill({ contentType: "text/html", body: html }));
  await page.goto(new URL("/a-shop", address).href);
  await page.locator("shop-by-image input[type=file]").first().setInputFiles(photoFile(1));
  await page.locator("shop-by-image .card img").first().waitFor();
}

async function save(page) {
  for (const index of [0, 1, 3]) await page.locator(".card-save").nth(index).click();
  await page.locator("#saved-open").click();
  await page.locator(".list-bar").waitFor();
}

function photoFile(number) {
  return `${root}demo/photos/photo-${String(number).padStart(2, "0")}.jpg`;
}

async function openFilter(page) {
  await page.locator('[data-key="filter"]').click();
}

async function compare(page) {
  await page.locator(".card").first().hover();
  await page.locator(".card-compare").first().click();
  await page.locator(".matches image").nth(1).waitFor();
}

async function openSimilar(page) {
  await page.locator(".card").first().hover();
  await page.locator(".card-similar").first().click();
  await page.locator(".like-product h1").waitFor();
}

mkdirSync(out, { recursive: true });
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
for (const { name, device, photo, then } of screens) {
  const context = await browser.newContext({ locale: "en", ...device, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(address);
  await page.locator("html[data-ready]").waitFor();
  if (photo !== undefined) {
    await page.setInputFiles("#file", photoFile(photo));
    await page.locator(".card:not(.is-skeleton)").first().waitFor();
    await page.locator("#chips:not([aria-busy=true])").waitFor();
  }
  await then?.(page);
  await page.waitForLoadState("networkidle");
  await page.screenshot({ path: `${out}/${name}.jpg`, type: "jpeg", quality: 78 });
  await context.close();
}
await browser.close();
