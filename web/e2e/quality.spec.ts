// Proves what Lighthouse looks at and needs no clock for: what a first visit loads and keeps, that nothing moves by itself, that
// pictures come in the size in which they are shown, and what browsers expect of a page. How long a slow phone takes is measured by
// bench/web/first_visit.mjs.
import assert from "node:assert/strict";
import { test } from "node:test";

import type { Page, Response } from "playwright-core";

import { kPhone } from "./page";
import { kPhoto } from "./server";
import { browser, openPage, server, shop, stage } from "./stage";

const kScriptBytesMax = 120_000; // as they travel
const kVisitBytesMax = 250_000;
const kShiftMax = 0.1; // "good" by web.dev/cls
const kTargetMin = 24; // CSS pixels, WCAG 2.2, 2.5.8

stage(24);

interface Loaded {
  readonly path: string;
  readonly kind: string;
  readonly bytes: number; // of the body, as it travelled
  readonly headers: Record<string, string>;
}

/** What a first visit loads, until nothing more comes. */
async function firstVisit(): Promise<{ loaded: Loaded[]; messages: string[] }> {
  const context = await browser.newContext({ serviceWorkers: "block", ...kPhone });
  const page = await context.newPage();
  const responses: Response[] = [];
  const messages: string[] = [];
  page.on("response", (response) => responses.push(response));
  page.on("console", (message) => {
    const is_ours = !message.text().includes("blocked by Playwright"); // the service worker, on purpose
    if (["error", "warning"].includes(message.type()) && is_ours) messages.push(message.text());
  });
  await page.goto(server.url, { waitUntil: "networkidle" });
  const loaded: Loaded[] = [];
  for (const response of responses) {
    const { responseBodySize } = await response.request().sizes();
    const path = new URL(response.url()).pathname;
    loaded.push({ path, kind: response.request().resourceType(), bytes: responseBodySize, headers: await response.allHeaders() });
  }
  await context.close();
  return { loaded, messages };
}

test("a first visit loads little, packed, and need not load it again", async () => {
  await openPage(kPhone);
  const { loaded, messages } = await firstVisit();
  assert.deepEqual(messages, []);
  const bytes = (some: Loaded[]): number => some.reduce((sum, one) => sum + one.bytes, 0);
  const scripts = loaded.filter(({ kind }) => kind === "script");
  assert.ok(scripts.length > 0);
  assert.ok(bytes(scripts) < kScriptBytesMax, `${bytes(scripts)} bytes of scripts`);
  assert.ok(bytes(loaded) < kVisitBytesMax, `${bytes(loaded)} bytes in all`);
  for (const { path, kind, headers, bytes: size } of loaded) {
    const is_text = /text|javascript|json|svg/.test(headers["content-type"] ?? "");
    if (is_text && size > 1400) assert.match(headers["content-encoding"] ?? "", /gzip|br|zstd/, `${path} travels unpacked`);
    assert.equal(headers["x-content-type-options"], "nosniff", path);
    // Asked for each time, and not sent again if it is the same; between visits the service worker has it.
    if (["document", "script", "stylesheet"].includes(kind)) {
      assert.match(headers["cache-control"] ?? "", /no-cache|immutable/, path);
      assert.ok(headers["etag"], path);
    }
  }
});

test("the page has what browsers expect", async () => {
  await openPage(kPhone);
  const found = await shop.page.evaluate(() => ({
    doctype: document.doctype?.name,
    charset: document.characterSet,
    lang: document.documentElement.lang,
    title: document.title,
    description: document.querySelector<HTMLMetaElement>("meta[name=description]")?.content,
    viewport: document.querySelector<HTMLMetaElement>("meta[name=viewport]")?.content,
    colour: document.querySelectorAll("meta[name=theme-color]").length,
    icon: document.querySelectorAll("link[rel~=icon]").length,
  }));
  assert.equal(found.doctype, "html");
  assert.equal(found.charset, "UTF-8");
  assert.equal(found.lang, "en");
  assert.ok(found.title.length > 0 && (found.description ?? "").length > 0);
  assert.match(found.viewport ?? "", /width=device-width/);
  assert.doesNotMatch(found.viewport ?? "", /user-scalable=no|maximum-scale/); // everyone may zoom
  assert.ok(found.colour > 0 && found.icon > 0);
  const headers = (await shop.page.request.get(server.url)).headers();
  assert.match(headers["content-security-policy"] ?? "", /default-src 'self'|default-src 'none'/);
  assert.ok(headers["referrer-policy"]);
});

