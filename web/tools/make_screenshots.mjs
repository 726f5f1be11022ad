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
  { name: "phone-dark", device: { ...phone, colorScheme: "dark" }, photo: 13 },
  { name: "phone-arabic", device: { ...phone, locale: "ar" }, photo: 1 },
  { name: "desktop-products", device: desktop, photo: 1 },
  { name: "desktop-compare", device: desktop, photo: 1, then: compare },
  { name: "desktop-similar", device: { ...desktop, colorScheme: "dark" }, photo: 11, then: openSimilar },
];

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
    await page.setInputFiles("#file", `${root}demo/photos/photo-${String(photo).padStart(2, "0")}.jpg`);
    await page.locator(".card:not(.is-skeleton)").first().waitFor();
  }
  await then?.(page);
  await page.waitForLoadState("networkidle");
  await page.screenshot({ path: `${out}/${name}.jpg`, type: "jpeg", quality: 78 });
  await context.close();
}
await browser.close();
