// The page as a shopper uses it, for the journeys.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";

export const kPhone: BrowserContextOptions = {
  viewport: { width: 360, height: 760 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
};
export const kDesktop: BrowserContextOptions = { viewport: { width: 1440, height: 900 } };

/** A photo as a browser's clipboard or drag carries it. */
export interface PhotoFile {
  readonly path: string;
  readonly type: string;
}

/** A device: what Playwright knows of it, and how many cores it says that it has. */
export interface Device extends BrowserContextOptions {
  readonly cores?: number;
}

export class ShopPage {
  /** What the page logged as errors, refused by its security policy, or asked of other hosts. */
  readonly faults: string[] = [];

  private constructor(readonly page: Page) {}

  static async open(browser: Browser, url: string, { cores, ...options }: Device): Promise<ShopPage> {
    // A service worker would answer before the tests' routes do; what it is for has tests of its own.
    const context = await browser.newContext({ serviceWorkers: "block", ...options });
    if (cores !== undefined)
      await context.addInitScript((count) => {
        Object.defineProperty(Navigator.prototype, "hardwareConcurrency", { get: () => count });
        Object.defineProperty(Navigator.prototype, "deviceMemory", { get: () => 8 });
      }, cores);
    const shop = new ShopPage(await context.newPage());
    shop.page.on("pageerror", (error) => shop.faults.push(error.message));
    shop.page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) shop.faults.push(message.text());
    });
    shop.page.on("request", (request) => {
      const to = new URL(request.url());
      if (to.protocol.startsWith("http") && to.host !== new URL(url).host)
        shop.faults.push(`request to ${to.host}`);
    });
    await shop.page.goto(url);
    return shop;
  }

  async close(): Promise<void> {
    await this.page.unrouteAll({ behavior: "ignoreErrors" }); // answers that a test holds back may be on their way
    await this.page.context().close();
  }

  cards(): Locator {
    return this.page.locator(".card:not(.is-skeleton)");
  }
  boxes(): Locator {
    return this.page.locator(".box");
  }
  chips(): Locator {
    return this.page.locator(".chip");
  }
  notice(): Locator {
    return this.page.locator("#results .notice");
  }
  heading(name: string): Locator {
    return this.page.getByRole("heading", { name });
  }

  /** Waits until the page shows what it was asked for. */
  async settled(): Promise<void> {
    await this.page.locator("#results:not([aria-busy])").waitFor();
  }

  /** Does something that searches again with what is on show, and waits for the answer. */
  async narrow(act: () => Promise<unknown>): Promise<void> {
    const answered = this.page.waitForResponse((response) => /\/v1\/search|\/similar/.test(response.url()));
    await act();
    await answered;
    await this.settled();
  }

  async choose(path: string): Promise<void> {
    await this.page.setInputFiles("#file", path);
  }

  /** Chooses a photo and waits for the products of all its things. */
  async search(path: string): Promise<void> {
    await this.choose(path);
    await this.cards().first().waitFor();
    await this.page.locator("#chips:not([aria-busy=true])").waitFor();
  }

  async paste(photo: PhotoFile): Promise<void> {
    await this.give("paste", photo);
  }
  async drop(photo: PhotoFile): Promise<void> {
    await this.give("drop", photo);
  }

  /** Whether nothing is wider than the window. */
  fits(): Promise<boolean> {
    return this.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
  }

  /** Drags on the photo, between two places given as parts of its width and height. */
  async drag(from: readonly [number, number], to: readonly [number, number]): Promise<void> {
    const shown = await this.page.locator(".photo").boundingBox();
    if (shown === null) throw new Error("there is no photo");
    const at = ([x, y]: readonly [number, number]): [number, number] => [
      shown.x + x * shown.width,
      shown.y + y * shown.height,
    ];
    await this.page.mouse.move(...at(from));
    await this.page.mouse.down();
    await this.page.mouse.move(...at(to), { steps: 8 });
    await this.page.mouse.up();
  }

  /** Ids of the products shown, best first. */
  async productIds(): Promise<string[]> {
    return this.cards().evaluateAll((cards) => cards.map((card) => card.getAttribute("data-id") ?? ""));
  }

  /** What axe finds wrong for people who cannot see or point well. */
  async accessibilityFindings(): Promise<string[]> {
    await this.page.evaluate(async () => {
      // What is still fading in has too little contrast.
      const fading = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
      await Promise.allSettled(fading.map(({ finished }) => finished));
    });
    // Injected over the debugging protocol, because the page's own policy allows no foreign script.
    const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    return this.page.evaluate(async (source) => {
      // eslint-disable-next-line no-eval
      (0, eval)(source);
      const { axe: runner } = window as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      };
      const { violations } = await runner.run();
      return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
    }, axe);
  }

  private async give(kind: "paste" | "drop", photo: PhotoFile): Promise<void> {
    const base64 = readFileSync(photo.path).toString("base64");
    await this.page.evaluate(
      ([event_kind, text, type]) => {
        const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
        const transfer = new DataTransfer();
        transfer.items.add(new File([bytes], "photo", { type }));
        document.dispatchEvent(
          event_kind === "paste"
            ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true })
            : new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }),
        );
      },
      [kind, base64, photo.type] as const,
    );
  }
}
