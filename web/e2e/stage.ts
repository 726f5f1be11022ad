// What the tests of a file share: the program on a catalog of its own, a browser, and the page of the test that runs.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, afterEach, before } from "node:test";

import type { Browser } from "playwright-core";

import { kDesktop, ShopPage, type Device } from "./page";
import { kShots, launchBrowser, Server } from "./server";

export let server: Server;
export let browser: Browser;
/** The page of the test that runs, from its first openPage on. */
export let shop: ShopPage;

let is_open = false;

/**
 * Starts the program on the first `products` of the demo with the further options that `prepare` gives, does what `furnish` does
 * with it, and starts a browser. Whatever is wrong with a test's page fails the test.
 */
export function stage(
  products: number,
  prepare: () => Promise<string[]> = () => Promise.resolve([]),
  furnish: () => Promise<void> = () => Promise.resolve(),
): void {
  before(async () => {
    mkdirSync(kShots, { recursive: true });
    server = await Server.start(products, ...(await prepare()));
    await furnish();
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
  afterEach(async () => {
    if (!is_open) return;
    is_open = false;
    const faults = shop.faults;
    await shop.close();
    assert.deepEqual(faults, []);
  });
}

export async function openPage(options: Device = kDesktop, address = ""): Promise<void> {
  shop = await ShopPage.open(browser, server.url + address, options);
  is_open = true;
}

/** Opens the page, without motion, and waits until it can be used. */
export async function openStill(options: Device = kDesktop, address = ""): Promise<void> {
  await openPage({ ...options, reducedMotion: "reduce" }, address);
  await shop.page.locator("html[data-ready]").waitFor();
}
