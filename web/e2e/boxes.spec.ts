// Proves that the chosen box can be moved and resized by mouse, finger and keys, and the photo enlarged, and that results
// follow without another upload.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import type { BrowserContextOptions, CDPSession, Request } from "playwright-core";

import { kDesktop, kPhone } from "./page";
import { kPhoto } from "./server";
import { openPage, shop, stage } from "./stage";

stage(24);

async function open(options: BrowserContextOptions): Promise<void> {
  await openPage({ ...options, reducedMotion: "reduce" });
  await shop.search(kPhoto);
}

/** Left, top, width and height of the chosen box, in the window. */
async function chosen(): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await shop.page.locator(".box-edit").boundingBox();
  if (box === null) throw new Error("no box is chosen");
  return box;
}

/** What `read` gives once it is `right`: the browser says a key or a finger is taken before the page has acted on it. */
async function once<T>(read: () => Promise<T>, right: (value: T) => boolean): Promise<T> {
  const until = Date.now() + 5000;
  for (;;) {
    const value = await read();
    if (right(value) || Date.now() > until) return value;
    await pause(20);
  }
}

/** The box that is searched by what `act` does. */
async function searchedBox(act: () => Promise<unknown>): Promise<number[]> {
  const sent: Promise<Request> = shop.page.waitForRequest((request) => request.url().includes("box="));
  await act();
  const request = await sent;
  assert.equal(request.postData(), null);
  await shop.settled();
  return (new URL(request.url()).searchParams.get("box") ?? "").split(",").map(Number);
}

async function dragMouse(from: { x: number; y: number }, by: { x: number; y: number }): Promise<void> {
  await shop.page.mouse.move(from.x, from.y);
  await shop.page.mouse.down();
  await shop.page.mouse.move(from.x + by.x, from.y + by.y, { steps: 5 });
  await shop.page.mouse.up();
}

function near(a: number, b: number, tolerance = 3): void {
  assert.ok(Math.abs(a - b) <= tolerance, `${a} is not near ${b}`);
}

test("dragging a corner resizes the box and searches it", async () => {
  await open(kDesktop);
  const before_box = await chosen();
  const [, , width = 0, height = 0] = await searchedBox(() =>
    dragMouse({ x: before_box.x + before_box.width, y: before_box.y + before_box.height }, { x: 30, y: 20 }),
  );
  const after_box = await chosen();
  near(after_box.width, before_box.width + 30);
  near(after_box.height, before_box.height + 20);
  near(width / height, after_box.width / after_box.height, 0.1);
  assert.equal(await shop.chips().first().textContent(), "Your selection");
});

test("dragging the box itself moves it", async () => {
  await open(kDesktop);
  const before_box = await chosen();
  await searchedBox(() => dragMouse({ x: before_box.x + before_box.width / 2, y: before_box.y + before_box.height / 2 }, { x: 25, y: 10 }));
  const after_box = await chosen();
  near(after_box.x, before_box.x + 25);
  near(after_box.y, before_box.y + 10);
  near(after_box.width, before_box.width);
});

test("two taps on opposite corners draw a box, for those who cannot drag", async () => {
  await open(kPhone);
  await shop.page.getByRole("button", { name: "Select an area" }).click();
  await shop.page.getByText("Tap two opposite corners").waitFor();
  const field = await shop.page.locator(".photo").boundingBox();
  if (field === null) throw new Error("there is no photo");
  await shop.page.touchscreen.tap(field.x + field.width * 0.2, field.y + field.height * 0.2);
  const [, , width = 0, height = 0] = await searchedBox(() =>
    shop.page.touchscreen.tap(field.x + field.width * 0.7, field.y + field.height * 0.6),
  );
  near(width, 768 * 0.5, 4);
  near(height, 576 * 0.4, 4);
  assert.equal(await shop.chips().first().textContent(), "Your selection");
});

