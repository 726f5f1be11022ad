// Proves that an empty catalog says so, before and after a search, and how to fill it; and that the
// page tells when the server has ended.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { kDesktop, ShopPage } from "./page";
import { kPhoto, kShots, launchBrowser, Server } from "./server";

test("an empty catalog tells how to fill it, and a server that ended is told", async () => {
  mkdirSync(kShots, { recursive: true });
  const server = await Server.start(0);
  const browser = await launchBrowser();
  try {
    const shop = await ShopPage.open(browser, server.url, kDesktop);
    await shop.page.locator("#start-notice").getByText("The catalog is empty").waitFor();
    await shop.page.screenshot({ path: join(kShots, "empty-catalog.png") });
    await shop.choose(kPhoto);
    await shop.notice().getByText("snapshelf import catalog.csv").waitFor();

    await server.stop();
    await shop.choose(kPhoto);
    await shop.notice().getByText("The server does not answer").waitFor();
    await shop.page.screenshot({ path: join(kShots, "server-down.png") });
    assert.deepEqual(shop.faults, []);
  } finally {
    await browser.close();
    await server.stop();
  }
});
