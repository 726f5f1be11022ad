// Proves what makes the page an app: it can be installed, starts without a connection and says so, takes photos that
// other apps share, and is what the server says it offers.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { kLanguages } from "../src/shared/languages";
import { kCurrencies } from "../src/shared/locale";
import { kDesktop, kPhone } from "./page";
import { kPhoto, kShots } from "./server";
import { openPage, server, shop, stage } from "./stage";

stage(24);

/** Opens the page and waits until its service worker answers for it. */
async function openApp(language = "en"): Promise<void> {
  await openPage({ ...kPhone, locale: language, serviceWorkers: "allow", reducedMotion: "reduce" });
  await shop.page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller === null)
      await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }));
  });
}

test("a browser would install it", async () => {
  await openApp();
  const chrome = await shop.page.context().newCDPSession(shop.page);
  const { installabilityErrors } = await chrome.send("Page.getInstallabilityErrors");
  const own = installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito"); // the test's own window
  assert.deepEqual(own, []);
  const { errors, data } = await chrome.send("Page.getAppManifest");
  assert.deepEqual(errors, []);
  const manifest = JSON.parse(data ?? "") as { icons: { src: string }[]; share_target: { action: string } };
  for (const { src } of manifest.icons) assert.equal((await fetch(new URL(src, server.url))).status, 200, src);
  assert.equal(manifest.share_target.action, "/share");
});

test("without a connection the page starts, in the reader's language, and says so", async () => {
  await openApp("de"); // once is enough
  await shop.heading("Vom Foto zum Produkt").waitFor();
  await shop.page.waitForLoadState("networkidle");
  await shop.page.context().setOffline(true);
  await shop.page.reload();
  await shop.heading("Vom Foto zum Produkt").waitFor();
  await shop.page.locator("#offline").getByText("Sie sind offline").waitFor();
  assert.deepEqual(await shop.accessibilityFindings(), []);
  await shop.page.screenshot({ path: join(kShots, "offline.png") });
  await shop.choose(kPhoto);
  await shop.notice().getByText("Für die Suche brauchen Sie eine Internetverbindung.").waitFor();
  await shop.page.context().setOffline(false);
  await shop.page.locator("#offline").waitFor({ state: "hidden" });
  await shop.page.getByRole("button", { name: "Erneut versuchen" }).click();
  await shop.cards().first().waitFor();
});

test("a language that cannot be had leaves the page as it is", async () => {
  await openApp();
  await shop.page.context().setOffline(true);
  await shop.page.locator("#language").selectOption("fi");
  await shop.page.getByRole("status").getByText("The server does not answer").waitFor();
  assert.equal(await shop.page.locator("#language").inputValue(), "en");
  await shop.heading("Find it from a photo").waitFor();
});

test("saved products are there without a connection", async () => {
  await openApp();
  await shop.search(kPhoto);
  await shop.cards().first().getByRole("button", { name: /^Save/ }).click();
  await shop.page.context().setOffline(true);
  await shop.page.goto(`${server.url}?saved`);
  await shop.heading("Saved products").waitFor();
  assert.equal(await shop.cards().count(), 1);
});

test("a photo that another app shares is searched", async () => {
  await openApp();
  const sender = await shop.page.context().newPage(); // stands for the other app
  await sender.setContent(`<form method="post" enctype="multipart/form-data" action="${server.url}share"><input type="file" name="photo"><button>Share</button></form>`);
  await sender.setInputFiles("input", kPhoto);
  await sender.getByRole("button", { name: "Share" }).click();
  await sender.locator(".card:not(.is-skeleton)").first().waitFor();
  assert.match(sender.url(), /\?photo$/);
  await sender.goBack();
  await sender.getByRole("heading", { name: "Find it from a photo" }).waitFor(); // and not the same photo again
});

test("the server lists the page's languages and currencies", async () => {
  await openPage(kDesktop);
  const codes = async (path: string): Promise<string[]> => {
    const { items } = (await (await fetch(`${server.url}v1/${path}`)).json()) as { items: { code: string }[] };
    return items.map(({ code }) => code);
  };
  assert.deepEqual(await codes("languages"), kLanguages);
  assert.deepEqual(await codes("currencies"), kCurrencies);
  const names = await shop.page.locator("#language option").allTextContents();
  const { items } = (await (await fetch(`${server.url}v1/languages`)).json()) as { items: { name: string }[] };
  assert.deepEqual(names, items.map(({ name }) => name));
});
