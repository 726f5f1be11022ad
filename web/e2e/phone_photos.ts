// Photos with what a phone's camera writes into them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { kPhoto } from "./server";

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
    return heic;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