/** How much the page moved by itself, by the Layout Instability API. */
function watchShifts(page: Page): Promise<void> {
  return page.addInitScript(() => {
    const seen = { score: 0, what: [] as string[] };
    Object.assign(window, { seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        type Shift = PerformanceEntry & { value: number; hadRecentInput: boolean; sources?: { node: Node | null }[] };
        const shift = entry as Shift;
        if (shift.hadRecentInput) continue;
        seen.score += shift.value;
        for (const { node } of shift.sources ?? []) seen.what.push(`${(node as Element | null)?.className} ${shift.value}`);
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
}

test("nothing moves by itself, from the start to the products", async () => {
  await openPage(kPhone);
  await watchShifts(shop.page);
  await shop.page.reload();
  await shop.page.locator("#take").waitFor();
  await shop.search(kPhoto);
  await shop.cards().first().locator("img").evaluate((image: HTMLImageElement) => image.decode());
  const { score, what } = await shop.page.evaluate(() => (window as unknown as { seen: { score: number; what: string[] } }).seen);
  assert.ok(score < kShiftMax, `${score}: ${what.join(", ")}`);
});

test("pictures come in the size in which they are shown, and late where they are far down", async () => {
  await openPage(kPhone);
  await shop.search(kPhoto);
  const images = shop.cards().locator("img");
  await images.first().evaluate((image: HTMLImageElement) => image.decode());
  const found = await images.evaluateAll((all) =>
    (all as HTMLImageElement[]).map((image) => ({
      alt: image.getAttribute("alt"),
      lazy: image.loading === "lazy",
      top: image.getBoundingClientRect().top,
      shown: image.clientWidth * devicePixelRatio,
      widths: image.srcset.split(",").map((source) => Number(/ (\d+)w$/.exec(source.trim())?.[1])),
      sent: Number(image.srcset.split(",").map((source) => source.trim().split(" ")).find(([url = ""]) => image.currentSrc.endsWith(url))?.[1]?.slice(0, -1)),
    })),
  );
  assert.ok(found.length > 3);
  for (const { alt, lazy, top, shown, widths, sent } of found) {
    assert.notEqual(alt, null);
    assert.ok(lazy || top < 760, `a picture ${top} px down is loaded at once`);
    // The smallest of those offered that is large enough; a picture that was not loaded yet has none.
    const fits = widths.filter((width) => width >= shown);
    if (!Number.isNaN(sent)) assert.equal(sent, fits.length > 0 ? Math.min(...fits) : Math.max(...widths), `for ${shown} pixels`);
  }
});

test("what is tapped is large enough for a finger", async () => {
  await openPage(kPhone);
  const small = (): Promise<string[]> =>
    shop.page.locator("button:visible, a[href]:visible, input:visible, select:visible, summary:visible").evaluateAll((all, least) =>
      (all as HTMLElement[])
        .filter((one) => {
          const { width, height } = (one.closest("label") ?? one).getBoundingClientRect();
          const is_in_text = getComputedStyle(one).display === "inline" && one.tagName === "A";
          return width > 0 && !is_in_text && (width < least || height < least);
        })
        .map((one) => `${one.tagName}.${one.className} ${one.textContent?.trim().slice(0, 20)} ${one.getBoundingClientRect().width} x ${one.getBoundingClientRect().height}`),
      kTargetMin,
    );
  assert.deepEqual(await small(), []);
  await shop.search(kPhoto);
  assert.deepEqual(await small(), []);
});
