// Draws the app's icons from icon.svg with Chromium: `node tools/make_icons.mjs`. They are kept in icons/.
import { readFileSync, writeFileSync } from "node:fs";
import { chromium } from "playwright-core";

const svg = readFileSync(new URL("../icon.svg", import.meta.url), "utf8");
const icons = [
  { file: "icon-192.png", side: 192, part: 1, background: "transparent" },
  { file: "icon-512.png", side: 512, part: 1, background: "transparent" },
  // Phones cut a circle of four fifths out of a maskable icon; the drawing stays inside.
  { file: "maskable-512.png", side: 512, part: 0.72, background: "#17352b" },
];

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
for (const { file, side, part, background } of icons) {
  const page = await browser.newPage({ viewport: { width: side, height: side } });
  const size = Math.round(side * part);
  await page.setContent(`<body style="margin:0;display:grid;place-items:center;height:100vh;background:${background}">${svg.replace("<svg", `<svg width="${size}" height="${size}"`)}</body>`);
  writeFileSync(new URL(`../icons/${file}`, import.meta.url), await page.screenshot({ omitBackground: true }));
  await page.close();
}
await browser.close();
