// Photos with what a phone's camera writes into them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Page } from "playwright-core";

import { kPhoto } from "./server";

/** EXIF begins with the order of its bytes, and 42 in it. */
export const kExifStart = /MM\0\*|II\*\0/;

/** The photo as a phone held upright writes it: on its side, with a note on how to turn it, and where it was taken. */
export function photoOfAPhone(): Buffer {
  const jpeg = readFileSync(kPhoto).toString("hex");
  const orientation_6 = "4d4d002a00000008000101120003000000010006000000000000";
  const note = `${Buffer.from("Exif\0\0").toString("hex")}${orientation_6}${Buffer.from("GPS 52.52 N 13.40 E").toString("hex")}`;
  const length = (note.length / 2 + 2).toString(16).padStart(4, "0");
  return Buffer.from(`${jpeg.slice(0, 4)}ffe1${length}${note}${jpeg.slice(4)}`, "hex"); // behind the start of image
}

/** The photo of photoOfAPhone() three times as large, as HEIC. */
export function heicOfAPhone(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "snapshelf-heic-"));
  try {
    writeFileSync(join(folder, "photo.jpg"), photoOfAPhone().toString("binary"), "binary");
    execFileSync("vips", ["resize", join(folder, "photo.jpg"), join(folder, "photo.heic"), "3"]);
    const heic = readFileSync(join(folder, "photo.heic"));
    assert.match(heic.toString("latin1"), /Exif/);
    assert.match(heic.toString("latin1"), kExifStart);
    return heic;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface SentPhoto {
  readonly type: string;
  readonly bytes: string; // each as the letter of its number
}

/** From now on the page keeps the photo that it sends last: a browser tells tests of a request's text, but not of the files in it. */
export async function watchSentPhoto(page: Page): Promise<void> {
  await page.evaluate(() => {
    const keep = (body: unknown): void => {
      if (body instanceof FormData) Object.assign(window, { sent_photo: body.get("photo") });
    };
    const { fetch: ask } = window;
    const { send } = XMLHttpRequest.prototype;
    window.fetch = ((to: RequestInfo, options?: RequestInit) => {
      keep(options?.body);
      return ask(to, options);
    }) as typeof fetch;
    XMLHttpRequest.prototype.send = function (body) {
      keep(body);
      send.call(this, body);
    };
  });
}

export async function sentPhoto(page: Page): Promise<SentPhoto> {
  const sent = await page.evaluate(async () => {
    const photo = (window as unknown as { sent_photo: Blob }).sent_photo;
    return { type: photo.type, bytes: new TextDecoder("latin1").decode(await photo.arrayBuffer()) };
  });
  assert.ok(sent.bytes.length > 10_000);
  return sent;
}
