// Reads HEIC where the browser cannot (all but Safari): libheif in WebAssembly, loaded when the first such photo comes.
import type { HeifImage } from "libheif-js/libheif-wasm/libheif.js";

declare const HEIF_DECODER: string; // address of the WebAssembly file, set by CMakeLists.txt; empty: built without it

const loadLibrary = HEIF_DECODER === "" ? null : () => import("libheif-js/libheif-wasm/libheif.js");
const kPixelsMax = 100_000_000; // four bytes each; twice what phones' cameras have
// Names of colour profiles are in UTF-16. Phones' HEIC is in Display P3 or in sRGB.
const kDisplayP3 = [..."Display P3"].map((letter) => `\0${letter}`).join("");
const kProfileWithin = 65_536; // bytes from the start

/** The picture, upright; null if the file is of another kind, is damaged, or the page was built without the decoder. */
export async function decodeHeif(file: Blob): Promise<ImageBitmap | null> {
  if (loadLibrary === null) return null;
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (latin1(bytes.subarray(4, 8)) !== "ftyp") return null;
  const [{ default: open }, wasmBinary] = await Promise.all([loadLibrary(), loadDecoder()]);
  const images = new (open({ wasmBinary }).HeifDecoder)().decode(bytes);
  const image = images.find((one) => one.is_primary()) ?? images[0];
  if (image === undefined) return null;
  const [width, height] = [image.get_width(), image.get_height()];
  if (width * height > kPixelsMax) return null;
  const is_p3 = latin1(bytes.subarray(0, kProfileWithin)).includes(kDisplayP3);
  const pixels = new ImageData(width, height, { colorSpace: is_p3 ? "display-p3" : "srgb" });
  return (await draw(image, pixels)) ? createImageBitmap(pixels) : null;
}

async function loadDecoder(): Promise<ArrayBuffer> {
  const answer = await fetch(HEIF_DECODER);
  if (!answer.ok) throw new Error(`${HEIF_DECODER}: ${answer.status}`);
  return answer.arrayBuffer();
}

function draw(image: HeifImage, pixels: ImageData): Promise<boolean> {
  const listening = new AbortController();
  return new Promise<boolean>((resolve, reject) => {
    // What display throws, it throws aside.
    addEventListener("unhandledrejection", ({ reason }) => reject(reason), { signal: listening.signal });
    image.display(pixels, (shown) => resolve(shown !== null));
  }).finally(() => listening.abort());
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
