import { fitInside } from "../../shared/geometry";
import { withoutMetadata } from "../../shared/heif_metadata";
import type { PhotoDone, PhotoTask } from "../../worker/photo_worker";

// The models look at 640 pixels or fewer; twice that leaves enough for a small thing in the photo,
// and a phone's 12 megapixels shrink from 4 MB to 300 kB before they are sent.
const kSideMax = 1280;
const kJpegQuality = 0.9;
const kWorkerFile = "/photo_worker.js";

/** A photo that is ready to be sent. */
export interface PreparedPhoto {
  /** Without what the camera wrote into it (EXIF, place): encoded anew, or as it was but for that if `preview` is null. */
  readonly upload: Blob;
  /** Can be shown in an <img>; null if neither the browser nor the worker's decoder reads the file. */
  readonly preview: Blob | null;
}

/** Shrinks a photo. One that cannot be decoded here is sent in its size: the server may know how. */
export async function preparePhoto(file: Blob): Promise<PreparedPhoto> {
  const small = (await shrinkInWorker(file)) ?? (await shrinkHere(file));
  return { upload: small ?? (await withoutMetadata(file)), preview: small };
}

let worker: Worker | null | undefined; // undefined: not tried yet; null: this browser has none that draws
let last_id = 0;

/** Null if the worker could not, for whatever reason. */
function shrinkInWorker(photo: Blob): Promise<Blob | null> {
  if (worker === undefined)
    worker = typeof OffscreenCanvas === "undefined" ? null : new Worker(kWorkerFile, { type: "module" });
  const running = worker;
  if (running === null) return Promise.resolve(null);
  const id = ++last_id;
  return new Promise((resolve) => {
    const finish = (shrunk: Blob | null): void => {
      running.removeEventListener("message", hear);
      running.removeEventListener("error", fail);
      resolve(shrunk);
    };
    const hear = ({ data }: MessageEvent<PhotoDone>): void => {
      if (data.id === id) finish(data.photo);
    };
    const fail = (): void => {
      worker = null; // its script could not be had; the page does it itself from now on
      finish(null);
    };
    running.addEventListener("message", hear);
    running.addEventListener("error", fail);
    running.postMessage({ id, photo, side_max: kSideMax, quality: kJpegQuality } satisfies PhotoTask);
  });
}

/** By an <img>, which in some browsers reads more formats than a worker does. */
async function shrinkHere(file: Blob): Promise<Blob | null> {
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const { width, height } = fitInside({ width: image.naturalWidth, height: image.naturalHeight }, kSideMax);
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d");
    if (context === null) return null;
    context.imageSmoothingQuality = "high";
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
    context.drawImage(image, 0, 0, width, height);
    return await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", kJpegQuality));
  } catch (error) {
    if (error instanceof DOMException) return null; // not decodable here
    throw error;
  } finally {
    URL.revokeObjectURL(url);
  }
}