test("arrow keys move the chosen box, with Shift they resize it, Escape gives up", async () => {
  await open(kDesktop);
  const before_box = await chosen();
  const box = shop.page.locator(".box-edit"); // its presses focus it
  await box.press("ArrowRight");
  const moved_box = await once(chosen, ({ x }) => x > before_box.x + 1);
  assert.ok(moved_box.x > before_box.x + 1);
  await box.press("Escape");
  near((await once(chosen, ({ x }) => x < moved_box.x - 1)).x, before_box.x, 1);
  await box.press("Shift+ArrowDown");
  const [, , , height = 0] = await searchedBox(() => box.press("Enter"));
  assert.ok(height > 0);
  assert.ok((await chosen()).height > before_box.height);
  // The focus stays, so that the box can be changed further.
  assert.equal(await shop.page.evaluate(() => document.activeElement?.className), "box-edit");
});

test("the photo is enlarged by its buttons, and boxes drawn on it lie right", async () => {
  await open(kDesktop);
  const field = await shop.page.locator(".photo").boundingBox();
  const scale = (): Promise<number> => shop.page.locator(".photo-layer").evaluate((layer) => Number(getComputedStyle(layer).getPropertyValue("--zoom")));
  assert.equal(await shop.page.getByRole("button", { name: "Zoom out" }).isVisible(), false);
  await shop.page.getByRole("button", { name: "Zoom in" }).click();
  assert.equal(await once(scale, (value) => value === 1.5), 1.5);
  assert.deepEqual(await shop.page.locator(".photo").boundingBox(), field); // the page keeps its shape
  await shop.chips().last().click();
  const [x = 0, y = 0, width = 0] = await searchedBox(() => shop.drag([0.25, 0.25], [0.75, 0.75]));
  near(x, 768 * (1 / 6 + 0.25 / 1.5), 4); // one and a half times, around the middle
  near(y, 576 * (1 / 6 + 0.25 / 1.5), 4);
  near(width, (768 * 0.5) / 1.5, 4);
  await shop.page.getByRole("button", { name: "Zoom out" }).click();
  assert.equal(await once(scale, (value) => value === 1), 1);
});

test("two fingers enlarge the photo, and one moves it then", async () => {
  await open(kPhone);
  const touch = await shop.page.context().newCDPSession(shop.page);
  const field = await shop.page.locator(".photo").boundingBox();
  if (field === null) throw new Error("there is no photo");
  const [x, y] = [field.x + field.width / 2, field.y + field.height * 0.8];
  await fingers(touch, "touchStart", [[x - 20, y], [x + 20, y]]);
  for (let i = 1; i <= 8; i++) await fingers(touch, "touchMove", [[x - 20 - 5 * i, y], [x + 20 + 5 * i, y]]);
  await fingers(touch, "touchEnd", []);
  const shift = (): Promise<{ scale: number; x: number }> =>
    shop.page.locator(".photo-layer").evaluate((layer) => {
      const matrix = new DOMMatrix(getComputedStyle(layer).transform);
      return { scale: matrix.a, x: matrix.e };
    });
  const enlarged = await once(shift, ({ scale }) => scale > 2.99); // 40 px between the fingers became 120
  near(enlarged.scale, 3, 0.01);
  await fingers(touch, "touchStart", [[x, y]]);
  for (let i = 1; i <= 4; i++) await fingers(touch, "touchMove", [[x + 10 * i, y]]);
  await fingers(touch, "touchEnd", []);
  assert.ok((await once(shift, ({ x }) => x > enlarged.x)).x > enlarged.x);
  assert.equal(await shop.chips().first().getAttribute("aria-pressed"), "true"); // nothing was chosen by it
});

async function fingers(touch: CDPSession, type: "touchStart" | "touchMove" | "touchEnd", places: [number, number][]): Promise<void> {
  await touch.send("Input.dispatchTouchEvent", { type, touchPoints: places.map(([x, y], id) => ({ x, y, id })) });
}

test("a finger on a corner resizes the box and leaves the page where it is", async () => {
  await open(kPhone);
  const before_box = await chosen();
  const touch = await shop.page.context().newCDPSession(shop.page);
  const [x, y] = [before_box.x + before_box.width, before_box.y + before_box.height];
  await searchedBox(async () => {
    await fingers(touch, "touchStart", [[x, y]]);
    // Inwards: there is room for that wherever in the photo the box lies.
    for (let i = 1; i <= 5; i++) await fingers(touch, "touchMove", [[x - 6 * i, y - 6 * i]]);
    await fingers(touch, "touchEnd", []);
  });
  near((await chosen()).width, before_box.width - 30);
  assert.equal(await shop.page.evaluate(() => window.scrollY), 0);
});
