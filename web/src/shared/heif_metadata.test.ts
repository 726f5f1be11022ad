// Proves that nothing that the camera wrote leaves the device with a file that the browser cannot decode.
import assert from "node:assert/strict";
import { test } from "vitest";

import { withoutMetadata } from "./heif_metadata";

const u16 = (value: number): number[] => [value >> 8, value & 255];
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];
const text = (words: string): number[] => [...words].map((letter) => letter.charCodeAt(0));
const box = (type: string, content: number[]): number[] => [...u32(8 + content.length), ...text(type), ...content];

const kPicture = "coded picture";
const kExif = "Exif: taken at 52.5 N 13.4 E";
const kXmp = "<x:xmpmeta>by me</x:xmpmeta>";

/** A file of three items: picture and EXIF behind the boxes, XMP in `idat`. */
function heic(): number[] {
  const entry = (id: number, type: string): number[] => box("infe", [2, 0, 0, 0, ...u16(id), ...u16(0), ...text(type), 0]);
  const info = box("iinf", [0, 0, 0, 0, ...u16(3), ...entry(1, "hvc1"), ...entry(2, "Exif"), ...entry(3, "mime")]);
  const place = (id: number, method: number, at: number, size: number): number[] =>
    [...u16(id), ...u16(method), ...u16(0), ...u16(1), ...u32(at), ...u32(size)];
  const file = (media: number): number[] => {
    const places = box("iloc", [1, 0, 0, 0, 0x44, 0, ...u16(3), ...place(1, 0, media, kPicture.length),
      ...place(2, 0, media + kPicture.length, kExif.length), ...place(3, 1, 0, kXmp.length)]);
    const meta = box("meta", [0, 0, 0, 0, ...info, ...places, ...box("idat", text(kXmp))]);
    return [...box("ftyp", text("heic")), ...meta, ...box("mdat", text(kPicture + kExif))];
  };
  const length = file(0).length;
  return file(length - kPicture.length - kExif.length);
}

test("EXIF and XMP are gone, the picture and all sizes stay", async () => {
  const bytes = new Uint8Array(heic());
  const before = new TextDecoder("latin1").decode(bytes);
  assert.ok(before.includes(kExif) && before.includes(kXmp));
  const clean = await withoutMetadata(new Blob([bytes], { type: "image/heic" }));
  assert.equal(clean.type, "image/heic");
  const after = new TextDecoder("latin1").decode(await clean.arrayBuffer());
  assert.equal(after.length, before.length);
  assert.equal(after, before.replace(kExif, "\0".repeat(kExif.length)).replace(kXmp, "\0".repeat(kXmp.length)));
});

test("what is cut off, or no such file, is left as it is", async () => {
  const whole = heic();
  for (const bytes of [whole.slice(0, 40), whole.slice(0, -20), [1, 2, 3], text("no picture at all, but a text"), []]) {
    const file = new Blob([new Uint8Array(bytes)]);
    assert.deepEqual(await (await withoutMetadata(file)).arrayBuffer(), await file.arrayBuffer());
  }
});
