// Proves the ways in: the live camera, samples, photos of before; and what leaves the device of a photo.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";

import { kDesktop, kPhone } from "./page";
import { heicOfAPhone, kExifStart, photoOfAPhone, sentPhoto, watchSentPhoto, type SentPhoto } from "./phone_photos";
import { kPhoto, kPhotos, kShots } from "./server";
import { openStill, shop, stage } from "./stage";

/** Another site, with a picture. */
const site = createServer((request, response) => {
  response.writeHead(request.url === "/photo.jpg" ? 200 : 404);
  response.end(request.url === "/photo.jpg" ? readFileSync(kPhoto) : "");
});
const siteUrl = (path: string): string => `http://127.0.0.1:${(site.address() as AddressInfo).port}${path}`;

stage(24, async () => {
  await new Promise<void>((done) => site.listen(0, "127.0.0.1", done));
  return ["--photo-addresses", "--picture-hosts", new URL(siteUrl("/")).host];
});
after(() => site.close());

/** Chooses a file; returns what was sent and what was answered. */
async function searchFile(name: string, type: string, buffer: Buffer): Promise<{ sent: SentPhoto; answer: { width: number; height: number } }> {
  await watchSentPhoto(shop.page);
  const answered = shop.page.waitForResponse((response) => response.url().includes("/v1/search"));
  await shop.page.setInputFiles("#file", { name, mimeType: type, buffer });
  const answer = (await (await answered).json()) as { width: number; height: number };
  await shop.cards().first().waitFor();
  return { sent: await sentPhoto(shop.page), answer };
}

test("the live camera's picture is searched", async () => {
  await openStill({ ...kPhone, permissions: ["camera"] });
  await shop.page.getByRole("button", { name: "Take a photo" }).click();
  const shutter = shop.page.getByRole("button", { name: "Take the photo" });
  await shop.page.locator(".shutter:enabled").waitFor();
  assert.deepEqual(await shop.accessibilityFindings(), []);
  await shop.page.screenshot({ path: join(kShots, "camera.png") });
  await shutter.click();
  await shop.cards().first().waitFor();
  const is_off = await shop.page.evaluate(() => document.querySelector("video") === null);
  assert.ok(is_off);
});

test("light and zoom are offered where the camera has them", async () => {
  await openStill({ ...kPhone, permissions: ["camera"] });
  await shop.page.evaluate(() => {
    // The browser's fake camera has neither.
    MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true, zoom: { min: 1, max: 4, step: 0.1 } }) as MediaTrackCapabilities;
    MediaStreamTrack.prototype.applyConstraints = async (wish) => {
      document.body.dataset["wishes"] = `${document.body.dataset["wishes"] ?? ""}${JSON.stringify(wish?.advanced)}`;
    };
  });
  await shop.page.getByRole("button", { name: "Take a photo" }).click();
  await shop.page.locator(".shutter:enabled").waitFor();
  await shop.page.getByRole("slider", { name: "Zoom" }).fill("2.5");
  await shop.page.getByRole("button", { name: "Light" }).click();
  assert.equal(await shop.page.getByRole("button", { name: "Light" }).getAttribute("aria-pressed"), "true");
  assert.deepEqual(await shop.accessibilityFindings(), []);
  await shop.page.screenshot({ path: join(kShots, "camera-tools.png") });
  assert.equal(await shop.page.evaluate(() => document.body.dataset["wishes"]), '[{"zoom":2.5}][{"torch":true}]');
});

test("closing the camera leads back, and turns it off", async () => {
  await openStill({ ...kDesktop, permissions: ["camera"] });
  await shop.page.getByRole("button", { name: "Take a photo" }).click();
  await shop.page.locator(".shutter:enabled").waitFor();
  const video = await shop.page.locator("video").elementHandle();
  await shop.page.keyboard.press("Escape");
  await shop.page.locator(".camera").waitFor({ state: "detached" });
  const states = await video?.evaluate((found) =>
    ((found as HTMLVideoElement).srcObject as MediaStream).getTracks().map(({ readyState }) => readyState),
  );
  assert.deepEqual(states, ["ended"]);
});

test("a camera that is not allowed leads to the files", async () => {
  await openStill({ ...kPhone, permissions: [] });
  await shop.page.getByRole("button", { name: "Take a photo" }).click();
  await shop.page.getByRole("alert").getByText("The camera cannot be used").waitFor();
  assert.deepEqual(await shop.accessibilityFindings(), []);
  const chooser = shop.page.waitForEvent("filechooser");
  await shop.page.getByRole("dialog").getByRole("button", { name: "Choose a photo" }).click();
  await (await chooser).setFiles(kPhoto);
  await shop.cards().first().waitFor();
});

