// Proves that boxes found on the device are offered where both sides can, come before the server's answer, agree with it, and
// can be tapped at once.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import type { Route } from "playwright-core";

import { overlap, type Box } from "../src/shared/geometry";
import { kDesktop, kPhone, type Device } from "./page";
import { kPhoto, kPhotos, kShots } from "./server";
import { openStill, shop, stage } from "./stage";

stage(24, () => Promise.resolve(["--device-boxes"]));

const kQuick: Device = { ...kDesktop, cores: 8 };

async function reload(): Promise<void> {
  await shop.page.reload();
  await shop.page.locator("html[data-ready]").waitFor();
}

const theSwitch = (): ReturnType<typeof shop.page.getByRole> => shop.page.getByRole("switch", { name: "Instant boxes" });

/** As on a quick device, however slow this machine is; what slow ones are told has a test of its own. */
async function turnOn(): Promise<void> {
  await shop.page.route("**/detect_worker.js", async (route) => {
    const script = await (await route.fetch()).text();
    await route.fulfill({ contentType: "text/javascript", body: `performance.now = () => 0;\n${script}` });
  });
  await theSwitch().check();
  await shop.page.getByText("marks the things in your next photo").waitFor();
}

/** Answers to searches wait until the returned function is called. */
async function holdSearches(): Promise<() => Promise<void>> {
  const held: Route[] = [];
  await shop.page.route("**/v1/search*", (route) => void held.push(route));
  return async () => {
    await Promise.all(held.splice(0).map((route) => route.continue()));
    await shop.page.unroute("**/v1/search*");
    await shop.cards().first().waitFor();
  };
}

interface Shown {
  readonly name: string;
  readonly box: Box;
}

/** The boxes on the photo, in hundredths of its sides. */
function shownBoxes(): Promise<Shown[]> {
  return shop.boxes().evaluateAll((boxes) =>
    boxes.map((box) => {
      const { left, top, width, height } = (box as HTMLElement).style;
      return { name: box.getAttribute("aria-label") ?? "", box: [left, top, width, height].map(parseFloat) as unknown as Box };
    }),
  );
}

test("boxes are there before the server's answer, and agree with it", async () => {
  await openStill(kQuick);
  await turnOn();
  const agreed: number[] = [];
  for (const photo of kPhotos.slice(0, 8)) {
    const release = await holdSearches();
    await shop.choose(photo);
    await shop.boxes().first().waitFor();
    assert.equal(await shop.cards().count(), 0, "nothing was answered yet");
    const early = await shownBoxes();
    await release();
    const late = await shownBoxes();
    for (const { name, box } of late)
      agreed.push(Math.max(0, ...early.filter((other) => other.name === name).map((other) => overlap(box, other.box))));
    await shop.page.getByRole("button", { name: "New photo" }).click();
  }
  assert.ok(agreed.length >= 16, `only ${agreed.length} boxes`);
  assert.ok(Math.min(...agreed) > 0.9, `overlaps: ${agreed.map((one) => one.toFixed(2)).join(" ")}`);
});

test("a box that is tapped early is the chosen one when the answer comes", async () => {
  await openStill({ ...kQuick, ...kPhone });
  await turnOn();
  const release = await holdSearches();
  await shop.choose(kPhoto);
  await shop.chips().nth(1).waitFor();
  const name = await shop.chips().nth(1).textContent();
  await shop.chips().nth(1).click();
  assert.equal(await shop.chips().nth(1).getAttribute("aria-pressed"), "true");
  assert.deepEqual(await shop.accessibilityFindings(), []);
  await shop.page.screenshot({ path: join(kShots, "device-boxes-early.png") });
  await release();
  assert.equal(await shop.page.locator('.chip[aria-pressed="true"]').textContent(), name);
});

test("the choice is kept on the device, and can be taken back", async () => {
  await openStill({ ...kQuick, ...kPhone });
  assert.equal(await theSwitch().isChecked(), false);
  assert.deepEqual(await shop.accessibilityFindings(), []);
  await turnOn();
  await shop.page.screenshot({ path: join(kShots, "device-boxes.png"), fullPage: true });
  assert.ok(await shop.fits());
  await reload();
  await shop.page.getByText("marks the things in your next photo").waitFor();
  assert.ok(await theSwitch().isChecked());
  await theSwitch().uncheck();
  await reload();
  assert.equal(await theSwitch().isChecked(), false);
  const release = await holdSearches();
  await shop.choose(kPhoto);
  await shop.page.locator(".card.is-skeleton").first().waitFor();
  await release();
});

test("slow devices are not offered it, nor is anyone where the server keeps its detector", async () => {
  await openStill({ ...kDesktop, cores: 2 });
  assert.equal(await theSwitch().count(), 0);
  await openStill(kQuick);
  await theSwitch().waitFor();
  await shop.page.route("**/readyz", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...((await answer.json()) as object), device_boxes: false } });
  });
  await reload();
  assert.equal(await theSwitch().count(), 0);
});

test("a device that turns out to be slow is told so, and so is a network that cannot be had", async () => {
  await openStill(kQuick);
  await shop.page.route("**/detect_worker.js", (route) =>
    route.fulfill({ contentType: "text/javascript", body: "onmessage = ({ data }) => postMessage({ id: data.id, milliseconds: 900 })" }),
  );
  await theSwitch().click();
  await shop.page.getByText("too slow for instant boxes").waitFor();
  assert.equal(await theSwitch().isChecked(), false);
  await shop.page.unroute("**/detect_worker.js");
  await shop.page.route("**/v1/detector/model", (route) => route.abort());
  await theSwitch().click();
  await shop.page.getByText("cannot be loaded now").waitFor();
  assert.equal(await theSwitch().isChecked(), false);
});