test("a picture is searched by its address", async () => {
  await openStill(kPhone);
  const field = shop.page.getByRole("textbox", { name: "Or give a picture’s address" });
  await field.fill(siteUrl("/gone.jpg"));
  await field.press("Enter");
  await shop.page.locator("#address-trouble:not(:empty)").waitFor();
  await field.fill("http://localhost/photo.jpg"); // of the server's own network
  await field.press("Enter");
  await shop.page.locator("#address:not([aria-busy]) #address-trouble:not(:empty)").waitFor();
  assert.deepEqual(await shop.accessibilityFindings(), []);
  assert.ok(await shop.fits());
  await shop.page.screenshot({ path: join(kShots, "address.png") });
  await field.fill(siteUrl("/photo.jpg"));
  await field.press("Enter");
  await shop.cards().first().waitFor();
  assert.ok((await shop.boxes().count()) > 0);
});

test("who has no photo at hand tries a sample", async () => {
  await openStill(kPhone);
  const sample = shop.page.getByRole("button", { name: "Sample photo 1" });
  await sample.locator("img").evaluate((image: HTMLImageElement) => image.decode());
  await sample.click();
  await shop.cards().first().waitFor();
});

test("photos of before are searched again, until they are cleared", async () => {
  await openStill(kPhone);
  await shop.search(kPhoto);
  await shop.page.getByRole("button", { name: "New photo" }).click();
  await shop.page.getByRole("heading", { name: "Recent photos" }).waitFor();
  await shop.page.getByText("Kept on this device only.").waitFor();
  assert.deepEqual(await shop.accessibilityFindings(), []);
  await shop.page.screenshot({ path: join(kShots, "recent.png"), fullPage: true });
  await shop.page.getByRole("button", { name: "Recent photo 1" }).click();
  await shop.cards().first().waitFor();
  await shop.page.getByRole("button", { name: "New photo" }).click();
  assert.equal(await shop.page.locator(".shelf-photo").count(), 1); // the same, not once more
  await shop.page.getByRole("button", { name: "Clear all" }).click();
  await shop.page.getByRole("button", { name: "Sample photo 1" }).waitFor();
  await shop.page.reload();
  await shop.page.getByRole("button", { name: "Sample photo 1" }).waitFor();
});

test("what a camera notes in a photo stays on the device, and the photo is upright", async () => {
  await openStill(kPhone);
  const { sent, answer } = await searchFile("phone.jpg", "image/jpeg", photoOfAPhone());
  assert.deepEqual([answer.width, answer.height], [576, 768]);
  const kept = await shop.page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const opening = indexedDB.open("snapshelf");
        opening.onsuccess = () => {
          const all = opening.result.transaction("photos").objectStore("photos").getAll();
          all.onsuccess = async () => resolve(await new Response((all.result as { photo: Blob }[])[0]?.photo).text());
        };
      }),
  );
  for (const body of [kept, sent.bytes]) assert.doesNotMatch(body, /Exif|GPS 52/);
});

test("HEIC is shown, and sent shrunk and without what the camera noted", async () => {
  await openStill(kPhone);
  const { sent, answer } = await searchFile("IMG_1.HEIC", "image/heic", heicOfAPhone());
  assert.deepEqual([answer.width, answer.height], [1280, 960]);
  assert.equal(sent.type, "image/jpeg");
  assert.doesNotMatch(sent.bytes, /Exif/);
  const shown = shop.page.locator("#stage img");
  assert.equal(await shown.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth)), 1280);
  assert.ok((await shop.boxes().count()) > 0);
  await shop.page.screenshot({ path: join(kShots, "heic.png") });
});

test("HEIC that cannot be read on the device is sent without what the camera noted", async () => {
  await openStill(kPhone);
  await shop.page.context().route("**/assets/libheif-*.wasm", (route) => route.abort());
  const { sent, answer } = await searchFile("IMG_1.HEIC", "image/heic", heicOfAPhone());
  assert.deepEqual([answer.width, answer.height], [2304, 1728]); // HEIC is turned by a note of its own, not by EXIF
  assert.equal(sent.type, "image/heic");
  assert.match(sent.bytes, /ftypheic/);
  assert.doesNotMatch(sent.bytes, kExifStart);
});

test("a slow upload tells how far it is, and can be given up", async () => {
  await openStill(kPhone);
  const network = await shop.page.context().newCDPSession(shop.page);
  await network.send("Network.emulateNetworkConditions", { offline: false, latency: 50, downloadThroughput: 1e6, uploadThroughput: 12_000 });
  await shop.choose(kPhotos[1] ?? kPhoto);
  await shop.page.getByRole("heading", { name: /^Sending the photo: [1-9]\d?%$/ }).waitFor();
  assert.deepEqual(await shop.accessibilityFindings(), []);
  await shop.page.screenshot({ path: join(kShots, "upload.png") });
  await shop.page.getByRole("button", { name: "Cancel" }).click();
  await shop.heading("Find it from a photo").waitFor();
  await network.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await shop.search(kPhoto);
});
